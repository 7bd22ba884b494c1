"""Loading documents in bulk: several batches at a time."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import orjson

from resolvers.catalog.kind import Ref
from resolvers.sources.building import Refused
from resolvers.sources.opensearch.sending import PAUSES_SECONDS, BatchSize, BulkSender, Line, Post

LOADERS = 2
"""How many batches are on their way at a time; as many again wait for their turn."""


class BulkLoader:
    """Sends documents to indexes, from threads of its own. `write` waits while too many are on their way."""

    def __init__(
        self,
        post: Post,
        size: BatchSize | None = None,
        *,
        pauses_seconds: Sequence[float] = PAUSES_SECONDS,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._stopped = threading.Event()
        self._size = size or BatchSize()
        self._sender = BulkSender(post, self._size, pauses_seconds=pauses_seconds, clock=clock, stopped=self._stopped)
        self._threads = ThreadPoolExecutor(LOADERS, thread_name_prefix="bulk")
        self._room = threading.Semaphore(2 * LOADERS)
        self._running: list[Future[list[Refused]]] = []
        self._index, self._lines, self._line_bytes = "", list[Line](), 0
        self._refused: list[Refused] = []

    def write(self, index: str, lines: Sequence[Line]) -> None:
        """Send documents, now or with those that come. Raises IndexingError when earlier ones cannot be sent."""
        if index != self._index:
            self._submit()
            self._index = index
        for line in lines:
            if self._line_bytes + len(line.content) > self._size.bytes:
                self._submit()
            self._lines.append(line)
            self._line_bytes += len(line.content)

    def finish(self) -> tuple[Refused, ...]:
        """Wait until everything has been sent, and return what the cluster refused. Raises IndexingError."""
        self._submit()
        self._collect(wait=True)
        return tuple(self._refused)

    def close(self) -> None:
        """End the threads; what has not been sent is not."""
        self._stopped.set()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _submit(self) -> None:
        self._collect(wait=False)
        if not self._lines:
            return
        self._room.acquire()
        batch = self._threads.submit(self._loaded, self._index, self._lines)
        batch.add_done_callback(lambda _: self._room.release())
        self._running.append(batch)
        self._lines, self._line_bytes = [], 0

    def _collect(self, *, wait: bool) -> None:
        """Take up the results of batches that are done; raises what made one fail."""
        for batch in [batch for batch in self._running if wait or batch.done()]:
            self._refused += batch.result()
            self._running.remove(batch)

    def _loaded(self, index: str, lines: list[Line]) -> list[Refused]:
        return [Refused(one.line.ref, one.reason) for one in self._sender.send(index, lines)]


def bulk_line(ref: Ref, content: bytes, version: int) -> Line:
    """A document as lines of a bulk request. It is taken unless the index has a later version of it."""
    action = {"index": {"_id": ref.id, "version": version, "version_type": "external_gte"}}
    return Line(ref, orjson.dumps(action) + b"\n" + content + b"\n")
