"""A trace of one operation, as Apollo's routers ask for it: when each field was resolved, and what failed.

The header `apollo-federation-include-trace: ftv1` asks for one, and `extensions.ftv1` is it: base64 of the message
`Trace` of Apollo's reports.proto (https://www.npmjs.com/package/@apollo/usage-reporting-protobuf). Numbers of fields
below are those of its messages `Trace`, `Trace.Node` and `Trace.Error`.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from time import perf_counter_ns, time_ns
from typing import Any, Final, NamedTuple

import orjson

from gateway.tracing.wire import message, text, unsigned

HEADER: Final = "apollo-federation-include-trace"
FTV1: Final = "ftv1"
"""The header's value, and the name of the extension."""
NANOSECONDS = 1_000_000_000

Path = Sequence[str | int]
Error = Mapping[str, Any]
"""An error as it is answered."""


class Resolved(NamedTuple):
    """A field that was resolved: what it is, and when, in nanoseconds from the start of the trace."""

    name: str
    type: str
    parent_type: str
    started_ns: int
    ended_ns: int


class Node:
    """A place in the answer: a field, an index of a list, or the root."""

    __slots__ = ("below", "errors", "resolved")

    def __init__(self) -> None:
        self.below: dict[str | int, Node] = {}
        self.errors: list[Error] = []
        self.resolved: Resolved | None = None

    def at(self, path: Path) -> "Node":
        """The node of a path below, made where it is missing."""
        node = self
        for key in path:
            found = node.below.get(key)
            if found is None:
                found = node.below[key] = Node()
            node = found
        return node

    def fields(self) -> Iterator[bytes]:
        """The fields of the message, but for the place itself."""
        yield from (message(11, _error(one)) for one in self.errors)
        yield from (message(12, below.as_child(key)) for key, below in self.below.items())

    def as_child(self, key: str | int) -> Iterator[bytes]:
        """The fields of the message."""
        yield text(1, key) if isinstance(key, str) else unsigned(2, key)
        if self.resolved is not None:
            yield from _resolved(key, self.resolved)
        yield from self.fields()


def _resolved(key: str | int, of: Resolved) -> Iterator[bytes]:
    if of.name != key:
        yield text(14, of.name)
    yield text(3, of.type)
    yield text(13, of.parent_type)
    yield unsigned(8, of.started_ns)
    yield unsigned(9, of.ended_ns)


def _error(of: Error) -> Iterator[bytes]:
    yield text(1, of["message"])
    for one in of.get("locations", ()):
        yield message(2, (unsigned(1, one["line"]), unsigned(2, one["column"])))
    yield text(4, orjson.dumps(of).decode())


Recorded = Callable[[], Iterable[tuple[Path, Resolved]]]
"""Gives the fields of a part of the answer. Asked for at the end, when nobody waits for a resolver any more."""


class Trace:
    """What was recorded of one operation, from here on."""

    def __init__(self, clock: Callable[[], int] = perf_counter_ns, wall: Callable[[], int] = time_ns) -> None:
        self._clock, self._wall = clock, wall
        self._begin, self._begin_of_day = clock(), wall()
        self._recorded: list[Recorded] = []

    def now(self) -> int:
        """Nanoseconds since the start."""
        return self._clock() - self._begin

    def record(self, recorded: Recorded) -> None:
        """Take note of fields."""
        self._recorded.append(recorded)

    def told(self, errors: Iterable[Error]) -> str:
        """The trace up to now, with the errors of the answer in their places: as `extensions.ftv1` has it."""
        ended = self.now()
        root = Node()
        for recorded in self._recorded:
            for path, resolved in recorded():
                root.at(path).resolved = resolved
        for error in errors:
            root.at(error.get("path") or ()).errors.append(error)
        parts = [
            message(4, _timestamp(self._begin_of_day)),
            message(3, _timestamp(self._wall())),
            unsigned(11, ended),
            message(14, root.fields()),
        ]
        return b64encode(b"".join(parts)).decode()


def _timestamp(nanoseconds: int) -> tuple[bytes, bytes]:
    """google.protobuf.Timestamp."""
    return unsigned(1, nanoseconds // NANOSECONDS), unsigned(2, nanoseconds % NANOSECONDS)


def asked_for(headers: Mapping[str, str]) -> Trace | None:
    """A trace that begins now, where a router asks for one."""
    return Trace() if headers.get(HEADER) == FTV1 else None
