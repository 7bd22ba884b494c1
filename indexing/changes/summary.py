"""What applying changes did."""

from collections.abc import Mapping
from dataclasses import dataclass

from indexing.summary import Rejection


@dataclass(frozen=True)
class ChangesSummary:
    """A finished run. `rejected` counts changes by reason, and `rejections` are the first twenty that were met.

    `rewritten` counts documents that hold copies of what was changed and were written again, and `dangling` references
    of applied changes to what was not there at that time.
    """

    read: int
    applied: int
    stale: int
    rewritten: int
    dangling: int
    rejected: Mapping[str, int]
    rejections: tuple[Rejection, ...]
    seconds: float

    @property
    def changes_per_second(self) -> float:
        """Changes read in a second of the whole run; 0 for a run that took no time."""
        return self.read / self.seconds if self.seconds else 0.0
