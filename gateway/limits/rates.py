"""What viewers may ask in some time, and how they are told what is left.

`RateLimit` and `RateLimit-Policy` are those of draft-ietf-httpapi-ratelimit-headers-10. Clients that know its early
drafts alone, up to the sixth, read the same of `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset`.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from math import floor
from time import monotonic
from typing import NamedTuple

from gateway.limits.buckets import Buckets, seconds_until
from gateway.limits.refusals import RateLimited
from gateway.refusals import Headers
from resolvers.sources.rates import Budget, Taken
from resolvers.viewer import Viewer, ViewerClass

NO_HEADERS: Headers = ()
LEAST = 1
"""What anything costs that is sent: it has been read."""
MOST_REMEMBERED = 10_000
"""Empty buckets, those found last."""


class Empty(NamedTuple):
    """A bucket that had not even what the least costs when something was refused, `at` seconds of the clock."""

    left: float
    at: float


class Rates:
    """The budgets of viewers by their class, and the buckets that they are taken of. A class without one has no end.

    `clock` tells seconds of a steady clock.
    """

    def __init__(
        self, budgets: Mapping[ViewerClass, Budget], buckets: Buckets, clock: Callable[[], float] = monotonic
    ) -> None:
        self._budgets, self._buckets, self._clock = budgets, buckets, clock
        self._empty: OrderedDict[str, Empty] = OrderedDict()

    def by_address(self, viewer: Viewer) -> bool:
        """Whether it is the address that has a budget, and not the viewer."""
        return viewer.viewer_class is ViewerClass.ANONYMOUS and ViewerClass.ANONYMOUS in self._budgets

    def charge(self, viewer: Viewer, address: str, cost: int, owed: int = LEAST) -> Headers | Awaitable[Headers]:
        """Take the cost of a viewer's budget. Returns the headers that say what is left.

        Raises RateLimited where there is less, and takes what is owed for having read what was asked for.
        """
        whose, name = _bucket(viewer, address)
        budget = self._budgets.get(whose)
        if budget is None:
            return NO_HEADERS
        bucket = f"{whose}:{name}"
        taken = self._buckets.take(bucket, cost, owed, budget)
        if isinstance(taken, Awaitable):
            return self._told_later(bucket, whose, budget, cost, taken)
        return self._told(bucket, whose, budget, cost, taken)

    def check(self, viewer: Viewer, address: str) -> None:
        """Raise RateLimited where nothing can be had, before anything is done to find out what is asked for.

        It goes by what was found last: a bucket only fills while nothing is had of it.
        """
        if not self._empty:
            return
        whose, name = _bucket(viewer, address)
        budget, empty = self._budgets.get(whose), self._empty.get(f"{whose}:{name}")
        if budget is None or empty is None:
            return
        left = empty.left + (self._clock() - empty.at) * budget.points / budget.seconds
        if left < LEAST:
            raise _refusal(whose, budget, LEAST, left)
        del self._empty[f"{whose}:{name}"]

    async def _told_later(
        self, bucket: str, whose: ViewerClass, budget: Budget, cost: int, later: Awaitable[Taken]
    ) -> Headers:
        return self._told(bucket, whose, budget, cost, await later)

    def _told(self, bucket: str, whose: ViewerClass, budget: Budget, cost: int, taken: Taken) -> Headers:
        if taken.is_taken:
            return _headers(whose, budget, taken.left)
        if taken.left < LEAST:
            self._empty[bucket] = Empty(taken.left, self._clock())
            self._empty.move_to_end(bucket)
            if len(self._empty) > MOST_REMEMBERED:
                self._empty.popitem(last=False)
        raise _refusal(whose, budget, cost, taken.left)


def _bucket(viewer: Viewer, address: str) -> tuple[ViewerClass, str]:
    """Whose budget it is: whoever is known has an own one, through a router too; else it is the address's."""
    if viewer.id is not None:
        return ViewerClass.AUTHENTICATED, viewer.id
    return viewer.viewer_class, "" if viewer.through_router else address


def _refusal(whose: ViewerClass, budget: Budget, cost: int, left: float) -> RateLimited:
    wait = max(1, seconds_until(cost, budget, left))
    return RateLimited(
        f"the budget of {budget.points} points in {budget.seconds:g} seconds is used up, and there are {cost} again in "
        f"{wait} seconds; come again then, or ask for less",
        (*_headers(whose, budget, left), (b"retry-after", b"%d" % wait)),
        limit=budget.points,
        actual=cost,
        retry_after_seconds=wait,
    )


def _headers(whose: ViewerClass, budget: Budget, points: float) -> Headers:
    left, full_in = max(0, floor(points)), seconds_until(budget.points, budget, points)
    return (
        (b"ratelimit-policy", f'"{whose}";q={budget.points};w={budget.seconds:.0f}'.encode()),
        (b"ratelimit", f'"{whose}";r={left};t={full_in}'.encode()),
        (b"ratelimit-limit", b"%d" % budget.points),
        (b"ratelimit-remaining", b"%d" % left),
        (b"ratelimit-reset", b"%d" % full_in),
    )
