"""The facts of a full index: records by id, and ids by row."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.sources.embedded.environment import (
    FIRST_MAP_BYTES,
    WritableEnvironment,
    decode_record,
    decoder,
    encode_record,
    opened,
    row_key,
)


class DocumentWriter:
    """Writes a new store. Nothing is on disk for sure before `close`."""

    def __init__(self, path: Path, *, first_map_bytes: int = FIRST_MAP_BYTES) -> None:
        self._environment = WritableEnvironment(path, first_map_bytes=first_map_bytes)

    def write(self, kind: Kind, first_row: int, documents: Sequence[Document]) -> None:
        """Store documents whose rows go up from `first_row`."""
        pairs = [(document.ref.id.encode(), encode_record(document.record)) for document in documents]
        facts_of, ids = self._environment.facts[kind], self._environment.ids[kind]

        def put(transaction: Any) -> None:
            for row, (id_, facts) in enumerate(pairs, first_row):
                transaction.put(id_, facts, db=facts_of, append=True)
                transaction.put(row_key(row), id_, db=ids, append=True)

        self._environment.write(put)

    def close(self) -> None:
        self._environment.close()


class Documents:
    """Reads a store. Safe in any number of threads and processes at once."""

    def __init__(self, path: Path) -> None:
        self._environment = opened(path)

    def fetch(self, refs: Iterable[Ref]) -> list[Document | None]:
        """The documents of the refs, in their order; None for one that is not there."""
        with self._environment.reading() as transaction:
            return [self._document(transaction, ref) for ref in refs]

    def at_rows(self, kind: Kind, rows: Iterable[int]) -> list[Document]:
        """The documents with these rows, in their order."""
        ids, facts, decode = self._environment.ids[kind], self._environment.facts[kind], decoder(kind)
        with self._environment.reading() as transaction:
            keys = [bytes(transaction.get(row_key(row), b"", db=ids)) for row in rows]
            found = [(key, transaction.get(key, db=facts)) for key in keys if key]
            return [Document(Ref(kind, key.decode()), decode(value)) for key, value in found if value is not None]

    def ids(self, kind: Kind, rows: Iterable[int]) -> list[str]:
        """The ids of the documents with these rows, in their order."""
        with self._environment.reading() as transaction:
            return [self._id(transaction, kind, row) for row in rows]

    def count(self, kind: Kind) -> int:
        """How many rows there are."""
        with self._environment.reading() as transaction:
            return int(transaction.stat(self._environment.ids[kind])["entries"])

    def find(self, kind: Kind, id_: str) -> tuple[int, bool]:
        """How many rows come before an id, and whether the next one is its own. Rows are in the order of ids."""
        with self._environment.reading() as transaction:
            low, high = 0, int(transaction.stat(self._environment.ids[kind])["entries"])
            rows = high
            while low < high:
                middle = (low + high) // 2
                if self._id(transaction, kind, middle) < id_:
                    low = middle + 1
                else:
                    high = middle
            return low, low < rows and self._id(transaction, kind, low) == id_

    def _id(self, transaction: Any, kind: Kind, row: int) -> str:
        return bytes(transaction.get(row_key(row), b"", db=self._environment.ids[kind])).decode()

    def _document(self, transaction: Any, ref: Ref) -> Document | None:
        key = self._environment.key(ref.id)
        facts = None if key is None else transaction.get(key, db=self._environment.facts[ref.kind])
        return None if facts is None else Document(ref, decode_record(ref.kind, facts))
