"""An engine that ranks by scores which a test sets, and changes whenever the test says so."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from resolvers.catalog.kind import Document, Ref
from resolvers.errors import SourceError
from resolvers.sources.base import (
    AggregationRequest,
    AggregationResult,
    Degradation,
    Hit,
    Score,
    SearchRequest,
    SearchResult,
    SourceInfo,
)
from resolvers.sources.typeahead import Suggested, SuggestRequest
from tests.support.caching import skill_document, skill_ref


@dataclass
class MadeUpRanking:
    """Skills by name, ranked by their scores, the best first and ties by id. `texts` are those that find something.

    `searched` and `fetched` are what it was asked.
    """

    scores: dict[str, float]
    texts: frozenset[str] = frozenset({"x"})
    degraded: frozenset[Degradation] = frozenset()
    searched: list[SearchRequest] = field(default_factory=list)
    fetched: list[Ref] = field(default_factory=list)

    @property
    def ranked(self) -> list[str]:
        return sorted(self.scores, key=lambda name: (-self.scores[name], name))

    def info(self) -> SourceInfo:
        return SourceInfo("made up", "g1", datetime(2026, 5, 1, tzinfo=UTC))

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        self.fetched += refs
        present = {skill_ref(name): skill_document(name) for name in self.scores}
        return [present.get(ref) for ref in refs]

    async def search(self, requests: Sequence[SearchRequest]) -> Sequence[SearchResult | SourceError]:
        self.searched += requests
        return [self._answer(request) for request in requests]

    def _answer(self, request: SearchRequest) -> SearchResult:
        found = self.ranked if request.text in self.texts else []
        rest = [name for name in found if skill_ref(name) not in request.seen.refs]
        more, limit = len(rest) > request.limit > 0, request.limit
        names = rest[max(0, len(rest) - limit) :] if request.backward else rest[:limit]
        hits = tuple(Hit(skill_document(name), score=Score(self.scores[name])) for name in names)
        total = len(found) if request.count else None
        has_next, has_previous = more and not request.backward, more and request.backward
        return SearchResult(hits, has_next, has_previous, total, request.mode, 0.0, self.degraded)

    async def aggregate(self, requests: Sequence[AggregationRequest]) -> Sequence[AggregationResult | SourceError]:
        return [SourceError("it has no figures")] * len(requests)

    async def suggest(self, requests: Sequence[SuggestRequest]) -> Sequence[tuple[Suggested, ...] | SourceError]:
        return [()] * len(requests)
