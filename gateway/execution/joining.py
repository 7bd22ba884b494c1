"""Records with what they lead to, as they are written in answers: a job with its client and its skills.

What is kept of a record (see `encoding`) is joined with what is written of the records that it leads to. The whole is
kept as well, beside the identities of all of them. Which records a job leads to is asked each time, and where they are
those of before there is nothing left to do.
"""

from collections.abc import Sequence
from contextlib import suppress
from itertools import chain
from operator import is_
from types import NoneType
from typing import TYPE_CHECKING, Any, cast

import orjson

from gateway.execution.awaiting import waiting
from gateway.execution.completion import LISTS, OfList
from gateway.execution.encoding import Encoded, Entry, Kept, Written
from gateway.execution.objects import OfObject
from gateway.execution.places import Picked
from gateway.execution.resolving import Batch

if TYPE_CHECKING:
    from gateway.execution.completion import Column, Completed
    from gateway.execution.executor import Run
    from gateway.execution.places import Place
    from gateway.execution.plan import Field, Selection

_flat = chain.from_iterable
Rows = list[Any]
"""Objects as they are written; None for one that is not kept."""


class Joined:
    """The objects of a selection, all of whose `fields` but records' own facts lead to other records."""

    def __init__(self, selection: "Selection", fields: Sequence["Field"]) -> None:
        self._selection, self._fields = selection, fields
        self._kept: Kept | None = None

    def rows(self, run: "Run", encoded: Encoded, records: "Column", place: "Place") -> "Completed":
        """The objects of these records."""
        values = [run.resolved(field, records, place) for field in self._fields]
        if not all(type(column) is list for column in values):
            return self._selection.of_records(run, encoded, records, place, _given(self._fields, values))
        kept = self._kept = self._kept or encoded.kept()
        columns = cast("list[Column]", values)
        found = _kept_rows(kept, records, columns)
        missing = [index for index, row in enumerate(found) if row is None]
        if not missing:
            return found
        before = len(run.failures)
        some, led_to = [records[at] for at in missing], [[column[at] for at in missing] for column in columns]
        # Of a column that is never got to, since another one has failed.
        run.kept([column[at] for column in led_to for at in waiting(column, set(map(type, column)), run.is_awaitable)])
        rows = self._selection.of_records(run, encoded, some, Picked(place, missing), _given(self._fields, led_to))
        if type(rows) is not list:
            return run.begun(_filled_later(found, missing, rows))
        if len(run.failures) == before and all(map(_leads_to_facts, self._fields, led_to)):
            # Whoever writes the whole answer says what is wrong with it.
            with suppress(orjson.JSONEncodeError):
                kept.put(_entries(some, led_to, rows))
        return _filled(found, missing, rows)


def leads_to_records(field: "Field") -> bool:
    """Whether a field leads to objects of one type, each parent to one or to a list of them."""
    completion = field.completion.item if isinstance(field.completion, OfList) else field.completion
    return isinstance(field.resolve, Batch) and isinstance(completion, OfObject)


def _leads_to_facts(field: "Field", column: "Column") -> bool:
    """Whether all values of a field are records of which facts of their own are selected, and nothing else."""
    of_facts = [one.records for one in field.selections.values() if one.is_flat]
    return set(map(type, _each(column))) - {NoneType} <= frozenset[type]().union(*of_facts)


def _given(fields: Sequence["Field"], values: Sequence[Any]) -> dict["Field", Any]:
    return dict(zip(fields, values, strict=True))


def _kept_rows(kept: Kept, records: "Column", columns: Sequence["Column"]) -> Rows:
    entries = kept.entries(records)
    if None not in entries:
        # Nearly always all of them lead where they did, which is told faster of all at once.
        before = zip(*[entry.key for entry in entries if entry is not None], strict=True)
        if all(map(are_the_same, columns, before)):
            return [entry.written.pieces for entry in entries if entry is not None]
    return [
        entry.written.pieces if entry is not None and are_the_same(led_to, entry.key) else None
        for entry, led_to in zip(entries, zip(*columns, strict=True), strict=True)
    ]


def are_the_same(values: Sequence[Any], others: Sequence[Any]) -> bool:
    """Whether these are the same objects, or lists of the same. Equal ones may be written in another way."""
    types = set(map(type, values))
    if types.isdisjoint(LISTS):
        return all(map(is_, values, others))
    if types <= LISTS and LISTS.issuperset(map(type, others)):
        return list(map(len, values)) == list(map(len, others)) and all(map(is_, _flat(values), _flat(others)))
    return all(map(_is_the_same, values, others))


def _is_the_same(value: Any, other: Any) -> bool:
    if type(value) in LISTS and type(other) in LISTS:
        return len(value) == len(other) and all(map(is_, value, other))
    return value is other


def _filled(found: Rows, missing: Sequence[int], rows: "Column") -> "Column":
    for at, row in zip(missing, rows, strict=True):
        found[at] = row
    return found


async def _filled_later(found: Rows, missing: Sequence[int], rows: Any) -> "Column":
    return _filled(found, missing, await rows)


def _entries(records: "Column", columns: Sequence["Column"], rows: "Column") -> dict[int, Entry]:
    return {
        id(record): Entry(record, _written(row), [one for one in _each(led_to) if one is not None], _key(led_to))
        for record, led_to, row in zip(records, zip(*columns, strict=True), rows, strict=True)
    }


def _key(led_to: Sequence[Any]) -> tuple[Any, ...]:
    # A list is whoever's who has made it, and may become another one.
    return tuple(tuple(one) if type(one) in LISTS else one for one in led_to)


def _written(row: Any) -> Written:
    written = orjson.dumps(row)
    return Written(orjson.Fragment(written), len(written))


def _each(column: Sequence[Any]) -> list[Any]:
    return list(_flat(one if type(one) in LISTS else (one,) for one in column))
