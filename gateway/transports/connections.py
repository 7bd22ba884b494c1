"""What is open for longer than an answer takes: how much of it, and how it comes to an end when the server stops."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from gateway.capacity import RETRY_SECONDS
from gateway.refusals import Overloaded

OVERLOADED, ORIGIN = REASONS = ("overloaded", "origin")
"""Why connections are refused."""
Leave = Callable[[], None]
"""Makes a connection come to its end, soon."""


class Transport(StrEnum):
    """The ways by which an operation gets more than one result."""

    WEBSOCKET = "websocket"
    EVENTS = "events"


class Connections:
    """The open connections of a process, `most` at the same time. Used in one event loop."""

    def __init__(self, most: int) -> None:
        self._most, self._leaves, self._is_over = most, dict[int, Leave](), False
        self._made = 0
        self.open: Counter[Transport] = Counter()
        self.operations: Counter[Transport] = Counter()
        self.refused: Counter[str] = Counter()
        self.closed: Counter[int] = Counter()

    @contextmanager
    def held(self, transport: Transport, leave: Leave) -> Iterator[None]:
        """Be one of the connections from here to the end. Raises Overloaded where there are too many."""
        if self._is_over or len(self._leaves) >= self._most:
            self.refused[OVERLOADED] += 1
            raise Overloaded(RETRY_SECONDS)
        self._made += 1
        number = self._made
        self._leaves[number] = leave
        self.open[transport] += 1
        try:
            yield
        finally:
            del self._leaves[number]
            self.open[transport] -= 1

    @contextmanager
    def operating(self, transport: Transport) -> Iterator[None]:
        """Count an operation from here to the end."""
        self.operations[transport] += 1
        try:
            yield
        finally:
            self.operations[transport] -= 1

    def leave(self) -> None:
        """Have all connections come to their end, and take no more."""
        leaves = [] if self._is_over else list(self._leaves.values())
        self._is_over = True
        for leave in leaves:
            leave()
