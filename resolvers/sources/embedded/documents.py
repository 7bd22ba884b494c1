"""The facts of an index: an LMDB environment of encoded records by id, and of ids by row."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary

import lmdb
import msgspec

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.catalog.kinds import KINDS

FIRST_MAP_BYTES = 1 << 28
_ENCODER = msgspec.msgpack.Encoder()
_DECODERS: dict[Kind, msgspec.msgpack.Decoder[Any]] = {
    kind: msgspec.msgpack.Decoder(spec.record) for kind, spec in KINDS.items()
}


def _row_key(row: int) -> bytes:
    return row.to_bytes(4, "big")


class DocumentWriter:
    """Writes a new store. Nothing is on disk for sure before `close`."""

    def __init__(self, path: Path, *, first_map_bytes: int = FIRST_MAP_BYTES) -> None:
        self._environment = lmdb.open(
            str(path), subdir=False, lock=False, max_dbs=2 * len(KINDS), map_size=first_map_bytes, sync=False
        )
        self._facts = {kind: self._environment.open_db(f"facts-{kind}".encode()) for kind in KINDS}
        self._ids = {kind: self._environment.open_db(f"ids-{kind}".encode()) for kind in KINDS}

    def write(self, kind: Kind, first_row: int, documents: Sequence[Document]) -> None:
        """Store documents whose rows go up from `first_row`; all of them, however often the map has to grow."""
        pairs = [(document.ref.id.encode(), _ENCODER.encode(document.record)) for document in documents]
        while not self._put(kind, first_row, pairs):
            self._environment.set_mapsize(self._environment.info()["map_size"] * 2)

    def _put(self, kind: Kind, first_row: int, pairs: list[tuple[bytes, bytes]]) -> bool:
        """Store the pairs in one transaction; False, with nothing stored, when the map is full."""
        try:
            with self._environment.begin(write=True) as transaction:
                for row, (id_, facts) in enumerate(pairs, first_row):
                    transaction.put(id_, facts, db=self._facts[kind], append=True)
                    transaction.put(_row_key(row), id_, db=self._ids[kind], append=True)
        except lmdb.MapFullError:
            return False
        return True

    def close(self) -> None:
        self._environment.sync(True)
        self._environment.close()


class Documents:
    """Reads a store. Safe in any number of threads and processes at once; made by `open_documents`."""

    def __init__(self, path: Path) -> None:
        try:
            self._environment = lmdb.open(
                str(path), subdir=False, lock=False, readonly=True, max_dbs=2 * len(KINDS), map_size=path.stat().st_size
            )
        except lmdb.Error as error:
            raise OSError(f"{path.name}: {error}") from error
        self._facts = {kind: self._environment.open_db(f"facts-{kind}".encode()) for kind in KINDS}
        self._ids = {kind: self._environment.open_db(f"ids-{kind}".encode()) for kind in KINDS}

    def fetch(self, refs: Iterable[Ref]) -> list[Document | None]:
        """The documents of the refs, in their order; None for one that is not there."""
        with self._environment.begin(buffers=True) as transaction:
            return [self._document(transaction, ref) for ref in refs]

    def at_rows(self, kind: Kind, rows: Iterable[int]) -> list[Document]:
        """The documents with these rows, in their order."""
        with self._environment.begin(buffers=True) as transaction:
            ids = (bytes(transaction.get(_row_key(row), b"", db=self._ids[kind])).decode() for row in rows)
            found = (self._document(transaction, Ref(kind, id_)) for id_ in ids)
            return [document for document in found if document is not None]

    def _document(self, transaction: Any, ref: Ref) -> Document | None:
        key = ref.id.encode(errors="surrogatepass")
        if not 0 < len(key) <= self._environment.max_key_size():
            return None
        facts = transaction.get(key, db=self._facts[ref.kind])
        return None if facts is None else Document(ref, _DECODERS[ref.kind].decode(facts))


_open: WeakValueDictionary[Path, Documents] = WeakValueDictionary()
_opening = Lock()


def open_documents(path: Path) -> Documents:
    """Open a store. LMDB refuses to map a file twice in one process, so those who have it open share it."""
    with _opening:
        documents = _open.get(path.resolve())
        if documents is None:
            documents = _open[path.resolve()] = Documents(path)
        return documents
