"""The cache with a real Redis: few round trips, and right answers whatever becomes of the server."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from resolvers.sources.cached.blocking import BlockingInvalidator
from resolvers.sources.cached.lifetimes import Lifetimes
from resolvers.sources.cached.redis_remote import MOST_CALLS, RedisRemote
from resolvers.sources.cached.remote import RemoteFailure, RemoteFull, Write
from resolvers.sources.cached.source import CachedSource
from resolvers.sources.counting import Event
from tests.servers.fixtures import StartRedis
from tests.servers.proxy import Proxy
from tests.servers.redis import RedisServer
from tests.support.caching import FakeEngine, Tally, fetch, find, search_for, settled, skill_ref

LONG_ENOUGH = 30
TIMEOUT_SECONDS = 0.2
SEARCH = search_for("x", count=True)
OpenCache = Callable[..., Any]


@pytest.fixture
def server(start_redis: StartRedis) -> RedisServer:
    return start_redis()


@pytest.fixture
async def open_shared(engine: FakeEngine, tally: Tally) -> AsyncIterator[OpenCache]:
    """Opens a cache that shares with others by the Redis of a URL. At the end nothing of it may be left."""
    async with AsyncExitStack() as opened:

        async def opening(url: str, **options: Any) -> CachedSource:
            source = CachedSource(
                engine,
                local_bytes=options.pop("local_bytes", 1_000_000),
                remote=RedisRemote(url, "changes"),
                timeout_seconds=TIMEOUT_SECONDS,
                counting=tally,
                **options,
            )
            await source.start()
            opened.push_async_callback(source.close)
            return source

        yield opening
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def until(happened: Callable[[], Any]) -> None:
    """Return when it has happened, which does not take long."""
    async with asyncio.timeout(LONG_ENOUGH):
        while not happened():
            await asyncio.sleep(0.01)


def calls_of(server: RedisServer, command: str) -> int:
    with server.client() as client:
        found: Any = client.info("commandstats")
    return int(found.get(f"cmdstat_{command}", {}).get("calls", 0))


async def test_a_batch_is_one_mget_and_its_fill_one_round_trip(
    server: RedisServer, open_shared: OpenCache, engine: FakeEngine, tally: Tally
) -> None:
    one, other = await open_shared(server.url), await open_shared(server.url)
    names = [f"n{number}" for number in range(100)]
    for name in names:
        engine.change(name, 7)
    calls = tally[Event.REMOTE_CALL]
    assert await fetch(one, *names) == [7] * 100
    await settled(one)
    assert (calls_of(server, "mget"), tally[Event.REMOTE_CALL] - calls) == (1, 2)
    assert await fetch(other, *names, "none") == [7] * 100 + [None]
    assert (calls_of(server, "mget"), len(engine.asked)) == (2, 2)
    assert await fetch(other, *names, "none") == [7] * 100 + [None]
    assert (calls_of(server, "mget"), len(engine.asked)) == (2, 2)


async def test_a_cold_key_under_load_is_one_engine_call_and_one_mget(
    server: RedisServer, open_shared: OpenCache, engine: FakeEngine
) -> None:
    source = await open_shared(server.url)
    assert await asyncio.gather(*(fetch(source, "a") for _ in range(200))) == [[1]] * 200
    assert (len(engine.asked), calls_of(server, "mget")) == (1, 1)


async def test_batches_of_many_operations_are_few_look_ups_by_few_connections(
    server: RedisServer, open_shared: OpenCache, tally: Tally
) -> None:
    source = await open_shared(server.url)
    names = [f"n{number}" for number in range(500)]
    assert await asyncio.gather(*(fetch(source, name) for name in names)) == [[None]] * len(names)
    await settled(source)
    assert calls_of(server, "mget") == 1
    with server.client() as client:
        assert len(client.client_list()) <= MOST_CALLS + 2
        assert len(list(client.scan_iter())) == 500
    assert tally[Event.REMOTE_ERROR] == 0


async def test_values_leave_the_server_when_they_are_of_no_use_any_more(
    server: RedisServer, open_shared: OpenCache
) -> None:
    source = await open_shared(
        server.url, lifetimes=Lifetimes(document=40, missing=7, search=3, stale=20, revalidate=5)
    )
    await fetch(source, "none")
    await find(source, SEARCH)
    await settled(source)
    with server.client() as client:
        left = {key: client.ttl(key) for key in client.scan_iter()}
    # A tenth less for the jitter, and a second for the time that it took.
    assert [ttl for key, ttl in left.items() if key.endswith("skill_none") and 5 <= ttl <= 7]
    assert len([ttl for key, ttl in left.items() if key[-7:] in ("skill_a", "skill_b") and 55 <= ttl <= 60]) == 2
    assert [ttl for key, ttl in left.items() if ":search:" in key and 21 <= ttl <= 23]
    assert [ttl for key, ttl in left.items() if ":epoch:" in key and 86_398 <= ttl <= 86_400]
    assert len(left) == 6


async def test_an_invalidation_reaches_the_other_process(
    server: RedisServer, open_shared: OpenCache, engine: FakeEngine
) -> None:
    one, other = await open_shared(server.url), await open_shared(server.url)
    for source in (one, other):
        await fetch(source, "a", "b")
        await find(source, SEARCH)
        await settled(source)
    engine.change("a", 2)
    validity = other._documents._tiers.validity
    heard = validity.now()
    assert await one.invalidate([skill_ref("a")]) is True
    await until(lambda: validity.now() > heard)
    for source in (one, other):
        assert await fetch(source, "a", "b") == [2, 1]
        assert (await find(source, SEARCH)).hits[0].document.record.name == "v2"


async def hammer(source: CachedSource, engine: FakeEngine, done: asyncio.Event) -> int:
    """Ask until it is done: every answer has to be the engine's, and no document changes."""
    asked = 0
    while not done.is_set():
        names = [f"n{(asked + more) % 40}" for more in range(5)]
        assert await fetch(source, *names) == [engine.documents[skill_ref(name)] and 1 for name in names]
        assert (await find(source, search_for(str(asked % 30), count=True))).total == len(engine.documents)
        asked += 1
        await asyncio.sleep(0)
    return asked


