"""The vectors of a kind, one row a document, and the search for the nearest of them.

Up to EXACT_LIMIT vectors every one is compared, which takes about 20 nanoseconds each and misses none: first in half
precision, which is half as much to read, and then those that may be among the nearest as they are. Above it HNSW graphs
(usearch) propose candidates, which are then scored exactly. The vectors of the tail are in no graph: all of them are
candidates.
"""

from functools import cached_property
from pathlib import Path

import numkong
import numpy as np
from numpy.typing import NDArray
from usearch.index import Index

from resolvers.sources.embedded.ordinals import Ordinals, Rows
from resolvers.sources.embedded.tail import Tail, tail_vectors
from resolvers.sources.embedding import Vectors
from resolvers.sources.matching import MEANING_DECIMALS

EXACT_LIMIT = 60_000
GRAPH_VECTORS = 60_000
"""How many vectors one graph holds. A graph is built in memory, so this bounds what a catalog of any size takes."""
OVERSAMPLING = 2
ROUNDING = 2 * 10.0**-MEANING_DECIMALS
"""More than what a product of two unit vectors is wrong by in single precision, and than what is rounded away."""
HALF_ROUNDING = 4 * 2.0**-10
"""Twice what a product of two unit vectors in half precision may be wrong by, for both of two that are compared.

Each number is rounded by 2^-11 of itself at the most, and so a product by 2^-10; the sum is in single precision.
"""
EXACT_SHARE = 0.2
"""Where a filter passes less than this share of the documents, or more than it are asked for, the search is exact."""
PRODUCT_SHARE = 0.15
"""Of more than this share it is faster to compare all vectors as they lie than to gather those that are wanted."""

VECTORS_FILE, PRESENT_FILE = "vectors.npy", "present.npy"


def graph_file(number: int) -> str:
    """The file of a kind's graph with this number, from 0."""
    return f"graph-{number}.usearch"


class VectorWriter:
    """Writes the vectors of a kind, all of them and in the order of rows, into a file."""

    def __init__(
        self,
        folder: Path,
        count: int,
        dimension: int,
        *,
        exact_limit: int = EXACT_LIMIT,
        graph_vectors: int = GRAPH_VECTORS,
    ) -> None:
        self._folder, self._dimension, self._graph_vectors = folder, dimension, graph_vectors
        # Not mapped: a full disk kills who writes into a map, and is an error to who writes into a file.
        self._file = (folder / VECTORS_FILE).open("wb")
        header = {"descr": "<f4", "fortran_order": False, "shape": (count, dimension)}
        np.lib.format.write_array_header_1_0(self._file, header)
        self._present = np.zeros(count, dtype=np.bool_)
        self._graph = self._new_graph() if count > exact_limit else None
        self._graphs_saved = 0

    def _new_graph(self) -> Index:
        return Index(ndim=self._dimension, metric="cos", dtype="f16")

    def write(self, first_row: int, vectors: list[Vectors | None]) -> None:
        offsets = [offset for offset, vector in enumerate(vectors) if vector is not None]
        block = np.zeros((len(vectors), self._dimension), dtype=np.float32)
        for offset in offsets:
            block[offset] = vectors[offset]
        self._file.write(block.tobytes())
        rows = np.array(offsets, dtype=np.int64) + first_row
        self._present[rows] = True
        if self._graph is not None and len(rows):
            self._graph.add(rows.astype(np.uint64), block[offsets])
            if len(self._graph) >= self._graph_vectors:
                self._save(self._graph)
                self._graph = self._new_graph()

    def _save(self, graph: Index) -> None:
        graph.save(str(self._folder / graph_file(self._graphs_saved)))
        self._graphs_saved += 1

    def close(self) -> None:
        self._file.close()
        np.save(self._folder / PRESENT_FILE, self._present)
        if self._graph is not None and len(self._graph):
            self._save(self._graph)


