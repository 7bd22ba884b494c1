"""Whole answers that are given again: in this process, and in the Redis that processes share."""

import time
from collections.abc import Callable
from typing import NamedTuple

from resolvers.sources.cached.beside import Beside
from resolvers.sources.cached.guarded import Guarded
from resolvers.sources.cached.recent import Recent
from resolvers.sources.cached.remote import Write

MOST_WRITING = 100
"""How many writes to a slow Redis may be under way; what comes then is kept in this process alone."""
STAMP_BYTES = 8


class Kept(NamedTuple):
    """An answer's body, and when it was made, in milliseconds since 1970."""

    body: bytes
    made_at: int


class Responses:
    """Answers by their keys, those used last, up to `most_bytes`; and in `shared`, if there is one, all of them.

    `clock` tells seconds since 1970. Whatever is wrong with the shared cache is an answer not found.
    """

    def __init__(
        self,
        most_bytes: int,
        shared: Guarded | None = None,
        prefix: str = "discovery",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._shared, self._prefix, self._clock = shared, prefix, clock
        self._kept: Recent[Kept] = Recent(most_bytes)
        self._beside = Beside(shared, MOST_WRITING)

    def now(self) -> int:
        """The time in milliseconds since 1970."""
        return int(self._clock() * 1_000)

    async def find(self, key: str, seconds: int) -> Kept | None:
        """The answer with a key that is not older than that; None where there is none."""
        kept = self._kept.get(key)
        if kept is None or self._is_old(kept, seconds):
            kept = await self._stored(key)
            if kept is None or self._is_old(kept, seconds):
                return None
            self._kept.put(key, kept, len(kept.body))
        return kept

    def keep(self, key: str, body: bytes, seconds: int) -> None:
        """Keep an answer from now on."""
        kept = Kept(body, self.now())
        self._kept.put(key, kept, len(body))
        self._beside.write([Write(self._key(key), kept.made_at.to_bytes(STAMP_BYTES) + body, seconds)])

    async def close(self) -> None:
        """Wait for nothing that is still being written."""
        await self._beside.close()

    async def start(self) -> None:
        """There is nothing to begin."""

    def _is_old(self, kept: Kept, seconds: int) -> bool:
        return not 0 <= self.now() - kept.made_at < 1_000 * seconds

    async def _stored(self, key: str) -> Kept | None:
        values = await self._shared.read([self._key(key)]) if self._shared is not None else None
        raw = values[0] if values else None
        return None if raw is None else Kept(raw[STAMP_BYTES:], int.from_bytes(raw[:STAMP_BYTES]))

    def _key(self, key: str) -> bytes:
        return f"{self._prefix}:response:{key}".encode()
