"""For how long, and for whom, the answer to an operation stays good: Apollo's rule over the fields it selects."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationType,
    get_named_type,
    is_abstract_type,
    is_object_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from gateway.execution.operations import Prepared
from gateway.limits.selections import ALWAYS, Part, Selections
from schema.access import guard_of
from schema.caching import CacheControl, CacheControlScope

POLICY = "policy"
"""Under this name an operation's policy lies beside it."""
META = "__"


class Policy(NamedTuple):
    """How many seconds an answer stays good, and whether for the same viewer alone. 0: not at all."""

    seconds: int
    is_private: bool = False


NEVER = Policy(0)


class Hint(NamedTuple):
    """What is declared of a field, with its type. `seconds` are None where nothing is."""

    seconds: int | None
    is_private: bool


class Policies:
    """The policies of a schema's operations. Without `is_cacheable` no answer stays good."""

    def __init__(self, schema: GraphQLSchema, *, is_cacheable: bool = True) -> None:
        self._schema, self._is_cacheable = schema, is_cacheable
        self._hints: dict[tuple[str, str], Hint] = {}

    def decide(self, prepared: Prepared) -> None:
        """Find out the policy of an operation that is to be kept."""
        prepared.beside[POLICY] = self.of(prepared)

    def of(self, prepared: Prepared) -> Policy:
        """The policy of a valid operation, whatever its variables leave out."""
        root = self._schema.query_type
        if not self._is_cacheable or root is None or prepared.operation.operation is not OperationType.QUERY:
            return NEVER
        look = _Look(self._schema, Selections(self._schema, prepared.fragments), self._hint)
        look.object(root, [Part(prepared.operation.selection_set, ALWAYS)], is_root=True)
        return Policy(look.seconds or 0, look.is_private)

    def _hint(self, of: GraphQLObjectType, name: str) -> Hint:
        key = of.name, name
        if key not in self._hints:
            self._hints[key] = self._declared(of.fields[name])
        return self._hints[key]

    def _declared(self, field: GraphQLField) -> Hint:
        own = _directive(field)
        seconds = [own.max_age] if own is not None and isinstance(own.max_age, int) else self._by_type(field)
        is_private = own is not None and own.scope is CacheControlScope.PRIVATE
        return Hint(min(seconds, default=None), is_private or guard_of(field) is not None)

    def _by_type(self, field: GraphQLField) -> list[int]:
        """What the field's type says; of an interface or a union, what all of its types say."""
        named = get_named_type(field.type)
        types = self._schema.get_possible_types(named) if is_abstract_type(named) else [named]
        found = [_directive(of) for of in types]
        ages = [one.max_age for one in found if one is not None and isinstance(one.max_age, int)]
        return ages if len(ages) == len(found) else []


class _Look:
    """A look through what an operation selects: the shortest time so far, and whether anything is private."""

    def __init__(self, schema: GraphQLSchema, selections: Selections, hint: Any) -> None:
        self._schema, self._selections, self._hint = schema, selections, hint
        self.seconds: int | None = None
        self.is_private = False

    def object(self, of: GraphQLObjectType, parts: Iterable[Part], *, is_root: bool = False) -> None:
        for selected in self._selections.fields(of, parts).values():
            name = selected[0].node.name.value
            if name == "__typename":
                continue
            if name.startswith(META):
                self._take(Hint(0, is_private=False))
                continue
            hint = self._hint(of, name)
            self._take(Hint(0, hint.is_private) if is_root and hint.seconds is None else hint)
            below = [Part(one.node.selection_set, ALWAYS) for one in selected if one.node.selection_set is not None]
            for possible in self._possible(of.fields[name]) if below else ():
                self.object(possible, below)

    def _take(self, hint: Hint) -> None:
        self.is_private = self.is_private or hint.is_private
        if hint.seconds is not None:
            self.seconds = hint.seconds if self.seconds is None else min(self.seconds, hint.seconds)

    def _possible(self, field: GraphQLField) -> Iterable[GraphQLObjectType]:
        named = get_named_type(field.type)
        if is_abstract_type(named):
            return self._schema.get_possible_types(named)
        return [named] if is_object_type(named) else []


def _directive(of: GraphQLField | GraphQLNamedType) -> CacheControl | None:
    extensions: Mapping[str, Any] = of.extensions
    definition = extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    given: Iterable[Any] = getattr(definition, "directives", None) or ()
    return next((one for one in given if isinstance(one, CacheControl)), None)


def policy_of(prepared: Prepared) -> Policy:
    """The policy that was found out of an operation."""
    found: Policy = prepared.beside.get(POLICY, NEVER)
    return found
