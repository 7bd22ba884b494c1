"""A shared cache that is down, slow or full is a miss, is left alone for a while, and comes back by itself."""

import asyncio
import time as real_time
from typing import Any

import pytest

from resolvers.sources.cached.breaker import Breaker
from resolvers.sources.cached.guarded import CONNECTIONS, Guarded
from resolvers.sources.cached.in_time import in_time
from resolvers.sources.cached.remote import Write
from resolvers.sources.counting import Event
from tests.support.caching import FakeEngine, FakeRemote, Tally, Time, fetch, find, search_for, settled, turns

KEYS = [b"k"]
WRITE = Write(b"k", b"value", 60)
LONG_ENOUGH = 10


@pytest.fixture
def breaker(time: Time) -> Breaker:
    return Breaker(failures=3, rest_seconds=1, clock=time)


@pytest.fixture
def guarded(remote: FakeRemote, breaker: Breaker, time: Time, tally: Tally) -> Guarded:
    return Guarded(remote, breaker, Breaker(failures=1, rest_seconds=1, clock=time), tally, 0.02)


def test_a_breaker_opens_after_failures_in_a_row(breaker: Breaker) -> None:
    assert [breaker.failed(), breaker.failed()] == [False, False]
    breaker.succeeded()
    assert [breaker.failed(), breaker.failed(), breaker.is_closed] == [False, False, True]
    assert [breaker.failed(), breaker.is_closed, breaker.failed()] == [True, False, False]
    breaker.succeeded()
    assert (breaker.is_closed, breaker.failed()) == (True, False)


def test_a_breaker_lets_one_probe_through_at_a_time(breaker: Breaker, time: Time) -> None:
    assert breaker.claim_probe() is False
    for _ in range(3):
        breaker.failed()
    assert breaker.claim_probe() is False
    time.now += 1
    assert [breaker.claim_probe(), breaker.claim_probe()] == [True, False]
    time.now += 0.5
    breaker.failed()
    time.now += 0.5
    assert breaker.claim_probe() is False
    time.now += 0.5
    assert breaker.claim_probe() is True


async def test_values_come_back_in_their_order(guarded: Guarded, tally: Tally) -> None:
    await guarded.write([WRITE])
    assert await guarded.read([b"none", b"k"]) == [None, b"value"]
    assert (tally[Event.BYTES_WRITTEN], tally[Event.BYTES_READ], tally[Event.REMOTE_CALL]) == (5, 5, 2)


async def test_all_who_propose_at_the_same_time_agree(guarded: Guarded, tally: Tally) -> None:
    proposals = [{b"e": b"one"}, {b"f": b"two", b"e": b"other"}, {b"e": b"third"}]
    found = await asyncio.gather(*map(guarded.agree, proposals))
    [first], [second, again], [third] = found  # type: ignore[misc]
    assert (second, again) == (b"two", first)
    assert third == first
    assert tally[Event.REMOTE_CALL] == 1


async def test_failures_are_misses_and_counted_by_cause(guarded: Guarded, remote: FakeRemote, tally: Tally) -> None:
    remote.broken = "connection"
    assert await guarded.read(KEYS) is None
    assert await guarded.agree({b"k": b"v"}) is None
    remote.broken, remote.hanging = None, True
    assert await guarded.read(KEYS) is None
    assert tally.counts[Event.REMOTE_ERROR, "connection"] == 2
    assert tally.counts[Event.REMOTE_ERROR, "timeout"] == 1
    assert tally[Event.BREAKER_OPENED] == 1


async def test_an_open_breaker_keeps_calls_away_until_a_probe_beside_them_has_worked(
    guarded: Guarded, remote: FakeRemote, time: Time, tally: Tally
) -> None:
    remote.broken = "connection"
    for _ in range(5):
        await guarded.read(KEYS)
    assert tally[Event.REMOTE_CALL] == 3
    time.now += 1
    await guarded.read(KEYS)
    await turns()
    assert (remote.probes, tally[Event.REMOTE_CALL]) == (CONNECTIONS, 4)
    remote.broken = None
    await guarded.read(KEYS)
    time.now += 1
    assert await guarded.read(KEYS) is None
    await turns()
    assert remote.probes == 2 * CONNECTIONS + 1
    assert await guarded.read(KEYS) == [None]
    assert remote.reads == [KEYS]


