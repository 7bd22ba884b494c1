"""One writer at a time: a document in the cluster that its owner keeps fresh, and that ends with its owner.

Clocks of different machines are compared, so they may differ by much less than EXPIRES_SECONDS. A writer whose lock has
been taken over notices it before it switches to its index.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from secrets import token_hex
from typing import Any

import msgspec
from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConflictError, NotFoundError, OpenSearchException

from resolvers.errors import IndexingError
from resolvers.sources.opensearch.beside import HIDDEN, create_index
from resolvers.sources.opensearch.names import Names

log = logging.getLogger(__name__)
EXPIRES_SECONDS = 30.0
"""How long a lock is good for after its owner's last sign of life."""
BEATS = 5
"""How often its owner gives a sign in that time."""
LOCK_ID = "index"
INDEX = {
    "settings": HIDDEN,
    "mappings": {
        "dynamic": "strict",
        "properties": {"owner": {"type": "keyword"}, "place": {"type": "keyword"}, "beat": {"type": "double"}},
    },
}


class Holder(msgspec.Struct, frozen=True):
    """Who holds the lock: a token, the machine and process, and the time of the last sign of life."""

    owner: str
    place: str
    beat: float


class WriteLock:
    """The right to write the indexes of a prefix, held by this process."""

    def __init__(
        self, client: OpenSearch, names: Names, *, expires_seconds: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._client, self._index = client, names.locks
        self._expires_seconds, self._clock = expires_seconds, clock
        self._owner, self._place = token_hex(8), f"{socket.gethostname()}, process {os.getpid()}"
        self._version: dict[str, int] = {}
        self._good_until = 0.0
        self._done = threading.Event()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock. Raises IndexingError when somebody else does."""
        self._acquire()
        beating = threading.Thread(target=self._keep, name="keep the lock", daemon=True)
        beating.start()
        try:
            yield
        finally:
            self._done.set()
            beating.join()
            self._release()

    def check(self) -> None:
        """Raise IndexingError when the lock may be somebody else's by now."""
        if self._clock() >= self._good_until:
            raise IndexingError(
                "the cluster was out of reach for too long, and another run may have begun: index again"
            )

    def _acquire(self) -> None:
        create_index(self._client, self._index, INDEX)
        try:
            self._write(op_type="create")
        except ConflictError:
            self._take_over()

    def _take_over(self) -> None:
        """Take the lock from an owner that gives no sign of life any more."""
        try:
            found = self._client.get(index=self._index, id=LOCK_ID)
            holder = msgspec.convert(found["_source"], Holder)
            left = holder.beat + self._expires_seconds - self._clock()
            if left > 0:
                raise IndexingError(
                    f"another run is indexing ({holder.place}): wait for it; if it was killed, "
                    f"its lock ends in {left:.0f} s"
                )
            self._write(if_seq_no=found["_seq_no"], if_primary_term=found["_primary_term"])
        except (ConflictError, NotFoundError) as error:
            raise IndexingError("another run is beginning or ending at this moment: try again") from error

    def _write(self, **conditions: Any) -> None:
        beat = self._clock()
        holder = msgspec.to_builtins(Holder(self._owner, self._place, beat))
        done = self._client.index(index=self._index, id=LOCK_ID, body=holder, **conditions)
        self._version = {"if_seq_no": done["_seq_no"], "if_primary_term": done["_primary_term"]}
        self._good_until = beat + self._expires_seconds

    def _keep(self) -> None:
        while not self._done.wait(self._expires_seconds / BEATS):
            try:
                self._write(**self._version)
            except ConflictError:
                self._good_until = 0.0
                return
            except OpenSearchException as error:
                # It is good for a while yet, and the next sign may get through.
                log.warning("the lock for indexing could not be renewed: %s", error)

    def _release(self) -> None:
        try:
            self._client.delete(index=self._index, id=LOCK_ID, **self._version)
        except OpenSearchException as error:
            log.warning("the lock for indexing could not be given back, it ends by itself: %s", error)
