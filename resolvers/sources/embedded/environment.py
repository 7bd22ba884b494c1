"""An LMDB environment of facts by id and of ids by row, for each kind."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary

import lmdb
import msgspec

from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from resolvers.catalog.values import Record

FIRST_MAP_BYTES = 1 << 28
_DECODERS: dict[Kind, msgspec.msgpack.Decoder[Any]] = {
    kind: msgspec.msgpack.Decoder(spec.record) for kind, spec in KINDS.items()
}
encode_record = msgspec.msgpack.Encoder().encode


def decoder(kind: Kind) -> Callable[[memoryview], Record]:
    """What makes records of a kind again of the bytes that `encode_record` has made of them."""
    decode: Callable[[memoryview], Record] = _DECODERS[kind].decode
    return decode


def decode_record(kind: Kind, facts: memoryview) -> Record:
    """The record that `encode_record` has made these bytes of."""
    record: Record = _DECODERS[kind].decode(facts)
    return record


def row_key(row: int) -> bytes:
    """A row as a key, in the order of rows."""
    return row.to_bytes(4, "big")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """LMDB's errors as the OSErrors that they are for everybody else."""
    try:
        yield
    except lmdb.Error as error:
        # That is what LMDB calls a full disk too.
        hint = " (is the disk full?)" if "Input/output error" in str(error) else ""
        raise OSError(f"{path.name}: {error}{hint}") from error


class WritableEnvironment:
    """An environment that one process writes. Nothing is on disk for sure before `close`."""

    def __init__(self, path: Path, *, first_map_bytes: int = FIRST_MAP_BYTES) -> None:
        self._path = path
        size = max(first_map_bytes, path.stat().st_size if path.exists() else 0)
        with translated(path):
            self._environment = lmdb.open(
                str(path), subdir=False, lock=False, max_dbs=2 * len(KINDS), map_size=size, sync=False
            )
            self.facts = {kind: self._environment.open_db(f"facts-{kind}".encode()) for kind in KINDS}
            self.ids = {kind: self._environment.open_db(f"ids-{kind}".encode()) for kind in KINDS}

    def write(self, put: Callable[[Any], None]) -> None:
        """Have `put` write into a transaction; again from its start, however often the map has to grow.

        Raises OSError when the disk refuses.
        """
        with translated(self._path):
            while not self._fits(put):
                self._environment.set_mapsize(self._environment.info()["map_size"] * 2)

    def _fits(self, put: Callable[[Any], None]) -> bool:
        """False, with nothing stored, when the map is full."""
        try:
            with self._environment.begin(write=True) as transaction:
                put(transaction)
        except lmdb.MapFullError:
            return False
        return True

    def reading(self) -> Any:
        """A transaction that sees all that was written; values are views into the map."""
        return self._environment.begin(buffers=True)

    def close(self) -> None:
        """Have it all on disk. Raises OSError when the disk refuses."""
        with translated(self._path):
            self._environment.sync(True)
        self._environment.close()

    def discard(self) -> None:
        """Let go of a file that is not needed any more."""
        self._environment.close()


class ReadableEnvironment:
    """An environment that nobody writes any more. Safe in any number of threads and processes at once."""

    def __init__(self, path: Path) -> None:
        with translated(path):
            self._environment = lmdb.open(
                str(path), subdir=False, lock=False, readonly=True, max_dbs=2 * len(KINDS), map_size=path.stat().st_size
            )
            self.facts = {kind: self._environment.open_db(f"facts-{kind}".encode()) for kind in KINDS}
            self.ids = {kind: self._environment.open_db(f"ids-{kind}".encode()) for kind in KINDS}

    def reading(self) -> Any:
        """A transaction; values are views into the map."""
        return self._environment.begin(buffers=True)

    def key(self, id_: str) -> bytes | None:
        """An id as a key; None for one that is too short or too long to be one."""
        key = id_.encode(errors="surrogatepass")
        return key if 0 < len(key) <= self._environment.max_key_size() else None

    def copy(self, path: Path) -> None:
        """Write a copy without the room that was freed. Raises OSError when the disk refuses."""
        with translated(path):
            self._environment.copy(str(path), compact=True)


_open: WeakValueDictionary[tuple[int, int], ReadableEnvironment] = WeakValueDictionary()
_opening = Lock()


def opened(path: Path) -> ReadableEnvironment:
    """Open an environment. LMDB refuses to map a file twice in one process, so those who have it open share it.

    Generations may share a file too, each by a link of its own.
    """
    with _opening:
        status = path.stat()
        file = status.st_dev, status.st_ino
        environment = _open.get(file)
        if environment is None:
            environment = _open[file] = ReadableEnvironment(path)
        return environment
