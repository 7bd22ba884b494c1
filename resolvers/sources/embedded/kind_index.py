"""The opened index of one kind: matching, ranking by one half, listing and counting."""

from collections.abc import Sequence
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tantivy import DocAddress, Index, Order, Query

from resolvers.catalog.kind import KindSpec
from resolvers.sources.analysis import know_words
from resolvers.sources.base import EVERYTHING, Filter
from resolvers.sources.embedded.columns import Columns
from resolvers.sources.embedded.mapping import ROW, TITLE_KEY, field_column, kind_schema, sort_column
from resolvers.sources.embedded.ordinals import Ordinals, Rows, among
from resolvers.sources.embedded.passing import PassingRows
from resolvers.sources.embedded.queries import (
    Said,
    beyond_query,
    clauses_of,
    completing_query,
    every,
    filter_query,
    rows_query,
    said_query,
    some,
)
from resolvers.sources.embedded.tail import Tail
from resolvers.sources.embedded.vectors import NearestVectors
from resolvers.sources.embedding import Vectors

Scored = list[tuple[int, float]]
"""Ordinals with their scores, best first, ties by ordinal."""


ALL = "all"
COUNT = {ALL: {"value_count": {"field": ROW}}}
MOST_VALUES = 60_000
"""How many values of a field are counted: tantivy refuses to make 65,000 buckets."""
MOST_WORDS = 10_000
"""Of so many words and concepts what is looked for is remembered, some 400 bytes each."""
MANY_PASS = 0.5
"""Where a filter is known to pass more than this share, it is faster to look afterwards what passes."""
SPARE = 1.2
"""How many more are ranked then than pass on average."""
MOST_OF_A_GROUP = 256
"""Of so many documents with the same title, one is looked for to show how it is written."""


