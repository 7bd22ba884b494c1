"""One search of an operation. Nothing is asked of the source before a field needs it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from resolvers.catalog.kind import Ref
from resolvers.context import Context
from resolvers.errors import InvalidFilter, InvalidRequest
from resolvers.loaders.searches import subject
from resolvers.search.cursors import encode_cursor
from resolvers.search.page import PageArguments, paged
from resolvers.search.spelling import counted_words, did_you_mean, relaxed
from resolvers.sources.base import Hit, SearchRequest, SearchResult

LONGEST_TEXT = 1_000


@dataclass(frozen=True)
class NamedId:
    """An id that a filter names, and the way to it from the field's arguments."""

    ref: Ref
    path: tuple[str | int, ...]


@dataclass(frozen=True)
class Page:
    """A page of a search, and the text that was searched for, which is another one where that finds nothing."""

    result: SearchResult
    text: str | None


@dataclass(frozen=True)
class Search:
    """A checked search and its page."""

    context: Context
    about: SearchRequest
    request: SearchRequest

    async def result(self) -> SearchResult:
        """The page."""
        return (await self.page()).result

    async def page(self) -> Page:
        """The page, with the text that it is of."""
        found = await self.context.searches.load(self.request)
        instead = await self.instead() if not found.hits and self.request.limit else None
        if instead is None:
            return Page(found, self.about.text)
        return Page(await self.context.searches.load(self.context.saying(self.request, instead)), instead)

    async def total(self) -> int:
        """How many documents match, on all pages together."""
        total = await self._total(self.about.text)
        instead = None if total else await self.instead()
        return total if instead is None else await self._total(instead)

    async def instead(self) -> str | None:
        """What is searched for instead of a text that finds nothing; None where the text itself is."""
        if not (self.about.text or "").strip() or await self._total(self.about.text):
            return None
        return await relaxed(self.context, self.about)

    async def did_you_mean(self) -> str | None:
        """The text with misspelled words corrected, where that finds more."""
        return await did_you_mean(self.context, self.about)

    async def unmatched_words(self) -> list[str]:
        """The words of the text that no document of the kinds searched has, as they stand there."""
        return [one.said for one in await counted_words(self.context, self.about) if not one.documents]

    async def _total(self, text: str | None) -> int:
        found = await self.context.searches.load(replace(self.context.saying(subject(self.about), text), count=True))
        return found.total or 0

    async def answered(self) -> SearchResult:
        """How the search was answered; without hits, unless another field asks for the page anyway."""
        return await self.context.searches.load(subject(self.about))

    def cursor(self, hit: Hit) -> str:
        return encode_cursor(self.about, hit.position)


async def search(context: Context, about: SearchRequest, page: PageArguments, named: Sequence[NamedId] = ()) -> Search:
    """Check a search and its page. Raises InvalidRequest and its kin, each saying what to change."""
    if about.text is not None and len(about.text) > LONGEST_TEXT:
        raise InvalidRequest(f"`query` has {len(about.text)} characters, and may have {LONGEST_TEXT}; shorten it")
    about = context.saying(about, about.text)
    request = paged(about, page, context.page_sizes)
    await _check_ids(context, named)
    return Search(context, replace(about, preferences=request.preferences), request)


async def _check_ids(context: Context, named: Sequence[NamedId]) -> None:
    found = await context.documents.load_many([one.ref for one in named]) if named else []
    for one, document in zip(named, found, strict=True):
        if document is None:
            raise InvalidFilter(f"there is no {one.ref.kind.lower()} {one.ref.id!r}; leave the id out", one.path)
