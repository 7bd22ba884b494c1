"""A view of one generation of the indexes, for one operation."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from resolvers.catalog.kind import Document, Ref
from resolvers.deadline import Deadline
from resolvers.errors import SourceError
from resolvers.sources.base import (
    AggregationRequest,
    AggregationResult,
    RetrievalMode,
    SearchRequest,
    SearchResult,
    SourceInfo,
)
from resolvers.sources.embedding import AwaitedEmbedder, Embedder
from resolvers.sources.meaning import Asked, Meant, by_meaning, meant, said, texts_by_meaning, told
from resolvers.sources.opensearch.aggregating import aggregated
from resolvers.sources.opensearch.answers import answered
from resolvers.sources.opensearch.completions import completions
from resolvers.sources.opensearch.errors import IndexGone
from resolvers.sources.opensearch.manifest import Generation
from resolvers.sources.opensearch.queries import Text
from resolvers.sources.opensearch.rounds import Exchange, results
from resolvers.sources.typeahead import Suggested, SuggestRequest

T = TypeVar("T")
DECIMALS = 7
"""Of a number of a direction: what a 32-bit number knows, and half as long to send."""


class OpenSearchSnapshot:
    """Asks the indexes that it was made of. `gone` is called when they have been removed meanwhile.

    `embedder` is the model of the vectors; None where texts can only be matched by words.
    """

    def __init__(
        self,
        generation: Generation,
        exchange: Exchange,
        embedder: Embedder | None,
        gone: Callable[[], None],
        deadline: Deadline = Deadline(),  # noqa: B008  it never ends
    ) -> None:
        self._generation, self._exchange, self._embedder, self._gone = generation, exchange, embedder, gone
        self._deadline = deadline

    def info(self) -> SourceInfo:
        return self._generation.info()

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        unique = list(dict.fromkeys(refs))
        try:
            found = dict(zip(unique, await self._exchange.fetch(unique), strict=True)) if unique else {}
        except SourceError as error:
            return self._noticed([error] * len(refs))
        return self._noticed([found[ref] for ref in refs])

    async def search(self, requests: Sequence[SearchRequest]) -> Sequence[SearchResult | SourceError]:
        found = await self._meant(requests)
        running = [answered(request, self._text(request, found), self._generation) for request in requests]
        return self._noticed(told(await results(running, self._exchange), requests, found))

    async def aggregate(self, requests: Sequence[AggregationRequest]) -> Sequence[AggregationResult | SourceError]:
        found, generation = await self._meant(requests), self._generation
        running = [
            aggregated(request, self._text(request, found), generation.shards(request.kind)) for request in requests
        ]
        return self._noticed(told(await results(running, self._exchange), requests, found))

    async def suggest(self, requests: Sequence[SuggestRequest]) -> Sequence[tuple[Suggested, ...] | SourceError]:
        return self._noticed(await completions(requests, self._exchange))

    async def _meant(self, requests: Sequence[Asked]) -> Meant:
        """The vectors of the texts that are matched by meaning."""
        if isinstance(self._embedder, AwaitedEmbedder):
            return await meant(self._embedder, requests, self._deadline, self._generation.dimension)
        texts = texts_by_meaning(requests)
        if self._embedder is None or not texts:
            return Meant()
        return Meant(dict(zip(texts, self._embedder.embed(texts), strict=True)))

    def _text(self, request: Asked, found: Meant) -> Text | None:
        words = said(request)
        if words is None:
            return None
        to_embed = by_meaning(request)
        row = None if to_embed is None else found.vectors.get(to_embed)
        if row is None:
            return Text(RetrievalMode.LEXICAL, words, concepts=request.concepts)
        # A text in which the model knows no word points nowhere.
        direction = tuple(row.astype(float).round(DECIMALS).tolist()) if row.any() else None
        return Text(request.mode, words, direction, request.concepts)

    def _noticed(self, answers: Sequence[T]) -> Sequence[T]:
        if any(isinstance(answer, IndexGone) for answer in answers):
            self._gone()
        return answers
