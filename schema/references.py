"""References from other subgraphs: a key, and the facts of theirs that fields of ours need.

A router sends a representation of each entity: `__typename`, the key, and what the fields that are asked for name in
`@requires`. The object of such an entity is its record with these facts beside it.

See https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from functools import cache
from operator import itemgetter
from typing import Any, Final, NamedTuple, cast

import msgspec
from graphql import GraphQLInputType, Undefined
from graphql.utilities.coerce_input_value import coerce_input_value
from strawberry.types.field import StrawberryField

from resolvers.catalog.kind import Kind, Ref
from resolvers.catalog.kinds import ref_of
from resolvers.catalog.values import Record
from resolvers.errors import InvalidRequest
from schema.entity import Node, record_class

_NEEDS: Final = "needs-subgraph"
_TOLD: Final = "told_by_others"
LONGEST_SHOWN: Final = 60
"""Characters of a wrong value that an error repeats."""

MOST_KNOWN: Final = 20_000
LONGEST_KNOWN: Final = 100
"""Characters of an id that is remembered: whoever asks chooses it, and memory is bounded."""
_KEY: Final[Any] = itemgetter("__typename", "id")

Facts = Mapping[str, GraphQLInputType]
"""The types of the facts that others tell of a type of entity, by their names in the graph."""
NOTHING_TOLD: Mapping[str, Any] = {}


class Referable(NamedTuple):
    """A type of entity that others may point at, and what they may tell of it."""

    kind: Kind
    facts: Facts


class Neighbour(StrEnum):
    """A subgraph whose facts fields of ours need."""

    ACCOUNTS = "accounts"
    CONTRACTS = "contracts"


def neighbours(names: str) -> frozenset[Neighbour]:
    """The subgraphs of these names, separated by commas. Raises ValueError for another one."""
    return frozenset(map(Neighbour, filter(None, names.split(","))))


def needs(neighbour: Neighbour) -> dict[str, Neighbour]:
    """The metadata of a field that is there only beside this subgraph: alone, nobody would own an `@external` field."""
    return {_NEEDS: neighbour}


def is_there(field: StrawberryField, beside: Collection[Neighbour]) -> bool:
    """Whether a field is part of a graph that is composed with these subgraphs."""
    needed = field.metadata.get(_NEEDS)
    return needed is None or needed in beside


def told(record: object, fact: str) -> Any:
    """What another subgraph said of an entity in its reference; None where it said nothing, or nobody referred to it.

    `fact` is the name of an `@external` field.
    """
    return getattr(record, _TOLD, {}).get(fact)


@cache
def told_class(record: type[Record]) -> type[Record]:
    """The class of a kind's records that have something told beside them."""
    told_beside = [(_TOLD, dict[str, Any])]
    made = msgspec.defstruct(record.__name__, told_beside, bases=(record,), frozen=True, kw_only=True)
    return cast("type[Record]", made)


def record_classes(of: type[Node]) -> tuple[type[Record], ...]:
    """The classes of the objects that are entities of this type."""
    record = record_class(of)
    return record, told_class(record)


class Reference(NamedTuple):
    """An entity that is pointed at, and what is told of it."""

    ref: Ref
    told: Mapping[str, Any]

    def entity(self, found: Any) -> Any:
        """What stands for the reference, where `found` is the entity, an exception, or None."""
        if not self.told or not isinstance(found, Record):
            return found
        facts: dict[str, Any] = {name: getattr(found, name) for name in found.__struct_fields__}
        return told_class(type(found))(**facts | {_TOLD: self.told})


class References:
    """Reads what other subgraphs point at. `referable` has the types of entities by their names.

    A router sends hundreds at once, and again and again the same: those with nothing told beside them are remembered.
    """

    def __init__(self, referable: Mapping[str, Referable]) -> None:
        self._referable = referable
        self._known: dict[object, Reference] = {}

    def read(self, representations: Sequence[object]) -> list[Reference | InvalidRequest | None]:
        """The reference that each representation is: None where there cannot be such an entity, or an error.

        Facts that are not the type's are left alone, as a router may send more.
        """
        try:
            known = list(map(self._known.get, map(_KEY, representations)))
        except (KeyError, TypeError):  # one of them is no object with a key that could be known
            known = [None] * len(representations)
        return [found or self._read(one) for found, one in zip(known, representations, strict=True)]

    def _read(self, representation: object) -> Reference | InvalidRequest | None:
        found = read(representation, self._referable)
        if isinstance(found, Reference) and found.told is NOTHING_TOLD and len(found.ref.id) <= LONGEST_KNOWN:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[_KEY(representation)] = found
        return found


def read(representation: object, referable: Mapping[str, Referable]) -> Reference | InvalidRequest | None:
    """The reference that one representation is."""
    # The first is what comes, and told in a fraction of the time; a router sends hundreds.
    if type(representation) is not dict and not isinstance(representation, Mapping):
        return InvalidRequest(f"a reference has to be an object with `__typename`, and is {_shown(representation)}")
    name = representation.get("__typename")
    of = referable.get(name) if isinstance(name, str) else None
    if of is None:
        return InvalidRequest(f"{_shown(name)} is no entity of this API; set `__typename` to one that has a key")
    id_ = representation.get("id")
    if not isinstance(id_, str):
        return InvalidRequest(f"a reference to a {name} needs its key: `id`, as a text, and not {_shown(id_)}")
    facts = _told(representation, id_, of.facts) if of.facts else NOTHING_TOLD
    if isinstance(facts, InvalidRequest):
        return facts
    ref = ref_of(id_)
    return Reference(ref, facts) if ref is not None and ref.kind is of.kind else None


def _told(representation: Mapping[str, Any], id_: str, types: Facts) -> Mapping[str, Any] | InvalidRequest:
    given = {fact: representation[fact] for fact in types if fact in representation}
    facts = {fact: coerce_input_value(value, types[fact]) for fact, value in given.items()}
    for fact, value in facts.items():
        if value is Undefined:
            meant = f"`{fact}` of the reference to {_shown(id_)} has to be of type {types[fact]}"
            return InvalidRequest(f"{meant}, and is {_shown(given[fact])}")
    return facts


def _shown(value: object) -> str:
    """A value as an error tells it; a long one shortened."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
