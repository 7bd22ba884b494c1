"""The federated schema as we want it to behave."""

from typing import Any

import strawberry
import strawberry.federation
from graphql import GraphQLError, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, Undefined
from strawberry.federation.schema import FederationAny
from strawberry.types import ExecutionContext
from strawberry.types import Info as StrawberryInfo

from resolvers.errors import InvalidRequest
from schema.entity import Info, entity_type
from schema.execution import Execution, mark_plain_fields


class Subgraph(strawberry.federation.Schema):
    """Strawberry's subgraph with honest defaults, quiet errors, and references that fail one by one."""

    def __init__(self, **described: Any) -> None:
        super().__init__(execution_context_class=Execution, **described)
        self._publish_no_null_defaults()
        mark_plain_fields(self._schema)

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing: most errors are the client's, and whoever answers it logs the unexpected ones, once."""

    def entities_resolver(self, info: StrawberryInfo, representations: list[FederationAny]) -> list[FederationAny]:
        """What other subgraphs point at. A reference that cannot be meant is an error in its own place."""
        answers: list[Any] = [_referenced(info, representation) for representation in representations]
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


def _referenced(info: Info, representation: Any) -> Any:
    name = representation.get("__typename") if isinstance(representation, dict) else None
    found = entity_type(name)
    if found is None:
        return InvalidRequest(f"{name!r} is no entity of this API; set `__typename` to one that has a key")
    id_ = representation.get("id")
    if not isinstance(id_, str):
        return InvalidRequest(f"a reference to a {name} needs its key: `id`, as a text")
    return found.resolve_reference(info, strawberry.ID(id_))
