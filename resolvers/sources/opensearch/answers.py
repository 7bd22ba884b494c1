"""A search answered from its start to its end, as steps."""

from resolvers.sources.base import Hit, SearchRequest, SearchResult
from resolvers.sources.opensearch.asks import Steps
from resolvers.sources.opensearch.listing import fetched, listed
from resolvers.sources.opensearch.listing_apart import listed_apart
from resolvers.sources.opensearch.manifest import Generation
from resolvers.sources.opensearch.preferring import preferred
from resolvers.sources.opensearch.queries import Text
from resolvers.sources.opensearch.relevance import Ranked, Relevance


def answered(request: SearchRequest, text: Text | None, generation: Generation) -> Steps[SearchResult]:
    """The answer to a request whose text, if it has any, is `text`."""
    # The count of a text does not depend on the order, and by relevance it takes one round.
    if text is not None and (request.sort == "RELEVANCE" or not request.limit):
        ranked = yield from Relevance(request, text, generation).ranked()
        return (yield from _with_facts(ranked))
    if text is None and request.sort == "RELEVANCE" and request.preferences is not None:
        return (yield from _with_facts((yield from preferred(request))))
    if request.diversity is not None and request.limit:
        return (yield from listed_apart(request, text))
    return (yield from listed(request, text))


def _with_facts(ranked: Ranked) -> Steps[SearchResult]:
    """The page with all of its documents. One that has gone since it was found is left out."""
    page = ranked.page
    documents = dict(ranked.documents)
    documents |= yield from fetched([key for key, _ in page.ranked if key not in documents])
    hits = tuple(Hit(documents[key], score=fused) for key, fused in page.ranked if key in documents)
    return SearchResult(hits, page.has_next, page.has_previous, ranked.total, ranked.mode, 0.0, ranked.degraded)
