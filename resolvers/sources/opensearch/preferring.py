"""Everything that passes a filter in the order of preference, which is what RELEVANCE is without a text: one round.

The cluster ranks by the same sum of weights. It knows scores of 32 bits alone, so the hits of a page are put in order
again by what they come to exactly.
"""

from resolvers.catalog.kind import ID_ORDER
from resolvers.catalog.kinds import KINDS
from resolvers.ranking.reranking import NO_TEXT, reranked
from resolvers.sources.base import SearchRequest
from resolvers.sources.opensearch.asks import Search, Steps, Walk
from resolvers.sources.opensearch.filters import every, filter_query
from resolvers.sources.opensearch.judging import Judging, by_preference
from resolvers.sources.opensearch.queries import MAX_WINDOW, Body, counting, present_query, ranking, sort_field
from resolvers.sources.opensearch.relevance import NO_PAGE, Ranked, refs_of
from resolvers.sources.opensearch.responses import Hits, degradations, good
from resolvers.sources.paging import cut_page, depth_of
from resolvers.sources.spreading import DEEPER, first_depth


def preferred(request: SearchRequest) -> Steps[Ranked]:
    """The page, or the count alone where the request has no limit. Raises SourceError when a search fails."""
    judging, needed = Judging(request), depth_of(request)
    asked = needed if request.diversity is None else first_depth(needed)
    while True:
        found = yield from _best(request, judging, asked)
        total, degraded = found.total if request.count else None, degradations([found])
        if not request.limit:
            return Ranked(NO_PAGE, None, total, degraded=degraded)
        ranked = reranked([(hit.key, NO_TEXT) for hit in found.hits], judging.bonuses(found.hits))
        shown = judging.spread(ranked, {hit.key: hit for hit in found.hits})
        if len(shown) >= needed or len(found.hits) < asked:
            return Ranked(cut_page(request, shown, refs_of), None, total, degraded=degraded)
        asked *= DEEPER


def _best(request: SearchRequest, judging: Judging, depth: int) -> Steps[Hits]:
    """The best hits, ties in the kind's default order."""
    [kind] = request.kinds
    passing = every(present_query(), filter_query(request.filter))
    if not request.limit:
        [counted] = good((yield [Search(kind, counting(passing))]))
        return counted
    query = by_preference(request, passing)
    orders = dict.fromkeys((KINDS[kind].default_sort or ID_ORDER, ID_ORDER))
    body = ranking(query, size=min(depth, MAX_WINDOW), count=request.count) | judging.columns(kind)
    body["sort"] = [{"_score": "desc"}, *({sort_field(order): "asc"} for order in orders)]
    [found] = good((yield [Search(kind, body)]))
    if depth <= MAX_WINDOW or len(found.hits) < MAX_WINDOW:
        return found
    more: Body = {name: body[name] for name in ("sort", "docvalue_fields") if name in body}
    [walked] = good((yield [Walk(kind, body["query"], depth, more)]))
    return Hits(walked.hits, found.total, walked.partial)
