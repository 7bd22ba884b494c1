"""Automatic persisted queries: a client sends a document's hash, and the document itself only where it is not known.

Apollo's protocol, version 1: https://www.apollographql.com/docs/apollo-server/performance/apq
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from gateway.documents.errors import PersistedQueryNotFound
from gateway.parameters import PERSISTED
from resolvers.errors import InvalidRequest
from resolvers.sources.cached.guarded import Guarded
from resolvers.sources.cached.remote import Write

VERSION = 1
OVERHEAD_BYTES = 300
"""What a kept document takes beside its text."""
MOST_WRITING = 100
"""How many writes to a slow Redis may be under way; what comes then is kept in this process alone."""


def hashed(extensions: Mapping[str, Any]) -> str | None:
    """The hash that the extensions of a request name, if any. Raises InvalidRequest for one that cannot be meant."""
    given = extensions.get(PERSISTED)
    if given is None:
        return None
    if not isinstance(given, dict) or given.get("version") != VERSION:
        raise InvalidRequest(f"Unsupported persisted query version; `extensions.{PERSISTED}` must have version 1")
    digest = given.get("sha256Hash")
    if not isinstance(digest, str) or not digest:
        raise InvalidRequest(f"`extensions.{PERSISTED}.sha256Hash` must be the SHA-256 of the document, in hexadecimal")
    return digest


def digest_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


class PersistedQueries:
    """Documents by their hashes: those used last in this process, up to `most_bytes`, and all in `shared` for a time.

    Whatever is wrong with the shared cache is a document not found, and its client sends it once more.
    """

    def __init__(
        self, most_bytes: int, shared: Guarded | None = None, prefix: str = "discovery", seconds: float = 86_400
    ) -> None:
        self._most_bytes, self._shared, self._prefix, self._seconds = most_bytes, shared, prefix, seconds
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._bytes = 0
        self._writing: set[asyncio.Task[None]] = set()

    async def find(self, digest: str) -> str:
        """The document of a hash. Raises PersistedQueryNotFound."""
        text = self._kept.get(digest)
        if text is not None:
            self._kept.move_to_end(digest)
            return text
        text = await self._stored(digest)
        if text is None:
            raise PersistedQueryNotFound
        self._hold(digest, text)
        return text

    def keep(self, digest: str, text: str) -> None:
        """Keep a document from now on."""
        if digest in self._kept:
            return
        self._hold(digest, text)
        if self._shared is not None and len(self._writing) < MOST_WRITING:
            write = Write(self._key(digest), text.encode(), self._seconds)
            task = asyncio.create_task(self._shared.write([write]), name="write of a persisted query")
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def close(self) -> None:
        """Wait for nothing that is still being written."""
        if tasks := tuple(self._writing):
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _stored(self, digest: str) -> str | None:
        values = await self._shared.read([self._key(digest)]) if self._shared is not None else None
        if not values or values[0] is None:
            return None
        text = values[0].decode(errors="replace")
        # Whoever else writes to that Redis: what it says is believed only if the hash says so too.
        return text if digest_of(text) == digest else None

    def _hold(self, digest: str, text: str) -> None:
        size = _size(text)
        if size > self._most_bytes:
            return
        self._kept[digest] = text
        self._bytes += size
        while self._bytes > self._most_bytes:
            _, forgotten = self._kept.popitem(last=False)
            self._bytes -= _size(forgotten)

    def _key(self, digest: str) -> bytes:
        return f"{self._prefix}:persisted:{digest}".encode()


def _size(text: str) -> int:
    return len(text) + OVERHEAD_BYTES
