"""Pages of a ranking by relevance.

Within one generation a ranking is always the same, so a place in it is its rank. When the index has been built anew
between two pages, the page starts behind the last score that was seen: nothing better is shown again, and what moved
in the ranking meanwhile may be missed or met twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from resolvers.ranking.fusion import Fused
from resolvers.sources.base import Position, SearchRequest

Key = TypeVar("Key")
EVERYTHING = 1 << 31


@dataclass(frozen=True)
class RankingPage(Generic[Key]):
    """A part of a ranking, the rank of its first hit, and whether there is more on either side."""

    ranked: Sequence[tuple[Key, Fused]]
    first_rank: int
    has_previous: bool
    has_next: bool


def page_of_ranking(
    request: SearchRequest, generation: str, ranked: Callable[[int], Sequence[tuple[Key, Fused]]]
) -> RankingPage[Key]:
    """Cut the page that a request asks for out of a ranking, which is computed as deep as the page needs it."""
    return cut_page(request, generation, ranked(depth_of(request, generation)))


def cut_page(request: SearchRequest, generation: str, whole: Sequence[tuple[Key, Fused]]) -> RankingPage[Key]:
    """Cut the page that a request asks for out of a ranking that is at least `depth_of` deep, or complete."""
    start = _start(request.after, generation, whole)
    end = len(whole) if request.before is None else _end(request.before, generation, whole)
    if request.backward:
        return _cut(whole, max(start, end - request.limit), end)
    return _cut(whole, start, min(end, start + request.limit))


def window_of(request: SearchRequest, generation: str) -> range | None:
    """The ranks of the page, where they are known without the ranking; None where they depend on it."""
    if depth_of(request, generation) == EVERYTHING:
        return None
    start = 0 if request.after is None else request.after.rank + 1
    if request.before is None:
        return range(start, start + request.limit)
    end = max(start, request.before.rank)
    return (
        range(max(start, end - request.limit), end)
        if request.backward
        else range(start, min(end, start + request.limit))
    )


def page_of_window(request: SearchRequest, window: range, found: Sequence[tuple[Key, Fused]]) -> RankingPage[Key]:
    """The page whose ranks are a window, of a ranking from its start to one hit beyond its end."""
    # In front of a place there is always something behind: what is at the place.
    has_next = len(found) > len(window) or request.before is not None
    return RankingPage(found[: len(window)], window.start, has_previous=window.start > 0, has_next=has_next)


def depth_of(request: SearchRequest, generation: str) -> int:
    """How deep the ranking has to be known for the page and for whether there is more."""
    places = [place for place in (request.after, request.before) if place is not None]
    # A place of another index says nothing of how many documents are in front of it now.
    if (request.backward and request.before is None) or any(place.generation != generation for place in places):
        return EVERYTHING
    return max((place.rank for place in places), default=0) + request.limit + 2


def _cut(whole: Sequence[tuple[Key, Fused]], start: int, end: int) -> RankingPage[Key]:
    return RankingPage(whole[start:end], start, has_previous=start > 0, has_next=end < len(whole))


def _start(after: Position | None, generation: str, whole: Sequence[tuple[Any, Fused]]) -> int:
    """The rank of the first hit behind a place."""
    if after is None:
        return 0
    if after.generation == generation:
        return after.rank + 1
    seen = _score(after)
    return next((rank for rank, (_, fused) in enumerate(whole) if fused.total < seen), len(whole))


def _end(before: Position, generation: str, whole: Sequence[tuple[Any, Fused]]) -> int:
    """The rank behind the last hit in front of a place."""
    if before.generation == generation:
        return before.rank
    seen = _score(before)
    return next((rank for rank, (_, fused) in enumerate(whole) if fused.total <= seen), len(whole))


def _score(place: Position) -> float:
    return float(place.key.split(" ", 1)[0])
