"""Keeping up to date with what is changed beside a running server."""

import asyncio
import logging
from collections.abc import Callable
from typing import Generic, TypeVar

from resolvers.errors import DiscoveryError

T = TypeVar("T")
Stamp = tuple[object, ...]
log = logging.getLogger(__name__)


class Followed(Generic[T]):
    """A value that is read again when the stamp of what it is made of is another; no stamp (None) is `nothing`.

    `stamp` and `read` block, and raise DiscoveryError; the value then stays, and the reason is logged, once as long as
    it is the same. Without `stamp` there is nothing to follow. `release` is called at the end.
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
    ) -> None:
        self._what, self._nothing, self._stamp, self._read = what, nothing, stamp, read
        self._look_seconds, self._release = look_seconds, release
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
            self._said = None
        except DiscoveryError as error:
            if error.message != self._said:
                log.warning("the %s stay as they are: %s", self._what, error.message)
            self._said = error.message

    async def _keep_current(self) -> None:
        while True:
            await asyncio.sleep(self._look_seconds)
            await self.refresh()