class NearestVectors:
    """Finds the documents of a kind whose vectors point most nearly in a direction."""

    def __init__(self, folder: Path, dimension: int, tail: Tail, ordinals: Ordinals) -> None:
        self._ordinals = ordinals
        self._full, present = _of_full_index(folder, ordinals.full, dimension)
        self._tail = tail_vectors(folder, len(tail.present), dimension)
        present[tail.replaced] = False
        self._present: NDArray[np.bool_] = np.concatenate([present, tail.present])
        self._absent: Rows = np.flatnonzero(~self._present)
        self._tail_rows: Rows = np.arange(ordinals.full, len(self._present), dtype=np.int64)
        self._graphs = [_opened(graph) for graph in sorted(folder.glob("graph-*.usearch"))]

    @cached_property
    def _halves(self) -> NDArray[np.float16]:
        """All vectors in half precision, made when they are first compared."""
        halves = np.empty((len(self._present), self._full.shape[1]), dtype=np.float16)
        halves[: len(self._full)], halves[len(self._full) :] = self._full, self._tail
        return halves

    def search(self, direction: Vectors, limit: int, rows: Rows | None) -> list[tuple[int, float]]:
        """The `limit` nearest rows with their cosines, nearest first, ties by id; only of `rows` where given."""
        candidates = self._candidates(direction, limit, rows)
        if candidates is None or len(candidates) > PRODUCT_SHARE * len(self._present):
            scores, rounding = self._cosines(direction)
            scores[self._absent] = -np.inf
            candidates = np.arange(len(self._present)) if candidates is None else candidates
            scores = scores[candidates]
        else:
            candidates = candidates[self._present[candidates]]
            scores, rounding = self._vectors_of(candidates) @ direction, ROUNDING
        return self._best(_near_the_top(candidates, scores, limit, rounding), direction, limit)

    def _cosines(self, direction: Vectors) -> tuple[Vectors, float]:
        """The cosines of all rows, and more than what two of them together are wrong by."""
        if self._graphs or not len(self._present):
            # So many that they would take much memory a second time, and that are seldom compared all.
            return np.concatenate([_products(self._full, direction), _products(self._tail, direction)]), ROUNDING
        found = numkong.cdist(self._halves, direction.astype(np.float16)[None], "dot", out_dtype="float32")
        return np.asarray(found)[:, 0], HALF_ROUNDING

    def _vectors_of(self, rows: Rows) -> Vectors:
        if not len(self._tail):
            return self._full[rows]
        vectors = np.empty((len(rows), self._full.shape[1]), dtype=np.float32)
        full = rows < len(self._full)
        vectors[full] = self._full[rows[full]]
        vectors[~full] = self._tail[rows[~full] - len(self._full)]
        return vectors

    def _candidates(self, direction: Vectors, limit: int, rows: Rows | None) -> Rows | None:
        """Rows among which the nearest are; None stands for all rows."""
        total = len(self._present)
        if not self._graphs or (rows is not None and len(rows) < total * EXACT_SHARE):
            return rows
        asked = limit * OVERSAMPLING if rows is None else limit * OVERSAMPLING * total // len(rows)
        if asked > total * EXACT_SHARE:
            return rows
        found = np.concatenate([graph.search(direction, asked).keys.astype(np.int64) for graph in self._graphs])
        # A graph still proposes what has been replaced; when that leaves too little, something near may be missing.
        found = found[self._present[found]]
        passing: Rows = found if rows is None else np.intersect1d(found, rows, assume_unique=True)
        if len(passing) < limit:
            return rows
        tail = self._tail_rows if rows is None else np.intersect1d(self._tail_rows, rows, assume_unique=True)
        return np.concatenate([passing, tail])

    def _best(self, rows: Rows, direction: Vectors, limit: int) -> list[tuple[int, float]]:
        # A matrix product rounds a row by where it stands, and made these vectors too: equal texts get equal scores.
        scores = (self._vectors_of(rows).astype(np.float64) * direction).sum(axis=1).round(MEANING_DECIMALS)
        order = np.lexsort((self._ordinals.of(rows), -scores))[:limit]
        return [(int(rows[at]), float(scores[at])) for at in order]


def _products(vectors: Vectors, direction: Vectors) -> Vectors:
    # Not `@`: for so much it starts threads, and whoever shares the machine with others waits for each of them.
    found: Vectors = np.einsum("ij,j->i", vectors, direction)
    return found


def _near_the_top(rows: Rows, scores: Vectors, limit: int, rounding: float) -> Rows:
    """The `limit` rows that score best, and those so near to the last of them that rounding may have put them there."""
    if limit < len(scores):
        edge = np.partition(scores, len(scores) - limit)[len(scores) - limit]
        kept: Rows = rows[scores >= max(edge - rounding, np.finfo(np.float32).min)]
        return kept
    there: Rows = rows[scores > -np.inf]
    return there


def _of_full_index(folder: Path, rows: int, dimension: int) -> tuple[Vectors, NDArray[np.bool_]]:
    """The vectors of the full index, mapped, and which rows have one. A kind that had no document has no files."""
    if not rows:
        return np.zeros((0, dimension), dtype=np.float32), np.zeros(0, dtype=np.bool_)
    # As an array like others: one that is a map works in Python when it is indexed.
    vectors = np.asarray(np.load(folder / VECTORS_FILE, mmap_mode="r"))
    return vectors[:rows], np.load(folder / PRESENT_FILE)[:rows]


def _opened(path: Path) -> Index:
    graph = Index.restore(str(path), view=True)
    if graph is None:
        raise OSError(f"{path.name} is no graph of vectors")
    return graph
