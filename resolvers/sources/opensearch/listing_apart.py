"""Listings that show only so many hits of a group: looked into from their start, since that decides what is shown.

One round and one for the records where the page is near the start, and one more for each time that it lies DEEPER.
"""

from dataclasses import replace

from resolvers.catalog.kind import ID_ORDER
from resolvers.catalog.kinds import KINDS
from resolvers.errors import SourceError
from resolvers.ranking.diversity import spread
from resolvers.sources.base import Hit, Position, SearchRequest, SearchResult
from resolvers.sources.opensearch.asks import Search, Steps
from resolvers.sources.opensearch.filters import Query
from resolvers.sources.opensearch.judging import Judging
from resolvers.sources.opensearch.listing import fetched, matched
from resolvers.sources.opensearch.queries import MAX_WINDOW, Text, ranking, sort_field
from resolvers.sources.opensearch.responses import Found, Hits, degradations, good
from resolvers.sources.spreading import DEEPER, ListingPage, first_depth, page_of_shown


def listed_apart(request: SearchRequest, text: Text | None) -> Steps[SearchResult]:
    """A page of a listing with at most so many hits of a group on all of its pages."""
    if len(request.kinds) != 1:
        raise SourceError("only a search by relevance can be about several kinds at once")
    matching = yield from matched(request, text)
    shown, page, first = yield from _shown(request, matching.query)
    hits_on_page = shown[page.places]
    documents = yield from fetched([hit.key for hit in hits_on_page])
    hits = tuple(Hit(documents[hit.key], Position(hit.place)) for hit in hits_on_page if hit.key in documents)
    degraded = matching.degraded | degradations([first])
    return SearchResult(hits, page.has_next, page.has_previous, first.total, matching.mode, 0.0, degraded)


def _shown(request: SearchRequest, query: Query) -> Steps[tuple[list[Found], ListingPage, Hits]]:
    """As much of what the listing shows as its page needs, that page, and the first answer, which has the count."""
    judging = Judging(replace(request, preferences=None))
    found: list[Found] = []
    first: Hits | None = None
    asked = first_depth(request.limit + 1)
    while True:
        size = min(asked, MAX_WINDOW)
        [chunk] = good((yield [_chunk(request, judging, query, found[-1:], size)]))
        first = first or chunk
        found += chunk.hits
        shown = spread(found, judging.groups(found), 0 if request.diversity is None else request.diversity.at_most)
        page = page_of_shown(request, shown, lambda hit: hit.place, is_all=len(chunk.hits) < size)
        if page is not None:
            return shown, page, first
        asked *= DEEPER


def _chunk(request: SearchRequest, judging: Judging, query: Query, last: list[Found], size: int) -> Search:
    """So many hits of the listing behind the last one that is known."""
    [kind] = request.kinds
    order = (KINDS[kind].default_sort if request.sort == "RELEVANCE" else request.sort) or ID_ORDER
    body = judging.told(kind, ranking(query, size=size, count=request.count and not last))
    body["sort"] = [{sort_field(one): "asc"} for one in dict.fromkeys((order, ID_ORDER))]
    if last:
        body["search_after"] = list(last[0].sort)
    return Search(kind, body)
