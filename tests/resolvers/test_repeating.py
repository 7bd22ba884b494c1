"""Work that is done again and again: it ends with its process, and with nothing else."""

import asyncio
import logging

import pytest

from resolvers.repeating import Repeating


async def test_a_defect_is_logged_once_with_its_cause_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    failures = iter([KeyError("a"), KeyError("a"), None, KeyError("a")])
    done = asyncio.Event()

    async def step() -> None:
        failure = next(failures, StopAsyncIteration)
        if failure is StopAsyncIteration:
            done.set()
        elif failure is not None:
            raise failure

    work = Repeating("counting", step, 0.001)
    work.start()
    await asyncio.wait_for(done.wait(), 10)
    await work.close()
    said = [(record.levelno, record.message, record.exc_info is not None) for record in caplog.records]
    assert said == [(logging.ERROR, "counting: it failed, and is tried again", True)] * 2


async def test_it_is_done_sooner_where_somebody_wants_that() -> None:
    times, sooner, done = 0, asyncio.Event(), asyncio.Event()

    async def step() -> None:
        nonlocal times
        times += 1
        done.set()

    work = Repeating("counting", step, 3_600, sooner)
    work.start()
    for expected in (1, 2):
        sooner.set()
        await asyncio.wait_for(done.wait(), 10)
        done.clear()
        assert times == expected
    await work.close()
    sooner.set()
    await asyncio.sleep(0)
    assert times == 2


async def test_what_was_never_begun_can_be_ended() -> None:
    async def step() -> None:
        pytest.fail("it was begun")

    await Repeating("nothing", step, 0).close()
