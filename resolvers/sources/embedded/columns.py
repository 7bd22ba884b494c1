"""Facts of documents by row, read when they are first asked for and then kept: an opened index never changes."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from tantivy import Query, Searcher

from resolvers.sources.embedded.mapping import ROW, field_column
from resolvers.sources.embedded.ordinals import Rows

UNKNOWN = np.iinfo(np.int64).min
"""Stands for a time that a document does not have."""


class Columns:
    """The columns of one kind. `rows` is how many rows there are or were; `these` makes a query of some of them."""

    def __init__(self, searcher: Searcher, rows: int, these: Callable[[Sequence[int]], Query]) -> None:
        self._searcher, self._size, self._these = searcher, rows, these
        self._moments: dict[str, NDArray[np.int64]] = {}
        self._texts: dict[str, dict[int, str | None]] = {}

    def moments(self, field: str, rows: Rows) -> NDArray[np.int64]:
        """The times of documents in microseconds since 1970, in their order; UNKNOWN where there is none."""
        if field not in self._moments:
            hits = self._searcher.search(Query.all_query(), max(1, self._size), count=False, order_by_field=ROW).hits
            values = self._searcher.fast_field_values(field_column(field), [address for _, address in hits])
            column = np.full(self._size, UNKNOWN, dtype=np.int64)
            column[[row for row, _ in hits]] = [UNKNOWN if value is None else value for value in values]
            self._moments[field] = column
        return self._moments[field][rows]

    def texts(self, field: str, rows: Sequence[int]) -> list[str | None]:
        """The single values of documents in a field of texts, in their order; None where there is none.

        A text has to be looked up in the engine's dictionary, which takes some 30 microseconds, so only those asked for
        are.
        """
        known = self._texts.setdefault(field, {})
        missing = [row for row in dict.fromkeys(rows) if row not in known]
        if missing:
            hits = self._searcher.search(
                self._these(missing), len(missing), count=False, order_by_field=field_column(field)
            ).hits
            of_rows = self._searcher.fast_field_values(ROW, [address for _, address in hits])
            found: dict[int, str | None] = dict.fromkeys(missing)
            found.update((int(row or 0), text) for row, (text, _) in zip(of_rows, hits, strict=True))
            # At once, since other threads read too.
            known.update(found)
        return [known[row] for row in rows]
