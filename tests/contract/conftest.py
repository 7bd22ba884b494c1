"""The engines that the contract is checked on. A new engine is one more parameter."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from resolvers.sources.base import SearchRequest, SearchResult, Snapshot, Source
from resolvers.sources.embedding import Embedder
from tests.support.asked_twice import AskedTwice


@dataclass(frozen=True)
class Engine:
    """How to build an index in an engine, and how to open the engine on it."""

    build: Callable[..., str]
    open: Callable[..., AbstractAsyncContextManager[Source]]
    place: Any


ENGINES = ["embedded"]
CACHES = ["alone", "remembered", "shared"]
"""An engine by itself, behind a cache of the process, and behind one that processes share."""


@pytest.fixture(
    scope="session", params=[pytest.param((name, cache), id=f"{name}-{cache}") for name in ENGINES for cache in CACHES]
)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Engine]:
    """Gives an engine with nothing indexed in it."""
    name, cache = request.param
    build, opened = request.getfixturevalue(f"build_{name}"), request.getfixturevalue(f"open_{name}")
    if cache == "remembered":
        opened = behind_a_cache(opened, None)
    if cache == "shared":
        opened = behind_a_cache(opened, request.getfixturevalue("redis_server").url)

    def fresh() -> Engine:
        place: Path = tmp_path_factory.mktemp(name)
        return Engine(build, opened, place)

    return fresh


def behind_a_cache(
    open_engine: Callable[..., AbstractAsyncContextManager[Source]], redis_url: str | None
) -> Callable[..., AbstractAsyncContextManager[Source]]:
    """Opens the engine with a cache around it that is asked everything twice, the second time out of what it has."""

    @asynccontextmanager
    async def opened(*arguments: Any, **options: Any) -> AsyncIterator[Source]:
        async with open_engine(*arguments, **options) as source:
            twice = AskedTwice(source, redis_url)
            await twice.start()
            try:
                yield twice
            finally:
                await twice.close()

    return opened


@pytest.fixture(scope="session")
def indexed(engine: Callable[[], Engine], market: Any, topics: Embedder) -> Engine:
    """An engine with the small marketplace in it."""
    fresh = engine()
    fresh.build(fresh.place, market, topics)
    return fresh


@pytest.fixture
async def source(indexed: Engine, topics: Embedder) -> AsyncIterator[Source]:
    async with indexed.open(indexed.place, topics) as opened:
        yield opened


@pytest.fixture
def snapshot(source: Source) -> Snapshot:
    return source.snapshot()


@pytest.fixture
def find(snapshot: Snapshot) -> Callable[[SearchRequest], Any]:
    """Asks for one search, and fails when it is answered with an error."""

    async def found(request: SearchRequest) -> SearchResult:
        [answer] = await snapshot.search([request])
        assert isinstance(answer, SearchResult), answer
        return answer

    return found