class KindIndex:
    """Answers about the documents of one kind, which it names by their ordinals.

    `full` is how many rows the full index has, and `dimension` the length of a vector; 0 without vectors.
    """

    def __init__(self, spec: KindSpec[Any], folder: Path, full: int, dimension: int) -> None:
        self.spec, self._schema = spec, kind_schema(spec)
        tail = Tail.load(folder)
        self._ordinals = Ordinals(full, tail.ordinals)
        self._index = know_words(Index.open(str(folder / "text")))
        self._searcher = self._index.searcher()
        # Not a method's: an index that referred to itself would outlive its last user.
        self._clauses = lru_cache(MOST_WORDS)(partial(clauses_of, self._schema, self._searcher.doc_freq))
        self._passing_rows = PassingRows()
        self.columns = Columns(self._searcher, self._ordinals.size, partial(rows_query, self._schema))
        self._nearest = NearestVectors(folder, dimension, tail, self._ordinals) if dimension else None

    def passing(self, wanted: Filter) -> Query | None:
        """A filter as a query; None when everything passes."""
        return filter_query(self.spec, wanted)

    def lexical(self, said: Said, wanted: Filter, limit: int) -> Scored:
        """The `limit` best documents by BM25, of those that pass the filter."""
        query = said_query(said, self._clauses)
        rows = self._passing_rows.known(wanted)
        if rows is not None and len(rows) > MANY_PASS * self._size:
            return self._best(query, limit, rows)
        return self._best(every(query, self.passing(wanted)), limit)

    def lexical_of(self, said: Said, ordinals: Sequence[int]) -> Scored:
        """Those of the documents that match by words, by BM25."""
        these = Query.const_score_query(rows_query(self._schema, self.rows(ordinals)), 0.0)
        return self._best(every(said_query(said, self._clauses), these), len(ordinals))

    def _best(self, query: Query, limit: int, passing: Rows | None = None) -> Scored:
        """The `limit` documents that a query scores best; only of those that are `passing` where given."""
        # The engine sets memory aside for every hit that is asked for, so no more are than there are documents.
        limit = min(limit, self._size)
        asked = limit if passing is None else min(self._size, round(limit * SPARE * self._size / len(passing)))
        asked += 1
        while True:
            hits = self._searcher.search(query, asked, count=False).hits
            rows = self._rows_at([address for _, address in hits])
            passes = np.ones(len(hits), dtype=np.bool_) if passing is None else among(rows, passing)
            scores = np.array([score for score, _ in hits], dtype=np.float64)
            kept = scores[passes]
            if len(hits) < asked or (len(kept) >= limit and scores[-1] < kept[limit - 1]):
                break
            # The engine cuts ties anywhere; they are all needed to be put in the order of ids.
            asked = min(asked * 2, self._size + 1)
        ordinals = self._ordinals.of(rows[passes])
        order = np.lexsort((ordinals, -kept))[:limit]
        return list(zip(ordinals[order].tolist(), kept[order].tolist(), strict=True))

    def semantic(self, direction: Vectors, wanted: Filter, limit: int) -> Scored:
        """The `limit` nearest documents by cosine, of those that pass the filter."""
        if self._nearest is None:
            return []
        nearest = self._nearest.search(direction, limit, self.rows_passing(wanted))
        ordinals = self._ordinals.of([row for row, _ in nearest]).tolist()
        return list(zip(ordinals, (score for _, score in nearest), strict=True))

    def rows_passing(self, wanted: Filter) -> Rows | None:
        """The rows that pass a filter; None stands for all rows."""
        if wanted == EVERYTHING:
            return None
        return self._passing_rows.of(wanted, lambda: self.rows_of(every(self.passing(wanted))))

    def in_default_order(self, wanted: Filter) -> Rows:
        """The rows that pass a filter, in the order of the kind's listings."""
        matching = self.matching(None, None, self.passing(wanted))
        order = next((one for one in self.spec.sorts if one.name == self.spec.default_sort), None)
        if order is None or order.field is None:
            listed = self.listing(matching, self.spec.default_sort, self._size, after=None, before=None, backward=False)
            return self._ordinals.rows([ordinal for _, ordinal in listed])
        rows = self._passing_rows.of(wanted, lambda: self.rows_of(matching))
        moments = self.columns.moments(order.field, rows)
        return rows[np.lexsort((self._ordinals.of(rows), -moments if order.descending else moments))]

    def rows(self, ordinals: Sequence[int]) -> list[int]:
        """The rows of documents."""
        found: list[int] = self._ordinals.rows(ordinals).tolist()
        return found

    def _rows_at(self, addresses: list[DocAddress]) -> Rows:
        return np.array(self._searcher.fast_field_values(ROW, addresses), dtype=np.int64)

    def _ordinals_at(self, addresses: list[DocAddress]) -> list[int]:
        found: list[int] = self._ordinals.of(self._rows_at(addresses)).tolist()
        return found

    @property
    def _size(self) -> int:
        return max(1, self._searcher.num_docs)

    def matching(self, said: Said | None, ordinals: Sequence[int] | None, passing: Query | None) -> Query:
        """The documents that match by words or have one of the ordinals, of those that pass; None leaves a way out."""
        ways = [] if said is None else [said_query(said, self._clauses)]
        ways += [] if ordinals is None else [rows_query(self._schema, self.rows(ordinals))]
        return every(some(ways) if ways else None, passing)

    def count(self, query: Query) -> int:
        """How many documents match."""
        return int(self.aggregate(query, {})[ALL]["value"])

    def aggregate(self, query: Query, asked: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """The engine's answers to its aggregations by name, and how many documents match under ALL."""
        found: dict[str, dict[str, Any]] = self._searcher.aggregate(query, asked | COUNT)
        return found

    def completing(self, typed: Sequence[str], *, typos: bool) -> Query:
        """Documents in whose names each of the typed words begins a word, perhaps with typos."""
        return completing_query(self._schema, typed, typos=typos)

    def rows_of(self, query: Query) -> Rows:
        """The rows of all documents that match, lowest first."""
        hits = self._searcher.search(query, self._size, count=False, order_by_field=ROW, order=Order.Asc).hits
        return np.fromiter((row for row, _ in hits), dtype=np.int64, count=len(hits))

    def title_groups(self, query: Query, most: int) -> list[tuple[int, int]]:
        """The titles that most of the matching documents have, each as one document's ordinal and how many have it."""
        hits = self._searcher.search(query, self._size, count=False, order_by_field=TITLE_KEY).hits
        keys = np.fromiter((key or 0 for key, _ in hits), dtype=np.uint64, count=len(hits))
        unique, starts, counts = np.unique(keys, return_index=True, return_counts=True)
        best = [group for group in np.lexsort((unique, -counts)).tolist() if unique[group]][:most]
        groups = [(starts[group], starts[group] + min(counts[group], MOST_OF_A_GROUP)) for group in best]
        addresses = [address for start, end in groups for _, address in hits[start:end]]
        ordinals = iter(self._ordinals_at(addresses))
        firsts = [min(islice(ordinals, int(end - start))) for start, end in groups]
        return list(zip(firsts, counts[best].tolist(), strict=True))

    def counts_of(self, field: str) -> dict[str, int]:
        """How many documents have each value of a field of texts."""
        terms = {"field": field_column(field), "size": MOST_VALUES, "segment_size": MOST_VALUES}
        found = self._searcher.aggregate(Query.all_query(), {"values": {"terms": terms}})
        return {bucket["key"]: int(bucket["doc_count"]) for bucket in found["values"]["buckets"]}

    def ordinals(self, rows: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """The ordinals of rows."""
        return self._ordinals.of(rows)

    def listing(
        self, query: Query, order: str, limit: int, *, after: str | None, before: str | None, backward: bool
    ) -> list[tuple[str, int]]:
        """Sort keys and ordinals strictly between two sort keys, in the order of listing: the first or last `limit`."""
        direction = Order.Desc if backward else Order.Asc
        limit = min(limit, self._size + 1)
        bounded = every(query, beyond_query(self._index, order, after, before))
        hits = self._searcher.search(
            bounded, limit, count=False, order_by_field=sort_column(order), order=direction
        ).hits
        ordinals = self._ordinals_at([address for _, address in hits])
        found = [(str(key), ordinal) for (key, _), ordinal in zip(hits, ordinals, strict=True)]
        return found[::-1] if backward else found
