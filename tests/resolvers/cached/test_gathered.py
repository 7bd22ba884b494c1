"""Calls that go out together."""

import asyncio
from collections.abc import Sequence

import pytest

from resolvers.sources.cached.gathered import Gathered
from tests.support.caching import turns


class Calls:
    """Answers each item with its square, once the gate is open."""

    def __init__(self) -> None:
        self.made: list[list[int]] = []
        self.gate = asyncio.Event()
        self.error: Exception | None = None
        self.silent = False

    async def __call__(self, items: Sequence[int]) -> Sequence[int] | None:
        self.made.append(list(items))
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return None if self.silent else [item * item for item in items]


@pytest.fixture
async def calls() -> Calls:
    return Calls()


async def test_who_comes_in_the_same_turn_comes_along(calls: Calls) -> None:
    gathered = Gathered(calls, most=10, at_once=4)
    calls.gate.set()
    assert await asyncio.gather(gathered([1, 2]), gathered([3]), gathered([4])) == [[1, 4], [9], [16]]
    assert calls.made == [[1, 2, 3, 4]]


async def test_who_comes_while_enough_are_under_way_waits_and_goes_with_the_others(calls: Calls) -> None:
    gathered = Gathered(calls, most=3, at_once=2)
    asking = []
    for item in range(7):
        asking.append(asyncio.create_task(gathered([item])))
        await turns()
    assert calls.made == [[0], [1]]
    calls.gate.set()
    assert await asyncio.gather(*asking) == [[item * item] for item in range(7)]
    assert calls.made == [[0], [1], [2, 3, 4], [5, 6]]


async def test_one_with_more_than_a_call_takes_goes_alone(calls: Calls) -> None:
    gathered = Gathered(calls, most=2, at_once=4)
    calls.gate.set()
    assert await asyncio.gather(gathered([1, 2, 3]), gathered([4])) == [[1, 4, 9], [16]]
    assert calls.made == [[1, 2, 3], [4]]


async def test_who_gives_up_is_left_out(calls: Calls) -> None:
    gathered = Gathered(calls, most=10, at_once=1)
    first, second, third = (asyncio.create_task(gathered([item])) for item in (1, 2, 3))
    await turns()
    late = [asyncio.create_task(gathered([item])) for item in (4, 5)]
    await turns()
    second.cancel()
    late[0].cancel()
    calls.gate.set()
    assert [await first, await third, await late[1]] == [[1], [9], [25]]
    assert calls.made == [[1, 2, 3], [5]]


async def test_no_answer_is_none_for_all_and_an_error_is_raised_for_all(calls: Calls) -> None:
    gathered = Gathered(calls, most=10, at_once=4)
    calls.gate.set()
    calls.silent = True
    assert await asyncio.gather(gathered([1]), gathered([2])) == [None, None]
    calls.error = ZeroDivisionError()
    found = await asyncio.gather(gathered([1]), gathered([2]), return_exceptions=True)
    assert [type(one) for one in found] == [ZeroDivisionError] * 2


async def test_at_the_end_whoever_waits_gets_nothing(calls: Calls) -> None:
    gathered = Gathered(calls, most=10, at_once=4)
    waiting = asyncio.create_task(gathered([1]))
    await turns()
    await gathered.close()
    assert await waiting is None
    await gathered.close()
