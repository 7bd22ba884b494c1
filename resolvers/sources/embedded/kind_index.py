"""The opened index of one kind: matching, ranking by one half, listing and counting."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tantivy import DocAddress, Index, Order, Query

from resolvers.catalog.kind import KindSpec
from resolvers.sources.analysis import WORDS, document_analyzer
from resolvers.sources.base import Filter
from resolvers.sources.embedded.mapping import ROW, kind_schema, sort_column
from resolvers.sources.embedded.ordinals import Ordinals
from resolvers.sources.embedded.queries import Said, beyond_query, every, filter_query, rows_query, said_query, some
from resolvers.sources.embedded.tail import Tail
from resolvers.sources.embedded.vectors import NearestVectors
from resolvers.sources.embedding import Vectors

Scored = list[tuple[int, float]]
"""Ordinals with their scores, best first, ties by ordinal."""


ALL = "all"
COUNT = {ALL: {"value_count": {"field": ROW}}}


class KindIndex:
    """Answers about the documents of one kind, which it names by their ordinals.

    `full` is how many rows the full index has, and `dimension` the length of a vector; 0 without vectors.
    """

    def __init__(self, spec: KindSpec[Any], folder: Path, full: int, dimension: int) -> None:
        self.spec, self._schema = spec, kind_schema(spec)
        tail = Tail.load(folder)
        self._ordinals = Ordinals(full, tail.ordinals)
        self._index = Index.open(str(folder / "text"))
        self._index.register_tokenizer(WORDS, document_analyzer())
        self._searcher = self._index.searcher()
        self._nearest = NearestVectors(folder, dimension, tail, self._ordinals) if dimension else None

    def passing(self, wanted: Filter) -> Query | None:
        """A filter as a query that is made once for all of a request's steps; None when everything passes."""
        return filter_query(self.spec, wanted)

    def lexical(self, said: Said, passing: Query | None, limit: int) -> Scored:
        """The `limit` best documents by BM25."""
        query = every(said_query(self._schema, said), passing)
        # The engine sets memory aside for every hit that is asked for, so no more are than there are documents.
        limit = min(limit, self._size)
        asked = limit + 1
        while True:
            hits = self._searcher.search(query, asked, count=False).hits
            if len(hits) < asked or hits[-1][0] < hits[limit - 1][0]:
                break
            # The engine cuts ties anywhere; they are all needed to be put in the order of ids.
            asked = min(asked * 2, self._size + 1)
        ordinals = self._ordinals_at([address for _, address in hits])
        return sorted(zip(ordinals, (score for score, _ in hits), strict=True), key=_by_score)[:limit]

    def lexical_of(self, said: Said, ordinals: Sequence[int]) -> Scored:
        """Those of the documents that match by words, by BM25."""
        these = rows_query(self._schema, self.rows(ordinals))
        return self.lexical(said, Query.const_score_query(these, 0.0), len(ordinals))

    def semantic(self, direction: Vectors, passing: Query | None, limit: int) -> Scored:
        """The `limit` nearest documents by cosine."""
        if self._nearest is None:
            return []
        rows = None
        if passing is not None:
            hits = self._searcher.search(passing, self._size, count=False, order_by_field=ROW).hits
            rows = np.fromiter((row for row, _ in hits), dtype=np.int64, count=len(hits))
        nearest = self._nearest.search(direction, limit, rows)
        ordinals = self._ordinals.of([row for row, _ in nearest]).tolist()
        return list(zip(ordinals, (score for _, score in nearest), strict=True))

    def rows(self, ordinals: Sequence[int]) -> list[int]:
        """The rows of documents."""
        found: list[int] = self._ordinals.rows(ordinals).tolist()
        return found

    def _ordinals_at(self, addresses: list[DocAddress]) -> list[int]:
        rows = [int(row or 0) for row in self._searcher.fast_field_values(ROW, addresses)]
        found: list[int] = self._ordinals.of(rows).tolist()
        return found

    @property
    def _size(self) -> int:
        return max(1, self._searcher.num_docs)

    def matching(self, said: Said | None, ordinals: Sequence[int] | None, passing: Query | None) -> Query:
        """The documents that match by words or have one of the ordinals, of those that pass; None leaves a way out."""
        ways = [] if said is None else [said_query(self._schema, said)]
        ways += [] if ordinals is None else [rows_query(self._schema, self.rows(ordinals))]
        return every(some(ways) if ways else None, passing)

    def count(self, query: Query) -> int:
        """How many documents match."""
        return int(self.aggregate(query, {})[ALL]["value"])

    def aggregate(self, query: Query, asked: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """The engine's answers to its aggregations by name, and how many documents match under ALL."""
        found: dict[str, dict[str, Any]] = self._searcher.aggregate(query, asked | COUNT)
        return found

    def listing(
        self, query: Query, order: str, limit: int, *, after: str | None, before: str | None, backward: bool
    ) -> list[tuple[str, int]]:
        """Sort keys and ordinals strictly between two sort keys, in the order of listing: the first or last `limit`."""
        direction = Order.Desc if backward else Order.Asc
        bounded = every(query, beyond_query(self._index, order, after, before))
        hits = self._searcher.search(
            bounded, limit, count=False, order_by_field=sort_column(order), order=direction
        ).hits
        ordinals = self._ordinals_at([address for _, address in hits])
        found = [(str(key), ordinal) for (key, _), ordinal in zip(hits, ordinals, strict=True)]
        return found[::-1] if backward else found


def _by_score(item: tuple[int, float]) -> tuple[float, int]:
    return -item[1], item[0]
