"""The engines that the contract is checked on. A new engine is one more parameter."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from resolvers.sources.base import SearchRequest, SearchResult, Snapshot, Source
from resolvers.sources.changes import Changeable
from resolvers.sources.embedding import Embedder


@dataclass(frozen=True)
class Engine:
    """How to build an index in an engine, how to open the engine on it, and how to change it."""

    build: Callable[..., str]
    open: Callable[..., AbstractAsyncContextManager[Source]]
    change: Callable[..., Changeable]
    place: Any


@pytest.fixture(scope="session", params=["embedded"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Engine]:
    """Gives an engine with nothing indexed in it."""
    build, opened, change = (request.getfixturevalue(f"{verb}_{request.param}") for verb in ("build", "open", "change"))

    def fresh() -> Engine:
        place: Path = tmp_path_factory.mktemp(request.param)
        return Engine(build, opened, change, place)

    return fresh


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
