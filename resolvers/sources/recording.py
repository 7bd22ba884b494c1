"""Keeping queries in the background, and events before anybody is told so, whatever they are written to.

Whoever reports events waits for one write at the most beside their own: what comes while a write is under way is in the
next one, all of it together (a group commit, DeWitt et al., "Implementation Techniques for Main Memory Database
Systems", SIGMOD 1984). Queries wait for such a write, or for `FLUSH_SECONDS`.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from resolvers.errors import SourceError
from resolvers.sources.feedback import UNCOUNTED, Event, FeedbackCounting, Recorded, ShownQuery

FLUSH_SECONDS = 0.1
"""How long a query that was shown waits for others to be written with."""
RETRY_SECONDS = 1.0
"""How long it is waited after a write that failed."""
MOST_WAITING = 50_000
"""So many shown items may wait to be written, which is some 30 MB; a query that comes then is dropped."""
MOST_AT_ONCE = 500
"""Queries of one write, beside those that its events are of."""
NOT_RECORDED = "the events could not be recorded; report them again"
log = logging.getLogger(__name__)


class Journal(Protocol):
    """What is written to. Its methods raise SourceError."""

    async def open(self) -> None:
        """Get ready. Whatever is asked for before that has gone well does it first."""

    async def write(self, queries: Sequence[ShownQuery], events: Sequence[Event]) -> list[Recorded]:
        """Write queries, then events, all of them durably, and say of each event whether it is new.

        What is refused for good is an error in its place, and holds up nothing. Of what is raised for, nothing counts
        as written, and all of it may be written again.
        """

    async def find(self, ids: Sequence[str]) -> dict[str, ShownQuery]:
        """The queries with these ids that were written."""

    async def close(self) -> None:
        """Let go of everything."""


class _Report(NamedTuple):
    """Events that somebody waits for."""

    events: Sequence[Event]
    done: "asyncio.Future[list[Recorded]]"


class Recording:
    """A `FeedbackStore` that writes to a journal, one write at a time."""

    def __init__(
        self,
        journal: Journal,
        counting: FeedbackCounting = UNCOUNTED,
        *,
        flush_seconds: float = FLUSH_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._journal, self._counting, self._most_waiting = journal, counting, most_waiting
        self._flush_seconds, self._retry_seconds = flush_seconds, retry_seconds
        self._queries: dict[str, ShownQuery] = {}
        self._weight = 0
        self._reports: list[_Report] = []
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._is_failing = self._is_dropping = False

    async def start(self) -> None:
        try:
            await self._journal.open()
        except SourceError as error:
            # Searches are answered all the same, and a write opens it again.
            log.warning("feedback cannot be recorded: %s", error.message)

    async def close(self) -> None:
        while self._writing is not None or self._queries:
            await self._begun()
            if self._is_failing:
                break
        self._stop_waiting()
        if self._queries:
            self._drop(len(self._queries))
        await self._journal.close()

    def shown(self, query: ShownQuery) -> None:
        if self._weight + _weight(query) > self._most_waiting:
            self._drop(1)
            return
        self._is_dropping = False
        self._queries[query.id] = query
        self._weight += _weight(query)
        self._begin_in(self._flush_seconds)

    def _drop(self, count: int) -> None:
        self._counting.count_queries("dropped", count)
        if not self._is_dropping:
            log.warning("queries are dropped, since they cannot be written as fast as they are shown, or at all")
        self._is_dropping = True

    async def queries(self, ids: Sequence[str]) -> dict[str, ShownQuery]:
        waiting = {id_: self._queries[id_] for id_ in ids if id_ in self._queries}
        others = [id_ for id_ in dict.fromkeys(ids) if id_ not in waiting]
        return waiting | await self._journal.find(others) if others else waiting

    async def record(self, events: Sequence[Event]) -> list[Recorded]:
        if not events:
            return []
        report = _Report(events, asyncio.get_running_loop().create_future())
        self._reports.append(report)
        self._begun()
        return await report.done

    def _begin_in(self, seconds: float) -> None:
        if self._timer is None and self._writing is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._begun)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begun(self) -> "asyncio.Task[None]":
        """The writing of what waits."""
        self._stop_waiting()
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all(), name="write feedback")
        return self._writing

    async def _write_all(self) -> None:
        try:
            await self._write()
            while self._reports:
                await self._write()
        finally:
            self._writing = None
            if self._queries:
                self._begin_in(self._retry_seconds if self._is_failing else self._flush_seconds)

    async def _write(self) -> None:
        reports, self._reports = self._reports, []
        events = [event for report in reports for event in report.events]
        queries = self._next(events)
        try:
            new = await self._journal.write(queries, events)
        except SourceError as error:
            self._failed(reports, error)
        except Exception as error:  # noqa: BLE001  it is a defect, and what waits is not to be tried without a pause
            self._failed(reports, SourceError(NOT_RECORDED), error)
        else:
            self._written(reports, queries, new)
        finally:
            # Where the task is cancelled: whoever waits is not left waiting.
            _fail(reports, SourceError(NOT_RECORDED))

    def _next(self, events: Sequence[Event]) -> list[ShownQuery]:
        """The queries to write next: those that the events are of, and the oldest others."""
        needed = dict.fromkeys(event.query_id for event in events if event.query_id in self._queries)
        others = [id_ for id_ in self._queries if id_ not in needed][:MOST_AT_ONCE]
        return [self._queries[id_] for id_ in (*needed, *others)]

    def _written(self, reports: Sequence[_Report], queries: Sequence[ShownQuery], new: list[Recorded]) -> None:
        self._is_failing = False
        for query in queries:
            del self._queries[query.id]
            self._weight -= _weight(query)
        if queries:
            self._counting.count_queries("kept", len(queries))
        start = 0
        for events, done in reports:
            if not done.done():
                done.set_result(new[start : start + len(events)])
            start += len(events)

    def _failed(self, reports: Sequence[_Report], error: SourceError, defect: Exception | None = None) -> None:
        if not self._is_failing:
            log.error("feedback cannot be written: %s", error.message, exc_info=defect)
        self._is_failing = True
        _fail(reports, error)


def _weight(query: ShownQuery) -> int:
    """What a query takes of `MOST_WAITING`: a page may be empty."""
    return 1 + len(query.items)


def _fail(reports: Sequence[_Report], error: SourceError) -> None:
    for _, done in reports:
        if not done.done():
            done.set_exception(error)
