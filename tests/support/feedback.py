"""Queries and events as tests show and report them, and stores that keep them in memory or fail."""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import nan

from resolvers.errors import SourceError
from resolvers.sources.feedback import Action, Event, Recorded, ShownItem, ShownQuery, Surface

AT = datetime(2026, 5, 1, 12, 30, 15, 123456, tzinfo=UTC)
ITEMS = (ShownItem("job_a", 1, 0.75, (0.5, nan)), ShownItem("job_b", 2, 0.5, (0.25, 1.0), "job_c"))


def query(id_: str, items: tuple[ShownItem, ...] = ITEMS) -> ShownQuery:
    """A query with everything that one can have."""
    return ShownQuery(
        id_,
        AT,
        Surface.SEARCH_JOBS,
        "python 開発",
        items,
        ("words", "meaning"),
        "linear-1",
        "ranker",
        "hand",
        "ann",
        "visit 1",
        "web",
    )


def event(id_: str, query_id: str = "q1", action: Action = Action.CLICK) -> Event:
    return Event(id_, query_id, action, "job_b", 2, AT, "ann", "visit 1", "ranker", "hand", "linear-1")


class RememberedJournal:
    """Keeps what is written to it. While `failure` is set, it raises that; `writes` has how much each write had."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.known: dict[str, ShownQuery] = {}
        self.events: dict[str, Event] = {}
        self.writes: list[tuple[int, int]] = []
        self.is_open = False

    async def open(self) -> None:
        if self.failure is not None:
            raise self.failure
        self.is_open = True

    async def write(self, queries: Sequence[ShownQuery], events: Sequence[Event]) -> list[Recorded]:
        self.writes.append((len(queries), len(events)))
        if self.failure is not None:
            raise self.failure
        self.known |= {one.id: one for one in queries}
        return [self.events.setdefault(one.id, one) is one for one in events]

    async def find(self, ids: Sequence[str]) -> dict[str, ShownQuery]:
        return {id_: self.known[id_] for id_ in ids if id_ in self.known}

    async def close(self) -> None:
        self.is_open = False


FULL = SourceError("the disk is full")


class Counted:
    """Counts what became of queries and events."""

    def __init__(self) -> None:
        self.queries: dict[str, int] = {}
        self.events: dict[str, int] = {}

    def count_queries(self, outcome: str, amount: int = 1) -> None:
        self.queries[outcome] = self.queries.get(outcome, 0) + amount

    def count_events(self, outcome: str, amount: int = 1) -> None:
        self.events[outcome] = self.events.get(outcome, 0) + amount
