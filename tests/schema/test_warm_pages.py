"""A page of jobs with client and skills that is cached: the engine is not asked, and Redis as little as can be."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import pytest

from resolvers.catalog.kind import Ref
from resolvers.catalog.kinds import ref_of
from resolvers.sources.base import Source
from resolvers.sources.cached.keys import channel_of
from resolvers.sources.cached.redis_remote import RedisRemote
from resolvers.sources.cached.source import CachedSource
from resolvers.sources.counting import Event
from tests.servers.fixtures import StartRedis
from tests.servers.redis import RedisServer
from tests.support.asking import asking
from tests.support.caching import Tally, settled
from tests.support.demo import Calls, CountingSource

PAGE = '{ searchJobs(query: "website", first: 20) { nodes { id client { id name } skills { id name } } } }'
PREFIX = "warm-pages"
OpenCache = Callable[..., Any]


class Process(NamedTuple):
    """A process of the gateway, and what it has asked Redis."""

    source: CachedSource
    tally: Tally
    engine: Source

    async def page(self) -> list[dict[str, Any]]:
        async with asking(Opened(self.source), names=self.engine) as gateway:
            found: list[dict[str, Any]] = (await gateway.data(PAGE))["searchJobs"]["nodes"]
        await settled(self.source)
        return found


class Opened:
    """A source that a gateway neither opens nor closes."""

    def __init__(self, source: Source) -> None:
        self._source, self.snapshot = source, source.snapshot

    async def start(self) -> None:
        """It is open."""

    async def close(self) -> None:
        """It stays open."""


@pytest.fixture
def server(start_redis: StartRedis) -> RedisServer:
    return start_redis()


@pytest.fixture
async def opened(source: CountingSource) -> AsyncIterator[OpenCache]:
    """Opens a process of its own, with Redis where it is given."""
    async with AsyncExitStack() as running:

        async def opening(server: RedisServer | None = None) -> Process:
            remote = RedisRemote(server.url, channel_of(PREFIX)) if server else None
            tally = Tally()
            cached = CachedSource(
                source, local_bytes=10_000_000, remote=remote, timeout_seconds=10, prefix=PREFIX, counting=tally
            )
            await cached.start()
            running.push_async_callback(cached.close)
            return Process(cached, tally, source)

        yield opening


def look_ups(server: RedisServer) -> int:
    """How many MGETs a server has had."""
    with server.client() as client:
        found: Any = client.info("commandstats")
    return int(found.get("cmdstat_mget", {}).get("calls", 0))


def asked(calls: Calls) -> tuple[int, int]:
    return len(calls.searches), len(calls.fetches)


def refs_in(jobs: list[dict[str, Any]]) -> list[Ref]:
    """The jobs of a page, their clients and their skills."""
    ids = [id_ for job in jobs for id_ in (job["id"], job["client"]["id"], *(skill["id"] for skill in job["skills"]))]
    return [ref for id_ in dict.fromkeys(ids) if (ref := ref_of(id_)) is not None]


async def test_a_process_without_redis_asks_its_engine_once(opened: OpenCache, calls: Calls) -> None:
    process = await opened()
    jobs = await process.page()
    assert (len(jobs), asked(calls)) == (20, (1, 1))
    assert await process.page() == jobs
    assert asked(calls) == (1, 1)


async def test_a_process_that_has_a_page_asks_nobody(opened: OpenCache, server: RedisServer, calls: Calls) -> None:
    process = await opened(server)
    jobs = await process.page()
    before, of_redis = look_ups(server), process.tally[Event.REMOTE_CALL]
    assert await process.page() == jobs
    assert (look_ups(server) - before, process.tally[Event.REMOTE_CALL] - of_redis, asked(calls)) == (0, 0, (1, 1))


async def test_a_process_that_has_the_documents_looks_up_the_page_by_one_mget(
    opened: OpenCache, server: RedisServer, calls: Calls
) -> None:
    jobs = await (await opened(server)).page()
    other = await opened(server)
    assert None not in await other.source.snapshot().fetch(refs_in(jobs))
    before, of_redis = look_ups(server), other.tally[Event.REMOTE_CALL]
    assert await other.page() == jobs
    assert (look_ups(server) - before, other.tally[Event.REMOTE_CALL] - of_redis, asked(calls)) == (1, 1, (1, 1))


async def test_a_new_process_has_a_page_by_an_mget_for_each_thing_that_the_one_before_names(
    opened: OpenCache, server: RedisServer, calls: Calls
) -> None:
    jobs = await (await opened(server)).page()
    before, other = look_ups(server), await opened(server)
    assert await other.page() == jobs
    # The result names the jobs, and the jobs name their clients and skills.
    assert (look_ups(server) - before, asked(calls)) == (3, (1, 1))
