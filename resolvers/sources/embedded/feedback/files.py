"""The feedback of a data directory, for one process of several that write to it and read it.

    data directory/feedback/
        index.lmdb              what counts, and where it is
        0000000001.segment      written by one process

After a crash, whoever comes next indexes what its segment has that is whole. A record that was cut short ends a
segment, and nobody was told that it had been taken.
"""

import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from resolvers.sources.embedded.durable import make_folder
from resolvers.sources.embedded.feedback.index import FeedbackIndex, Place, State, Transaction, opened
from resolvers.sources.embedded.feedback.records import HEADER, framed, read_records
from resolvers.sources.embedded.feedback.segments import OpenSegment, Segments
from resolvers.sources.feedback import Event, Recorded, ShownQuery

FOLDER = "feedback"
SEGMENT_BYTES = 64 << 20
SEGMENT_SECONDS = 86_400.0
"""A segment goes as a whole when it is too old, so each has a day at the most."""
log = logging.getLogger(__name__)


class FeedbackFiles:
    """Reads and writes. Its methods block, and raise OSError and ValueError; `find` in any thread, others in one.

    What was written longer than `keep_seconds` ago is removed. `clock` gives seconds since 1970.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        keep_seconds: float,
        segment_bytes: int = SEGMENT_BYTES,
        segment_seconds: float = SEGMENT_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder, self._keep_seconds, self._clock = data_dir / FOLDER, keep_seconds, clock
        self._segment_bytes, self._segment_seconds = segment_bytes, segment_seconds
        self.segments = Segments(self._folder)
        self._current: OpenSegment | None = None
        self._begun_at = 0.0
        self._index: FeedbackIndex | None = None
        self._is_open = False

    @property
    def index(self) -> FeedbackIndex:
        """The index. The folder is made when it is first needed."""
        if self._index is None:
            make_folder(self._folder)
            self._index = opened(self._folder)
        return self._index

    def exist(self) -> bool:
        """Whether anything was ever written."""
        return self._folder.is_dir()

    def open(self) -> None:
        """Take up what other processes have left, and remove what is too old."""
        if self.exist():
            with self.index.writing() as writing:
                self._recover(writing)
            self._remove_old()
        self._is_open = True

    def write(self, queries: Sequence[ShownQuery], events: Sequence[Event]) -> list[Recorded]:
        """Have queries and events on disk, those that are new, and say of each event whether it is."""
        last = self._current
        if not self._is_open:
            self.open()
        try:
            with self.index.writing() as writing:
                fresh = _new(writing, events)
                self._append(writing, [*_new(writing, queries).values(), *fresh.values()])
        except OSError:
            # It is not known what of it is on disk, and a sync that failed says nothing when it is tried again.
            self._abandon()
            raise
        if last is not None and last is not self._current:
            self._remove_old()
        return [fresh.get(event.id) is event for event in events]

    def _append(self, writing: Transaction, values: Sequence[ShownQuery | Event]) -> None:
        if not values:
            return
        segment = self._segment(writing)
        starts = segment.append([framed(value) for value in values])
        for value, start in zip(values, starts, strict=True):
            writing.put(value, Place(segment.number, start))
        writing.put_state(segment.number, State(segment.end, self._clock(), is_closed=False))

    def _segment(self, writing: Transaction) -> OpenSegment:
        """The segment to write to: a new one where the present one is large, or old."""
        now = self._clock()
        if self._current is not None:
            if self._current.end < self._segment_bytes and now < self._begun_at + self._segment_seconds:
                return self._current
            self._end(writing, self._current)
        number = max([0, *writing.states(), *self.segments.numbers()]) + 1
        self._current, self._begun_at = self.segments.begin(number), now
        return self._current

    def _end(self, writing: Transaction, segment: OpenSegment) -> None:
        """Say that nothing more comes in a segment."""
        state = writing.state(segment.number)
        if state is not None:
            writing.put_state(segment.number, state._replace(is_closed=True))
        self._abandon()

    def _abandon(self) -> None:
        if self._current is not None:
            self._current.close()
            self._current = None

    def find(self, ids: Sequence[str]) -> dict[str, ShownQuery]:
        """The queries with these ids that were written, whichever process has."""
        if not self.exist():
            return {}
        found: dict[str, ShownQuery] = {}
        with self.index.reading() as reading:
            places = {id_: place for id_ in ids if (place := reading.query(id_)) is not None}
        for id_, place in places.items():
            placed = self.segments.record(place.segment, place.start)
            if placed is not None and isinstance(placed.value, ShownQuery):
                found[id_] = placed.value
        return found

    def states(self) -> dict[int, State]:
        """The segments, and how far each counts, with what was left by other processes."""
        with self.index.writing() as writing:
            self._recover(writing)
            return writing.states()

    def _recover(self, writing: Transaction) -> None:
        states = writing.states()
        for number in self.segments.numbers():
            state = states.get(number)
            file = None if state is not None and state.is_closed else self.segments.abandoned(number)
            if file is not None:
                with file:
                    self._take_up(writing, number, file, state)

    def _take_up(self, writing: Transaction, number: int, file: BinaryIO, state: State | None) -> None:
        """Index what an abandoned segment has, or remove it where a crash has kept that from being done."""
        # It was written to for the last time then, whatever the index has lost or forgotten.
        now = self._clock()
        at = min(now, os.fstat(file.fileno()).st_mtime)
        if state is None and at < now - self._keep_seconds:
            self.segments.remove(number)
        else:
            self._index_rest(writing, number, file, state or State(len(HEADER), at, is_closed=False))

    def _index_rest(self, writing: Transaction, number: int, file: BinaryIO, state: State) -> None:
        """Index what a segment has behind what was indexed, up to the first record that is not whole."""
        header = file.read(len(HEADER))
        if not HEADER.startswith(header):
            raise ValueError(f"{self.segments.path(number).name} has another format; move it away, or use its gateway")
        end = state.end
        for found in read_records(file, end):
            if writing.place(found.value) is None:
                writing.put(found.value, Place(number, found.start))
            end = found.end
        writing.put_state(number, State(end, state.at, is_closed=True))

    def _remove_old(self) -> None:
        oldest = self._clock() - self._keep_seconds
        with self.index.reading() as reading:
            old = [number for number, state in reading.states().items() if state.is_closed and state.at < oldest]
        for number in old:
            with self.index.writing() as writing:
                self._forget(writing, number)
            self.segments.remove(number)

    def _forget(self, writing: Transaction, number: int) -> None:
        state = writing.state(number)
        if state is None:
            return
        try:
            for found in self.segments.records(number, state.end):
                if writing.place(found.value) == Place(number, found.start):
                    writing.forget(found.value)
        except (FileNotFoundError, ValueError) as error:
            log.warning("ids of feedback that is too old stay known, as it cannot be read: %s", error)
        writing.forget_segment(number)

    def close(self) -> None:
        """Let go of everything."""
        if self._current is not None:
            with self.index.writing() as writing:
                self._end(writing, self._current)
        self._index, self._is_open = None, False


def _new(writing: Transaction, values: Sequence[ShownQuery] | Sequence[Event]) -> dict[str, ShownQuery | Event]:
    """Those that were not written before, by their ids: the first of each id."""
    new: dict[str, ShownQuery | Event] = {}
    for value in values:
        if value.id not in new and writing.place(value) is None:
            new[value.id] = value
    return new
