"""A time-out that is of the call, and not of the event loop that it runs in."""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")
TURNS = 8
"""A call on an open connection takes one to five turns of the event loop."""
MOST_ROUNDS = 3


async def in_time(call: Callable[[], Awaitable[T]], seconds: float) -> T:
    """What the call returns; raises TimeoutError, and ends it, when it takes longer.

    Other operations may keep the event loop busy for longer than the call may take. Their time is not the call's, or a
    gateway under load would take a good cache for a slow one: to the seconds comes what some turns of the loop take,
    and again what the loop was late. And an answer that is there when the time is over counts, which asyncio.timeout
    would throw away.
    """
    task = asyncio.ensure_future(call())
    try:
        for _ in range(MOST_ROUNDS):
            patience = seconds + TURNS * await _turn()
            started = perf_counter()
            await asyncio.wait([task], timeout=patience)
            if task.done() or perf_counter() - started < 1.5 * patience:
                break
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
            # How it ended is of no interest, but has to be looked at or it is reported.
            _ = task.cancelled() or task.exception()


async def _turn() -> float:
    """How long a turn of the event loop takes at present."""
    started = perf_counter()
    await asyncio.sleep(0)
    return perf_counter() - started
