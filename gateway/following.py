"""Keeping up to date with what is changed beside a running server."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from resolvers.errors import DiscoveryError
from resolvers.sources.popularity import Stamp

T = TypeVar("T")
LONGEST_PAUSE_SECONDS = 300.0
MOST_DOUBLED = 16
log = logging.getLogger(__name__)


class Followed(Generic[T]):
    """A value that is read again when the stamp of what it is made of is another; no stamp (None) is `nothing`.

    `stamp` and `read` block, and raise DiscoveryError; the value then stays, and the reason is logged, once as long as
    it is the same. So it is with what they were not expected to raise, and with a longer pause each time. Without
    `stamp` there is nothing to follow. `release` is called at the end.
    """

    def __init__(
        self,
        what: str,
        nothing: T,
        stamp: Callable[[], Stamp | None] | None,
        read: Callable[[], T],
        *,
        look_seconds: float,
        release: Callable[[], None] = lambda: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._what, self._nothing, self._stamp, self._read = what, nothing, stamp, read
        self._look_seconds, self._release, self._sleep = look_seconds, release, sleep
        self._defects = 0
        self._seen: Stamp | None = None
        self._said: str | None = None
        self._watch: asyncio.Task[None] | None = None
        self.current = nothing

    async def start(self) -> None:
        """Read the value, and keep it up to date from now on."""
        if self._stamp is not None:
            await self.refresh()
            self._watch = asyncio.create_task(self._keep_current(), name=f"keep the {self._what} up to date")

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
        self._release()

    async def refresh(self) -> None:
        """Read the value again if it may be another."""
        if self._stamp is None:
            return
        try:
            # In front of the value: whatever comes between the two is seen at the next look.
            stamp = await asyncio.to_thread(self._stamp)
            if stamp != self._seen:
                self.current = self._nothing if stamp is None else await asyncio.to_thread(self._read)
                self._seen = stamp
                log.info("the %s are new", self._what)
            self._said, self._defects = None, 0
        except DiscoveryError as error:
            self._say(logging.WARNING, error.message)
            self._defects = 0
        except Exception as error:  # noqa: BLE001  nobody would notice that nothing is followed any more
            self._say(logging.ERROR, repr(error), error)
            self._defects += 1

    def _say(self, level: int, reason: str, defect: Exception | None = None) -> None:
        if reason != self._said:
            log.log(level, "the %s stay as they are: %s", self._what, reason, exc_info=defect)
        self._said = reason

    async def _keep_current(self) -> None:
        while True:
            longest = max(LONGEST_PAUSE_SECONDS, self._look_seconds)
            await self._sleep(min(longest, self._look_seconds * 2 ** min(self._defects, MOST_DOUBLED)))
            await self.refresh()
