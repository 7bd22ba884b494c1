"""What the sources count of themselves, for whoever operates them."""

from enum import StrEnum
from typing import Protocol


class Event(StrEnum):
    """What is counted. The values are names of metrics, so they stay."""

    LOCAL_HIT = "local_hit"
    """An answer out of this process."""
    REMOTE_HIT = "remote_hit"
    """An answer out of the shared cache."""
    MISSING_HIT = "missing_hit"
    """A cached "there is no such document", from either."""
    STALE_HIT = "stale_hit"
    """An answer past its time, given because the engine could not answer."""
    MISS = "miss"
    """Something that the engine was asked for."""
    ENGINE_CALL = "engine_call"
    """A call of the engine, of any number of misses."""
    REFRESH = "refresh"
    """Something that was given from the cache and asked for again in the background."""
    INVALIDATION = "invalidation"
    """A document that somebody has changed."""
    REMOTE_CALL = "remote_call"
    """A round trip to the shared cache."""
    REMOTE_ERROR = "remote_error"
    """A call of the shared cache that failed, by its cause."""
    BREAKER_OPENED = "breaker_opened"
    """The shared cache was given up for a while."""
    BYTES_READ = "bytes_read"
    BYTES_WRITTEN = "bytes_written"
    LOCAL_BYTES = "local_bytes"
    """Bytes that this process holds more than before; less where the amount is negative."""


class Counting(Protocol):
    """Takes note of events."""

    def count(self, event: Event, about: str, amount: int = 1) -> None:
        """`about` is what the event concerns, out of a small set.

        That is `document`, `search`, `suggestion`, or the cause of an error.
        """


class Uncounted:
    """Takes no note."""

    def count(self, event: Event, about: str, amount: int = 1) -> None:
        """Forget it."""
