"""How deep an order is looked into for a page that shows only so many hits of a group; and pages of such a listing."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from resolvers.sources.base import SearchRequest

T = TypeVar("T")
LEAST_DEPTH, DEEPER = 100, 4


class ListingPage(NamedTuple):
    """The places of a page in what a listing shows, and whether there is more on either side."""

    places: slice
    has_previous: bool
    has_next: bool


def first_depth(depth: int) -> int:
    """Where to look at first for so many hits that are shown; from there on DEEPER times as deep, until they are."""
    return max(LEAST_DEPTH, DEEPER * depth)


def page_of_shown(
    request: SearchRequest, shown: Sequence[T], key: Callable[[T], str], *, is_all: bool
) -> ListingPage | None:
    """The page of a listing, of its head that is known; None where that is too little. Places are named by sort key."""
    limit = request.limit
    start = 0 if request.after is None else bisect_right(shown, request.after.key, key=key)
    end = len(shown) if request.before is None else bisect_left(shown, request.before.key, key=key)
    if not is_all and end == len(shown) and (request.backward or end - start <= limit):
        return None
    places = (
        slice(max(start, end - limit), end) if request.backward else slice(start, max(start, min(end, start + limit)))
    )
    return ListingPage(places, places.start > 0, places.stop < len(shown))
