"""A shared cache that never fails and never keeps anybody waiting: whatever goes wrong with it is a miss."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from resolvers.sources.cached.breaker import Breaker
from resolvers.sources.cached.gathered import Gathered
from resolvers.sources.cached.remote import Remote, RemoteFailure, RemoteFull, Write
from resolvers.sources.counting import Counting, Event

T = TypeVar("T")
PATIENCE_SECONDS = 1.0
"""What has no request waiting for it may take this long: connecting, probing, invalidating."""
TIMEOUT = "timeout"
MOST_KEYS, MOST_WRITES = 1_000, 200
"""In one round trip, of several requests: an answer of a megabyte or so, which is there in some milliseconds."""
log = logging.getLogger(__name__)


class Guarded:
    """Bounds the calls of a shared cache to `timeout_seconds` each and turns their failures into None.

    While the breaker is open no call is made. The probe that closes it again runs beside the requests: none of them
    waits for it. Writes have a breaker of their own, since a cache that is full can still be read. Under load reads go
    out together, and so do writes; whoever joins waits for the call before that, too.
    """

    def __init__(
        self, remote: Remote, breaker: Breaker, full: Breaker, counting: Counting, timeout_seconds: float
    ) -> None:
        self._remote, self._breaker, self._full, self._counting = remote, breaker, full, counting
        self._timeout_seconds = timeout_seconds
        self._probing: asyncio.Task[bool] | None = None
        self._reads: Gathered[bytes, bytes | None] = Gathered(self._read, most=MOST_KEYS)
        self._writes: Gathered[Write, None] = Gathered(self._write, most=MOST_WRITES)

    async def read(self, keys: Sequence[bytes]) -> Sequence[bytes | None] | None:
        """The values of the keys, in their order; None when the cache does not answer."""
        return await self._reads(keys) if self._lets_through() else None

    async def _read(self, keys: Sequence[bytes]) -> Sequence[bytes | None] | None:
        values = await self._bounded(lambda: self._remote.read(keys))
        if values is not None:
            self._counting.count(Event.BYTES_READ, "remote", sum(len(value) for value in values if value))
        return values

    async def agree(self, proposals: Mapping[bytes, bytes], seconds: float) -> Sequence[bytes | None] | None:
        """The values of the keys after having set those that were missing; None when the cache does not answer."""
        return await self._bounded(lambda: self._remote.agree(proposals, seconds))

    async def write(self, writes: Sequence[Write]) -> None:
        """Write all of them, or not; never one whose time is over."""
        lasting = [write for write in writes if write.seconds > 0]
        if lasting and self._lets_through():
            await self._writes(lasting)

    async def _write(self, writes: Sequence[Write]) -> None:
        async def written() -> bool:
            await self._remote.write(writes)
            return True

        if (self._full.is_closed or self._full.claim_probe()) and await self._bounded(written):
            self._full.succeeded()
            self._counting.count(Event.BYTES_WRITTEN, "remote", sum(len(write.value) for write in writes))

    async def replace(
        self, values: Mapping[bytes, bytes], removed: Sequence[bytes], seconds: float, message: bytes
    ) -> bool:
        """Replace and remove values, then tell everybody. Tried whatever state the cache is in; whether it is done."""

        async def replaced() -> bool:
            # The message comes second: whoever hears it finds the new state.
            await self._remote.replace(values, removed, seconds)
            await self._remote.publish(message)
            return True

        return await self._called(replaced, PATIENCE_SECONDS) is True

    async def probe(self) -> bool:
        """Find out whether the cache answers, and in time: connected patiently, then as quickly as a call has to be."""

        async def answered() -> bool:
            await self._remote.probe()
            await _in_time(self._remote.probe, self._timeout_seconds)
            return True

        return await self._called(answered, PATIENCE_SECONDS) is True

    async def close(self) -> None:
        await self._reads.close()
        await self._writes.close()
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.wait([self._probing])
        await self._remote.close()

    def _lets_through(self) -> bool:
        """Whether calls are made. When they are not, it may be time for a probe."""
        if self._breaker.is_closed:
            return True
        if (self._probing is None or self._probing.done()) and self._breaker.claim_probe():
            self._probing = asyncio.create_task(self.probe(), name="probe of the shared cache")
        return False

    async def _bounded(self, call: Callable[[], Awaitable[T]]) -> T | None:
        return await self._called(call, self._timeout_seconds) if self._lets_through() else None

    async def _called(self, call: Callable[[], Awaitable[T]], seconds: float) -> T | None:
        self._counting.count(Event.REMOTE_CALL, "remote")
        try:
            answer = await _in_time(call, seconds)
        except RemoteFull as failure:
            self._counting.count(Event.REMOTE_ERROR, failure.cause)
            if self._full.failed():
                log.warning("the shared cache is full and takes nothing for a while; give it more memory")
            return None
        except (RemoteFailure, TimeoutError) as failure:
            self._failed(failure.cause if isinstance(failure, RemoteFailure) else TIMEOUT)
            return None
        if not self._breaker.is_closed:
            log.info("the shared cache answers again")
        self._breaker.succeeded()
        return answer

    def _failed(self, cause: str) -> None:
        self._counting.count(Event.REMOTE_ERROR, cause)
        if self._breaker.failed():
            self._counting.count(Event.BREAKER_OPENED, "remote")
            log.warning("the shared cache failed too often (%s) and is left alone for a while", cause)


async def _in_time(call: Callable[[], Awaitable[T]], seconds: float) -> T:
    """What the call returns; raises TimeoutError, and ends it, when it takes longer.

    An event loop that is busy notices the answer and the time-out in the same moment, and asyncio.timeout would throw
    the answer away. Here it counts, and a call that had no turn in its time gets the same time again: else a gateway
    under load would take a good cache for a slow one.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(call())
    started = loop.time()
    try:
        await asyncio.wait([task], timeout=seconds)
        if not task.done() and loop.time() - started > 2 * seconds:
            await asyncio.wait([task], timeout=seconds)
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
            # How it ended is of no interest, but has to be looked at or it is reported.
            _ = task.cancelled() or task.exception()
