"""Sending documents in bulk, in batches whose size follows what the cluster can take."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConnectionError as Unreachable
from opensearchpy.exceptions import TransportError

from resolvers.catalog.kind import Ref
from resolvers.errors import IndexingError
from resolvers.sources.opensearch.errors import explained, failure_of, translated

FIRST_BYTES = 2 << 20
LEAST_BYTES = 64 << 10
MOST_BYTES = 8 << 20
SLOW_SECONDS = 5.0
QUICK_SECONDS = 1.0
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
    """A document on its way, as its two lines of a bulk request.

    `content_again`, where it is given, is what is sent when it is not known whether it was taken the first time.
    """

    ref: Ref
    content: bytes
    content_again: bytes | None = None

    def resent(self) -> "Line":
        return self if self.content_again is None else Line(self.ref, self.content_again)


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


class BulkSender:
    """Sends documents to indexes until each is taken or rejected for good. For many threads.

    `stopped` ends it between two attempts.
    """

    def __init__(
        self,
        post: Post,
        size: BatchSize,
        *,
        pauses_seconds: Sequence[float] = PAUSES_SECONDS,
        clock: Callable[[], float] = time.perf_counter,
        stopped: threading.Event | None = None,
    ) -> None:
        self._post, self.size, self._clock = post, size, clock
        self._pauses_seconds, self._stopped = pauses_seconds, stopped or threading.Event()

    def send(self, index: str, lines: Sequence[Line]) -> list[Rejected]:
        """Send documents to an index, and return those that it does not take. Raises IndexingError."""
        refused: list[Rejected] = []
        failures = 0
        while lines:
            rejected = [one for part in self._parts(lines) for one in self._sent(index, part)]
            refused += [one for one in rejected if not one.again]
            left = [one for one in rejected if one.again]
            # Something got through: the cluster is slow, and not stuck.
            failures = failures + 1 if len(left) == len(lines) else 0
            lines = [one.line.resent() for one in left]
            if lines and (failures > len(self._pauses_seconds) or self._stopped.wait(self._pause_seconds(failures))):
                raise IndexingError(f"the search engine does not take the documents: {left[0].reason}")
        return refused

    def _pause_seconds(self, failures: int) -> float:
        return self._pauses_seconds[max(0, failures - 1)]

    def _parts(self, lines: Sequence[Line]) -> Iterator[list[Line]]:
        """The documents in batches of the size that is right by now."""
        part: list[Line] = []
        part_bytes = 0
        for line in lines:
            if part and part_bytes + len(line.content) > self.size.bytes:
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
            self.size.shrink()
        elif seconds < QUICK_SECONDS:
            self.size.grow()

    def _all_rejected(self, part: list[Line], error: TransportError) -> list[Rejected]:
        """What becomes of documents whose request failed as a whole. Raises IndexingError when none ever will be."""
        self.size.shrink()
        if isinstance(error, Unreachable):
            return [Rejected(line, 503, translated(error).message) for line in part]
        status = int(error.status_code)
        if status == TOO_LARGE:
            # One alone is too large for good.
            return [Rejected(line, TOO_LARGE if len(part) == 1 else 429, "it is too large") for line in part]
        if status not in TRY_AGAIN:
            raise IndexingError(explained(error)) from error
        return [Rejected(line, status, failure_of(error).deepest_reason()) for line in part]
