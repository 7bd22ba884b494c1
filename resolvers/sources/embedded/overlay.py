"""The facts of what has changed since the full index: they lie over those of the full index and hide them."""

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from resolvers.catalog.kind import Kind, Ref
from resolvers.catalog.values import Record
from resolvers.sources.embedded.environment import (
    WritableEnvironment,
    decode_record,
    encode_record,
    opened,
    row_key,
)

OVERLAY_FILE = "changes.lmdb"
_HEAD = struct.Struct(">QI")
_NO_ROW = (1 << 32) - 1


class Entry(NamedTuple):
    """What a change has made of an entity: its version, its row in the tail, and its facts.

    Without a record it is deleted. It has a row once it was there, and keeps it: None when it never was.
    """

    version: int
    row: int | None
    record: Record | None


def _packed(entry: Entry) -> bytes:
    head = _HEAD.pack(entry.version, _NO_ROW if entry.row is None else entry.row)
    return head if entry.record is None else head + encode_record(entry.record)


def _unpacked(kind: Kind, value: memoryview) -> Entry:
    version, row = _HEAD.unpack_from(value)
    record = decode_record(kind, value[_HEAD.size :]) if len(value) > _HEAD.size else None
    return Entry(version, None if row == _NO_ROW else row, record)


class Overlay:
    """Reads entries. Safe in any number of threads and processes at once."""

    def __init__(self, path: Path) -> None:
        self._environment = opened(path)

    def entries(self, refs: Iterable[Ref]) -> list[Entry | None]:
        """What the refs have become, in their order; None for what has not changed."""
        with self._environment.reading() as transaction:
            return [self._entry(transaction, ref) for ref in refs]

    def ids(self, kind: Kind, rows: Iterable[int]) -> list[str]:
        """The ids of the documents with these rows of the tail, in their order."""
        ids = self._environment.ids[kind]
        with self._environment.reading() as transaction:
            return [bytes(transaction.get(row_key(row), b"", db=ids)).decode() for row in rows]

    def copy(self, path: Path) -> None:
        """Write a copy to change."""
        self._environment.copy(path)

    def _entry(self, transaction: Any, ref: Ref) -> Entry | None:
        key = self._environment.key(ref.id)
        value = None if key is None else transaction.get(key, db=self._environment.facts[ref.kind])
        return None if value is None else _unpacked(ref.kind, value)


class OverlayWriter:
    """Adds entries, in a file that is its own."""

    def __init__(self, path: Path) -> None:
        self._environment = WritableEnvironment(path)

    def entry(self, ref: Ref) -> Entry | None:
        """What a ref has become, with what was put."""
        with self._environment.reading() as transaction:
            value = transaction.get(ref.id.encode(), db=self._environment.facts[ref.kind])
            return None if value is None else _unpacked(ref.kind, value)

    def ids(self, kind: Kind) -> list[str]:
        """The ids of the tail, in the order of rows."""
        with self._environment.reading() as transaction, transaction.cursor(db=self._environment.ids[kind]) as cursor:
            return [bytes(id_).decode() for id_ in cursor.iternext(keys=False)]

    def put(self, entries: Sequence[tuple[Ref, Entry]]) -> None:
        def put(transaction: Any) -> None:
            for (kind, id_), entry in entries:
                transaction.put(id_.encode(), _packed(entry), db=self._environment.facts[kind])
                if entry.row is not None:
                    transaction.put(row_key(entry.row), id_.encode(), db=self._environment.ids[kind])

        self._environment.write(put)

    def close(self) -> None:
        self._environment.close()

    def discard(self) -> None:
        """Let go of a file that is not needed any more."""
        self._environment.discard()
