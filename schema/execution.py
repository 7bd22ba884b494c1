"""How operations are executed: as graphql-core does it, with a shorter way to plain facts."""

from typing import Any, NamedTuple

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
)
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

PLAIN = "gateway-plain"
PLAIN_TYPES = {GraphQLString.name: str, GraphQLID.name: str, GraphQLBoolean.name: bool}
"""Scalars whose value of this very type is what is answered."""


class Plain(NamedTuple):
    """A field that is an attribute of its source, and is answered as it is when it has the type."""

    attribute: str
    expected: type


def mark_plain_fields(schema: GraphQLSchema) -> None:
    """Write beside each plain field that it is one. A field with a resolver, arguments or extensions is none."""
    for described in schema.type_map.values():
        if isinstance(described, GraphQLObjectType):
            for field in described.fields.values():
                if (plain := _plain(field)) is not None:
                    field.extensions[PLAIN] = plain


def _plain(field: GraphQLField) -> Plain | None:
    of = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    leaf = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    expected = PLAIN_TYPES.get(getattr(leaf, "name", ""))
    if not isinstance(of, StrawberryField) or not of.is_basic_field or expected is None or field.args:
        return None
    return Plain(of.python_name, expected)


class Execution(StrawberryGraphQLCoreExecutionContext):
    """Reads plain facts from their source, and leaves to graphql-core whatever is not simply there.

    A page has hundreds of fields, and most of the time that the gateway needs for one goes into their execution.
    """

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: Any, path: Any, position_context: Any
    ) -> Any:
        field = parent_type.fields.get(field_details_list[0].node.name.value)
        plain = field.extensions.get(PLAIN) if field is not None else None
        # Strawberry always gives a manager, mostly of nothing.
        if plain is not None and not (self.middleware_manager and self.middleware_manager.middlewares):
            value = getattr(source, plain.attribute, None)
            if type(value) is plain.expected:
                return value
        return super().execute_field(parent_type, source, field_details_list, path, position_context)
