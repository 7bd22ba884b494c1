"""The order of ids. A full index numbers its documents in that order; those that come later are numbered as they come.

An ordinal is a document's number in the order of ids, among all the rows that an index has or had. Ties are broken by
ordinals, so that answers do not depend on how a document came into the index.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
NO_ROWS: Rows = np.zeros(0, dtype=np.int64)


class Ordinals:
    """From rows to ordinals and back. `tail` has the ordinals of the rows behind the `full` ones of the full index."""

    def __init__(self, full: int, tail: Rows = NO_ROWS) -> None:
        self.full, self.size = full, full + len(tail)
        self._of_rows: Rows | None = None
        if len(tail):
            total = full + len(tail)
            free = np.ones(total, dtype=np.bool_)
            free[tail] = False
            self._of_rows = np.concatenate([np.flatnonzero(free), tail])
            self._rows = np.empty(total, dtype=np.int64)
            self._rows[self._of_rows] = np.arange(total)

    def of(self, rows: Sequence[int] | Rows) -> Rows:
        """The ordinals of rows."""
        found = np.asarray(rows, dtype=np.int64)
        return found if self._of_rows is None else self._of_rows[found]

    def rows(self, ordinals: Sequence[int] | Rows) -> Rows:
        """The rows of ordinals."""
        found = np.asarray(ordinals, dtype=np.int64)
        return found if self._of_rows is None else self._rows[found]


def among(rows: Rows, others: Rows) -> NDArray[np.bool_]:
    """Which rows are among others, of which there is one at the least and which go up: `isin` looks at all of them."""
    found: NDArray[np.bool_] = others[np.minimum(np.searchsorted(others, rows), len(others) - 1)] == rows
    return found


def insertions(tail: Rows) -> list[int]:
    """How many rows of the full index come before each row of the tail, from the tail's ordinals."""
    before = np.empty(len(tail), dtype=np.int64)
    order = np.argsort(tail)
    before[order] = tail[order] - np.arange(len(tail))
    found: list[int] = before.tolist()
    return found


def tail_ordinals(insertions: Sequence[int], ids: Sequence[str]) -> Rows:
    """The ordinals of a tail: its rows' places between the rows of the full index, and their ids."""
    order = sorted(range(len(ids)), key=lambda row: (insertions[row], ids[row]))
    ordinals = np.empty(len(ids), dtype=np.int64)
    for behind, row in enumerate(order):
        ordinals[row] = insertions[row] + behind
    return ordinals
