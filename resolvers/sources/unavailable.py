"""A view of an index that is not there, so that what needs no index is answered all the same."""

from collections.abc import Sequence

from resolvers.catalog.kind import Document, Ref
from resolvers.errors import SourceError, SourceUnavailable
from resolvers.sources.base import AggregationRequest, AggregationResult, SearchRequest, SearchResult, SourceInfo
from resolvers.sources.typeahead import Suggested, SuggestRequest


class UnavailableSnapshot:
    """Fails every question with the error that kept a real view from being made."""

    def __init__(self, error: SourceUnavailable) -> None:
        self._error = error

    def info(self) -> SourceInfo:
        raise self._error

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        return [self._error] * len(refs)

    async def search(self, requests: Sequence[SearchRequest]) -> Sequence[SearchResult | SourceError]:
        return [self._error] * len(requests)

    async def aggregate(self, requests: Sequence[AggregationRequest]) -> Sequence[AggregationResult | SourceError]:
        return [self._error] * len(requests)

    async def suggest(self, requests: Sequence[SuggestRequest]) -> Sequence[tuple[Suggested, ...] | SourceError]:
        return [self._error] * len(requests)
