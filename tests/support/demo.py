"""A small demo catalog, its records, and an index of it by the embedded engine with the real model."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.embedders import embedder
from gateway.jobs import index
from indexing.demo import write_demo
from indexing.demo.write import DemoKind, demo_records
from indexing.progress import SilentProgress
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
from resolvers.sources.embedded.generation import Generation
from resolvers.sources.embedded.layout import Layout
from resolvers.sources.embedded.source import EmbeddedSnapshot
from resolvers.sources.typeahead import Suggested, SuggestRequest
from resolvers.vocabulary.following import LABEL

JOBS, TALENT, SEED = 120, 200, 7
Record = dict[str, Any]


@dataclass(frozen=True)
class Demo:
    """The feed's files, the index of them, and the records by kind and id."""

    feed: Path
    data_dir: Path
    job: dict[str, Record]
    talent: dict[str, Record]
    client: dict[str, Record]
    skill: dict[str, Record]
    occupation: dict[str, Record]

    def source(self) -> "OpenedIndex":
        layout = Layout(self.data_dir)
        name = layout.current()
        assert name is not None
        return OpenedIndex(Generation(layout, name, embedder()))


def make_demo(root: Path, jobs: int = JOBS, talent: int = TALENT) -> Demo:
    def by_id(kind: DemoKind) -> dict[str, Record]:
        return {record["id"]: record for record in demo_records(kind, jobs=jobs, talent=talent, seed=SEED)}

    feed, data_dir = root / "feed", root / "index"
    write_demo(feed, jobs=jobs, talent=talent, seed=SEED)
    index([feed], data_dir, strict=True, embeddings=True, progress=SilentProgress())
    kinds = by_id("job"), by_id("talent"), by_id("client"), by_id("skill"), by_id("occupation")
    return Demo(feed, data_dir, *kinds)


class OpenedIndex:
    """The embedded engine on one index that stays open from test to test."""

    def __init__(self, generation: Generation) -> None:
        self._generation, self._threads = generation, ThreadPoolExecutor(2)

    def snapshot(self, call: Call = Call()) -> Snapshot:  # noqa: ARG002, B008
        return EmbeddedSnapshot(self._generation, self._threads)

    async def start(self) -> None:
        """It is open already."""

    async def close(self) -> None:
        """The next test uses it too."""


class Calls:
    """What a source was asked: each call's requests or refs."""

    def __init__(self) -> None:
        self.searches: list[Sequence[SearchRequest]] = []
        self.fetches: list[Sequence[Ref]] = []
        self.aggregations: list[Sequence[AggregationRequest]] = []
        self.suggests: list[Sequence[SuggestRequest]] = []


class CountingSnapshot:
    """A view that writes down what it is asked."""

    def __init__(self, inner: Snapshot, calls: Calls) -> None:
        self._inner, self._calls = inner, calls

    def info(self) -> SourceInfo:
        return self._inner.info()

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        self._calls.fetches.append(list(refs))
        return await self._inner.fetch(refs)

    async def search(self, requests: Sequence[SearchRequest]) -> Sequence[SearchResult | SourceError]:
        self._calls.searches.append(list(requests))
        return await self._inner.search(requests)

    async def aggregate(self, requests: Sequence[AggregationRequest]) -> Sequence[AggregationResult | SourceError]:
        self._calls.aggregations.append(list(requests))
        return await self._inner.aggregate(requests)

    async def suggest(self, requests: Sequence[SuggestRequest]) -> Sequence[tuple[Suggested, ...] | SourceError]:
        self._calls.suggests.append(list(requests))
        return await self._inner.suggest(requests)


class CountingSource:
    """A source whose views write down what they are asked on behalf of an operation."""

    def __init__(self, inner: Source) -> None:
        self._inner, self.calls = inner, Calls()

    def snapshot(self, call: Call = Call()) -> Snapshot:  # noqa: B008
        found = self._inner.snapshot(call)
        return found if call.label == LABEL else CountingSnapshot(found, self.calls)

    async def start(self) -> None:
        await self._inner.start()

    async def close(self) -> None:
        await self._inner.close()
