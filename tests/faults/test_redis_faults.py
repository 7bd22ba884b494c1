"""Redis breaks in the middle of a load: every answer is as right as without it, and it is used again afterwards."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.settings import Settings
from tests.faults.conftest import OpenLoad
from tests.servers.fixtures import StartRedis
from tests.servers.proxy import Proxy
from tests.servers.redis import RedisServer
from tests.support.load import Load

ANSWERS = 100


def settings_for(url: str, folder: Path) -> Settings:
    # What is fresh for a moment alone has to be looked for in Redis again and again.
    return Settings(redis_url=url, data_dir=folder / "index", cache_search_seconds=0.1, cache_document_seconds=0.1)


async def goes_on_as_before(load: Load) -> None:
    await load.until("right", ANSWERS)
    assert set(load.seen) == {"right"}


def reads(server: RedisServer) -> int:
    """How many look-ups the server has answered since it was started."""
    with server.client() as client:
        counts = client.info("commandstats")
    return int(counts.get("cmdstat_mget", {}).get("calls", 0))  # type: ignore[union-attr]


async def is_used_again(server: RedisServer, load: Load) -> None:
    before = await asyncio.to_thread(reads, server)
    async with asyncio.timeout(60):
        while await asyncio.to_thread(reads, server) == before:
            await load.until("right", 1)


Break = Callable[[RedisServer], None]


def fill_up(server: RedisServer) -> None:
    with server.client() as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")


def empty_again(server: RedisServer) -> None:
    with server.client() as client:
        client.config_set("maxmemory", "0")


@pytest.mark.parametrize(
    ("break_it", "mend_it"),
    [(RedisServer.kill, RedisServer.restart), (RedisServer.pause, RedisServer.resume), (fill_up, empty_again)],
    ids=["killed", "paused", "full"],
)
async def test_its_faults_show_in_no_answer(
    under_load: OpenLoad, start_redis: StartRedis, tmp_path: Path, break_it: Break, mend_it: Break
) -> None:
    server = start_redis()
    async with under_load(settings_for(server.url, tmp_path)) as load:
        assert await asyncio.to_thread(reads, server) > 0
        await asyncio.to_thread(break_it, server)
        await goes_on_as_before(load)
        await asyncio.to_thread(mend_it, server)
        await is_used_again(server, load)
        await goes_on_as_before(load)


async def test_a_way_to_it_that_is_slow_silent_or_cut_shows_in_no_answer(
    under_load: OpenLoad, start_redis: StartRedis, tmp_path: Path
) -> None:
    server = start_redis()
    async with Proxy(server.url) as proxy, under_load(settings_for(proxy.address, tmp_path)) as load:
        proxy.delay_seconds = 1
        await goes_on_as_before(load)
        proxy.delay_seconds = 0
        proxy.stall()
        await goes_on_as_before(load)
        proxy.go_on()
        for _ in range(3):
            proxy.cut()
            await asyncio.sleep(0.05)
        proxy.refuse()
        await goes_on_as_before(load)
        proxy.admit()
        await is_used_again(server, load)
        await goes_on_as_before(load)
