"""A cache between fakes."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from resolvers.sources.cached.lifetimes import Lifetimes
from resolvers.sources.cached.source import CachedSource
from tests.support.caching import NO_JITTER, FakeEngine, FakeRemote, Tally, Time

LIFETIMES = Lifetimes(document=60, missing=5, search=5, revalidate=5, stale=300, call=10)
OpenCache = Callable[..., Any]


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def remote(time: Time) -> FakeRemote:
    return FakeRemote(time)


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
async def engine() -> FakeEngine:
    return FakeEngine("a", "b", "c")


@pytest.fixture
async def open_cache(time: Time, engine: FakeEngine, tally: Tally) -> AsyncIterator[OpenCache]:
    """Opens a cache of the engine, as one process does; closed at the end."""
    async with AsyncExitStack() as opened:

        async def opening(remote: FakeRemote | None = None, **options: Any) -> CachedSource:
            arguments: dict[str, Any] = {
                "local_bytes": 1_000_000,
                "lifetimes": LIFETIMES,
                "clock": time.clock,
                "jitter": NO_JITTER,
                "counting": tally,
            }
            source = CachedSource(engine, remote=remote, **arguments | options)
            await source.start()
            opened.push_async_callback(source.close)
            return source

        yield opening


@pytest.fixture
async def alone(open_cache: OpenCache) -> CachedSource:
    """A cache without a shared one."""
    source: CachedSource = await open_cache()
    return source


@pytest.fixture
async def shared(open_cache: OpenCache, remote: FakeRemote) -> CachedSource:
    """A cache that shares with others."""
    source: CachedSource = await open_cache(remote)
    return source
