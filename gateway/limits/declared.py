"""What the schema declares of costs: `@cost` and `@listSize` at its fields and types.

The directives are those of the cost specification (https://ibm.github.io/graphql-specs/cost-spec.html). What is not
declared is as Apollo's demand control has it, so that a router in front estimates the same: an object counts 1, a
scalar or an enum 0, an input object 1, a mutation 10
(https://www.apollographql.com/docs/graphos/routing/security/demand-control).
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_interface_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
)
from strawberry.federation.schema_directives import Cost, ListSize
from strawberry.schema.schema_converter import GraphQLCoreConverter

OBJECT_WEIGHT, LEAF_WEIGHT, MUTATION_WEIGHT = 1, 0, 10
DEFAULT_LIST_SIZE = 10
"""Of a list of which nothing is declared."""


class FieldCost(NamedTuple):
    """What one value of a field counts, and how many values it has."""

    weight: int
    is_list: bool
    size: ListSize | None


class DeclaredCosts:
    """The costs of a schema's fields, by the names of type and field."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._fields = {
            (of.name, name): _cost(field)
            for of in schema.type_map.values()
            if is_object_type(of) or is_interface_type(of)
            for name, field in of.fields.items()
        }

    def of(self, parent: str, name: str) -> FieldCost:
        """The cost of a field."""
        return self._fields[parent, name]


def _cost(field: GraphQLField) -> FieldCost:
    of = get_named_type(field.type)
    cost = _directive(Cost, field) or _directive(Cost, of)
    weight = cost.weight if cost is not None else LEAF_WEIGHT if is_leaf_type(of) else OBJECT_WEIGHT
    return FieldCost(weight, is_list_type(get_nullable_type(field.type)), _directive(ListSize, field))


def _directive(wanted: type[Any], of: GraphQLField | GraphQLNamedType) -> Any:
    definition = of.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    given: Iterable[Any] = getattr(definition, "directives", None) or ()
    return next((one for one in given if isinstance(one, wanted)), None)