@pytest.mark.parametrize("trouble", ["kill", "pause", "full", "slow", "cut"])
async def test_trouble_in_the_middle_of_queries_changes_no_answer_and_passes_by_itself(
    start_redis: StartRedis, open_shared: OpenCache, engine: FakeEngine, tally: Tally, trouble: str
) -> None:
    server = start_redis(maxmemory_policy="noeviction")
    for number in range(40):
        engine.change(f"n{number}", 1)
    done = asyncio.Event()
    async with Proxy(server.url) as proxy:
        # Nothing is remembered here, so that every question goes to Redis as long as that is asked.
        source = await open_shared(proxy.address, local_bytes=0)
        askers = [asyncio.create_task(hammer(source, engine, done)) for _ in range(8)]
        await until(lambda: tally[Event.REMOTE_HIT] > 1_000)
        await make_trouble(trouble, server, proxy)
        errors, calls = tally[Event.REMOTE_ERROR], tally[Event.ENGINE_CALL]
        await until(lambda: tally[Event.REMOTE_ERROR] > errors and tally[Event.ENGINE_CALL] > calls + 100)
        await end_trouble(trouble, server, proxy)
        hits = tally[Event.REMOTE_HIT]
        await until(lambda: tally[Event.REMOTE_HIT] > hits + 1_000)
        done.set()
        assert min(await asyncio.gather(*askers)) > 0
        assert proxy.open <= MOST_CALLS + 2
    assert (tally[Event.BREAKER_OPENED] > 0) is (trouble != "full")
    causes = {about for (event, about), amount in tally.counts.items() if event is Event.REMOTE_ERROR and amount}
    assert causes <= ({"out_of_memory"} if trouble == "full" else {"connection", "timeout"})


