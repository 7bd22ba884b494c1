"""A value that is cached, with its times, and the header that carries them through the shared cache.

A value in the shared cache is a header and a payload. The header begins with a mark, a few random bytes that are
others whenever the value is: whoever writes says which mark has to be there still. A value that is a mark alone says
that the document has changed and nobody has read it since.
"""

from dataclasses import dataclass, field
from secrets import token_bytes
from struct import Struct
from typing import Any, Generic, TypeVar

from resolvers.sources.cached.lifetimes import AHEAD, Clock

V = TypeVar("V")
W = TypeVar("W")
MARK_BYTES = 8
HEADER = Struct(f">{MARK_BYTES}sQI")
"""The mark, when the engine was asked (milliseconds since 1970), and for how long that is fresh (milliseconds)."""
MOST_SKEW_SECONDS = 1.0
OVERHEAD_BYTES = 200
"""What an entry takes beside its payload: keys, times, and the records around them."""


@dataclass(frozen=True, slots=True)
class Entry(Generic[V]):
    """A value, with when the engine was asked and until when that is fresh, by the steady clock."""

    value: V
    mark: bytes
    asked_at: float
    fresh_until: float
    cost: int
    due_at: float = field(init=False)
    """When it is time to ask again, so that nobody has to wait for it."""

    def __post_init__(self) -> None:
        ahead = AHEAD * (self.fresh_until - self.asked_at)
        object.__setattr__(self, "due_at", self.fresh_until - ahead)

    def of(self, value: W) -> "Entry[W]":
        """The same times for another value."""
        return Entry(value, self.mark, self.asked_at, self.fresh_until, self.cost)


def new_mark() -> bytes:
    """A mark that no other value has."""
    return token_bytes(MARK_BYTES)


def mark_of(raw: bytes | None) -> bytes:
    """The mark of what is in the shared cache; empty when there is nothing."""
    return raw[:MARK_BYTES] if raw else b""


def sealed(entry: Entry[Any], payload: bytes, clock: Clock) -> bytes:
    """An entry as bytes for the shared cache."""
    asked_at = clock.wall() - (clock.steady() - entry.asked_at)
    fresh_for = entry.fresh_until - entry.asked_at
    return HEADER.pack(entry.mark, int(asked_at * 1000), int(fresh_for * 1000)) + payload


def opened(raw: bytes | None, clock: Clock) -> tuple[Entry[None], memoryview] | None:
    """The times of a value and its payload; None for no value, a mark alone, and one that comes from the future.

    The age is told by two machines' clocks. Where the writer's is ahead, the value would be given for too long.
    """
    if raw is None or len(raw) <= HEADER.size:
        return None
    mark, asked_at, fresh_for = HEADER.unpack_from(raw)
    age = clock.wall() - asked_at / 1000
    if age < -MOST_SKEW_SECONDS:
        return None
    asked = clock.steady() - max(0.0, age)
    cost = len(raw) + OVERHEAD_BYTES
    return Entry(None, mark, asked, asked + fresh_for / 1000, cost), memoryview(raw)[HEADER.size :]
