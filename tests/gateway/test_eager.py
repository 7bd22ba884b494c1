"""Coroutines that are begun where they are made."""

import asyncio
from typing import Any

import pytest

from gateway.eager import Started, started


async def test_what_never_waits_is_there_at_once() -> None:
    async def answer() -> int:
        return 1

    async def fail() -> int:
        raise ValueError("no")

    assert started(answer()) == 1
    with pytest.raises(ValueError, match="no"):
        started(fail())


async def test_what_waits_goes_on_when_it_is_awaited_by_whatever_task() -> None:
    begun: list[str] = []

    async def answer(name: str, future: "asyncio.Future[int]") -> int:
        begun.append(name)
        first = await future
        await asyncio.sleep(0)
        try:
            await asyncio.wait_for(asyncio.Event().wait(), 0)
        except TimeoutError:
            return first + 1
        return 0

    future = asyncio.get_running_loop().create_future()
    here, there = started(answer("here", future)), started(answer("there", future))
    assert begun == ["here", "there"]
    assert isinstance(here, Started)
    assert isinstance(there, Started)
    gathered = asyncio.gather(there)
    await asyncio.sleep(0)
    future.set_result(1)
    assert await here == 2
    assert await gathered == [2]


async def test_an_error_of_what_it_waits_for_is_its_own() -> None:
    future = asyncio.get_running_loop().create_future()

    async def answer() -> str:
        try:
            await future
        except ValueError as error:
            return str(error)
        return ""

    begun = started(answer())
    future.set_exception(ValueError("no"))
    assert await begun == "no"


async def test_who_is_cancelled_cancels_it() -> None:
    seen: list[str] = []

    async def answer() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def wait(begun: Any) -> None:
        await begun

    task = asyncio.create_task(wait(started(answer())))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["cancelled"]


async def test_what_nobody_awaits_can_be_disposed_of() -> None:
    seen: list[str] = []

    async def answer() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("closed")

    started(answer()).close()
    assert seen == ["closed"]
    begun = started(answer())
    task = asyncio.ensure_future(begun)
    await asyncio.sleep(0)
    begun.close()
    assert seen == ["closed"]
    task.cancel()
    await asyncio.wait([task])
    assert seen == ["closed", "closed"]
