"""The federated schema as we want it to behave."""

from collections.abc import Callable, Collection, Sequence
from copy import copy
from functools import partial
from operator import attrgetter
from typing import Any, cast

import strawberry.federation
from graphql import (
    GraphQLDeferDirective,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLStreamDirective,
    Undefined,
)
from strawberry.extensions import SchemaExtension
from strawberry.federation.schema import FederationAny
from strawberry.federation.schema_directives import External
from strawberry.types import ExecutionContext
from strawberry.types import Info as StrawberryInfo
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from schema.access import guard_fields
from schema.documents import KnownDocuments, ParseOnce
from schema.entity import Node, entity_types, fetched, kind_of, record_class
from schema.execution import KEPT_CLASSES, PYTHON_CLASSES, eager
from schema.references import Neighbour, Referable, Reference, References, is_there, record_classes

_told_of = attrgetter("told")


class Subgraph(strawberry.federation.Schema):
    """Strawberry's subgraph with honest defaults, quiet errors, and references that fail one by one.

    `beside` are the subgraphs that it is composed with: some fields need facts of theirs. `incremental`: clients may
    use `@defer` and `@stream`. They are introspected, and left out of the text, which is composed: behind a router, it
    is the router that defers.
    """

    def __init__(
        self,
        *,
        extensions: Sequence[Callable[[], SchemaExtension]],
        beside: Collection[Neighbour] = (),
        incremental: bool = False,
        **described: Any,
    ) -> None:
        self.known, self._beside = KnownDocuments(), beside
        super().__init__(extensions=[*extensions, partial(ParseOnce, self.known)], **described)
        self._publish_no_null_defaults()
        guard_fields(self._schema)
        for name, of in entity_types().items():
            declared = self._schema.type_map[name].extensions
            declared[PYTHON_CLASSES] = record_classes(of)
            # A record with something told beside it is made anew for each reference.
            declared[KEPT_CLASSES] = (record_class(of),)
        self._core = self._incremental() if incremental else self._schema
        self._references = References(
            {name: Referable(kind_of(of), self._external_facts(of)) for name, of in entity_types().items()}
        )

    @property
    def core(self) -> GraphQLSchema:
        """The schema as graphql-core has it, and as clients see it."""
        return self._core

    def _incremental(self) -> GraphQLSchema:
        # Strawberry has an option for this, which puts the directives into the text too.
        schema = copy(self._schema)
        schema.directives = (*schema.directives, GraphQLDeferDirective, GraphQLStreamDirective)
        # By this its `Info` finds the schema.
        schema._strawberry_schema = self  # type: ignore[attr-defined]  # noqa: SLF001
        return schema

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing: most errors are the client's, and whoever answers it logs the unexpected ones, once."""

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """The fields of a type, without those that need a subgraph that is not there."""
        return [one for one in super().get_fields(type_definition) if is_there(one, self._beside)]

    @eager
    async def entities_resolver(  # type: ignore[override]  # Strawberry awaits any resolver
        self, info: StrawberryInfo, representations: list[FederationAny]
    ) -> list[FederationAny]:
        """What other subgraphs point at, each entity fetched once. A broken reference is an error in its own place.

        Raises TooManyEntities.
        """
        info.context.page_sizes.check_references(len(representations))
        references = self._references.read(representations)
        refs = [one.ref for one in references if isinstance(one, Reference)]
        found = await fetched(info, refs)
        if len(refs) == len(references) and not any(map(_told_of, references)):
            return found
        rest = iter(found)
        return [one.entity(next(rest)) if isinstance(one, Reference) else cast("Any", one) for one in references]

    def _external_facts(self, of: type[Node]) -> dict[str, GraphQLInputType]:
        """The types of what other subgraphs tell of a type's entities."""
        fields = cast("GraphQLObjectType", self._schema.type_map[of.__name__]).fields
        definition: StrawberryObjectDefinition = of.__strawberry_definition__  # type: ignore[attr-defined]
        external = [
            self.config.name_converter.from_field(field)
            for field in self.get_fields(definition)
            if any(isinstance(directive, External) for directive in field.directives)
        ]
        return {name: cast("GraphQLInputType", fields[name].type) for name in external}

    def _publish_no_null_defaults(self) -> None:
        """In Python a missing argument is None; a schema that prints `= null` for each of them says nothing more."""
        for given in self._schema.type_map.values():
            if isinstance(given, GraphQLInputObjectType):
                inputs = list(given.fields.values())
            elif isinstance(given, GraphQLObjectType | GraphQLInterfaceType):
                inputs = [argument for field in given.fields.values() for argument in field.args.values()]
            else:
                continue
            for one in inputs:
                if one.default_value is None:
                    one.default_value = Undefined
