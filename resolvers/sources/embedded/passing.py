"""Which rows pass a filter: remembered, since an opened index never changes and the same filters come again."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from resolvers.sources.base import Filter
from resolvers.sources.embedded.ordinals import Rows

MOST_BYTES = 16_000_000
"""What the rows of the last filters may take, for each kind of an index."""


class PassingRows:
    """The rows of the last filters, up to `most_bytes` of them. Asked from several threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes, self._bytes = most_bytes, 0
        self._lock = Lock()
        self._held: OrderedDict[Filter, Rows] = OrderedDict()

    def known(self, wanted: Filter) -> Rows | None:
        """The rows that pass the filter, where that is known."""
        with self._lock:
            rows = self._held.get(wanted)
            if rows is not None:
                self._held.move_to_end(wanted)
            return rows

    def of(self, wanted: Filter, find: Callable[[], Rows]) -> Rows:
        """The rows that pass the filter, found anew where they are not known."""
        rows = self.known(wanted)
        if rows is not None:
            return rows
        rows = find()
        with self._lock:
            if wanted not in self._held:
                self._bytes += rows.nbytes
                self._held[wanted] = rows
            while self._bytes > self._most_bytes:
                self._bytes -= self._held.popitem(last=False)[1].nbytes
        return rows
