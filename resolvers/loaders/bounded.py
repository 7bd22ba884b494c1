"""Batches that end in time, and with their operation."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from resolvers.deadline import Deadline
from resolvers.errors import DeadlineExceeded

T = TypeVar("T")


class Batches:
    """The batches that one operation has under way.

    Each runs in a task of its own, which would go on after the operation has ended. `is_degraded` tells whether any of
    their answers was less than it should have been.
    """

    def __init__(self, deadline: Deadline) -> None:
        self._deadline, self._running, self._is_ended = deadline, set[asyncio.Timeout](), False
        self.is_degraded = False

    async def bounded(self, ask: Callable[[], Awaitable[Sequence[T]]], count: int) -> Sequence[T | DeadlineExceeded]:
        """The answers, or as many errors where they would come after the deadline, or after the operation's end."""
        if self._is_ended:
            return _too_late(count)
        remaining = self._deadline.remaining()
        limit = asyncio.timeout(None if remaining == math.inf else remaining)
        self._running.add(limit)
        try:
            async with limit:
                return await ask()
        except TimeoutError:
            if not limit.expired():
                raise
            return _too_late(count)
        finally:
            self._running.discard(limit)

    def end(self) -> None:
        """Nobody waits for the operation any more: what is under way is given up, and nothing more is asked.

        Whoever waits for a batch gets its errors, as at the deadline, so that the operation comes to its own end.
        """
        self._is_ended = True
        for limit in self._running:
            if not limit.expired():
                limit.reschedule(asyncio.get_running_loop().time())


def _too_late(count: int) -> list[DeadlineExceeded]:
    return [DeadlineExceeded("the answer took longer than this operation may; ask for less, or later")] * count
