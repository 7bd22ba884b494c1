"""Engines that misbehave in one way each."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Never

from resolvers.catalog.kind import Document, Ref
from resolvers.errors import SourceError
from resolvers.sources.aggregations import Aggregate
from resolvers.sources.base import (
    AggregationRequest,
    AggregationResult,
    Call,
    SearchRequest,
    SearchResult,
    Snapshot,
    Source,
    SourceInfo,
)

Answer = Callable[[], Awaitable[Sequence[Document | SourceError | None]]]


class StandIn:
    """A source without any document, whose every call is answered by `answer` with one slot."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def snapshot(self, call: Call = Call()) -> "StandIn":  # noqa: ARG002, B008
        return self

    def info(self) -> SourceInfo:
        return SourceInfo("stand-in", "g1", datetime.now(UTC))

    async def start(self) -> None:
        """There is nothing to open."""

    async def close(self) -> None:
        """There is nothing to close."""

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        return list(await self._answer()) * len(refs)

    async def search(self, requests: Sequence[SearchRequest]) -> Sequence[SearchResult | SourceError]:
        await self._answer()
        return [SearchResult((), False, False, 0, None, 0.0)] * len(requests)

    async def aggregate(self, requests: Sequence[AggregationRequest]) -> Sequence[AggregationResult | SourceError]:
        await self._answer()
        nothing = Aggregate(0)
        return [AggregationResult(0, (nothing,) * len(one.aggregations), None, 0.0) for one in requests]


def failing(error: Exception) -> StandIn:
    """Every call raises the error."""

    async def fail() -> Never:
        raise error

    return StandIn(fail)


def answering_each(slot: SourceError | None) -> StandIn:
    """Every document is the error, or missing."""

    async def answer() -> Sequence[SourceError | None]:
        return [slot]

    return StandIn(answer)


class Losing(StandIn):
    """An engine that fetches from another one, and fails to fetch one document."""

    def __init__(self, inner: Snapshot, lost: str, error: SourceError) -> None:
        super().__init__(self._fail)
        self._inner, self._lost, self._error = inner, lost, error

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        found = await self._inner.fetch(refs)
        return [self._error if ref.id == self._lost else one for ref, one in zip(refs, found, strict=True)]

    async def _fail(self) -> Never:
        raise self._error


def losing(source: Source, lost: str, error: SourceError) -> Losing:
    """The document with the id `lost` is the error."""
    return Losing(source.snapshot(), lost, error)
