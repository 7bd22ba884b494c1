"""A search answered from its start to its end, as steps."""

from resolvers.errors import SourceError
from resolvers.sources.base import Hit, Score, SearchRequest, SearchResult
from resolvers.sources.opensearch.asks import Fetch, Steps
from resolvers.sources.opensearch.listing import listed
from resolvers.sources.opensearch.manifest import Generation
from resolvers.sources.opensearch.queries import Text
from resolvers.sources.opensearch.relevance import Ranked, Relevance, refs_of


def answered(request: SearchRequest, text: Text | None, generation: Generation) -> Steps[SearchResult]:
    """The answer to a request whose text, if it has any, is `text`."""
    # The count of a text does not depend on the order, and by relevance it takes one round.
    if text is not None and (request.sort == "RELEVANCE" or not request.limit):
        ranked = yield from Relevance(request, text, generation).ranked()
        return (yield from _with_facts(ranked))
    return (yield from listed(request, text))


def _with_facts(ranked: Ranked) -> Steps[SearchResult]:
    """The page with all of its documents. One that has gone since it was found is left out."""
    page = ranked.page
    documents = dict(ranked.documents)
    missing = [key for key, _ in page.ranked if key not in documents]
    if missing:
        refs = {key: ref for key, ref in zip(missing, refs_of(missing), strict=True) if ref is not None}
        [fetched] = yield [Fetch(tuple(refs.values()))]
        if isinstance(fetched, SourceError):
            raise fetched
        documents |= {key: fetched[ref] for key, ref in refs.items() if ref in fetched}
    hits = tuple(Hit(documents[key], score=Score(*fused)) for key, fused in page.ranked if key in documents)
    return SearchResult(hits, page.has_next, page.has_previous, ranked.total, ranked.mode, 0.0, ranked.degraded)
