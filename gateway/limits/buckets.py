"""Budgets that fill again: token buckets, in this process and in the Redis that processes share.

A bucket holds as much as its budget says and fills evenly. What is dearer than a whole bucket is taken of a full one,
which then is in debt: otherwise it could never be had.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from math import ceil
from typing import NamedTuple, Protocol

from resolvers.sources.rates import Budget, SharedBuckets, Taken

MOST_BUCKETS = 100_000
"""Those used last. One that is forgotten is full again."""


class Level(NamedTuple):
    """How much was in a bucket, and when, in seconds of a steady clock."""

    points: float
    at: float


class OwnBuckets:
    """The buckets of this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = MOST_BUCKETS) -> None:
        self._clock, self._most = clock, most
        self._levels: OrderedDict[str, Level] = OrderedDict()

    def take(self, name: str, cost: int, owed: int, budget: Budget) -> Taken:
        """Take the cost out of a bucket, if there is enough in it, and else what is owed."""
        now = self._clock()
        level = self._levels.pop(name, Level(budget.points, now))
        points = min(budget.points, level.points + (now - level.at) * budget.points / budget.seconds)
        is_taken = points >= min(cost, budget.points)
        left = points - cost if is_taken else min(points, max(points - owed, -budget.points))
        self._levels[name] = Level(left, now)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)
        return Taken(is_taken, left)


class Buckets(Protocol):
    """Where the buckets are."""

    def take(self, name: str, cost: int, owed: int, budget: Budget) -> Taken | Awaitable[Taken]:
        """Take the cost out of a bucket, if there is enough in it, and else what is owed; at once where possible."""


class CommonBuckets:
    """The buckets that processes share, and while these cannot be had, those of this process."""

    def __init__(self, shared: SharedBuckets, own: OwnBuckets) -> None:
        self._shared, self._own = shared, own

    async def take(self, name: str, cost: int, owed: int, budget: Budget) -> Taken:
        """Take the cost out of a bucket, if there is enough in it, and else what is owed."""
        taken = await self._shared.take(name, cost, owed, budget)
        return self._own.take(name, cost, owed, budget) if taken is None else taken


def seconds_until(points: float, budget: Budget, left: float) -> int:
    """In how many whole seconds there are so many points in a bucket again."""
    return max(0, ceil((min(points, budget.points) - left) * budget.seconds / budget.points))
