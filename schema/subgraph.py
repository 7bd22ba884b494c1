"""The federated schema as we want it to behave."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import strawberry.federation
from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
)
from strawberry.extensions import SchemaExtension
from strawberry.federation.schema import FederationAny
from strawberry.types import ExecutionContext
from strawberry.types import Info as StrawberryInfo

from resolvers.catalog.kind import Ref
from resolvers.catalog.kinds import ref_of
from resolvers.errors import InvalidRequest
from schema.access import guard_fields
from schema.documents import KnownDocuments, ParseOnce
from schema.entity import each, entity_type, entity_types, kind_of, record_class
from schema.execution import PYTHON_CLASS


class Subgraph(strawberry.federation.Schema):
    """Strawberry's subgraph with honest defaults, quiet errors, and references that fail one by one."""

    def __init__(self, *, extensions: Sequence[Callable[[], SchemaExtension]], **described: Any) -> None:
        self.known = KnownDocuments()
        super().__init__(extensions=[*extensions, partial(ParseOnce, self.known)], **described)
        self._publish_no_null_defaults()
        guard_fields(self._schema)
        for name, of in entity_types().items():
            self._schema.type_map[name].extensions[PYTHON_CLASS] = record_class(of)

    @property
    def core(self) -> GraphQLSchema:
        """The schema as graphql-core has it."""
        return self._schema

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing: most errors are the client's, and whoever answers it logs the unexpected ones, once."""

    async def entities_resolver(  # type: ignore[override]  # Strawberry awaits any resolver
        self, info: StrawberryInfo, representations: list[FederationAny]
    ) -> list[FederationAny]:
        """What other subgraphs point at. A reference that cannot be meant is an error in its own place."""
        refs = [_referenced(representation) for representation in representations]
        known = list(dict.fromkeys(ref for ref in refs if isinstance(ref, Ref)))
        found: dict[Any, Any] = dict(zip(known, await each(info, known), strict=True))
        answers: list[Any] = [found[ref] if isinstance(ref, Ref) else ref for ref in refs]
        return answers

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


def _referenced(representation: Any) -> Ref | InvalidRequest | None:
    """The entity that a reference means; None where there cannot be one."""
    name = representation.get("__typename") if isinstance(representation, dict) else None
    found = entity_type(name)
    if found is None:
        return InvalidRequest(f"{name!r} is no entity of this API; set `__typename` to one that has a key")
    id_ = representation.get("id")
    if not isinstance(id_, str):
        return InvalidRequest(f"a reference to a {name} needs its key: `id`, as a text")
    ref = ref_of(id_)
    return ref if ref is not None and ref.kind is kind_of(found) else None
