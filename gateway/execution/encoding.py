"""Records as they are written in answers: kept as bytes, for as long as they are asked for.

Most of an answer is facts of records, in the same selections again and again. A record never changes, so what a
selection says of its own facts is encoded once: the next answer is joined out of bytes. A record that has changed is
another object. What depends on who looks is never an attribute of a record that is read as it is (see `resolving`), so
what is kept is for everybody.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from weakref import WeakSet

import orjson

from gateway.execution.places import Place

if TYPE_CHECKING:
    from gateway.execution.completion import Column
    from gateway.execution.executor import Run
    from gateway.execution.plan import Field

MOST_BYTES = 16_777_216
ENTRY_BYTES = 300
"""What an entry takes beside its bytes and its record, about."""


class Written(NamedTuple):
    """What a selection says of one record's own facts, in one piece or in several, and in how many bytes."""

    pieces: Any
    size: int


class Entry(NamedTuple):
    """What is kept of a record, which is held: no other can get its identity meanwhile.

    `beside` is what else is held, since what was written has it, too, and `key` tells that.
    """

    record: Any
    written: Written
    beside: Sequence[Any] = ()
    key: Any = None


Encode: TypeAlias = Callable[[list[Any]], list[Written] | None]
"""Writes records; None where any of them is not as usual."""


class Encoded:
    """The encoded records of all selections together, up to so many bytes: those asked for last.

    They are kept in two halves. When the younger one is full it takes the place of the older one, which is forgotten;
    what is asked for of the older one becomes young again. That costs a look-up nothing, unlike an order of use.

    `record_bytes` tells what a record takes. It is counted in each entry, as if nobody else held it.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, record_bytes: Callable[[Any], int] = lambda _: 0) -> None:
        self._most_bytes, self._bytes, self._record_bytes = most_bytes, 0, record_bytes
        self._all: WeakSet[Kept] = WeakSet()

    def kept(self) -> "Kept":
        """A place for the records of one selection."""
        made = Kept(self)
        self._all.add(made)
        return made

    def took(self, entries: Iterable[Entry]) -> None:
        """So many entries more are kept."""
        for entry in entries:
            records = sum(map(self._record_bytes, (entry.record, *entry.beside)))
            self._bytes += ENTRY_BYTES + records + entry.written.size
        if self._bytes > self._most_bytes // 2:
            self._bytes = 0
            for one in self._all:
                one.old, one.young = one.young, {}


class Kept:
    """The encoded records of one selection, by the identity of each."""

    __slots__ = ("__weakref__", "_of", "old", "young")

    def __init__(self, of: Encoded) -> None:
        self._of = of
        self.young: dict[int, Entry] = {}
        self.old: dict[int, Entry] = {}

    def pieces(self, records: Sequence[Any], encode: Encode) -> list[Any] | None:
        """What is kept of each record. `encode` makes what is missing; None where it cannot."""
        found = self.entries(records)
        if None in found:
            missing = {id(record): record for record, entry in zip(records, found, strict=True) if entry is None}
            written = encode(list(missing.values()))
            if written is None:
                return None
            made = {one: Entry(record, text) for (one, record), text in zip(missing.items(), written, strict=True)}
            self.put(made)
            found = [entry or made[id(record)] for record, entry in zip(records, found, strict=True)]
        return [entry.written.pieces for entry in found if entry is not None]

    def entries(self, records: Sequence[Any]) -> list[Entry | None]:
        """What is kept of each record; None where nothing is."""
        ids = list(map(id, records))
        found = list(map(self.young.get, ids))
        if self.old and None in found:
            missing = [one for one, entry in zip(ids, found, strict=True) if entry is None]
            again = {one: entry for one in missing if (entry := self.old.get(one)) is not None}
            self.put(again)
            found = [entry or again.get(one) for one, entry in zip(ids, found, strict=True)]
        return found

    def put(self, made: Mapping[int, Entry]) -> None:
        """Keep these, by the identities of their records."""
        self.young |= made
        self._of.took(made.values())


class Whole:
    """Encodes objects of which nothing is selected but their records' own facts."""

    def __init__(self, fields: Sequence["Field"]) -> None:
        self._fields = fields

    def rows(self, run: "Run", kept: Kept, records: "Column", place: Place) -> "Column | None":
        """The objects; None where they are not as usual, and have to be looked at one by one."""

        def encode(fresh: list[Any]) -> list[Written] | None:
            columns = own_columns(run, self._fields, fresh, place)
            if columns is None:
                return None
            keys = [field.key for field in self._fields]
            rows = [orjson.dumps(dict(zip(keys, row, strict=True))) for row in zip(*columns, strict=True)]
            return [Written(orjson.Fragment(row), len(row)) for row in rows]

        return kept.pieces(records, encode)


class InParts:
    """Encodes objects of which more is selected: their records' own facts are pieces between what else there is."""

    def __init__(self, fields: Sequence["Field"]) -> None:
        self._own = [field for field in fields if field.is_flat]
        self._runs, self._others = _runs(fields)

    def pieces(self, run: "Run", kept: Kept, records: "Column", place: Place) -> list[tuple[bytes, ...]] | None:
        """Of each record the pieces before, between and behind the other fields, whose keys are at their ends."""

        def encode(fresh: list[Any]) -> list[Written] | None:
            columns = own_columns(run, self._own, fresh, place)
            if columns is None:
                return None
            return [self._pieces(values) for values in zip(*columns, strict=True)]

        return kept.pieces(records, encode)

    def _pieces(self, values: Sequence[Any]) -> Written:
        rest = iter(values)
        found: list[bytes] = []
        for keys, other in zip(self._runs, [*self._others, None], strict=True):
            own = orjson.dumps({key: next(rest) for key in keys})[1:-1]
            start = b"," if found and (own or other is not None) else b"" if found else b"{"
            end = b"}" if other is None else b'%b"%b":' % (b"," if own else b"", other.encode())
            found.append(start + own + end)
        return Written(tuple(found), sum(map(len, found)))

    @staticmethod
    def rows(pieces: Sequence[tuple[bytes, ...]], others: Sequence["Column"]) -> "Column":
        """The objects, out of their pieces and of the values of their other fields."""
        dumps, fragment = orjson.dumps, orjson.Fragment
        columns = [list(map(dumps, column)) for column in others]
        rows = []
        for own, *values in zip(pieces, *columns, strict=True):
            whole = [own[0]]
            for value, piece in zip(values, own[1:], strict=True):
                whole += (value, piece)
            rows.append(fragment(b"".join(whole)))
        return rows


def _runs(fields: Sequence["Field"]) -> tuple[list[list[str]], list[str]]:
    """The keys of own facts before, between and behind the other fields, and the keys of these."""
    runs: list[list[str]] = [[]]
    others = []
    for field in fields:
        if field.is_flat:
            runs[-1].append(field.key)
        else:
            others.append(field.key)
            runs.append([])
    return runs, others


def own_columns(run: "Run", fields: Sequence["Field"], records: "Column", place: Place) -> "list[Column] | None":
    """The columns of these fields; None, and nothing noted, where any value failed or has to be waited for."""
    before = len(run.failures)
    columns = []
    for field in fields:
        column = run.column(field, records, place)
        if type(column) is not list or len(run.failures) > before:
            run.failures.forget(before)
            return None
        columns.append(column)
    return columns
