"""Short ways to declare a kind's fields, and to look at the records that a record refers to."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from resolvers.catalog.kind import Field, FieldType, FieldValue, Kind, R, Related
from resolvers.catalog.values import Record

Other = TypeVar("Other", bound=Record)
Whole = TypeVar("Whole")
Part = TypeVar("Part")


def related(others: Related, id_: str, record: type[Other]) -> Other | None:
    """The record that `id_` points at; None when it has gone or is of another kind."""
    found = others.get(id_)
    return found if isinstance(found, record) else None


def part(whole: Whole | None, read: Callable[[Whole], Part]) -> Part | None:
    """What `read` finds in `whole`; None when there is no whole."""
    return None if whole is None else read(whole)


def names(others: Related, id_: str) -> list[str]:
    """The name and the aliases of the skill or occupation that `id_` points at."""
    found = others.get(id_)
    name = getattr(found, "name", None)
    return [name, *getattr(found, "aliases", ())] if name else []


def _one(value: Callable[[R, Related], FieldValue]) -> Callable[[R, Related], Iterable[FieldValue]]:
    def values(record: R, others: Related) -> Iterable[FieldValue]:
        found = value(record, others)
        return () if found is None else (found,)

    return values


def broader_ids(others: Related, ids: Iterable[str]) -> list[str]:
    """The ids of the skills that are broader than those that `ids` point at, each once."""
    return list(dict.fromkeys(broader for id_ in ids for broader in getattr(others.get(id_), "broader_ids", ())))


def keyword(name: str, value: Callable[[R, Related], str | None], refers_to: Kind | None = None) -> Field[R]:
    """A field of one exact string."""
    return Field(name, FieldType.KEYWORD, _one(value), refers_to)


def keywords(name: str, values: Callable[[R, Related], Iterable[str]], refers_to: Kind | None = None) -> Field[R]:
    """A field of any number of exact strings."""
    return Field(name, FieldType.KEYWORD, values, refers_to)


def number(name: str, value: Callable[[R, Related], Decimal | float | None]) -> Field[R]:
    """A field of one number."""

    def as_float(record: R, others: Related) -> float | None:
        found = value(record, others)
        return None if found is None else float(found)

    return Field(name, FieldType.NUMBER, _one(as_float))


def boolean(name: str, value: Callable[[R, Related], bool | None]) -> Field[R]:
    """A field that is true or false."""
    return Field(name, FieldType.BOOLEAN, _one(value))


def moment(name: str, value: Callable[[R, Related], datetime | None]) -> Field[R]:
    """A field of one point in time."""
    return Field(name, FieldType.DATE, _one(value))
