"""Where in which segment each query and event is: an LMDB environment that all processes of a data directory share.

It decides what counts. A record counts once it is in the index, at the place that the index says, and its segment is on
disk before it gets there. Of the index itself, a power failure may undo what was committed last (LMDB's `metasync`),
but no part of that alone: how far each segment was indexed is in the same transaction, so that what was undone is done
again.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import lmdb

from resolvers.sources.embedded.environment import translated
from resolvers.sources.feedback import Event, ShownQuery

INDEX_FILE = "index.lmdb"
MAP_BYTES = 1 << 34
"""Address space, of which no more is used than there is in the file: room for some hundred million events."""
MOST_READERS = 1_024
_NUMBER, _PLACE, _STATE = struct.Struct(">Q"), struct.Struct(">QQ"), struct.Struct(">Qd?")


class Place(NamedTuple):
    """Where a record begins."""

    segment: int
    start: int


class State(NamedTuple):
    """How far a segment is indexed, when that was in seconds since 1970, and whether nothing more comes."""

    end: int
    at: float
    is_closed: bool


class Transaction:
    """What is in the index, all of one moment."""

    def __init__(self, index: "FeedbackIndex", transaction: Any) -> None:
        self._index, self._transaction = index, transaction

    def place(self, value: ShownQuery | Event) -> Place | None:
        """Where a query or an event of the same id is; None where there is none."""
        return self._index.look_up(self._transaction, type(value), value.id)

    def query(self, id_: str) -> Place | None:
        """Where the query with this id is; None where there is none."""
        return self._index.look_up(self._transaction, ShownQuery, id_)

    def put(self, value: ShownQuery | Event, place: Place) -> None:
        self._transaction.put(value.id.encode(), _PLACE.pack(*place), db=self._index.databases[type(value)])

    def forget(self, value: ShownQuery | Event) -> None:
        self._transaction.delete(value.id.encode(), db=self._index.databases[type(value)])

    def state(self, segment: int) -> State | None:
        """The state of a segment; None for one that the index does not know."""
        found = self._transaction.get(_NUMBER.pack(segment), db=self._index.segments)
        return None if found is None else State(*_STATE.unpack(found))

    def put_state(self, segment: int, state: State) -> None:
        self._transaction.put(_NUMBER.pack(segment), _STATE.pack(*state), db=self._index.segments)

    def forget_segment(self, segment: int) -> None:
        self._transaction.delete(_NUMBER.pack(segment), db=self._index.segments)

    def states(self) -> dict[int, State]:
        """The segments that the index knows."""
        with self._transaction.cursor(self._index.segments) as cursor:
            return {_NUMBER.unpack(key)[0]: State(*_STATE.unpack(state)) for key, state in cursor}


class FeedbackIndex:
    """The index of a folder. Safe in any number of threads and processes at once. Its methods raise OSError."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / INDEX_FILE
        with translated(self._path):
            self._environment = lmdb.open(
                str(self._path),
                subdir=False,
                map_size=MAP_BYTES,
                max_dbs=3,
                max_readers=MOST_READERS,
                metasync=False,
            )
            # What readers have left that were killed would keep room from being used again.
            self._environment.reader_check()
            self.databases = {
                ShownQuery: self._environment.open_db(b"queries"),
                Event: self._environment.open_db(b"events"),
            }
            self.segments = self._environment.open_db(b"segments")

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction that is committed where it ends well, and else undone: one at a time, over all processes."""
        with translated(self._path), self._environment.begin(write=True) as transaction:
            yield Transaction(self, transaction)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A view of what was committed; nothing can be put into it."""
        with translated(self._path), self._environment.begin() as transaction:
            yield Transaction(self, transaction)

    def look_up(self, transaction: Any, of: type, id_: str) -> Place | None:
        key = id_.encode(errors="surrogatepass")
        # LMDB has no key without bytes, and none that is longer.
        if not 0 < len(key) <= self._environment.max_key_size():
            return None
        found = transaction.get(key, db=self.databases[of])
        return None if found is None else Place(*_PLACE.unpack(found))


_open: WeakValueDictionary[Path, FeedbackIndex] = WeakValueDictionary()
_opening = Lock()


def opened(folder: Path) -> FeedbackIndex:
    """The index of a folder. LMDB refuses to open a file twice in one process, so those who have it open share it."""
    with _opening:
        place = folder.resolve()
        index = _open.get(place)
        if index is None:
            index = _open[place] = FeedbackIndex(folder)
        return index
