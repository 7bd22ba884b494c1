"""Searches in another order than relevance: one round, and one before it where the text is matched by meaning."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from resolvers.catalog.kind import ID_ORDER, Document
from resolvers.catalog.kinds import KINDS, ref_of
from resolvers.errors import SourceError
from resolvers.sources.base import Degradation, Hit, Position, RetrievalMode, SearchRequest, SearchResult
from resolvers.sources.matching import NEAREST
from resolvers.sources.opensearch.asks import Fetch, Search, Steps
from resolvers.sources.opensearch.filters import Query, every, filter_query, some
from resolvers.sources.opensearch.queries import (
    Text,
    counting,
    keys_query,
    listing,
    near_query,
    present_query,
    ranking,
)
from resolvers.sources.opensearch.responses import Hits, degradations, document_of, good
from resolvers.sources.sort_keys import id_of_sort_key


@dataclass(frozen=True)
class Matching:
    """The documents that a text matches and a filter passes, as a query without scores."""

    query: Query
    mode: RetrievalMode | None = None
    degraded: frozenset[Degradation] = frozenset()


def listed(request: SearchRequest, text: Text | None) -> Steps[SearchResult]:
    """A page of what the text matches, or of everything, in the order that is asked for."""
    if len(request.kinds) != 1:
        raise SourceError("only a search by relevance can be about several kinds at once")
    matching = yield from matched(request, text)
    found = yield from _page(request, matching.query)
    return replace(found, mode=matching.mode, degraded=found.degraded | matching.degraded)


def fetched(keys: Sequence[str]) -> Steps[dict[str, Document]]:
    """The documents with these keys of ids, of which some may have gone. Raises SourceError when that fails."""
    refs = {key: ref for key in keys if (ref := ref_of(id_of_sort_key(key)))}
    if not refs:
        return {}
    [found] = yield [Fetch(tuple(refs.values()))]
    if isinstance(found, SourceError):
        raise found
    return {key: found[ref] for key, ref in refs.items() if ref in found}


def matched(request: SearchRequest, text: Text | None) -> Steps[Matching]:
    """What a request is about."""
    matching = yield from _matching(request, text)
    return replace(matching, query=every(matching.query, filter_query(request.filter)))


def _matching(request: SearchRequest, text: Text | None) -> Steps[Matching]:
    if text is None:
        return Matching(present_query())
    words = text.query
    if text.mode is RetrievalMode.LEXICAL or not (request.limit or request.count):
        return Matching(words, text.mode)
    near: list[str] = []
    degraded: frozenset[Degradation] = frozenset()
    if text.direction is not None:
        body = ranking(near_query(text.direction, request.filter), size=NEAREST)
        [found] = yield [Search(request.kinds[0], body, by_meaning=True)]
        if isinstance(found, SourceError):
            return Matching(words, RetrievalMode.LEXICAL, frozenset({Degradation.MEANING_UNAVAILABLE}))
        near, degraded = [hit.key for hit in found.hits], degradations([found])
    ways = [keys_query(near)] if text.mode is RetrievalMode.SEMANTIC else [words, keys_query(near)]
    return Matching(some(*ways), text.mode, degraded)


def _page(request: SearchRequest, query: Query) -> Steps[SearchResult]:
    """The page with its records, and the count, which is a search of its own where the page is bounded behind."""
    after, before = (place.key if place else None for place in (request.after, request.before))
    is_bounded = (after if request.backward else before) is not None
    kind = request.kinds[0]
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
    asks = [Search(kind, body)] if request.limit else []
    if request.count and (is_bounded or not request.limit):
        asks.append(Search(kind, counting(query)))
    found = good((yield asks)) if asks else []
    total, degraded = (found[-1].total if request.count else None), degradations(found)
    if not request.limit:
        return SearchResult((), False, False, total, None, 0.0, degraded)
    hits, more = _hits(request, found[0])
    has_next, has_previous = (before is not None, more) if request.backward else (more, after is not None)
    return SearchResult(hits, has_next, has_previous, total, None, 0.0, degraded)


def _hits(request: SearchRequest, found: Hits) -> tuple[tuple[Hit, ...], bool]:
    """The hits of the page in the order of listing, and whether there are more of them."""
    hits = [
        Hit(document_of(request.kinds[0], hit.source), Position(hit.key))
        for hit in found.hits[: request.limit]
        if hit.source is not None
    ]
    return tuple(hits[::-1] if request.backward else hits), len(found.hits) > request.limit
