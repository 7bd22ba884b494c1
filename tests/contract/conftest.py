"""The engines that the contract is checked on. A new engine is one more parameter."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from resolvers.sources.base import SearchRequest, SearchResult, Snapshot, Source
from resolvers.sources.changes import Changeable
from resolvers.sources.embedding import Embedder
from tests.support.asked_twice import AskedTwice
from tests.support.clusters import Place, placed
from tests.support.clusters import opened as open_cluster


@dataclass(frozen=True)
class Engine:
    """How to build an index in an engine, how to open the engine on it, and how to change it.

    `name` is what it says of itself.
    """

    name: str
    build: Callable[..., str]
    open: Callable[..., AbstractAsyncContextManager[Source]]
    change: Callable[..., Changeable]
    place: Any


SERVERS = {"opensearch-3.4": "opensearch_server", "opensearch-2.19": "opensearch_2_server"}
ENGINES = ["embedded", *SERVERS]
CACHES = ["alone", "remembered", "shared"]
"""An engine by itself, behind a cache of the process, and behind one that processes share."""
COMBINED = [
    *[("embedded", cache) for cache in CACHES],
    ("opensearch-3.4", "alone"),
    ("opensearch-3.4", "shared"),
    ("opensearch-2.19", "alone"),
]
"""A shared cache has one of the process in front of it, so that a real server need not be asked for that alone; and
what is behind a cache is the same to it whatever its version."""


@pytest.fixture(scope="session", params=[pytest.param(both, id="-".join(both)) for both in COMBINED])
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, build: Callable[..., str]
) -> Iterator[Callable[[], Engine]]:
    """Gives an engine with nothing indexed in it."""
    name, cache = request.param
    redis_url = request.getfixturevalue("redis_server").url if cache == "shared" else None

    def cached(open_engine: Callable[..., AbstractAsyncContextManager[Source]]) -> Any:
        return open_engine if cache == "alone" else behind_a_cache(open_engine, redis_url)

    if name == "embedded":
        verbs = (request.getfixturevalue(f"{verb}_embedded") for verb in ("build", "open", "change"))
        build_embedded, open_embedded, change_embedded = verbs
        yield lambda: Engine(
            name, build_embedded, cached(open_embedded), change_embedded, tmp_path_factory.mktemp("embedded")
        )
        return
    server = request.getfixturevalue(SERVERS[name])
    with ExitStack() as places:

        def build_there(place: Place, market: Any, embedder: Embedder | None, **more: Any) -> str:
            return build(place.target(), market, embedder, **more)

        yield lambda: Engine(
            "opensearch", build_there, cached(open_cluster), Place.changes, places.enter_context(placed(server))
        )


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
