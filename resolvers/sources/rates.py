"""Budgets of points that fill again, for processes that share them."""

from typing import NamedTuple, Protocol


class Budget(NamedTuple):
    """So many points, and in how many seconds an empty budget is full again."""

    points: int
    seconds: float


class Taken(NamedTuple):
    """Whether points were taken, and how many are left. What was dearer than the whole budget leaves a debt."""

    is_taken: bool
    left: float


class SharedBuckets(Protocol):
    """Budgets by name that processes share."""

    async def take(self, name: str, cost: int, budget: Budget) -> Taken | None:
        """Take points of a budget if there are enough in it; None where that cannot be found out at present."""
