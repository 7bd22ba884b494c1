"""Load is shed: a bounded number is executed, a short queue waits, and what comes then is told to come again."""

import asyncio
from collections.abc import Sequence

import pytest

from gateway.capacity import Capacity
from gateway.refusals import Overloaded
from gateway.settings import Settings
from tests.support.asking import asking
from tests.support.engines import StandIn

JOB = '{ job(id: "job_1") { id } }'


async def test_a_place_goes_to_who_waits_the_longest() -> None:
    capacity, told = Capacity(1, 3, 60), list[str]()
    assert capacity.enter() is None

    async def wait(name: str) -> None:
        turn = capacity.enter()
        assert turn is not None
        await turn
        told.append(name)
        capacity.leave()

    first, second, gone = [asyncio.create_task(wait(name)) for name in ("first", "second", "gone")]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded, match="try again in 1 s"):
        capacity.enter()
    assert (capacity.running, capacity.waiting, capacity.shed) == (1, 3, 1)
    gone.cancel()
    await asyncio.wait([gone])
    assert capacity.waiting == 2
    capacity.leave()
    await asyncio.gather(first, second)
    assert (told, capacity.running, capacity.waiting) == (["first", "second"], 0, 0)


async def test_who_waits_for_too_long_is_refused_and_holds_no_place() -> None:
    capacity = Capacity(1, 1, 0.001)
    capacity.enter()
    turn = capacity.enter()
    assert turn is not None
    with pytest.raises(Overloaded):
        await turn
    assert (capacity.running, capacity.waiting, capacity.shed) == (1, 0, 1)
    capacity.leave()
    assert capacity.running == 0


async def test_a_place_that_comes_to_who_is_cancelled_goes_on() -> None:
    capacity = Capacity(1, 1, 60)
    capacity.enter()

    async def wait() -> None:
        turn = capacity.enter()
        assert turn is not None
        await turn

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    capacity.leave()
    waiting.cancel()
    await asyncio.wait([waiting])
    assert (capacity.running, capacity.waiting) == (0, 0)


async def test_who_has_gone_is_passed_over() -> None:
    capacity = Capacity(1, 1, 60)
    capacity.enter()

    async def wait() -> None:
        turn = capacity.enter()
        assert turn is not None
        await turn

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    waiting.cancel()
    capacity.leave()
    await asyncio.wait([waiting])
    assert (capacity.running, capacity.waiting) == (0, 0)


async def test_a_place_that_comes_in_the_moment_that_the_time_is_over_is_taken() -> None:
    capacity, loop = Capacity(1, 1, 0.001), asyncio.get_running_loop()
    capacity.enter()
    turn = capacity.enter()
    assert turn is not None
    waiting = asyncio.ensure_future(turn)
    await asyncio.sleep(0)
    # Both are due when the loop comes to look again, the place first.
    loop.call_at(loop.time(), capacity.leave)
    end = loop.time() + 0.01
    while loop.time() < end:
        pass
    await waiting
    assert (capacity.running, capacity.waiting, capacity.shed) == (1, 0, 0)


async def test_a_gateway_with_no_room_says_when_to_come_again_and_stays_healthy() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def answer() -> Sequence[None]:
        begun.set()
        await go_on.wait()
        return [None]

    async with asking(StandIn(answer), Settings(operations_max=1, queue_max=0)) as gateway:
        running = asyncio.create_task(gateway.data(JOB))
        await asyncio.wait_for(begun.wait(), 60)
        refused = await gateway.http.post("/graphql", json={"query": JOB})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json()["errors"][0]["extensions"] == {"code": "OVERLOADED"}
        assert (await gateway.http.get("/health/live")).status_code == 200
        assert (await gateway.http.get("/health/ready")).status_code == 200
        metrics = (await gateway.http.get("/metrics")).text
        for line in (
            "discovery_requests_running 1.0",
            "discovery_requests_waiting 0.0",
            "discovery_requests_shed_total 1.0",
        ):
            assert line in metrics
        go_on.set()
        assert await running == {"job": None}
        assert await gateway.data("{ __typename }") == {"__typename": "Query"}


async def test_a_burst_waits_for_its_turn() -> None:
    async def answer() -> Sequence[None]:
        await asyncio.sleep(0)
        return [None]

    async with asking(StandIn(answer), Settings(operations_max=1, queue_seconds=60)) as gateway:
        answers = await asyncio.gather(*(gateway.data(JOB) for _ in range(20)))
    assert answers == [{"job": None}] * 20
