"""Pages of a search by relevance: what was handed out before stays as it is, then comes the best of the rest.

A ranking changes with every document, so no place in it stays. But what a client has had is kept (`KeptRanking`), from
the start of the ranking or, for those who page backward without a cursor, from its end. Between the two ends lies the
rest: what the present ranking has beside them. A page is filled from the end at which it starts, then out of the rest,
then from the other end.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from resolvers.context import Context
from resolvers.errors import CursorExpired, InvalidCursor, InvalidRequest
from resolvers.search.cursors import Cursors, Place, RankedPlace, no_cursor
from resolvers.search.page import Page, PageWanted
from resolvers.sources.base import Hit, RetrievalMode, SearchRequest, SearchResult, Seen
from resolvers.sources.rankings import KeptRanking, Shown

MOST_SHOWN = 10_000
"""How deep a ranking is handed out: everything that was has to be kept, and left out of every further page."""
MOST_COMPUTED_AGAIN = 1_000
"""How deep a ranking is computed again that is not kept any more."""
Met = list[tuple[int, Hit]]
"""Hits with their ranks, in the order in which the page is filled."""


class Ends(NamedTuple):
    """What was handed out of a ranking: at the end where the page starts, and at the other one."""

    near: KeptRanking
    far: KeptRanking


class Rank(NamedTuple):
    """Where a cursor is: a rank at the end where the page starts, or at the other one."""

    near: int | None
    far: int | None


class RankedPages:
    """The page of one search, which has `cursors`. `instead` gives the text for one that finds nothing."""

    def __init__(
        self,
        context: Context,
        about: SearchRequest,
        cursors: Cursors,
        wanted: PageWanted,
        instead: Callable[[], Awaitable[str | None]],
    ) -> None:
        self._context, self._about, self._instead = context, about, instead
        self._cursors, self._wanted = cursors, wanted
        self._places = {
            argument: place
            for argument, place in (("after", wanted.after), ("before", wanted.before))
            if isinstance(place, RankedPlace)
        }

    @property
    def _name(self) -> bytes:
        return self._cursors.search

    async def text(self) -> str:
        """The text whose ranking the cursors are of. Raises CursorExpired, and InvalidCursor."""
        return (await self._ends()).near.text

    async def page(self) -> Page:
        """The page. Raises CursorExpired, and InvalidCursor."""
        limit = self._wanted.limit
        if not limit:
            found = await self._context.searches.load(self._about.but(limit=0))
            return Page(found, self._about.text, found)
        if not self._places:
            return await self._at_an_end(limit)
        ends = await self._ends()
        near_ranks, has_rest, far_ranks = self._ranks(ends)
        met = await self._present(ends.near, near_ranks, limit + 1)
        answer = None
        if has_rest and len(met) <= limit:
            answer, ends = await self._rest(ends, max(1, limit - len(met)))
            met += enumerate(answer.hits[::-1] if self._wanted.backward else answer.hits, len(ends.near.hits))
        has_more = answer is not None and (answer.has_previous if self._wanted.backward else answer.has_next)
        others: Met = []
        if len(met) <= limit and not has_more:
            ranks = [rank for rank in far_ranks if ends.far.hits[rank].ref not in ends.near.refs]
            others = await self._present(ends.far, ranks, limit + 1 - len(met))
        has_more = has_more or len(met) + len(others) > limit
        return self._made(ends, met[:limit], others[: limit - len(met[:limit])], answer, has_more=has_more)

    async def _at_an_end(self, limit: int) -> Page:
        """The page of those who come without a cursor: nothing was handed out before, so it is the answer as it is."""
        backward = self._wanted.backward
        answer, text = await self._first(limit, backward=backward)
        found = replace(answer, total=None) if answer.total is not None else answer
        ranks = range(len(answer.hits))
        return Page(found, text, answer, partial(self._of, answer, text), backward, ranks[::-1] if backward else ranks)

    def _of(self, answer: SearchResult, text: str) -> KeptRanking:
        """The ranking that an answer is one end of."""
        backward = self._wanted.backward
        hits = answer.hits[::-1] if backward else answer.hits
        shown = tuple([Shown(hit.document.ref, hit.score) for hit in hits])
        return KeptRanking(self._name, text, backward, shown)

    def _made(self, ends: Ends, met: Met, others: Met, answer: SearchResult | None, *, has_more: bool) -> Page:
        """The page of what was met in front of the other end, and there."""
        known = len(ends.near.hits)
        ranking, ranks = ends.far, [rank for rank, _ in others]
        if met or not others:
            new = [*(one for one in met if one[0] >= known), *others]
            ranking = ends.near.going_on([Shown(hit.document.ref, hit.score) for _, hit in new])
            ranks = [*(rank for rank, _ in met), *range(len(ranking.hits) - len(others), len(ranking.hits))]
        hits = tuple(hit for _, hit in (*met, *others))
        # There was a hit at a cursor, so that there is something on that side.
        ahead, behind = has_more or self._wanted.stop is not None, self._wanted.start is not None
        result = SearchResult(
            hits[::-1] if self._wanted.backward else hits,
            has_next=behind if self._wanted.backward else ahead,
            has_previous=ahead if self._wanted.backward else behind,
            total=None,
            mode=(self._about.mode if ranking.text else None) if answer is None else answer.mode,
            took_seconds=0.0 if answer is None else answer.took_seconds,
            degraded=frozenset() if answer is None else answer.degraded,
        )
        ranks = ranks[::-1] if self._wanted.backward else ranks
        return Page(result, ranking.text, answer, lambda: ranking, ranking.from_end, ranks)

    def _ranks(self, ends: Ends) -> tuple[range, bool, range]:
        """The ranks at the near end, whether the rest is on the way, and the ranks at the far end."""
        start, stop = self._rank(self._wanted.start), self._rank(self._wanted.stop)
        near_stop = len(ends.near.hits) if stop.near is None else stop.near
        far_start = len(ends.far.hits) if start.far is None else start.far
        near = range(0 if start.near is None else start.near + 1, near_stop if start.far is None else 0)
        far = range(far_start - 1, -1 if stop.far is None else stop.far, -1)
        return near, start.far is None and stop.near is None, far if stop.near is None else range(0)

    def _rank(self, place: Place | None) -> "Rank":
        if not isinstance(place, RankedPlace):
            return Rank(None, None)
        return Rank(place.rank, None) if place.from_end is self._wanted.backward else Rank(None, place.rank)

    async def _present(self, ranking: KeptRanking, ranks: Sequence[int], most: int) -> Met:
        """The first `most` of these hits whose documents are still there."""
        met: Met = []
        size = most
        while ranks and len(met) < most:
            some, ranks = ranks[:size], ranks[size:]
            found = await self._context.documents.load_many([ranking.hits[rank].ref for rank in some])
            met += [
                (rank, Hit(document, score=ranking.hits[rank].score))
                for rank, document in zip(some, found, strict=True)
                if document is not None
            ]
            size *= 2
        return met[:most]

    async def _rest(self, ends: Ends, limit: int) -> tuple[SearchResult, Ends]:
        """Hits beside those of both ends, and the ends with the text that was searched for."""
        near, far = ends
        if not self._places:
            found, text = await self._first(limit, backward=self._wanted.backward)
            return found, Ends(replace(near, text=text), replace(far, text=text))
        if len(near.hits) + len(far.hits) >= MOST_SHOWN:
            raise InvalidRequest(
                f"a ranking by relevance goes down to {MOST_SHOWN} items; narrow the search, or take another sort"
            )
        request = self._about.but(limit=limit, backward=self._wanted.backward)
        seen = Seen(near.name + far.name, near.refs | far.refs)
        found = await self._context.searches.load(self._context.saying(request, near.text).but(seen=seen))
        return found, ends

    async def _first(self, limit: int, *, backward: bool) -> tuple[SearchResult, str]:
        """The hits at one end of the present ranking, and the text that they are of."""
        request = self._about.but(limit=limit, backward=backward)
        found = await self._context.searches.load(request)
        is_found = tells_of_words(found) if request.mode is RetrievalMode.HYBRID else found.hits
        instead = None if is_found else await self._instead()
        if instead is None:
            return found, self._about.text or ""
        return await self._context.searches.load(self._context.saying(request, instead)), instead

    async def _ends(self) -> Ends:
        """What was handed out, by the cursors. Raises CursorExpired, and InvalidCursor."""
        backward = self._wanted.backward
        near, far = await self._end(from_end=backward), await self._end(from_end=not backward)
        texts = {one.text for one in (near, far) if one is not None}
        if len(texts) > 1:
            raise _apart()
        [text] = texts or {self._about.text or ""}
        return Ends(
            near or KeptRanking(self._name, text, from_end=backward),
            far or KeptRanking(self._name, text, from_end=not backward),
        )

    async def _end(self, *, from_end: bool) -> KeptRanking | None:
        """What was handed out at one end; None where no cursor is of it."""
        places = {argument: place for argument, place in self._places.items() if place.from_end is from_end}
        if not places:
            return None
        longest = max(places, key=lambda argument: places[argument].length)
        ranking = await self._found(longest, places[longest])
        for argument, place in places.items():
            if not 0 <= place.rank < place.length:
                raise no_cursor(argument)
            if ranking.names_at([place.length]) != [place.ranking]:
                raise _apart()
        return ranking

    async def _found(self, argument: str, place: RankedPlace) -> KeptRanking:
        kept = await self._context.rankings.load(place.ranking) or await self._computed_again(place)
        if kept is None:
            raise CursorExpired(
                f"what was on the pages up to `{argument}` is not known any more, and the ranking has changed since; "
                "start again from the first page, without it"
            )
        if kept.search != self._name or len(kept.hits) != place.length or kept.from_end is not place.from_end:
            raise no_cursor(argument)
        return kept

    async def _computed_again(self, place: RankedPlace) -> KeptRanking | None:
        """The ranking, where it is the same today. That shows in its name."""
        if not 0 < place.length <= MOST_COMPUTED_AGAIN:
            return None
        found, text = await self._first(place.length, backward=place.from_end)
        hits = [Shown(hit.document.ref, hit.score) for hit in found.hits]
        ranking = KeptRanking(self._name, text, place.from_end, tuple(hits[::-1] if place.from_end else hits))
        return ranking if ranking.name == place.ranking else None


def tells_of_words(found: SearchResult) -> bool:
    """Whether any hit has words of the text; in HYBRID others are found by meaning alone."""
    return any(hit.score is not None and hit.score.lexical is not None for hit in found.hits)


def _apart() -> InvalidCursor:
    return InvalidCursor(
        "`after` and `before` were handed out by different runs through the pages of this search, and nothing lies "
        "between them; take both from the same run, or start again without one"
    )
