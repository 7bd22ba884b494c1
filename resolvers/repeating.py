"""Work that is done again and again for as long as a process serves."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

log = logging.getLogger(__name__)


class Repeating:
    """Does `step` every so many seconds, and as soon as `sooner` is set, from `start` to `close`.

    What a step was expected to raise it deals with by itself. Anything else is a defect: it is logged with its cause,
    once as long as it is the same, and ends nothing, since nobody would notice that the work is not done any more.
    `what` is what is done, in the words of a log.
    """

    def __init__(
        self, what: str, step: Callable[[], Awaitable[None]], seconds: float, sooner: asyncio.Event | None = None
    ) -> None:
        self._what, self._step, self._seconds, self._sooner = what, step, seconds, sooner
        self._task: asyncio.Task[None] | None = None
        self._said: str | None = None

    def start(self) -> None:
        """Begin, with a pause."""
        self._task = asyncio.create_task(self._repeat(), name=self._what)

    async def close(self) -> None:
        """End it, wherever it is."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _repeat(self) -> None:
        while True:
            await self._pause()
            try:
                await self._step()
            except Exception as error:
                if repr(error) != self._said:
                    log.exception("%s: it failed, and is tried again", self._what)
                self._said = repr(error)
            else:
                self._said = None

    async def _pause(self) -> None:
        if self._sooner is None:
            await asyncio.sleep(self._seconds)
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._sooner.wait(), self._seconds)
        self._sooner.clear()
