"""Pages of a search by relevance, read from several servers of one index that changes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.settings import Settings
from indexing.changes.apply import apply_batch
from indexing.changes.given import GivenChange
from resolvers.catalog.kind import Kind, Ref
from tests.servers.fixtures import StartRedis
from tests.servers.redis import RedisServer
from tests.support.asking import Asking, asking

PAGE = """
query ($first: Int, $after: String, $last: Int, $before: String) {
  searchJobs(query: "python developer", mode: LEXICAL, first: $first, after: $after, last: $last, before: $before) {
    totalCount
    nodes { id }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
BEST = '{ searchJobs(query: "python developer", mode: LEXICAL, first: 5) { nodes { id } } }'
Change = Callable[[], None]


@pytest.fixture
def folder(tmp_path: Path, build_embedded: Callable[..., str], market: Any) -> Path:
    build_embedded(tmp_path, market, None)
    return tmp_path


@pytest.fixture
def change(folder: Path, market: Any, topics: Any, change_embedded: Any) -> Change:
    """Adds a job that is better than all, and makes the best one worse."""

    def changed() -> None:
        best, _, worse, *_ = market[Kind.JOB]
        records = [
            msgspec.structs.replace(best, id="job_00", title="Python developer python developer"),
            msgspec.structs.replace(worse, id=best.id),
        ]
        given = [GivenChange(Ref(Kind.JOB, record.id), 1, record) for record in records]
        with change_embedded(folder).changing() as index:
            apply_batch(index, given, topics, exclusive=True)

    return changed


@pytest.fixture
async def gateways(folder: Path) -> AsyncIterator[Callable[..., Any]]:
    """Opens servers of the index."""
    async with AsyncExitStack() as opened:

        async def opening(**given: Any) -> Asking:
            settings = Settings(data_dir=folder, reload_seconds=0.05, cache_bytes=0, **given)
            return await opened.enter_async_context(asking(None, settings))

        yield opening


async def page(gateway: Asking, **arguments: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await gateway.data(PAGE, **arguments))["searchJobs"]
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [node["id"] for node in found["nodes"]]


async def changed(change: Change, *servers: Asking) -> list[str]:
    """Change the index, and wait until all servers have seen it; the first page as it is then."""
    await asyncio.to_thread(change)
    for server in servers:
        while "job_00" not in (found := ids((await server.data(BEST))["searchJobs"])):
            await asyncio.sleep(0.02)
    return found


async def kept_in(server: RedisServer, count: int) -> None:
    """Wait until so many rankings are there: nobody waits for their being written."""
    with server.client() as client:
        while len(list(client.scan_iter("discovery:ranking:*"))) != count:
            await asyncio.sleep(0.01)


async def test_servers_that_share_a_redis_go_on_with_one_anothers_pages_and_without_it_with_their_own(
    gateways: Any, change: Change, start_redis: StartRedis
) -> None:
    redis = start_redis()
    one, other = [await gateways(redis_url=redis.url, redis_timeout_seconds=5) for _ in range(2)]
    first = await page(one, first=2)
    await kept_in(redis, 1)
    now = await changed(change, one, other)
    second = await page(other, first=2, after=first["pageInfo"]["endCursor"])
    assert ids(second) == [id_ for id_ in now if id_ not in ids(first)][:2]
    assert (ids(second)[0], second["pageInfo"]["hasPreviousPage"]) == ("job_00", True)
    third = await page(other, first=100, after=second["pageInfo"]["endCursor"])
    assert third["pageInfo"]["hasNextPage"] is False
    met = ids(first) + ids(second) + ids(third)
    assert len(set(met)) == len(met) == third["totalCount"]
    await kept_in(redis, 3)
    assert ids(await page(one, last=2, before=third["pageInfo"]["startCursor"])) == ids(second)
    await asyncio.to_thread(redis.stop)
    assert ids(await page(other, last=2, before=second["pageInfo"]["startCursor"])) == ids(first)


async def test_a_cursor_that_a_server_does_not_know_goes_on_or_is_an_error_that_says_what_to_do(
    gateways: Any, change: Change
) -> None:
    one, other = await gateways(), await gateways(paging_bytes=0)
    first = await page(one, first=2)
    cursor = first["pageInfo"]["endCursor"]
    assert await page(other, first=2, after=cursor) == await page(one, first=2, after=cursor)
    await changed(change, one, other)
    error = await other.error(PAGE, first=2, after=cursor)
    assert error["extensions"] == {"code": "CURSOR_EXPIRED"}
    assert error["message"].endswith("start again from the first page, without it")
    assert ids(await page(one, first=1, after=cursor)) == ["job_00"]
