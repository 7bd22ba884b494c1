"""Batches that end in time, and with their operation."""

import asyncio
import math
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from resolvers.deadline import Deadline
from resolvers.errors import DeadlineExceeded

T = TypeVar("T")


class Batches:
    """The batches that one operation has under way.

    aiodataloader runs each in a task of its own, which would go on after the operation has been cancelled.
    """

    def __init__(self, deadline: Deadline) -> None:
        self._deadline, self._running = deadline, set[asyncio.Task[object]]()

    async def bounded(self, answers: Awaitable[Sequence[T]], count: int) -> Sequence[T | DeadlineExceeded]:
        """The answers, or as many errors where they would come after the deadline."""
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        remaining = self._deadline.remaining()
        try:
            async with asyncio.timeout(None if remaining == math.inf else remaining) as limit:
                return await answers
        except TimeoutError:
            if not limit.expired():
                raise
            return [DeadlineExceeded("the answer took longer than this operation may; ask for less, or later")] * count

    def cancel(self) -> None:
        """End what is under way; nobody waits for it any more."""
        for task in tuple(self._running):
            task.cancel()
