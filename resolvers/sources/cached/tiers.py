"""Where values are kept, nearest first: in this process, and in the cache that processes share."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from resolvers.sources.cached.entries import OVERHEAD_BYTES, Entry, new_mark, sealed
from resolvers.sources.cached.guarded import Guarded
from resolvers.sources.cached.lifetimes import Clock, Jitter, Lifetimes
from resolvers.sources.cached.local import Local
from resolvers.sources.cached.remote import Write
from resolvers.sources.cached.validity import Validity
from resolvers.sources.counting import Counting, Uncounted

V = TypeVar("V")


@dataclass(frozen=True)
class Tiers:
    """The tiers, and the rules that they share. `remote` is None when there is no shared cache."""

    local: Local
    remote: Guarded | None
    validity: Validity
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    clock: Clock = field(default_factory=Clock)
    jitter: Jitter = field(default_factory=Jitter)
    counting: Counting = field(default_factory=Uncounted)

    def now(self) -> float:
        """The time that entries are measured by."""
        return self.clock.steady()

    def entry(self, value: V, payload: bytes, asked_at: float, seconds: float) -> Entry[V]:
        """A new entry for what the engine has answered, fresh for somewhat less than so many seconds."""
        fresh_until = asked_at + self.jitter(seconds)
        mark = new_mark() if self.remote else b""
        return Entry(value, mark, asked_at, fresh_until, len(payload) + OVERHEAD_BYTES)

    def write(self, fresh: "Fresh", kept: float, expected: bytes | None = None) -> Write:
        """What is to be written of an entry to the shared cache, to be there for `kept` longer than it is fresh."""
        left = fresh.entry.fresh_until - self.now() + kept
        return Write(fresh.key, sealed(fresh.entry, fresh.payload, self.clock), left, expected)


class Fresh(NamedTuple):
    """What the engine has just answered, and as bytes."""

    key: bytes
    entry: Entry[Any]
    payload: bytes
