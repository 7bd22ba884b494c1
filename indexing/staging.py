"""Where accepted records wait, on disk and in the order of their ids, until all that they refer to was read."""

import fcntl
import shutil
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeVar

import lmdb

from resolvers.catalog.kind import Kind
from resolvers.errors import IndexingError

T = TypeVar("T")
FIRST_MAP_BYTES = 2**30
COMMIT_WRITES = 4096
COMMIT_BYTES = 2**24
MAX_KEY_BYTES = 511
_ORIGIN = struct.Struct("<IQ")


class Origin(NamedTuple):
    """The place that a record was read from: the number of its file in the run, and the line from 1."""

    file: int
    line: int


class Staged(NamedTuple):
    """A record's line, as it was read."""

    origin: Origin
    line: bytes


class _Write(NamedTuple):
    """A write of the open transaction; no value deletes the key."""

    database: Any
    key: bytes
    value: bytes | None
    overwrite: bool


class Stage:
    """Records by kind and id, and who refers to whom within a kind. For one thread.

    Reads see every write. Raises IndexingError when the disk refuses a write.
    """

    def __init__(self, folder: Path, map_bytes: int = FIRST_MAP_BYTES) -> None:
        # Nothing here outlives the run, so nothing waits for the disk.
        self._environment = lmdb.open(
            str(folder), map_size=map_bytes, max_dbs=2 * len(Kind), sync=False, metasync=False
        )
        self._records = {kind: self._environment.open_db(kind.encode()) for kind in Kind}
        self._links = {kind: self._environment.open_db(f"{kind}-links".encode(), dupsort=True) for kind in Kind}
        self._transaction = self._environment.begin(write=True)
        self._pending: list[_Write] = []
        self._pending_bytes = 0

    def add(self, kind: Kind, id_: str, staged: Staged) -> bool:
        """Stage a record; False when its id is taken, and then nothing changes."""
        value = _ORIGIN.pack(*staged.origin) + staged.line
        return self._write(_Write(self._records[kind], id_.encode(), value, overwrite=False))

    def get(self, kind: Kind, id_: str) -> Staged | None:
        """The record with the id."""
        value = self._transaction.get(id_.encode(), db=self._records[kind]) if can_be_staged(id_) else None
        return None if value is None else _staged(value)

    def remove(self, kind: Kind, id_: str) -> None:
        """Forget a record."""
        self._write(_Write(self._records[kind], id_.encode(), None, overwrite=True))

    def link(self, kind: Kind, source: str, target: str) -> None:
        """Remember that `source` refers to `target`, both of one kind."""
        self._write(_Write(self._links[kind], target.encode(), source.encode(), overwrite=True))

    def link_targets(self, kind: Kind) -> Iterator[str]:
        """Every id of the kind that something of the same kind refers to."""
        with self._transaction.cursor(db=self._links[kind]) as cursor:
            for key in cursor.iternext_nodup(values=False):
                yield key.decode()

    def link_sources(self, kind: Kind, target: str) -> list[str]:
        """The ids of those of the kind that refer to `target`."""
        with self._transaction.cursor(db=self._links[kind]) as cursor:
            return [value.decode() for value in cursor.iternext_dup()] if cursor.set_key(target.encode()) else []

    def count(self, kind: Kind) -> int:
        """How many records of the kind are staged."""
        return int(self._transaction.stat(self._records[kind])["entries"])

    def scan(self, kind: Kind) -> Iterator[bytes]:
        """The lines of a kind, in the order of their ids."""
        with self._transaction.cursor(db=self._records[kind]) as cursor:
            for value in cursor.iternext(keys=False):
                yield _staged(value).line

    def close(self) -> None:
        """Let go of the files."""
        self._transaction.abort()
        self._environment.close()

    def _write(self, write: _Write) -> bool:
        try:
            done = self._with_room(partial(self._apply, write))
            if done:
                self._pending.append(write)
                self._pending_bytes += len(write.key) + len(write.value or b"")
            if len(self._pending) >= COMMIT_WRITES or self._pending_bytes >= COMMIT_BYTES:
                self._commit()
        except lmdb.Error as error:
            raise _refusal(Path(self._environment.path()), error) from error
        return done

    def _apply(self, write: _Write) -> bool:
        if write.value is None:
            return bool(self._transaction.delete(write.key, db=write.database))
        return bool(self._transaction.put(write.key, write.value, db=write.database, overwrite=write.overwrite))

    def _commit(self) -> None:
        self._with_room(self._end_transaction)
        self._pending.clear()
        self._pending_bytes = 0
        self._transaction = self._environment.begin(write=True)

    def _end_transaction(self) -> None:
        self._transaction.commit()

    def _with_room(self, act: Callable[[], T]) -> T:
        """Do `act`, doubling the map until it fits."""
        full = False
        while True:
            try:
                if full:
                    # A full map spoils the transaction: what it had written is written again in a new one.
                    for write in self._pending:
                        self._apply(write)
                return act()
            except lmdb.MapFullError:
                full = True
                self._transaction.abort()
                self._environment.set_mapsize(2 * self._environment.info()["map_size"])
                self._transaction = self._environment.begin(write=True)


def can_be_staged(id_: str) -> bool:
    """Whether a record with the id could be here: LMDB bounds the length of its keys."""
    return 0 < len(id_.encode()) <= MAX_KEY_BYTES


def _staged(value: bytes) -> Staged:
    return Staged(Origin(*_ORIGIN.unpack_from(value)), value[_ORIGIN.size :])


PREFIX = "staging-"
LOCK = "lock"
GATE = "staging.lock"


@contextmanager
def open_stage(staging: Path) -> Iterator[Stage]:
    """A fresh stage in a folder of its own inside `staging`, removed on leaving, however that comes about.

    What a killed run has left there is removed too: the kernel has released its lock.
    """
    with ExitStack() as folders:
        try:
            folder = _claim_folder(staging, folders)
        except OSError as error:
            raise IndexingError(f"Records cannot be staged in {staging}: {error.strerror}.") from error
        with _disk_errors(staging), closing(Stage(folder)) as stage:
            yield stage


def _refusal(place: Path, error: lmdb.Error) -> IndexingError:
    # LMDB calls a full disk an input/output error.
    return IndexingError(f"Records cannot be staged in {place} (is the disk full?): {error}.")


@contextmanager
def _disk_errors(staging: Path) -> Iterator[None]:
    try:
        yield
    except lmdb.Error as error:
        raise _refusal(staging, error) from error


def _claim_folder(staging: Path, folders: ExitStack) -> Path:
    """A new folder that this process holds the lock of, both until `folders` are closed."""
    staging.mkdir(parents=True, exist_ok=True)
    # Behind the gate every folder is either locked or abandoned: none is waiting for its lock.
    with (staging / GATE).open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        for leftover in staging.glob(f"{PREFIX}*"):
            _remove_if_abandoned(leftover)
        folder = Path(folders.enter_context(TemporaryDirectory(prefix=PREFIX, dir=staging)))
        fcntl.flock(folders.enter_context((folder / LOCK).open("w")), fcntl.LOCK_EX)
    return folder


def _remove_if_abandoned(folder: Path) -> None:
    try:
        with (folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return
