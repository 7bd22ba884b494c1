"""A cache that is asked everything twice, so that a test of any source is one of what comes out of the cache."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from resolvers.catalog.kind import Document, Ref
from resolvers.errors import SourceError
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
from resolvers.sources.cached.redis_remote import RedisRemote
from resolvers.sources.cached.source import CachedSource
from resolvers.sources.typeahead import Suggested, SuggestRequest
from tests.support.caching import settled
from tests.support.demo import Calls, CountingSource

NOBODY = Call()
PATIENT_SECONDS = 5
ROOM_BYTES = 10_000_000


class Opened:
    """A source that is open already, and stays open."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def snapshot(self, call: Call = NOBODY) -> Snapshot:
        return self._source.snapshot(call)

    async def start(self) -> None:
        """It is open."""

    async def close(self) -> None:
        """Whoever has opened it closes it."""


class AskedTwice:
    """Two caches of one engine, which may be one and the same: what the second answers, after the first was asked.

    The second may ask the engine for nothing that it has answered the first.
    """

    def __init__(self, engine: Source, redis_url: str | None) -> None:
        self._prefix = uuid4().hex
        self._engines = CountingSource(Opened(engine)), CountingSource(Opened(engine))
        self._first = self._cache(0, redis_url)
        self._second = self._first if redis_url is None else self._cache(1, redis_url)

    def _cache(self, number: int, redis_url: str | None) -> CachedSource:
        remote = None if redis_url is None else RedisRemote(redis_url, f"{self._prefix}:changes")
        return CachedSource(
            self._engines[number],
            local_bytes=ROOM_BYTES,
            remote=remote,
            timeout_seconds=PATIENT_SECONDS,
            prefix=self._prefix,
        )

    def snapshot(self, call: Call = NOBODY) -> "Twice":
        calls = self._engines[self._second is not self._first].calls
        return Twice(self._first, self._first.snapshot(call), self._second.snapshot(call), calls)

    async def start(self) -> None:
        await self._first.start()
        if self._second is not self._first:
            await self._second.start()

    async def close(self) -> None:
        await self._first.close()
        if self._second is not self._first:
            await self._second.close()


class Twice:
    """A view of each of two caches, and what the second asks the engine for."""

    def __init__(self, source: CachedSource, first: Snapshot, second: Snapshot, calls: Calls) -> None:
        self._source, self._first, self._second, self._calls = source, first, second, calls

    def info(self) -> SourceInfo:
        assert self._first.info() == self._second.info()
        return self._second.info()

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        first = await self._first.fetch(refs)
        await settled(self._source)
        self._calls.fetches.clear()
        second = await self._second.fetch(refs)
        assert list(second) == list(first)
        assert self._calls.fetches == []
        return second

    async def search(self, requests: Sequence[SearchRequest]) -> Sequence[SearchResult | SourceError]:
        first = await self._first.search(requests)
        await settled(self._source)
        self._calls.searches.clear()
        second = await self._second.search(requests)
        assert list(map(comparable, second)) == list(map(comparable, first))
        assert self._calls.searches == asked_again(requests, first)
        return second

    async def aggregate(self, requests: Sequence[AggregationRequest]) -> Sequence[AggregationResult | SourceError]:
        first = await self._first.aggregate(requests)
        await settled(self._source)
        self._calls.aggregations.clear()
        second = await self._second.aggregate(requests)
        assert list(map(comparable, second)) == list(map(comparable, first))
        assert self._calls.aggregations == asked_again(requests, first)
        return second

    async def suggest(self, requests: Sequence[SuggestRequest]) -> Sequence[tuple[Suggested, ...] | SourceError]:
        first = await self._first.suggest(requests)
        self._calls.suggests.clear()
        second = await self._second.suggest(requests)
        assert list(second) == list(first)
        # Suggestions are not shared, so another process asks for itself.
        assert self._calls.suggests == [] or self._second is not self._first
        return second


def asked_again(requests: Sequence[Any], answers: Sequence[SearchResult | AggregationResult | SourceError]) -> Any:
    """The calls of the engine for what was asked before: what failed, or is less than it could be, is not kept."""
    again = [
        request
        for request, answer in zip(requests, answers, strict=True)
        if isinstance(answer, SourceError) or answer.degraded
    ]
    return [again] if again else []


def comparable(answer: SearchResult | AggregationResult | SourceError) -> Any:
    """An answer without how long it took, or the kind and message of an error."""
    return (type(answer), answer.message) if isinstance(answer, SourceError) else replace(answer, took_seconds=0)
