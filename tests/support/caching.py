"""What the cache stands between, in fakes that a test can hold, break and count: a clock, an engine, a shared cache."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.catalog.skill import SkillRecord
from resolvers.catalog.values import SkillKind
from resolvers.errors import SourceError
from resolvers.sources.aggregations import Aggregate, Bucket
from resolvers.sources.base import (
    AggregationRequest,
    AggregationResult,
    Call,
    Hit,
    Position,
    Score,
    SearchRequest,
    SearchResult,
    SourceInfo,
)
from resolvers.sources.cached.lifetimes import Clock, Jitter
from resolvers.sources.cached.remote import RemoteFailure, RemoteFull, Write
from resolvers.sources.cached.source import CachedSource
from resolvers.sources.counting import Event
from resolvers.sources.typeahead import Suggested, SuggestRequest

NO_JITTER = Jitter(lambda: 0.0)
NOBODY = Call()
STEPS = 50


def skill_ref(name: str) -> Ref:
    return Ref(Kind.SKILL, f"skill_{name}")


def skill_document(name: str, version: int = 1) -> Document:
    record = SkillRecord(
        id=f"skill_{name}", name=f"v{version}", aliases=(), broader_ids=(), kind=SkillKind.GROUP, description=None
    )
    return Document(skill_ref(name), record)


def version_of(answer: Any) -> int | None:
    """The version of a document that `skill_document` has made; None for none."""
    return None if answer is None else int(answer.record.name[1:])


def search_for(text: str, **facts: Any) -> SearchRequest:
    return SearchRequest((Kind.SKILL,), text=text, **facts)


class Time:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    @property
    def clock(self) -> Clock:
        return Clock(self, self)


class FakeEngine:
    """An engine of skills whose names are versions. Every search finds all of them, in the order of their ids.

    `gate` holds its answers back, `error` is what it answers instead, or `raises` it where that is an engine's error.
    `asked`, `searched` and `aggregated` are its calls. Figures count the versions.
    """

    def __init__(self, *names: str) -> None:
        self.documents = {skill_ref(name): skill_document(name) for name in names}
        self.generation, self.down = "g1", None
        self.asked: list[list[Ref]] = []
        self.searched: list[list[SearchRequest]] = []
        self.aggregated: list[list[AggregationRequest]] = []
        self.suggested: list[list[SuggestRequest]] = []
        self.calls: list[Call] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None
        self.raises = False
        self.degraded: frozenset[Any] = frozenset()
        self.cancelled = 0
        self.is_open = False

    down: SourceError | None

    def snapshot(self, call: Call = NOBODY) -> "FakeView":
        if self.down is not None:
            raise self.down
        self.calls.append(call)
        return FakeView(self, self.generation)

    async def start(self) -> None:
        self.is_open = True

    async def close(self) -> None:
        self.is_open = False

    def change(self, name: str, version: int) -> None:
        self.documents[skill_ref(name)] = skill_document(name, version)


class FakeView:
    """A view of the fake engine. It answers with what is there when it is asked, however long the gate is closed."""

    def __init__(self, engine: FakeEngine, generation: str) -> None:
        self._engine, self._generation = engine, generation

    def info(self) -> SourceInfo:
        return SourceInfo("fake", self._generation, datetime(2026, 5, 1, tzinfo=UTC))

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        self._engine.asked.append(list(refs))
        found = [self._engine.documents.get(ref) for ref in refs]
        return [error or document for document, error in zip(found, await self._let_through(len(refs)), strict=True)]

    async def search(self, requests: Sequence[SearchRequest]) -> Sequence[SearchResult | SourceError]:
        self._engine.searched.append(list(requests))
        documents = [self._engine.documents[ref] for ref in sorted(self._engine.documents)]
        hits = tuple(
            Hit(document, Position(document.ref.id), Score(1 / (rank + 1), 0.25, None))
            for rank, document in enumerate(documents)
        )
        found = SearchResult(hits, False, False, len(hits), None, 0.125, self._engine.degraded)
        return [error or found for error in await self._let_through(len(requests))]

    async def aggregate(self, requests: Sequence[AggregationRequest]) -> Sequence[AggregationResult | SourceError]:
        self._engine.aggregated.append(list(requests))
        versions = Counter(str(version_of(document)) for document in self._engine.documents.values())
        buckets = tuple(Bucket(version, count) for version, count in sorted(versions.items()))
        aggregate = Aggregate(len(self._engine.documents), buckets, len(buckets))
        found = AggregationResult(aggregate.count, (aggregate,), None, 0.125, self._engine.degraded)
        return [error or found for error in await self._let_through(len(requests))]

    async def suggest(self, requests: Sequence[SuggestRequest]) -> Sequence[tuple[Suggested, ...] | SourceError]:
        self._engine.suggested.append(list(requests))
        names = [document.record.name for document in self._engine.documents.values()]
        found = tuple(Suggested(Kind.SKILL, name, None, (), None, 0, 0) for name in names)
        return [error or found for error in await self._let_through(len(requests))]

    async def _let_through(self, count: int) -> list[SourceError | None]:
        try:
            await self._engine.gate.wait()
        except asyncio.CancelledError:
            self._engine.cancelled += 1
            raise
        error = self._engine.error
        if error is None or (isinstance(error, SourceError) and not self._engine.raises):
            return [error] * count
        raise error


class FakeRemote:
    """A shared cache in memory, as `Remote` describes it. `broken` is the cause of failure of everything it is asked.

    `reads` are the keys of each look-up. `hanging` makes it never answer, `full` take nothing.
    """

    def __init__(self, time: Time) -> None:
        self._time = time
        self.values: dict[bytes, tuple[bytes, float]] = {}
        self.broken: str | None = None
        self.full, self.hanging, self.closed, self.ends_badly = False, False, False, False
        self.reads: list[list[bytes]] = []
        self.writes: list[list[bytes]] = []
        self.probes = 0
        self._listeners: list[asyncio.Queue[bytes | RemoteFailure | None]] = []

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    async def read(self, keys: Sequence[bytes]) -> Sequence[bytes | None]:
        await self._reached()
        self.reads.append(list(keys))
        return [self.get(key) for key in keys]

    async def agree(self, proposals: Mapping[bytes, bytes], seconds: float) -> Sequence[bytes | None]:
        await self._reached()
        for key, value in proposals.items():
            if self.get(key) is None and not self.full:
                self.values[key] = value, self._time() + seconds
        return [self.get(key) for key in proposals]

    async def write(self, writes: Sequence[Write]) -> None:
        await self._reached()
        self.writes.append([write.key for write in writes])
        if self.full:
            raise RemoteFull("out_of_memory")
        for write in writes:
            if write.expected is None or (self.get(write.key) or b"")[:8] == write.expected:
                self.values[write.key] = write.value, self._time() + write.seconds

    async def replace(self, values: Mapping[bytes, bytes], removed: Sequence[bytes], seconds: float) -> None:
        await self._reached()
        for key in [*values, *removed]:
            self.values.pop(key, None)
        if not self.full:
            self.values |= {key: (value, self._time() + seconds) for key, value in values.items()}

    async def publish(self, message: bytes) -> None:
        await self._reached()
        for listener in self._listeners:
            listener.put_nowait(message)

    async def messages(self) -> AsyncGenerator[bytes | None, None]:
        await self._reached()
        queue: asyncio.Queue[bytes | RemoteFailure | None] = asyncio.Queue()
        self._listeners.append(queue)
        try:
            yield None
            while True:
                said = await queue.get()
                if isinstance(said, RemoteFailure):
                    raise said
                yield said
        finally:
            self._listeners.remove(queue)

    def cut_off(self) -> None:
        """End every subscription."""
        for listener in self._listeners:
            listener.put_nowait(RemoteFailure("connection"))

    async def probe(self) -> None:
        self.probes += 1
        await self._reached()

    async def close(self) -> None:
        if self.ends_badly:
            raise RemoteFailure("timeout")
        self.closed = True

    def get(self, key: bytes) -> bytes | None:
        value, until = self.values.get(key, (None, 0.0))
        return value if self._time() < until else None

    async def _reached(self) -> None:
        if self.hanging:
            await asyncio.Event().wait()
        if self.broken is not None:
            raise RemoteFailure(self.broken)


class Tally:
    """Counts what is counted."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[Event, str]] = Counter()

    def count(self, event: Event, about: str, amount: int = 1) -> None:
        self.counts[event, about] += amount

    def __getitem__(self, event: Event) -> int:
        return sum(amount for (counted, _), amount in self.counts.items() if counted is event)


async def settled(*sources: CachedSource) -> None:
    """Return when nothing is under way in the background any more, and what has been published is heard."""
    await turns()
    for source in sources:
        caches = source._documents, source._searches, source._aggregations
        while tasks := [task for cache in caches for task in cache._flights._tasks]:  # type: ignore[attr-defined]
            await asyncio.wait(tasks)
    await turns()


async def turns() -> None:
    """Let everything run that waits for nothing but its turn."""
    for _ in range(STEPS):
        await asyncio.sleep(0)


async def fetch(source: CachedSource, *names: str, call: Call = NOBODY) -> list[Any]:
    """Versions of skills, as one operation asks for them; errors as they are."""
    found = await source.snapshot(call).fetch([skill_ref(name) for name in names])
    return [one if isinstance(one, SourceError) else version_of(one) for one in found]


async def find(source: CachedSource, request: SearchRequest, call: Call = NOBODY) -> Any:
    """The answer to one search, without how long it took."""
    [answer] = await source.snapshot(call).search([request])
    return replace(answer, took_seconds=0) if isinstance(answer, SearchResult) else answer
