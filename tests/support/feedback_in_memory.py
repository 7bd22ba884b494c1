"""Feedback that lies in memory, for what reads all of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from resolvers.sources.feedback import Event, ShownQuery


@dataclass
class MemoryLog:
    """A FeedbackLog of what it was given."""

    queries: list[ShownQuery] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def all_queries(self) -> Iterator[ShownQuery]:
        return iter(self.queries)

    def all_events(self) -> Iterator[Event]:
        return iter(self.events)
