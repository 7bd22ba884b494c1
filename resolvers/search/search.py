"""One search of an operation. Nothing is asked of the source before a field needs it."""

from collections.abc import Sequence
from dataclasses import dataclass

from resolvers.catalog.kind import Ref
from resolvers.context import Context
from resolvers.errors import InvalidFilter, InvalidRequest
from resolvers.experiments.choosing import Chosen
from resolvers.loaders.searches import subject
from resolvers.search.cursors import Cursors, Place, RankedPlace
from resolvers.search.page import Page, PageArguments, PageWanted, page_wanted
from resolvers.search.ranked import RankedPages, tells_of_words
from resolvers.search.spelling import counted_words, did_you_mean, relaxed
from resolvers.sources.base import Position, RetrievalMode, SearchRequest, SearchResult
from resolvers.sources.feedback import Surface

LONGEST_TEXT = 1_000


@dataclass(frozen=True)
class NamedId:
    """An id that a filter names, and the way to it from the field's arguments."""

    ref: Ref
    path: tuple[str | int, ...]


@dataclass(frozen=True)
class Search:
    """A checked search and its page. `about` has what is wanted of the text `said`."""

    context: Context
    about: SearchRequest
    wanted: PageWanted
    cursors: Cursors
    chosen: Chosen | None = None
    """The arm of the experiment that it is of; None where it is of none."""
    said: str | None = None

    async def result(self) -> SearchResult:
        """The page."""
        return (await self.page()).result

    async def page(self) -> Page:
        """The page, with the text that it is of."""
        return await (self._ranked.page() if self.about.is_ranked else self._listed())

    def cursor(self, page: Page, at: int) -> str:
        """The cursor of a hit of the page, which is kept for those who come with it."""
        if page.ranking is None:
            position, numbers = page.result.hits[at].position, page.numbers
            if position is None:
                return ""
            return self.cursors.encode(Position(position.key, None if numbers is None else numbers[at]))
        self.context.rankings.keep(page.ranking)
        ranking, rank = page.ranking, page.ranks[at]
        place = RankedPlace(ranking.name, ranking.from_end, len(ranking.hits), rank, self._time)
        return self.cursors.encode(place)

    @property
    def _time(self) -> int | None:
        """The time by which the search reckons recency, in seconds since 1970."""
        recency = None if self.about.preferences is None else self.about.preferences.recency
        return None if recency is None else int(recency.at.timestamp())

    @property
    def _ranked(self) -> RankedPages:
        return RankedPages(self.context, self.about, self.cursors, self.wanted, self._relaxed)

    @property
    def _goes_on(self) -> bool:
        """Whether it is the page of a ranking of which some was handed out, so that it is known what of."""
        return self.about.is_ranked and (self.wanted.start or self.wanted.stop) is not None

    async def _listed(self) -> Page:
        wanted = self.wanted
        after, before = (place if isinstance(place, Position) else None for place in (wanted.after, wanted.before))
        request = self.about.but(limit=wanted.limit, backward=wanted.backward, after=after, before=before)
        found = await self._with_what_tells(request)
        instead = await self.instead_of(is_found=bool(found.hits) or not wanted.limit)
        if instead is not None:
            found = await self.context.searches.load(self.context.saying(request, instead))
        first_number = _first_number(wanted, after, before, len(found.hits))
        return Page(found, instead or self.about.text, found, first_number=first_number)

    async def total(self) -> int:
        """How many documents match, on all pages together."""
        if self._goes_on:
            return await self._total(await self._ranked.text())
        total = (await self._with_what_tells(self._counting(self.about.text))).total or 0
        instead = await self.instead_of(is_found=bool(total))
        return total if instead is None else await self._total(instead)

    async def instead_of(self, *, is_found: bool) -> str | None:
        """As `instead`, after it has come out whether anything matches, which mostly tells enough."""
        return None if is_found and not self._is_always_near else await self.instead()

    async def instead(self) -> str | None:
        """What is searched for instead of a text that finds nothing; None where the text itself is."""
        if self._goes_on:
            text = await self._ranked.text()
            return None if text == self.about.text else text
        return await self._relaxed()

    async def _relaxed(self) -> str | None:
        if not (self.about.text or "").strip() or await self._is_found():
            return None
        return await relaxed(self.context, self.about)

    async def _is_found(self) -> bool:
        """Whether the text finds anything; where something is always near to it, by its words."""
        if not self._is_always_near:
            return bool(await self._total(self.about.text))
        if self._telling.limit and tells_of_words(await self.context.searches.load(self._telling)):
            return True
        return bool((await self.context.searches.load(self._by_words)).total)

    @property
    def _is_always_near(self) -> bool:
        return self.about.mode is RetrievalMode.HYBRID and bool((self.about.text or "").strip())

    @property
    def _by_words(self) -> SearchRequest:
        return subject(self.about).but(mode=RetrievalMode.LEXICAL, count=True)

    @property
    def _telling(self) -> SearchRequest:
        """What tells whether words of the text are found: the page nearly always, which is mostly asked for anyway."""
        if self.about.is_ranked and self.wanted.limit:
            return self.about.but(limit=self.wanted.limit, backward=self.wanted.backward)
        return self._by_words

    async def _with_what_tells(self, request: SearchRequest) -> SearchResult:
        """The answer to a request. What tells whether words are found is asked for with it, as it will be looked at."""
        requests = [self._telling, request] if self._is_always_near else [request]
        return (await self.context.searches.load_many(requests))[-1]

    async def did_you_mean(self) -> str | None:
        """The text with misspelled words corrected, where that finds more."""
        return await did_you_mean(self.context, self.about)

    async def unmatched_words(self) -> list[str]:
        """The words of the text that no document of the kinds searched has, as they stand there."""
        return [one.said for one in await counted_words(self.context, self.about) if not one.documents]

    async def _total(self, text: str | None) -> int:
        return (await self.context.searches.load(self._counting(text))).total or 0

    def _counting(self, text: str | None) -> SearchRequest:
        return self.context.saying(subject(self.about), text).but(count=True)

    async def answered(self) -> SearchResult:
        """How the search was answered; without hits, unless another field asks for the page anyway."""
        answer = (await self.page()).answer if self._goes_on else None
        return answer or await self.context.searches.load(subject(self.about))


