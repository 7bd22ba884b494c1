"""The vectors of a kind, one row a document, and the search for the nearest of them.

Up to EXACT_LIMIT vectors every one is compared, which takes about 50 nanoseconds each and misses none. Above it
HNSW graphs (usearch) propose candidates, which are then scored exactly.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from usearch.index import Index

from resolvers.sources.embedding import Vectors

EXACT_LIMIT = 60_000
GRAPH_VECTORS = 60_000
"""How many vectors one graph holds. A graph is built in memory, so this bounds what a catalog of any size takes."""
OVERSAMPLING = 2
EXACT_SHARE = 0.2
"""Where a filter passes less than this share of the documents, or more than it are asked for, the search is exact."""

Rows = NDArray[np.int64]
VECTORS_FILE, PRESENT_FILE = "vectors.npy", "present.npy"


def graph_file(number: int) -> str:
    """The file of a kind's graph with this number, from 0."""
    return f"graph-{number}.usearch"


class VectorWriter:
    """Writes the vectors of a kind, in the order of rows, into a file that is mapped and not held in memory."""

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
        shape = (count, dimension)
        self._vectors = np.lib.format.open_memmap(folder / VECTORS_FILE, mode="w+", dtype=np.float32, shape=shape)
        self._present = np.zeros(count, dtype=np.bool_)
        self._graph = self._new_graph() if count > exact_limit else None
        self._graphs_saved = 0

    def _new_graph(self) -> Index:
        return Index(ndim=self._dimension, metric="cos", dtype="f16")

    def write(self, first_row: int, vectors: list[Vectors | None]) -> None:
        rows = [first_row + offset for offset, vector in enumerate(vectors) if vector is not None]
        if not rows:
            return
        block = np.stack([vector for vector in vectors if vector is not None])
        self._vectors[rows] = block
        self._present[rows] = True
        if self._graph is not None:
            self._graph.add(np.array(rows, dtype=np.uint64), block)
            if len(self._graph) >= self._graph_vectors:
                self._save(self._graph)
                self._graph = self._new_graph()

    def _save(self, graph: Index) -> None:
        graph.save(str(self._folder / graph_file(self._graphs_saved)))
        self._graphs_saved += 1

    def close(self) -> None:
        self._vectors.flush()
        np.save(self._folder / PRESENT_FILE, self._present)
        if self._graph is not None and len(self._graph):
            self._save(self._graph)


class NearestVectors:
    """Finds the documents of a kind whose vectors point most nearly in a direction."""

    def __init__(self, folder: Path) -> None:
        self._vectors: Vectors = np.load(folder / VECTORS_FILE, mmap_mode="r")
        self._present: NDArray[np.bool_] = np.load(folder / PRESENT_FILE)
        self._graphs = [_opened(graph) for graph in sorted(folder.glob("graph-*.usearch"))]

    def search(self, direction: Vectors, limit: int, rows: Rows | None) -> list[tuple[int, float]]:
        """The `limit` nearest rows with their cosines, nearest first, ties by row; only of `rows` where given."""
        candidates = self._candidates(direction, limit, rows)
        if candidates is None:
            scores = np.asarray(self._vectors) @ direction
            scores[~self._present] = -np.inf
            return _best(np.arange(len(scores)), scores, limit)
        candidates = candidates[self._present[candidates]]
        return _best(candidates, self._vectors[candidates] @ direction, limit)

    def _candidates(self, direction: Vectors, limit: int, rows: Rows | None) -> Rows | None:
        """Rows among which the nearest are; None stands for all rows."""
        total = len(self._present)
        if not self._graphs or (rows is not None and len(rows) < total * EXACT_SHARE):
            return rows
        asked = limit * OVERSAMPLING if rows is None else limit * OVERSAMPLING * total // len(rows)
        if asked > total * EXACT_SHARE:
            return rows
        found = np.concatenate([graph.search(direction, asked).keys.astype(np.int64) for graph in self._graphs])
        if rows is None:
            return found
        passing: Rows = np.intersect1d(found, rows, assume_unique=True)
        return passing if len(passing) >= limit else rows


def _best(rows: Rows, scores: Vectors, limit: int) -> list[tuple[int, float]]:
    if limit < len(scores):
        # Ties at the edge are kept here and cut after they have been put in the order of rows.
        edge = np.partition(scores, len(scores) - limit)[len(scores) - limit]
        kept = np.flatnonzero(scores >= edge)
        rows, scores = rows[kept], scores[kept]
    order = np.lexsort((rows, -scores))[:limit]
    return [(int(rows[at]), float(scores[at])) for at in order if scores[at] > -np.inf]


def _opened(path: Path) -> Index:
    graph = Index.restore(str(path), view=True)
    if graph is None:
        raise OSError(f"{path.name} is no graph of vectors")
    return graph