async def test_a_probe_that_hangs_keeps_nobody_waiting_and_ends_with_the_cache(
    guarded: Guarded, remote: FakeRemote, time: Time
) -> None:
    remote.broken = "connection"
    for _ in range(3):
        await guarded.read(KEYS)
    remote.broken, remote.hanging = None, True
    for _ in range(5):
        time.now += 1
        assert await guarded.read(KEYS) is None
        await turns()
    assert remote.probes == CONNECTIONS
    await guarded.close()
    assert remote.closed


async def test_a_cache_that_is_full_is_read_and_left_alone_with_writes(
    guarded: Guarded, remote: FakeRemote, time: Time, tally: Tally
) -> None:
    await guarded.write([WRITE])
    remote.full = True
    for _ in range(3):
        await guarded.write([WRITE])
    assert len(remote.writes) == 2
    assert await guarded.read(KEYS) == [b"value"]
    assert tally.counts[Event.REMOTE_ERROR, "out_of_memory"] == 1
    assert tally[Event.BREAKER_OPENED] == 0
    time.now += 1
    remote.full = False
    await guarded.write([WRITE])
    await guarded.write([WRITE])
    assert len(remote.writes) == 4


async def test_what_is_over_already_is_not_written(guarded: Guarded, remote: FakeRemote) -> None:
    await guarded.write([Write(b"k", b"value", 0), Write(b"l", b"value", -1)])
    await guarded.write([])
    assert remote.writes == []


async def test_an_answer_that_came_while_the_loop_was_busy_counts(tally: Tally, time: Time) -> None:
    class Busy(FakeRemote):
        async def read(self, _: Any) -> Any:
            for _ in range(3):
                arrival = asyncio.get_running_loop().create_future()
                asyncio.get_running_loop().call_later(0.01, arrival.set_result, [b"value"])
                # Another operation takes longer than the cache may, while a part of the answer comes in.
                asyncio.get_running_loop().call_soon(real_time.sleep, 0.05)
                found = await arrival
            return found

    busy = Busy(time)
    guarded = Guarded(busy, Breaker(clock=time), Breaker(clock=time), tally, 0.02)
    assert await guarded.read(KEYS) == [b"value"]
    assert tally[Event.REMOTE_ERROR] == 0


async def test_the_time_that_others_keep_the_loop_busy_is_not_the_calls() -> None:
    async def busy() -> None:
        while True:
            real_time.sleep(0.011)
            await asyncio.sleep(0)

    async def five_turns() -> str:
        for _ in range(5):
            await asyncio.sleep(0)
        return "value"

    others = asyncio.create_task(busy())
    await asyncio.sleep(0)
    assert await in_time(five_turns, 0.02) == "value"
    with pytest.raises(TimeoutError):
        await in_time(asyncio.Event().wait, 0.02)
    others.cancel()
    await asyncio.wait([others])


@pytest.mark.parametrize("failure", ["broken", "hanging"])
async def test_requests_are_answered_by_the_engine_while_the_shared_cache_is_away(
    open_cache: Any, remote: FakeRemote, engine: FakeEngine, time: Time, failure: str
) -> None:
    source = await open_cache(remote, timeout_seconds=0.01)
    setattr(remote, failure, "connection")
    for number in range(20):
        engine.change("a", number)
        time.now += 61
        assert await fetch(source, "a") == [number]
        assert (await find(source, search_for("x"))).total == 3
    setattr(remote, failure, None)
    async with asyncio.timeout(LONG_ENOUGH):
        while not remote.values:
            time.now += 61
            assert await fetch(source, "a") == [19]
            await asyncio.sleep(0.01)


async def test_a_shared_cache_that_is_down_from_the_start_is_found_later(
    open_cache: Any, remote: FakeRemote, engine: FakeEngine
) -> None:
    remote.broken = "connection"
    source = await open_cache(remote)
    assert await fetch(source, "a") == [1]
    remote.broken = None
    async with asyncio.timeout(LONG_ENOUGH):
        while not remote.listeners:
            await asyncio.sleep(0.01)
    assert await fetch(source, "b") == [1]
    await settled(source)
    assert await fetch(source, "b") == [1]
    assert len(engine.asked) == 2
