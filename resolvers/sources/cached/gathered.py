"""Calls that come while others are under way go out together, when one of those is back."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Waiting(Generic[T, R]):
    """Who waits for the results of which items."""

    items: Sequence[T]
    results: asyncio.Future[Sequence[R] | None]


class Gathered(Generic[T, R]):
    """Makes `at_once` calls at the same time at the most, of `most` items each unless one caller has more.

    `call` gives a result for each item, or None for all of them. Under load this takes far fewer round trips than
    there are callers, and no more connections than calls; whoever comes alone waits for nobody.
    """

    def __init__(
        self, call: Callable[[Sequence[T]], Awaitable[Sequence[R] | None]], *, most: int, at_once: int
    ) -> None:
        self._call, self._most, self._at_once = call, most, at_once
        self._waiting: deque[Waiting[T, R]] = deque()
        self._under_way: set[asyncio.Task[Sequence[R] | None]] = set()

    async def __call__(self, items: Sequence[T]) -> Sequence[R] | None:
        results: asyncio.Future[Sequence[R] | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(items, results))
        # Others of this turn of the loop come along.
        asyncio.get_running_loop().call_soon(self._send)
        return await results

    async def close(self) -> None:
        """End what is under way; whoever waits gets nothing."""
        if self._under_way:
            tasks = tuple(self._under_way)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def _send(self) -> None:
        """Make the next call, unless nobody waits or enough are under way."""
        together = self._next() if len(self._under_way) < self._at_once else []
        if not together:
            return
        items = [item for waiting in together for item in waiting.items]
        task = asyncio.ensure_future(self._call(items))
        self._under_way.add(task)
        task.add_done_callback(lambda done: self._came_back(together, done))

    def _next(self) -> list[Waiting[T, R]]:
        """As many of those who wait as fit into one call, and one at least. Who has given up is left out."""
        together: list[Waiting[T, R]] = []
        count = 0
        while self._waiting and (not count or count + len(self._waiting[0].items) <= self._most):
            waiting = self._waiting.popleft()
            if not waiting.results.done():
                together.append(waiting)
                count += len(waiting.items)
        return together

    def _came_back(self, together: Sequence[Waiting[T, R]], task: asyncio.Task[Sequence[R] | None]) -> None:
        self._under_way.discard(task)
        error = None if task.cancelled() else task.exception()
        results = None if task.cancelled() or error else task.result()
        remaining = None if results is None else iter(results)
        for waiting in together:
            own = None if remaining is None else list(islice(remaining, len(waiting.items)))
            if waiting.results.done():
                continue
            if error:
                waiting.results.set_exception(error)
            else:
                waiting.results.set_result(own)
        self._send()
