"""What viewers may ask in some time, and how they are told what is left.

`RateLimit` and `RateLimit-Policy` are those of draft-ietf-httpapi-ratelimit-headers-10. Clients that know its early
drafts alone, up to the sixth, read the same of `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset`.
"""

from collections.abc import Awaitable, Mapping
from math import floor

from gateway.limits.buckets import Buckets, seconds_until
from gateway.limits.refusals import RateLimited
from gateway.refusals import Headers
from resolvers.sources.rates import Budget, Taken
from resolvers.viewer import Viewer, ViewerClass

NO_HEADERS: Headers = ()


class Rates:
    """The budgets of viewers by their class, and the buckets that they are taken of. A class without one has no end."""

    def __init__(self, budgets: Mapping[ViewerClass, Budget], buckets: Buckets) -> None:
        self._budgets, self._buckets = budgets, buckets

    def by_address(self, viewer: Viewer) -> bool:
        """Whether it is the address that has a budget, and not the viewer."""
        return viewer.viewer_class is ViewerClass.ANONYMOUS and ViewerClass.ANONYMOUS in self._budgets

    def charge(self, viewer: Viewer, address: str, cost: int) -> Headers | Awaitable[Headers]:
        """Take the cost of a viewer's budget. Returns the headers that say what is left, and raises RateLimited."""
        whose, name = _bucket(viewer, address)
        budget = self._budgets.get(whose)
        if budget is None:
            return NO_HEADERS
        taken = self._buckets.take(f"{whose}:{name}", cost, budget)
        return (
            _told(whose, budget, cost, taken) if isinstance(taken, Taken) else _told_later(whose, budget, cost, taken)
        )


def _bucket(viewer: Viewer, address: str) -> tuple[ViewerClass, str]:
    """Whose budget it is: whoever is known has an own one, through a router too; else it is the address's."""
    if viewer.id is not None:
        return ViewerClass.AUTHENTICATED, viewer.id
    return viewer.viewer_class, "" if viewer.through_router else address


async def _told_later(whose: ViewerClass, budget: Budget, cost: int, later: Awaitable[Taken]) -> Headers:
    return _told(whose, budget, cost, await later)


def _told(whose: ViewerClass, budget: Budget, cost: int, taken: Taken) -> Headers:
    full_in = seconds_until(budget.points, budget, taken.left)
    headers = _headers(whose, budget, max(0, floor(taken.left)), full_in)
    if taken.is_taken:
        return headers
    wait = max(1, seconds_until(cost, budget, taken.left))
    raise RateLimited(
        f"the budget of {budget.points} points in {budget.seconds:g} seconds is used up, and this costs {cost}; come "
        f"again in {wait} seconds, or ask for less",
        (*headers, (b"retry-after", b"%d" % wait)),
        limit=budget.points,
        actual=cost,
        retry_after_seconds=wait,
    )


def _headers(whose: ViewerClass, budget: Budget, left: int, full_in: int) -> Headers:
    return (
        (b"ratelimit-policy", f'"{whose}";q={budget.points};w={budget.seconds:.0f}'.encode()),
        (b"ratelimit", f'"{whose}";r={left};t={full_in}'.encode()),
        (b"ratelimit-limit", b"%d" % budget.points),
        (b"ratelimit-remaining", b"%d" % left),
        (b"ratelimit-reset", b"%d" % full_in),
    )
