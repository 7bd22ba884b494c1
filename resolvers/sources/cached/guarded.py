"""A shared cache that never fails and never keeps anybody waiting: whatever goes wrong with it is a miss."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from resolvers.sources.cached.breaker import Breaker
from resolvers.sources.cached.gathered import Gathered
from resolvers.sources.cached.in_time import in_time
from resolvers.sources.cached.remote import Remote, RemoteFailure, RemoteFull, Write
from resolvers.sources.counting import Counting, Event

T = TypeVar("T")
PATIENCE_SECONDS = 5.0
"""What has no request waiting for it may take this long: connecting, probing, invalidating."""
TIMEOUT = "timeout"
AGREED_SECONDS = 86_400.0
WRITE_SECONDS = 1.0
"""A write has no request waiting for it either, but others that come after it."""
READS_AT_ONCE, WRITES_AT_ONCE = 2, 1
CONNECTIONS = READS_AT_ONCE + 2 * WRITES_AT_ONCE
MOST_KEYS, MOST_WRITES = 1_000, 200
"""In one round trip, of several requests: an answer of a megabyte or so, which is there in some milliseconds."""
log = logging.getLogger(__name__)


class Guarded:
    """Bounds the calls that a request waits for to `timeout_seconds` each and turns all failures into None.

    While the breaker is open no call is made. The probe that closes it again runs beside the requests: none of them
    waits for it. Writes have a breaker of their own, since a cache that is full can still be read. Under load calls of
    a kind go out together; whoever joins waits for the call before that, too.
    """

    def __init__(
        self, remote: Remote, breaker: Breaker, full: Breaker, counting: Counting, timeout_seconds: float
    ) -> None:
        self._remote, self._breaker, self._full, self._counting = remote, breaker, full, counting
        self._timeout_seconds = timeout_seconds
        self._probing: asyncio.Task[bool] | None = None
        self._reads: Gathered[bytes, bytes | None] = Gathered(self._read, most=MOST_KEYS, at_once=READS_AT_ONCE)
        self._agreements: Gathered[tuple[bytes, bytes], bytes | None] = Gathered(
            self._agree, most=MOST_WRITES, at_once=WRITES_AT_ONCE
        )
        self._writes: Gathered[Write, None] = Gathered(self._write, most=MOST_WRITES, at_once=WRITES_AT_ONCE)

    async def read(self, keys: Sequence[bytes]) -> Sequence[bytes | None] | None:
        """The values of the keys, in their order; None when the cache does not answer."""
        return await self._reads(keys) if self._lets_through() else None

    async def _read(self, keys: Sequence[bytes]) -> Sequence[bytes | None] | None:
        values = await self._bounded(lambda: self._remote.read(keys))
        if values is not None:
            self._counting.count(Event.BYTES_READ, "remote", sum(len(value) for value in values if value))
        return values

    async def agree(self, proposals: Mapping[bytes, bytes]) -> Sequence[bytes | None] | None:
        """The values of the keys after having set those that were missing, for a day; None when there is no answer."""
        return await self._agreements(tuple(proposals.items())) if self._lets_through() else None

    async def _agree(self, proposals: Sequence[tuple[bytes, bytes]]) -> Sequence[bytes | None] | None:
        distinct = dict(proposals)
        values = await self._bounded(lambda: self._remote.agree(distinct, AGREED_SECONDS))
        if values is None:
            return None
        agreed = dict(zip(distinct, values, strict=True))
        return [agreed[key] for key, _ in proposals]

    async def write(self, writes: Sequence[Write]) -> None:
        """Write all of them, or not; never one whose time is over."""
        lasting = [write for write in writes if write.seconds > 0]
        if lasting and self._lets_through():
            await self._writes(lasting)

    async def _write(self, writes: Sequence[Write]) -> None:
        async def written() -> bool:
            await self._remote.write(writes)
            return True

        if (self._full.is_closed or self._full.claim_probe()) and await self._bounded(written, WRITE_SECONDS):
            self._full.succeeded()
            self._counting.count(Event.BYTES_WRITTEN, "remote", sum(len(write.value) for write in writes))

    async def run(self, script: str, key: bytes, arguments: Sequence[float]) -> Sequence[Any] | None:
        """What a script of Redis returns that looks at one key; None when the cache does not answer."""
        return await self._bounded(lambda: self._remote.run(script, key, arguments))

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
        """Find out whether the cache answers, and in time: connected patiently, then as quickly as a call has to be.

        All connections that calls need are made here, where nobody waits for them.
        """

        async def answered() -> bool:
            await asyncio.gather(*(self._remote.probe() for _ in range(CONNECTIONS)))
            await in_time(self._remote.probe, self._timeout_seconds)
            return True

        return await self._called(answered, PATIENCE_SECONDS) is True

    async def close(self) -> None:
        for calls in (self._reads, self._agreements, self._writes):
            await calls.close()
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.wait([self._probing])
        try:
            await self._remote.close()
        except RemoteFailure as failure:
            log.warning("the connections to the shared cache did not end well (%s)", failure.cause)

    def _lets_through(self) -> bool:
        """Whether calls are made. When they are not, it may be time for a probe."""
        if self._breaker.is_closed:
            return True
        if (self._probing is None or self._probing.done()) and self._breaker.claim_probe():
            self._probing = asyncio.create_task(self.probe(), name="probe of the shared cache")
        return False

    async def _bounded(self, call: Callable[[], Awaitable[T]], seconds: float | None = None) -> T | None:
        return await self._called(call, seconds or self._timeout_seconds) if self._lets_through() else None

    async def _called(self, call: Callable[[], Awaitable[T]], seconds: float) -> T | None:
        self._counting.count(Event.REMOTE_CALL, "remote")
        try:
            answer = await in_time(call, seconds)
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
