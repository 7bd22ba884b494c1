"""Searches by relevance: what is asked for them, and how a ranking is made of the answers.

LEXICAL and SEMANTIC take one round. HYBRID takes a second one for the records of its page, which are known after
fusion. Its lexical half need be no longer than the page is deep: near documents bring their lexical scores along, by a
search of their own, and all the others stand below the page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.catalog.kinds import ref_of
from resolvers.errors import SourceError
from resolvers.ranking.fusion import RANKED_BY_WORDS, Fused, by_meaning, by_words, fuse
from resolvers.sources.base import Degradation, RetrievalMode, SearchRequest
from resolvers.sources.matching import MEANING_DECIMALS, NEAREST, semantic_weight
from resolvers.sources.opensearch.asks import Search, Steps, Walk
from resolvers.sources.opensearch.filters import Query, filter_query
from resolvers.sources.opensearch.judging import Judging
from resolvers.sources.opensearch.manifest import Generation
from resolvers.sources.opensearch.queries import (
    MAX_WINDOW,
    Text,
    counting,
    near_query,
    ranking,
    scored,
)
from resolvers.sources.opensearch.responses import Hits, degradations, document_of, good
from resolvers.sources.paging import RankingPage, cut_page, depth_of, is_the_beginning
from resolvers.sources.sort_keys import id_of_sort_key
from resolvers.sources.spreading import DEEPER

FACTS_DEPTH = 50
"""Down to here the hits of several kinds come with their records, most of them for nothing, to spare a round."""
NO_PAGE: RankingPage[str] = RankingPage((), has_previous=False, has_next=False)


@dataclass(frozen=True)
class Ranked:
    """A page of a ranking: keys of ids, and those of its documents that came with it."""

    page: RankingPage[str]
    mode: RetrievalMode | None
    total: int | None = None
    documents: Mapping[str, Document] = field(default_factory=dict)
    degraded: frozenset[Degradation] = frozenset()


class Relevance:
    """One text over some kinds, for one page."""

    def __init__(self, request: SearchRequest, text: Text, generation: Generation) -> None:
        self._request, self._text, self._generation = request, text, generation
        self._judging = Judging(request)
        self._needed = depth_of(request)
        self._depth = self._judging.depth(self._needed)
        self._falls_short = False

    def ranked(self) -> Steps[Ranked]:
        """The page, or the count alone where the request has no limit. Raises SourceError when a search fails."""
        if not (self._request.limit or self._request.count):
            return Ranked(NO_PAGE, self._text.mode)
        while True:
            found = yield from self._by_mode()
            if not self._falls_short:
                return found
            self._depth *= DEEPER

    def _by_mode(self) -> Steps[Ranked]:
        if self._text.mode is RetrievalMode.LEXICAL:
            return (yield from self._lexical())
        if self._text.mode is RetrievalMode.SEMANTIC:
            return (yield from self._semantic())
        return (yield from self._hybrid())

    # By words.

    @cached_property
    def _words(self) -> Query:
        return scored(self._text.query, filter_query(self._request.filter))

    def _by_words(self, kind: Kind, *, size: int, facts: bool = False) -> Search:
        if not self._request.limit:
            return Search(kind, counting(self._words), self._text.words)
        body = ranking(self._words, size=size, facts=facts, count=self._request.count)
        return Search(kind, self._judging.told(kind, body), self._text.words)

    def _heads(self, *, at_least: int = 0, facts: bool = False) -> list[Search]:
        """The best hits of each kind, as many as the page may need of it."""
        size = min(max(self._depth, at_least), MAX_WINDOW)
        return [self._by_words(kind, size=size, facts=facts) for kind in self._request.kinds]

    def _deepened(self, heads: Sequence[Hits]) -> Steps[list[Hits]]:
        """The heads, walked on where the page lies deeper than one search may look."""
        cut = [self._depth > MAX_WINDOW and len(head.hits) == MAX_WINDOW for head in heads]
        kinds = [kind for kind, is_cut in zip(self._request.kinds, cut, strict=True) if is_cut]
        if not kinds:
            return list(heads)
        walked = iter(good((yield [self._walk(kind) for kind in kinds])))
        return [
            Hits(next(walked).hits, head.total, head.partial) if is_cut else head
            for head, is_cut in zip(heads, cut, strict=True)
        ]

    def _walk(self, kind: Kind) -> Walk:
        told = self._judging.told(kind, {"query": self._words})
        return Walk(kind, told.pop("query"), self._depth, told)

    def _lexical(self, degraded: frozenset[Degradation] = frozenset()) -> Steps[Ranked]:
        if self._is_one_beginning and self._request.limit < MAX_WINDOW:
            found = good((yield [self._by_words(self._request.kinds[0], size=self._request.limit + 1, facts=True)]))
            return self._page_of_words(found, degraded)
        heads = good((yield self._heads(facts=self._depth <= FACTS_DEPTH)))
        return self._page_of_words((yield from self._deepened(heads)), degraded)

    def _page_of_words(self, found: Sequence[Hits], degraded: frozenset[Degradation]) -> Ranked:
        scores = by_words(_merged(_scores(found)), scaled=self._judging.is_scaled)
        return Ranked(
            self._page(scores, found),
            RetrievalMode.LEXICAL,
            self._total(found),
            self._documents(found),
            degraded | degradations(found),
        )

    # By meaning.

    def _near(self, direction: Sequence[float]) -> Query:
        return near_query(direction, self._request.filter)

    def _nearest(self, direction: Sequence[float]) -> list[Search]:
        body = ranking(self._near(direction), size=NEAREST)
        return [Search(kind, self._judging.told(kind, body), by_meaning=True) for kind in self._request.kinds]

    def _most_near(self, kind: Kind) -> int:
        """How many documents a k-NN query finds at the most: every shard has its own nearest."""
        return min(MAX_WINDOW, NEAREST * self._generation.shards(kind))

    def _semantic(self) -> Steps[Ranked]:
        direction, limit = self._text.direction, self._request.limit
        if direction is None:
            return Ranked(self._page([]), RetrievalMode.SEMANTIC, 0 if self._request.count else None)
        if self._is_one_beginning:
            size = min(limit + 1, NEAREST) if limit else 0
            body = ranking(self._near(direction), size=size, facts=True, count=self._request.count)
            asks = [Search(self._request.kinds[0], body, by_meaning=True)]
        else:
            asks = self._nearest(direction)
        answers = yield asks
        if _failed(answers):
            return (yield from self._lexical(frozenset({Degradation.MEANING_UNAVAILABLE})))
        near = _merged(_cosines(answers), NEAREST)
        total = min(NEAREST, sum(found.total or 0 for found in answers)) if self._is_one_beginning else len(near)
        scores = by_meaning(near, scaled=self._judging.is_scaled)
        return Ranked(
            self._page(scores, answers, is_all=True),
            RetrievalMode.SEMANTIC,
            total if self._request.count else None,
            self._documents(answers),
            degradations(answers),
        )

    # By both.

    def _words_of_nearest(self, direction: Sequence[float]) -> list[Search]:
        """The lexical scores of near documents, wherever they are in the lexical half."""
        words = self._text.words
        query = scored(self._text.query, self._near(direction))
        return [
            Search(kind, ranking(query, size=self._most_near(kind)), words, by_meaning=True)
            for kind in self._request.kinds
        ]

    def _hybrid(self) -> Steps[Ranked]:
        direction, count = self._text.direction, len(self._request.kinds)
        asks = self._heads(at_least=RANKED_BY_WORDS if self._request.limit else 0)
        if direction is not None:
            asks += [*self._nearest(direction), *self._words_of_nearest(direction)]
        answers = yield asks
        heads, meaning = good(answers[:count]), answers[count:]
        heads = yield from self._deepened(heads)
        if _failed(meaning):
            return self._page_of_words(heads, frozenset({Degradation.MEANING_UNAVAILABLE}))
        near = _merged(_cosines(meaning[:count]), NEAREST)
        words_of_near = {key: score for key, score in _scores(meaning[count:]) if key in near}
        total, words = self._total(heads), _merged(_scores(heads))
        below = {key: score for key, score in words_of_near.items() if key not in words}
        weight = semantic_weight(self._request.kinds, self._request.meaning)
        ranked = fuse(words | below, near, weight, self._depth)
        return Ranked(
            self._page(ranked, [*heads, *meaning[:count]]),
            RetrievalMode.HYBRID,
            None if total is None else total + len(near) - len(words_of_near),
            degraded=degradations(answers),
        )

    # What they have in common.

    @property
    def _is_one_beginning(self) -> bool:
        """Whether the page is what one search of one index answers first."""
        return is_the_beginning(self._request) and len(self._request.kinds) == 1 and not self._judging.is_needed

    def _page(
        self, ranked: Sequence[tuple[str, Fused]], found: Sequence[Hits] = (), *, is_all: bool = False
    ) -> RankingPage[str]:
        if not self._request.limit:
            return NO_PAGE
        if self._judging.is_needed:
            ranked, is_all = self._judging.judged(ranked, found, len(ranked) + 1 if is_all else self._depth)
            self._falls_short = len(ranked) < self._needed and not is_all
        return cut_page(self._request, ranked, refs_of)

    def _total(self, found: Sequence[Hits]) -> int | None:
        return sum(hits.total or 0 for hits in found) if self._request.count else None

    def _documents(self, found: Sequence[Hits]) -> dict[str, Document]:
        return {
            hit.key: document_of(kind, hit.source)
            for kind, hits in zip(self._request.kinds, found, strict=True)
            for hit in hits.hits
            if hit.source is not None
        }


def refs_of(keys: Sequence[str]) -> list[Ref | None]:
    """The documents that keys of ids are of."""
    return [ref_of(id_of_sort_key(key)) for key in keys]


def _failed(answers: Sequence[Hits | SourceError]) -> bool:
    return any(isinstance(answer, SourceError) for answer in answers)


def _scores(found: Sequence[Hits]) -> list[tuple[str, float]]:
    return [(hit.key, hit.score) for hits in found for hit in hits.hits]


def _cosines(found: Sequence[Hits]) -> list[tuple[str, float]]:
    # The k-NN plugin's score of cosine similarity is (1 + cosine) / 2.
    return [(key, round(2 * score - 1, MEANING_DECIMALS)) for key, score in _scores(found)]


def _merged(scores: Sequence[tuple[str, float]], limit: int | None = None) -> dict[str, float]:
    """Scores of several kinds, best first, ties in the order of ids."""
    return dict(sorted(scores, key=lambda item: (-item[1], item[0]))[:limit])