async def search(
    context: Context,
    about: SearchRequest,
    page: PageArguments,
    named: Sequence[NamedId] = (),
    surface: Surface | None = None,
) -> Search:
    """Check a search and its page, which experiments of a surface may change.

    Raises InvalidRequest and its kin, each saying what to change.
    """
    if about.text is not None and len(about.text) > LONGEST_TEXT:
        raise InvalidRequest(f"`query` has {len(about.text)} characters, and may have {LONGEST_TEXT}; shorten it")
    said, about = about.text, context.saying(about, about.text)
    cursors = Cursors(about)
    wanted = page_wanted(cursors, page, context.page_sizes)
    await check_ids(context, named)
    about, chosen = _as_of(about, wanted.after or wanted.before), _chosen(context, about, surface)
    if chosen is not None:
        about = about.but(meaning=chosen.meaning)
    return Search(context, about, wanted, cursors, chosen, said)


def _chosen(context: Context, about: SearchRequest, surface: Surface | None) -> Chosen | None:
    """The arm of whoever searches; None where no arm would change what they find, and so tell nothing.

    Who is not known takes no part: each page would be drawn anew, while those of one ranking go on with one another.
    """
    is_fused = about.is_ranked and about.mode is RetrievalMode.HYBRID and bool((about.text or "").strip())
    if surface is None or not is_fused or context.visitor.unit is None:
        return None
    chosen = context.ranked_by(surface)
    return None if chosen.experiment is None else chosen


def _first_number(wanted: PageWanted, after: Position | None, before: Position | None, count: int) -> int | None:
    """Which hit of a listing a page begins with, from 1 on; None where its cursor does not say."""
    if wanted.backward:
        return None if before is None or before.number is None else max(1, before.number - count)
    if after is None:
        return 1
    return None if after.number is None else after.number + 1


def _as_of(about: SearchRequest, place: Place | None) -> SearchRequest:
    """The search at the time of the page that a cursor is from: by another, the pages would not fit together."""
    time = place.time if isinstance(place, RankedPlace) else None
    if about.preferences is None or time is None:
        return about
    return about.but(preferences=about.preferences.as_of(time))


async def check_ids(context: Context, named: Sequence[NamedId]) -> None:
    """Look whether all that a filter names is there. Raises InvalidFilter for the first that is not."""
    found = await context.documents.load_many([one.ref for one in named]) if named else []
    for one, document in zip(named, found, strict=True):
        if document is None:
            raise InvalidFilter(f"there is no {one.ref.kind.lower()} {one.ref.id!r}; leave the id out", one.path)
