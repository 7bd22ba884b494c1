"""The feedback of a data directory as a journal, in threads of its own."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from resolvers.sources.embedded.failures import told_as_source_error
from resolvers.sources.embedded.feedback.files import FeedbackFiles
from resolvers.sources.feedback import Event, Recorded, ShownQuery

T = TypeVar("T")
NOT_OPENED = "the feedback in the data directory cannot be used"
NOT_WRITTEN = "feedback could not be written, and nothing was recorded: report it again when the disk is well"
NOT_READ = "the queries that events are of could not be read; report the events again later"


class EmbeddedJournal:
    """Writes in one thread and reads in another, so that nobody who looks a query up waits for the disk's sync."""

    def __init__(self, files: FeedbackFiles) -> None:
        self._files = files
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="feedback-writing")
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="feedback-reading")

    async def open(self) -> None:
        await self._run(self._writer, NOT_OPENED, self._files.open)

    async def write(self, queries: Sequence[ShownQuery], events: Sequence[Event]) -> list[Recorded]:
        return await self._run(self._writer, NOT_WRITTEN, lambda: self._files.write(queries, events))

    async def find(self, ids: Sequence[str]) -> dict[str, ShownQuery]:
        return await self._run(self._reader, NOT_READ, lambda: self._files.find(ids))

    async def close(self) -> None:
        try:
            await self._run(self._writer, NOT_WRITTEN, self._files.close)
        finally:
            self._writer.shutdown()
            self._reader.shutdown()

    async def _run(self, threads: ThreadPoolExecutor, what: str, work: Callable[[], T]) -> T:
        with told_as_source_error(what):
            return await asyncio.get_running_loop().run_in_executor(threads, work)
