"""Automatic persisted queries: a client sends a document's hash, and the document itself only where it is not known.

Apollo's protocol, version 1: https://www.apollographql.com/docs/apollo-server/performance/apq
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from gateway.documents.errors import PersistedQueryNotFound
from gateway.parameters import PERSISTED
from resolvers.errors import InvalidRequest
from resolvers.sources.cached.beside import Beside
from resolvers.sources.cached.guarded import Guarded
from resolvers.sources.cached.recent import Recent
from resolvers.sources.cached.remote import Write

VERSION = 1
_HASH = re.compile("[0-9a-f]{64}")
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
        self._shared, self._prefix, self._seconds = shared, prefix, seconds
        self._kept: Recent[str] = Recent(most_bytes)
        self._beside = Beside(shared, MOST_WRITING)

    async def find(self, digest: str) -> str:
        """The document of a hash. Raises PersistedQueryNotFound."""
        text = self._kept.get(digest)
        if text is None:
            # Any text may be sent as a hash; nobody else is asked for one that cannot be any.
            text = await self._stored(digest) if _HASH.fullmatch(digest) else None
            if text is None:
                raise PersistedQueryNotFound
            self._kept.put(digest, text, len(text))
        return text

    def keep(self, digest: str, text: str) -> None:
        """Keep a document from now on."""
        if digest in self._kept:
            return
        self._kept.put(digest, text, len(text))
        self._beside.write([Write(self._key(digest), text.encode(), self._seconds)])

    async def close(self) -> None:
        """Wait for nothing that is still being written."""
        await self._beside.close()

    async def _stored(self, digest: str) -> str | None:
        values = await self._shared.read([self._key(digest)]) if self._shared is not None else None
        if not values or values[0] is None:
            return None
        text = values[0].decode(errors="replace")
        # Whoever else writes to that Redis: what it says is believed only if the hash says so too.
        return text if digest_of(text) == digest else None

    def _key(self, digest: str) -> bytes:
        return f"{self._prefix}:persisted:{digest}".encode()
