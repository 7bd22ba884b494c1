"""Writes to the shared cache that no request waits for."""

import asyncio
from collections.abc import Sequence

from resolvers.sources.cached.guarded import Guarded
from resolvers.sources.cached.remote import Write


class Beside:
    """Writes beside the requests. While `most` writes to a slow cache are under way, what comes is not written.

    Without `remote` nothing is.
    """

    def __init__(self, remote: Guarded | None, most: int) -> None:
        self._remote, self._most = remote, most
        self._writing: set[asyncio.Task[None]] = set()

    def write(self, writes: Sequence[Write]) -> None:
        """Begin to write; returns at once."""
        if writes and self._remote is not None and len(self._writing) < self._most:
            task = asyncio.create_task(self._remote.write(writes), name="write beside the requests")
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def close(self) -> None:
        """Wait for nothing that is still being written."""
        if tasks := tuple(self._writing):
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
