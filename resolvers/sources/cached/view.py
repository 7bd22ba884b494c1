"""What one operation sees through the cache."""

import math
from dataclasses import dataclass

from resolvers.deadline import Deadline
from resolvers.sources.base import Call, Snapshot, SourceInfo
from resolvers.sources.cached.keys import Keys

ANSWER_SECONDS = 0.05


class Allowance(Deadline):
    """A deadline that begins anew with every call: what the engine is given for one that operations share."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def remaining(self) -> float:
        return self._seconds


@dataclass(frozen=True)
class View:
    """One index of the engine, asked for one operation.

    `is_verified` is False when the engine did not say which index is in use, so that it is the last one known.
    """

    index: SourceInfo
    keys: Keys
    engine: Snapshot
    call: Call
    is_verified: bool = True

    def patience(self) -> float | None:
        """For how many seconds to wait for the engine, so that what is there already is answered in time all the same.

        None without a deadline.
        """
        remaining = self.call.deadline.remaining()
        return None if remaining == math.inf else max(0.75 * remaining, remaining - ANSWER_SECONDS)