async def make_trouble(trouble: str, server: RedisServer, proxy: Proxy) -> None:
    match trouble:
        case "kill":
            await asyncio.to_thread(server.kill)
        case "pause":
            server.pause()
        case "slow":
            proxy.delay_seconds = 2 * TIMEOUT_SECONDS
        case "cut":
            proxy.refuse()
        case "full":
            with server.client() as client:
                client.config_set("maxmemory", "1")
                client.flushdb()


async def end_trouble(trouble: str, server: RedisServer, proxy: Proxy) -> None:
    match trouble:
        case "kill":
            await asyncio.to_thread(server.restart)
        case "pause":
            server.resume()
        case "slow":
            proxy.delay_seconds = 0
        case "cut":
            proxy.admit()
        case "full":
            with server.client() as client:
                client.config_set("maxmemory", "0")


async def test_a_server_that_is_away_is_not_hammered(server: RedisServer, open_shared: OpenCache, tally: Tally) -> None:
    source = await open_shared(server.url)
    await asyncio.to_thread(server.kill)
    for number in range(500):
        await fetch(source, f"n{number}")
    assert tally[Event.BREAKER_OPENED] == 1
    assert tally[Event.REMOTE_CALL] < 30


@pytest.mark.parametrize("start", ["down", "wrong password"])
async def test_the_gateway_starts_and_answers_without_its_redis(
    start_redis: StartRedis, open_shared: OpenCache, engine: FakeEngine, tally: Tally, start: str
) -> None:
    server = start_redis(requirepass="secret")
    url = server.url.replace("secret", "guess") if start == "wrong password" else server.url
    if start == "down":
        await asyncio.to_thread(server.kill)
    source = await open_shared(url)
    assert await fetch(source, "a") == [1]
    assert tally.counts[Event.REMOTE_ERROR, "authentication" if start == "wrong password" else "connection"] > 0
    if start == "down":
        await asyncio.to_thread(server.restart)

        async def stored() -> None:
            while not tally[Event.BYTES_WRITTEN]:
                await fetch(source, str(len(engine.asked)))
                await asyncio.sleep(0.01)

        await asyncio.wait_for(stored(), LONG_ENOUGH)


async def test_after_a_gap_nothing_old_is_given(
    server: RedisServer, open_shared: OpenCache, engine: FakeEngine
) -> None:
    source = await open_shared(server.url)
    validity = source._documents._tiers.validity
    await fetch(source, "a")
    await settled(source)
    with server.client() as client:
        client.client_kill_filter(_type="pubsub")
        await until(lambda: not validity.hears)
        engine.change("a", 2)
        client.flushdb()
    assert await fetch(source, "a") == [2]
    await until(lambda: validity.hears)
    assert await fetch(source, "a") == [2]


async def test_a_subscription_that_hangs_is_noticed(server: RedisServer, open_shared: OpenCache) -> None:
    source = await open_shared(server.url)
    validity = source._documents._tiers.validity
    assert validity.hears
    server.pause()
    await until(lambda: not validity.hears)
    server.resume()
    await until(lambda: validity.hears)


async def test_a_cache_of_a_server_that_hangs_can_be_closed(
    start_redis: StartRedis, engine: FakeEngine, tally: Tally
) -> None:
    server = start_redis()
    source = CachedSource(
        engine, local_bytes=0, remote=RedisRemote(server.url, "changes"), timeout_seconds=0.05, counting=tally
    )
    await source.start()
    server.pause()
    assert await fetch(source, "a") == [1]
    await asyncio.wait_for(source.close(), LONG_ENOUGH)
    assert not engine.is_open
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_quiet_subscription_stays(server: RedisServer, open_shared: OpenCache) -> None:
    source = await open_shared(server.url)
    await until(lambda: calls_of(server, "ping") >= 4)
    assert source._documents._tiers.validity.hears
    assert calls_of(server, "subscribe") == 1


@pytest.fixture
async def remote(server: RedisServer) -> AsyncIterator[RedisRemote]:
    remote = RedisRemote(server.url, "changes")
    yield remote
    await remote.close()


