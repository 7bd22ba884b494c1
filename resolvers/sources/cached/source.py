"""The cached source: an engine, what has been remembered of its answers, and the shared cache if there is one."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache, partial

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.errors import SourceError, SourceUnavailable
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
from resolvers.sources.cached.answer_cache import AnswerCache
from resolvers.sources.cached.answers import Aggregations, Searches
from resolvers.sources.cached.breaker import Breaker
from resolvers.sources.cached.documents import DocumentCache
from resolvers.sources.cached.guarded import Guarded
from resolvers.sources.cached.invalidation import Invalidation, keys_in
from resolvers.sources.cached.keys import Keys
from resolvers.sources.cached.lifetimes import Clock, Jitter, Lifetimes
from resolvers.sources.cached.local import Local
from resolvers.sources.cached.payloads import SHAPE, Figures, Outline
from resolvers.sources.cached.remote import Remote
from resolvers.sources.cached.subscription import Subscription
from resolvers.sources.cached.suggestions import SuggestionCache
from resolvers.sources.cached.tiers import Tiers
from resolvers.sources.cached.validity import Validity
from resolvers.sources.cached.view import Allowance, View
from resolvers.sources.counting import Counting, Uncounted
from resolvers.sources.typeahead import Suggested, SuggestRequest
from resolvers.sources.unavailable import UnavailableSnapshot

SearchCache = AnswerCache[SearchRequest, SearchResult, Outline]
AggregationCache = AnswerCache[AggregationRequest, AggregationResult, Figures]
INDEXES_AT_ONCE = 4


class CachedSnapshot:
    """A view of an index that asks the engine only for what is not remembered."""

    def __init__(
        self,
        view: View,
        documents: DocumentCache,
        searches: SearchCache,
        aggregations: AggregationCache,
        suggestions: SuggestionCache,
    ) -> None:
        self._view, self._documents = view, documents
        self._searches, self._aggregations, self._suggestions = searches, aggregations, suggestions

    def info(self) -> SourceInfo:
        return self._view.index

    def at_hand(self, refs: Sequence[Ref]) -> Sequence[Document | None] | None:
        """The documents, where this process has all of them, and none is too old."""
        return self._documents.there(self._view, refs)

    def answered(self, request: SearchRequest) -> SearchResult | None:
        """The answer to a search, where this process has it, and it is not too old."""
        return self._searches.there(self._view, request)

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        return await self._documents.fetch(self._view, refs)

    async def search(self, requests: Sequence[SearchRequest]) -> Sequence[SearchResult | SourceError]:
        return await self._searches.ask(self._view, requests)

    async def aggregate(self, requests: Sequence[AggregationRequest]) -> Sequence[AggregationResult | SourceError]:
        return await self._aggregations.ask(self._view, requests)

    async def suggest(self, requests: Sequence[SuggestRequest]) -> Sequence[tuple[Suggested, ...] | SourceError]:
        return await self._suggestions.suggest(self._view, requests)


def shared_of(source: Source) -> Guarded | None:
    """The cache that a source shares with other processes, for others to keep things in; None where there is none."""
    return source.shared if isinstance(source, CachedSource) else None


class CachedSource:
    """An engine behind a cache: `local_bytes` of this process, and `remote`, a cache shared with others, if given.

    Whatever is wrong with the shared cache is a miss. A call of it takes `timeout_seconds` at most. Whether it tells of
    changes again is tried after `retry_seconds` at first.
    """

    def __init__(
        self,
        engine: Source,
        *,
        local_bytes: int,
        remote: Remote | None = None,
        timeout_seconds: float = 0.05,
        retry_seconds: float = 0.1,
        prefix: str = "discovery",
        lifetimes: Lifetimes = Lifetimes(),  # noqa: B008  a constant
        clock: Clock = Clock(),  # noqa: B008  a constant
        jitter: Jitter = Jitter(),  # noqa: B008  a constant
        counting: Counting = Uncounted(),  # noqa: B008  a constant
    ) -> None:
        self._engine, self._lifetimes, self._clock = engine, lifetimes, clock
        self._keys = lru_cache(INDEXES_AT_ONCE)(partial(Keys, prefix, SHAPE))
        validity = Validity(listens=remote is not None)
        breakers = Breaker(clock=clock.steady), Breaker(failures=1, clock=clock.steady)
        self._remote = Guarded(remote, *breakers, counting, timeout_seconds) if remote else None
        self._subscription = (
            Subscription(remote, validity, counting, partial(keys_in, keys=self._keys), retry_seconds)
            if remote
            else None
        )
        local = Local(local_bytes, validity, counting)
        tiers = Tiers(local, self._remote, validity, lifetimes, clock, jitter, counting)
        self._documents = DocumentCache(tiers)
        self._searches: SearchCache = AnswerCache(tiers, self._documents, Searches())
        self._aggregations: AggregationCache = AnswerCache(tiers, self._documents, Aggregations())
        self._suggestions = SuggestionCache(tiers)
        self._invalidation = Invalidation(self._remote, self._keys, lifetimes.tombstone, validity.touch, counting)
        self._seen: tuple[SourceInfo, float] | None = None

    def snapshot(self, call: Call = Call()) -> CachedSnapshot:  # noqa: B008  a constant
        """A view of the index in use, or of the last one known while the engine is down, for as long as that is kept.

        Raises SourceUnavailable when neither is there.
        """
        caches = self._documents, self._searches, self._aggregations, self._suggestions
        return CachedSnapshot(self._view(call), *caches)

    def _view(self, call: Call) -> View:
        engine: Snapshot
        try:
            engine = self._engine.snapshot(call)
            index = engine.info()
        except SourceUnavailable as error:
            index, engine = self._last_index(error), UnavailableSnapshot(error)
            return View(index, self._keys(index.engine, index.generation), engine, call, is_verified=False)
        self._seen = index, self._clock.steady()
        return View(
            index, self._keys(index.engine, index.generation), engine, call, again=partial(self._again, index, call)
        )

    def _again(self, index: SourceInfo, call: Call) -> View | None:
        view = self._view(replace(call, deadline=Allowance(self._lifetimes.call)))
        return view if view.is_verified and view.index.generation == index.generation else None

    def _last_index(self, error: SourceUnavailable) -> SourceInfo:
        if self._seen is None or self._clock.steady() >= self._seen[1] + self._lifetimes.stale:
            raise error
        return self._seen[0]

    async def invalidate(self, refs: Sequence[Ref], kinds: Iterable[Kind] = ()) -> bool:
        """Documents of the index in use have changed, have gone or are new: see `Invalidation.invalidate`."""
        return await self._invalidation.invalidate(self.snapshot().info(), refs, kinds)

    @property
    def shared(self) -> Guarded | None:
        """The shared cache, for others to keep things in; None where there is none."""
        return self._remote

    async def start(self) -> None:
        """Open the engine. A shared cache that does not answer is tried again while requests come in."""
        await self._engine.start()
        if self._remote is not None and self._subscription is not None:
            await asyncio.gather(self._remote.probe(), self._subscription.start())

    async def close(self) -> None:
        try:
            await self._searches.close()
            await self._aggregations.close()
            await self._documents.close()
            if self._remote is not None and self._subscription is not None:
                await self._subscription.close()
                await self._remote.close()
        finally:
            await self._engine.close()
