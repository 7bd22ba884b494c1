"""Keeps this process told of changes, for as long as it runs."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import aclosing

from resolvers.sources.cached.remote import Remote, RemoteFailure
from resolvers.sources.cached.validity import Validity
from resolvers.sources.counting import Counting, Event

LONGEST_PAUSE = 20
"""How many times the first pause the longest is between two attempts."""
log = logging.getLogger(__name__)


class Subscription:
    """Hears messages and touches the keys that `keys_in` finds in them; a message without a meaning casts doubt on all.

    Whenever it cannot hear, nothing that this process remembers counts, and it tries again by itself, at first after
    `retry_seconds` and then less often.
    """

    def __init__(
        self,
        remote: Remote,
        validity: Validity,
        counting: Counting,
        keys_in: Callable[[bytes], Iterable[bytes] | None],
        retry_seconds: float,
    ) -> None:
        self._remote, self._validity, self._counting, self._keys_in = remote, validity, counting, keys_in
        self._retry_seconds = retry_seconds
        self._task: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()

    async def start(self) -> None:
        """Begin to listen, and return when that has worked or failed for the first time."""
        self._begin(0)
        await self._tried.wait()

    def _begin(self, pause: float) -> None:
        self._task = asyncio.create_task(self._listen(pause), name="subscription to changes")
        self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """An error that nobody has foreseen must not leave the process deaf for good."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("no longer told of changes; trying again", exc_info=error)
            self._begin(LONGEST_PAUSE * self._retry_seconds)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _listen(self, pause: float) -> None:
        await asyncio.sleep(pause)
        pause = self._retry_seconds
        while True:
            try:
                await self._hear()
            except RemoteFailure as failure:
                if self._validity.hears:
                    log.warning("no longer told of changes (%s); trying again", failure.cause)
                    pause = self._retry_seconds
                self._counting.count(Event.REMOTE_ERROR, failure.cause)
            finally:
                self._validity.lose_touch()
                self._tried.set()
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE * self._retry_seconds)

    async def _hear(self) -> None:
        async with aclosing(self._remote.messages()) as messages:
            async for message in messages:
                if message is None:
                    self._validity.hear_again()
                    self._tried.set()
                    continue
                keys = self._keys_in(message)
                if keys is None:
                    self._validity.doubt()
                else:
                    self._validity.touch(keys)
