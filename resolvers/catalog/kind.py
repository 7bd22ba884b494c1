"""What a kind of entity declares about itself, and the words for pointing at one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from resolvers.catalog.values import Record

R = TypeVar("R", bound=Record)
ID_ORDER = "ID"
"""The order of ids, which every kind has beside its own."""
FieldValue = str | float | int | bool | datetime | None
Related = Mapping[str, Record]
"""The records that a record refers to, by id."""


class Kind(StrEnum):
    """A kind of entity."""

    JOB = "JOB"
    TALENT = "TALENT"
    CLIENT = "CLIENT"
    SKILL = "SKILL"
    OCCUPATION = "OCCUPATION"


class Ref(NamedTuple):
    """A pointer at one entity."""

    kind: Kind
    id: str


class Document(NamedTuple):
    """The stored facts of one entity."""

    ref: Ref
    record: Record


class FieldType(StrEnum):
    """How the values of an indexed field compare."""

    KEYWORD = "keyword"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"


@dataclass(frozen=True, eq=False)
class Field(Generic[R]):
    """A fact that can be filtered by. `values` gives a record's values: none, one or several."""

    name: str
    type: FieldType
    values: Callable[[R, Related], Iterable[FieldValue]]
    refers_to: Kind | None = None


@dataclass(frozen=True, eq=False)
class SortOrder(Generic[R]):
    """An order of listing by one fact; records without the fact come last, ties are in the order of ids.

    `field` is the indexed field with the same fact, where it is a time that every record has.
    """

    name: str
    value: Callable[[R, Related], float | datetime | None]
    descending: bool
    field: str | None = None


@dataclass(frozen=True)
class Texts:
    """A record's searchable text by role; the engines weigh the roles.

    `concepts` are the ids of the skills and the occupation that the record is about, and `broader` those of the skills
    that are broader than these.
    """

    title: str
    aliases: Sequence[str] = ()
    skills: Sequence[str] = ()
    occupation: Sequence[str] = ()
    body: str = ""
    concepts: Sequence[str] = ()
    broader: Sequence[str] = ()

    @property
    def whole(self) -> list[str]:
        """All of the text, whatever its role."""
        return [self.title, *self.aliases, *self.skills, *self.occupation, self.body]


@dataclass(frozen=True, eq=False)
class Reference(Generic[R]):
    """A field of the feed that holds ids of entities of another kind (or of the same)."""

    field: str
    kind: Kind
    ids: Callable[[R], Sequence[str]]


@dataclass(frozen=True, eq=False)
class KindSpec(Generic[R]):
    """All that indexing and the engines need to know of a kind."""

    kind: Kind
    prefix: str
    record: type[R]
    file_stem: str
    fields: tuple[Field[R], ...]
    sorts: tuple[SortOrder[R], ...]
    default_sort: str
    texts: Callable[[R, Related], Texts]
    references: tuple[Reference[R], ...] = ()
