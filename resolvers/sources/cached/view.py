"""What one operation sees through the cache."""

from collections.abc import Callable
from dataclasses import dataclass, field

from resolvers.deadline import Deadline
from resolvers.sources.base import Call, Snapshot, SourceInfo
from resolvers.sources.cached.keys import Keys


class Allowance(Deadline):
    """A deadline that begins anew with every call: for calls that no operation waits for."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def remaining(self) -> float:
        return self._seconds


def _nothing() -> None:
    """No view."""


@dataclass(frozen=True)
class View:
    """One index of the engine, asked for one operation and by its deadline.

    `is_verified` is False when the engine did not say which index is in use, so that it is the last one known.
    `again` makes a view of the same index for what is asked in the background; None when that is not in use any more.
    """

    index: SourceInfo
    keys: Keys
    engine: Snapshot
    call: Call
    is_verified: bool = True
    again: Callable[[], "View | None"] = field(default=_nothing)
