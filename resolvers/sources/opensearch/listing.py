"""Searches in another order than relevance: one round, and one before it where the text is matched by meaning."""

from dataclasses import dataclass, replace

from resolvers.catalog.kind import ID_ORDER
from resolvers.catalog.kinds import KINDS
from resolvers.errors import SourceError
from resolvers.sources.base import Degradation, Hit, Position, RetrievalMode, SearchRequest, SearchResult
from resolvers.sources.matching import NEAREST
from resolvers.sources.opensearch.asks import Search, Steps
from resolvers.sources.opensearch.filters import Query, every, filter_query, some
from resolvers.sources.opensearch.queries import Text, counting, keys_query, listing, near_query, ranking, words_query
from resolvers.sources.opensearch.relevance import good
from resolvers.sources.opensearch.responses import Hits, document_of


@dataclass(frozen=True)
class Matching:
    """The documents that a text matches, as a query without scores; None for all of them."""

    query: Query | None = None
    mode: RetrievalMode | None = None
    degraded: frozenset[Degradation] = frozenset()


def listed(request: SearchRequest, text: Text | None, generation: str) -> Steps[SearchResult]:
    """A page of what the text matches, or of everything, in the order that is asked for."""
    if len(request.kinds) != 1:
        raise SourceError("only a search by relevance can be about several kinds at once")
    matching = yield from _matching(request, text)
    found = yield from _page(request, every(matching.query, filter_query(request.filter)), generation)
    return replace(found, mode=matching.mode, degraded=found.degraded | matching.degraded)


def _matching(request: SearchRequest, text: Text | None) -> Steps[Matching]:
    if text is None:
        return Matching()
    words = words_query(text.words)
    if text.mode is RetrievalMode.LEXICAL or not (request.limit or request.count):
        return Matching(words, text.mode)
    near: list[str] = []
    degraded: frozenset[Degradation] = frozenset()
    if text.direction is not None:
        body = ranking(near_query(text.direction, request.filter), size=NEAREST)
        [found] = yield [Search(request.kinds[0], body, by_meaning=True)]
        if isinstance(found, SourceError):
            return Matching(words, RetrievalMode.LEXICAL, frozenset({Degradation.MEANING_UNAVAILABLE}))
        near, degraded = [hit.key for hit in found.hits], _parts(found)
    ways = [keys_query(near)] if text.mode is RetrievalMode.SEMANTIC else [words, keys_query(near)]
    return Matching(some(*ways), text.mode, degraded)


def _page(request: SearchRequest, query: Query, generation: str) -> Steps[SearchResult]:
    """The page, its records with it, and the count, which is one of its own where the page is bounded on both sides."""
    kind = request.kinds[0]
    after, before = (place.key if place else None for place in (request.after, request.before))
    is_bounded = (after if request.backward else before) is not None
    asks = []
    if request.limit:
        order = KINDS[kind].default_sort if request.sort == "RELEVANCE" else request.sort
        body = listing(
            query,
            order or ID_ORDER,
            size=request.limit + 1,
            after=after,
            before=before,
            backward=request.backward,
            count=request.count and not is_bounded,
        )
        asks.append(Search(kind, body))
    if request.count and (is_bounded or not request.limit):
        asks.append(Search(kind, counting(query)))
    found = good((yield asks)) if asks else []
    total = found[-1].total if request.count else None
    degraded = frozenset[Degradation]().union(*map(_parts, found))
    hits, more = _hits(request, found[0], generation) if request.limit else ((), False)
    if not request.limit:
        has_next = has_previous = False
    elif request.backward:
        has_previous, has_next = more, before is not None
    else:
        has_previous, has_next = after is not None, more
    return SearchResult(hits, has_next, has_previous, total, None, 0.0, degraded)


def _hits(request: SearchRequest, found: Hits, generation: str) -> tuple[tuple[Hit, ...], bool]:
    """The hits of the page in the order of listing, and whether there are more of them."""
    kind = request.kinds[0]
    page = found.hits[: request.limit]
    hits = [
        Hit(document_of(kind, hit.source), Position(hit.key, 0, generation)) for hit in page if hit.source is not None
    ]
    return tuple(hits[::-1] if request.backward else hits), len(found.hits) > request.limit


def _parts(found: Hits) -> frozenset[Degradation]:
    return frozenset({Degradation.PARTIAL}) if found.partial else frozenset()
