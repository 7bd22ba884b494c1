"""Pages of a ranking by relevance: its first hits or its last ones, without those that somebody has had already.

A ranking has no places that would stay when documents change. Whoever wants the next page says what was on those
before, and gets the best of the rest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from resolvers.catalog.kind import Ref
from resolvers.ranking.fusion import Fused
from resolvers.sources.base import SearchRequest

Key = TypeVar("Key")
EVERYTHING = 1 << 31


@dataclass(frozen=True)
class RankingPage(Generic[Key]):
    """A part of a ranking, and whether there is more on either side."""

    ranked: Sequence[tuple[Key, Fused]]
    has_previous: bool
    has_next: bool


def cut_page(
    request: SearchRequest, whole: Sequence[tuple[Key, Fused]], refs: Callable[[Sequence[Key]], Sequence[Ref | None]]
) -> RankingPage[Key]:
    """Cut the page that a request asks for out of a ranking that is at least `depth_of` deep, or complete.

    `refs` tells which documents keys are of.
    """
    limit, most = request.limit, request.limit + 1 + len(request.seen.refs)
    part = whole[-most:] if request.backward else whole[:most]
    if request.seen.refs:
        documents = refs([key for key, _ in part])
        part = [one for one, ref in zip(part, documents, strict=True) if ref not in request.seen.refs]
    more = len(part) > limit
    if request.backward:
        return RankingPage(part[-limit:], has_previous=more, has_next=False)
    return RankingPage(part[:limit], has_previous=False, has_next=more)


def depth_of(request: SearchRequest) -> int:
    """How deep the ranking has to be known for the page and for whether there is more."""
    return EVERYTHING if request.backward else request.limit + len(request.seen.refs) + 2


def is_the_beginning(request: SearchRequest) -> bool:
    """Whether the page is simply the beginning of the ranking."""
    return not (request.backward or request.seen.refs)
