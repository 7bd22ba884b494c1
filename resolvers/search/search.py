"""One search of an operation. Nothing is asked of the source before a field needs it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from resolvers.catalog.kind import Ref
from resolvers.context import Context
from resolvers.errors import InvalidFilter, InvalidRequest
from resolvers.loaders.searches import subject
from resolvers.search.cursors import encode_cursor
from resolvers.search.page import PageArguments, paged
from resolvers.sources.base import Hit, SearchRequest, SearchResult

LONGEST_TEXT = 1_000


@dataclass(frozen=True)
class NamedId:
    """An id that a filter names, and the way to it from the field's arguments."""

    ref: Ref
    path: tuple[str | int, ...]


@dataclass(frozen=True)
class Search:
    """A checked search and its page."""

    context: Context
    about: SearchRequest
    request: SearchRequest

    async def result(self) -> SearchResult:
        """The page."""
        return await self.context.searches.load(self.request)

    async def total(self) -> int:
        """How many documents match, on all pages together."""
        found = await self.context.searches.load(replace(subject(self.about), count=True))
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
    if about.text is not None:
        about = replace(about, concepts=context.vocabulary.concepts(about.text))
    request = paged(about, page, context.page_sizes)
    await _check_ids(context, named)
    return Search(context, about, request)


async def _check_ids(context: Context, named: Sequence[NamedId]) -> None:
    found = await context.documents.load_many([one.ref for one in named]) if named else []
    for one, document in zip(named, found, strict=True):
        if document is None:
            raise InvalidFilter(f"there is no {one.ref.kind.lower()} {one.ref.id!r}; leave the id out", one.path)