async def test_a_value_is_written_only_where_the_mark_is_the_expected_one(remote: RedisRemote) -> None:
    marks = [bytes([number]) * 8 for number in range(4)]
    await remote.write([Write(b"k", marks[0] + b"first", 60, b"")])
    await remote.write([Write(b"k", marks[1] + b"second", 60, b""), Write(b"l", marks[1] + b"x", 60, marks[0])])
    assert await remote.read([b"k", b"l"]) == [marks[0] + b"first", None]
    await remote.write([Write(b"k", marks[2] + b"third", 60, marks[0])])
    assert await remote.read([b"k"]) == [marks[2] + b"third"]
    await remote.replace({b"k": marks[3]}, [b"gone"], 60)
    await remote.write([Write(b"k", marks[0] + b"late", 60, marks[2])])
    assert await remote.read([b"k"]) == [marks[3]]
    await remote.write([Write(b"k", b"plain", 60)])
    assert await remote.read([b"k"]) == [b"plain"]


async def test_whoever_comes_first_sets_a_value_and_all_agree(remote: RedisRemote) -> None:
    assert await remote.agree({b"e": b"one", b"f": b"two"}, 60) == [b"one", b"two"]
    assert await remote.agree({b"f": b"other", b"g": b"three"}, 60) == [b"two", b"three"]


async def test_a_full_server_says_so_and_forgets_all_the_same(server: RedisServer, remote: RedisRemote) -> None:
    await remote.write([Write(b"k", b"value", 60), Write(b"epoch", b"value", 60)])
    with server.client() as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")
    for write in (Write(b"l", b"value", 60), Write(b"l", b"value", 60, b"")):
        with pytest.raises(RemoteFull, match="out_of_memory"):
            await remote.write([write])
    assert await remote.agree({b"e": b"one"}, 60) == [None]
    await remote.replace({b"k": b"mark"}, [b"epoch"], 60)
    assert await remote.read([b"k", b"l", b"epoch"]) == [None, None, None]


async def test_another_error_of_a_write_says_what_it_is(server: RedisServer, remote: RedisRemote) -> None:
    with server.client() as client:
        client.replicaof("127.0.0.1", 1)
    with pytest.raises(RemoteFailure, match="read_only"):
        await remote.write([Write(b"l", b"value", 60)])
    with pytest.raises(RemoteFailure, match="read_only"):
        await remote.replace({b"l": b"value"}, [], 60)


async def test_a_call_that_is_cancelled_leaves_nothing_for_the_next(server: RedisServer, remote: RedisRemote) -> None:
    await remote.write([Write(str(number).encode(), str(number).encode(), 60) for number in range(10)])
    server.pause()
    waiting = [asyncio.create_task(remote.read([b"0", b"1"])) for _ in range(5)]
    await asyncio.sleep(0.05)
    for one in waiting:
        one.cancel()
    await asyncio.wait(waiting)
    server.resume()
    found = await asyncio.gather(*(remote.read([str(number).encode()]) for number in range(10)))
    assert found == [[str(number).encode()] for number in range(10)]


async def test_a_process_without_an_event_loop_tells_of_changes(
    server: RedisServer, open_shared: OpenCache, engine: FakeEngine
) -> None:
    source = await open_shared(server.url)
    await fetch(source, "a")
    await find(source, SEARCH)
    await settled(source)
    engine.change("a", 2)
    index = source.snapshot().info()
    invalidator = BlockingInvalidator(
        lambda: RedisRemote(server.url, "changes"), lambda: index, "discovery", Lifetimes()
    )
    heard = source._documents._tiers.validity.now()
    assert await asyncio.to_thread(invalidator.invalidate, [skill_ref("a")]) is True
    await until(lambda: source._documents._tiers.validity.now() > heard)
    assert await fetch(source, "a") == [2]
    assert (await find(source, SEARCH)).hits[0].document.record.name == "v2"
    await asyncio.to_thread(server.kill)
    assert await asyncio.to_thread(invalidator.invalidate, [skill_ref("a")]) is False
