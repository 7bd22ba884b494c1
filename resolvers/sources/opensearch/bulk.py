"""Loading documents in bulk: several batches at a time, whose size follows what the cluster can take."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

import orjson
from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConnectionError as Unreachable
from opensearchpy.exceptions import TransportError

from resolvers.catalog.kind import Ref
from resolvers.errors import IndexingError
from resolvers.sources.base import Refused
from resolvers.sources.opensearch.errors import explained, failure_of, translated

FIRST_BYTES = 2 << 20
LEAST_BYTES = 64 << 10
MOST_BYTES = 8 << 20
SLOW_SECONDS = 5.0
QUICK_SECONDS = 1.0
LOADERS = 2
"""How many batches are on their way at a time; as many again wait for their turn."""
PAUSES_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 10.0, 10.0, 10.0)
"""How long is waited before what the cluster could not take is sent again; after the last it is given up."""
BULK_SECONDS = 120
TRY_AGAIN = {429, 500, 502, 503, 504}
HOPELESS = {401, 403, 404}
"""Not the document's fault: the index has been removed by somebody, or the user may not write."""
TOO_LARGE = 413
REASON_CHARACTERS = 200
"""Of a reason that quotes the document, this much says what is wrong with it."""
BULK_PARTS = "errors,items.*.status,items.*.error"


class Line(NamedTuple):
    """A document on its way, as its two lines of a bulk request."""

    ref: Ref
    content: bytes


class Rejected(NamedTuple):
    """A document that was not taken. `again`: it may be taken later."""

    line: Line
    status: int
    reason: str

    @property
    def again(self) -> bool:
        return self.status in TRY_AGAIN


class BatchSize:
    """How many bytes a batch has: halved when the cluster has too much to do, and growing back. For many threads."""

    def __init__(self, first_bytes: int = FIRST_BYTES) -> None:
        self.bytes, self._lock = first_bytes, threading.Lock()

    def shrink(self) -> None:
        with self._lock:
            self.bytes = max(LEAST_BYTES, self.bytes // 2)

    def grow(self) -> None:
        with self._lock:
            self.bytes = min(MOST_BYTES, self.bytes + self.bytes // 4)


class Post(Protocol):
    """Sends a bulk request to an index; returns a status for each document, and why one was not taken.

    Raises the client's TransportError when nothing was taken.
    """

    def __call__(self, index: str, body: bytes) -> Sequence[tuple[int, str]]: ...


def posting(client: OpenSearch) -> Post:
    """Bulk requests by a client."""

    def post(index: str, body: bytes) -> Sequence[tuple[int, str]]:
        answer: dict[str, Any] = client.transport.perform_request(
            "POST", f"/{index}/_bulk", params={"filter_path": BULK_PARTS}, body=body, timeout=BULK_SECONDS
        )
        return [_outcome(item) for [item] in (entry.values() for entry in answer["items"])]

    return post


def _outcome(item: dict[str, Any]) -> tuple[int, str]:
    error = item.get("error") or {}
    reasons = [error.get("reason"), (error.get("caused_by") or {}).get("reason")]
    return item["status"], ": ".join(reason[:REASON_CHARACTERS] for reason in reasons if reason)


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
        self._post, self._size, self._clock = post, size or BatchSize(), clock
        self._pauses_seconds = pauses_seconds
        self._threads = ThreadPoolExecutor(LOADERS, thread_name_prefix="bulk")
        self._room = threading.Semaphore(2 * LOADERS)
        self._stopped = threading.Event()
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
        """Send documents until all are taken or refused."""
        refused: list[Refused] = []
        failures = 0
        while lines:
            rejected = [one for part in self._parts(lines) for one in self._sent(index, part)]
            refused += [Refused(one.line.ref, one.reason) for one in rejected if not one.again]
            left = [one for one in rejected if one.again]
            # Something got through: the cluster is slow, and not stuck.
            failures = failures + 1 if len(left) == len(lines) else 0
            lines = [one.line for one in left]
            if lines and (failures > len(self._pauses_seconds) or self._stopped.wait(self._pause_seconds(failures))):
                raise IndexingError(f"the search engine does not take the documents: {left[0].reason}")
        return refused

    def _pause_seconds(self, failures: int) -> float:
        return self._pauses_seconds[max(0, failures - 1)]

    def _parts(self, lines: list[Line]) -> Iterator[list[Line]]:
        """The documents in batches of the size that is right by now."""
        part: list[Line] = []
        part_bytes = 0
        for line in lines:
            if part and part_bytes + len(line.content) > self._size.bytes:
                yield part
                part, part_bytes = [], 0
            part.append(line)
            part_bytes += len(line.content)
        yield part

    def _sent(self, index: str, part: list[Line]) -> list[Rejected]:
        started = self._clock()
        try:
            outcomes = self._post(index, b"".join(line.content for line in part))
        except TransportError as error:
            return self._all_rejected(part, error)
        rejected = [
            Rejected(line, status, reason)
            for line, (status, reason) in zip(part, outcomes, strict=True)
            if status >= 300
        ]
        if hopeless := next((one for one in rejected if one.status in HOPELESS), None):
            raise IndexingError(f"the search engine does not take the documents: {hopeless.reason}")
        self._learn(self._clock() - started, is_busy=any(one.again for one in rejected))
        return rejected

    def _learn(self, seconds: float, *, is_busy: bool) -> None:
        if is_busy or seconds > SLOW_SECONDS:
            self._size.shrink()
        elif seconds < QUICK_SECONDS:
            self._size.grow()

    def _all_rejected(self, part: list[Line], error: TransportError) -> list[Rejected]:
        """What becomes of documents whose request failed as a whole. Raises IndexingError when none ever will be."""
        self._size.shrink()
        if isinstance(error, Unreachable):
            return [Rejected(line, 503, translated(error).message) for line in part]
        status = int(error.status_code)
        if status == TOO_LARGE:
            # One alone is too large for good.
            return [Rejected(line, TOO_LARGE if len(part) == 1 else 429, "it is too large") for line in part]
        if status not in TRY_AGAIN:
            raise IndexingError(explained(error)) from error
        return [Rejected(line, status, failure_of(error).deepest_reason()) for line in part]


def bulk_line(ref: Ref, content: bytes, version: int) -> Line:
    """A document as lines of a bulk request. It is taken unless the index has a later version of it."""
    action = {"index": {"_id": ref.id, "version": version, "version_type": "external_gte"}}
    return Line(ref, orjson.dumps(action) + b"\n" + content + b"\n")
