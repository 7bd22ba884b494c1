"""How many requests are executed at the same time, and how many wait for that; what comes then is refused at once.

Past what a process can do, each more request makes all of them slower until none is answered in time. A short queue
takes up bursts; whoever would wait for too long is told to come again, which costs nearly nothing.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from gateway.refusals import Overloaded

RETRY_SECONDS = 1


class Capacity:
    """`most` requests at the same time, and `queued` more that wait for `wait_seconds` at the longest, in their order.

    Made in any thread, and used in one event loop.
    """

    def __init__(self, most: int, queued: int, wait_seconds: float) -> None:
        self._most, self._queued, self._wait_seconds = most, queued, wait_seconds
        self._waiting: deque[asyncio.Future[None]] = deque()
        self.running = self.shed = 0

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def enter(self) -> Awaitable[None] | None:
        """Take a place, at once or in time. Raises Overloaded. Whoever has taken one gives it back by `leave`."""
        if self.running < self._most:
            self.running += 1
            return None
        if len(self._waiting) >= self._queued:
            self.shed += 1
            raise Overloaded(RETRY_SECONDS)
        return self._wait()

    def leave(self) -> None:
        """Give a place back, or on to whoever waits the longest."""
        while self._waiting:
            first = self._waiting.popleft()
            if not first.done():
                first.set_result(None)
                return
        self.running -= 1

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A place from here to the end. Raises Overloaded."""
        waiting = self.enter()
        if waiting is not None:
            await waiting
        try:
            yield
        finally:
            self.leave()

    async def _wait(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._wait_seconds):
                await turn
        except TimeoutError:
            # The turn may have come in the very moment that the time was over.
            if not _has_come(turn):
                self._forget(turn)
                self.shed += 1
                raise Overloaded(RETRY_SECONDS) from None
        except asyncio.CancelledError:
            if _has_come(turn):
                self.leave()
            else:
                self._forget(turn)
            raise

    def _forget(self, turn: asyncio.Future[None]) -> None:
        # Whoever gave a place back may have passed over it already.
        if turn in self._waiting:
            self._waiting.remove(turn)


def _has_come(turn: asyncio.Future[None]) -> bool:
    return turn.done() and not turn.cancelled()
