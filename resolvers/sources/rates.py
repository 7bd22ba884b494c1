"""Budgets of points that fill again, for processes that share them."""

from typing import NamedTuple, Protocol


class Budget(NamedTuple):
    """So many points, and in how many seconds an empty budget is full again."""

    points: int
    seconds: float


class Taken(NamedTuple):
    """Whether the cost was taken, and how many points are left; fewer than none, where there is a debt.

    What is dearer than the whole budget leaves one, and so may what is owed for what is not had.
    """

    is_taken: bool
    left: float


class SharedBuckets(Protocol):
    """Budgets by name that processes share."""

    async def take(self, name: str, cost: int, owed: int, budget: Budget) -> Taken | None:
        """Take the cost of a budget if it has so many points, and else what is `owed` all the same.

        A debt by that is not larger than the budget. None where nothing can be found out at present.
        """
