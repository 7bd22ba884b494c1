"""A view of one generation of the indexes, for one operation."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from resolvers.catalog.kind import Document, Ref
from resolvers.errors import SourceError
from resolvers.sources.base import (
    AggregationRequest,
    AggregationResult,
    RetrievalMode,
    SearchRequest,
    SearchResult,
    SourceInfo,
)
from resolvers.sources.embedding import Embedder
from resolvers.sources.opensearch.aggregating import aggregated
from resolvers.sources.opensearch.answers import answered
from resolvers.sources.opensearch.completions import completions
from resolvers.sources.opensearch.errors import IndexGone
from resolvers.sources.opensearch.manifest import Generation
from resolvers.sources.opensearch.queries import Text
from resolvers.sources.opensearch.rounds import Exchange, results
from resolvers.sources.typeahead import Suggested, SuggestRequest

T = TypeVar("T")
Asked = SearchRequest | AggregationRequest
Direction = tuple[float, ...] | None
DECIMALS = 7
"""Of a number of a direction: what a 32-bit number knows, and half as long to send."""


class OpenSearchSnapshot:
    """Asks the indexes that it was made of. `gone` is called when they have been removed meanwhile.

    `embedder` is the model of the vectors; None where texts can only be matched by words.
    """

    def __init__(
        self, generation: Generation, exchange: Exchange, embedder: Embedder | None, gone: Callable[[], None]
    ) -> None:
        self._generation, self._exchange, self._embedder, self._gone = generation, exchange, embedder, gone

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
        directions = self._directions(requests)
        running = [answered(request, self._text(request, directions), self._generation) for request in requests]
        return self._noticed(await results(running, self._exchange))

    async def aggregate(self, requests: Sequence[AggregationRequest]) -> Sequence[AggregationResult | SourceError]:
        directions, generation = self._directions(requests), self._generation
        running = [
            aggregated(request, self._text(request, directions), generation.shards(request.kind))
            for request in requests
        ]
        return self._noticed(await results(running, self._exchange))

    async def suggest(self, requests: Sequence[SuggestRequest]) -> Sequence[tuple[Suggested, ...] | SourceError]:
        return self._noticed(await completions(requests, self._exchange))

    def _directions(self, requests: Sequence[Asked]) -> dict[str, Direction]:
        """Where the texts point that are matched by meaning; None for one in which the model knows no word."""
        texts = list(
            dict.fromkeys(
                text
                for request in requests
                if (text := said(request)) is not None and request.mode is not RetrievalMode.LEXICAL
            )
        )
        if self._embedder is None or not texts:
            return {}
        rows = self._embedder.embed(texts)
        return {
            text: tuple(row.astype(float).round(DECIMALS).tolist()) if row.any() else None
            for text, row in zip(texts, rows, strict=True)
        }

    def _text(self, request: Asked, directions: Mapping[str, Direction]) -> Text | None:
        words = said(request)
        if words is None:
            return None
        if request.mode is RetrievalMode.LEXICAL or self._embedder is None:
            return Text(RetrievalMode.LEXICAL, words, concepts=request.concepts)
        return Text(request.mode, words, directions[words], request.concepts)

    def _noticed(self, answers: Sequence[T]) -> Sequence[T]:
        if any(isinstance(answer, IndexGone) for answer in answers):
            self._gone()
        return answers


def said(request: Asked) -> str | None:
    """The text of a request; None where it says nothing."""
    return request.text if request.text is not None and request.text.strip() else None
