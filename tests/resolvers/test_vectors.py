"""The nearest vectors: exact up to a size, by a graph above it, and obedient to the filter always."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resolvers.sources.embedded.vectors import NearestVectors, VectorWriter, graph_file

COUNT, DIMENSION = 600, 16


def unit(rows: int, seed: int) -> Any:
    found = np.random.default_rng(seed).normal(size=(rows, DIMENSION)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def written(folder: Path, vectors: Any, missing: frozenset[int] = frozenset(), **options: int) -> NearestVectors:
    folder.mkdir()
    writer = VectorWriter(folder, len(vectors), vectors.shape[1], **options)
    rows = [None if row in missing else vector for row, vector in enumerate(vectors)]
    for start in range(0, len(rows), 100):
        writer.write(start, rows[start : start + 100])
    writer.close()
    return NearestVectors(folder)


def expected(vectors: Any, direction: Any, limit: int, rows: Any) -> list[int]:
    scores = vectors @ direction
    return sorted(rows, key=lambda row: (-scores[row], row))[:limit]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vectors")


@pytest.fixture(scope="module")
def exact(folder: Path) -> NearestVectors:
    return written(folder / "exact", unit(COUNT, 1), missing=frozenset({3, 77}))


@pytest.fixture(scope="module")
def graph(folder: Path) -> NearestVectors:
    return written(folder / "graph", unit(COUNT, 1), missing=frozenset({3, 77}), exact_limit=COUNT - 1)


@pytest.mark.usefixtures("exact", "graph")
def test_a_graph_is_made_above_the_limit_only(folder: Path) -> None:
    assert not (folder / "exact" / graph_file(0)).exists()
    assert (folder / "graph" / graph_file(0)).exists()
    at_the_limit = written(folder / "at", unit(10, 2), exact_limit=10)
    assert not (folder / "at" / graph_file(0)).exists()
    assert len(at_the_limit.search(unit(1, 3)[0], 100, None)) == 10


@pytest.mark.parametrize("limit", [1, 10, COUNT, COUNT * 2])
def test_exact_search_finds_the_nearest_in_order(exact: NearestVectors, limit: int) -> None:
    vectors, direction = unit(COUNT, 1), unit(1, 9)[0]
    present = [row for row in range(COUNT) if row not in (3, 77)]
    found = exact.search(direction, limit, None)
    assert [row for row, _ in found] == expected(vectors, direction, limit, present)
    assert [score for _, score in found] == pytest.approx(
        [float(vectors[row] @ direction) for row, _ in found], abs=1e-6
    )


@pytest.mark.parametrize("every", [1, 2, 3, 10, 200])
@pytest.mark.parametrize("limit", [5, 50, COUNT])
def test_both_ways_obey_the_filter(exact: NearestVectors, graph: NearestVectors, every: int, limit: int) -> None:
    vectors, direction = unit(COUNT, 1), unit(1, 9)[0]
    rows = np.arange(COUNT)[::-every].astype(np.int64)
    present = [int(row) for row in rows if row not in (3, 77)]
    best = expected(vectors, direction, limit, present)
    assert [row for row, _ in exact.search(direction, limit, rows)] == best
    found = [row for row, _ in graph.search(direction, limit, rows)]
    assert set(found) <= set(present)
    assert found == expected(vectors, direction, limit, found)
    assert len(set(found) & set(best)) >= 0.9 * len(best)
    if len(rows) < COUNT * 0.2:
        assert found == best


@pytest.fixture(scope="module")
def several(folder: Path) -> NearestVectors:
    return written(
        folder / "several", unit(COUNT, 1), missing=frozenset({3, 77}), exact_limit=COUNT - 1, graph_vectors=200
    )


@pytest.mark.usefixtures("several")
def test_a_graph_that_is_full_is_followed_by_another(folder: Path) -> None:
    graphs = sorted(path.name for path in (folder / "several").glob("graph-*"))
    assert graphs == [graph_file(number) for number in range(3)]


@pytest.mark.parametrize("graphs", ["graph", "several"])
def test_graphs_find_nearly_all_of_the_nearest(graphs: str, request: pytest.FixtureRequest) -> None:
    nearest, vectors = request.getfixturevalue(graphs), unit(COUNT, 1)
    present = [row for row in range(COUNT) if row not in (3, 77)]
    shares = []
    for direction in unit(20, 5):
        found = [row for row, _ in nearest.search(direction, 20, None)]
        assert found == expected(vectors, direction, 20, found)
        shares.append(len(set(found) & set(expected(vectors, direction, 20, present))) / 20)
    assert min(shares) >= 0.9


@pytest.mark.parametrize("graphs", ["graph", "several"])
@pytest.mark.parametrize(("limit", "every"), [(61, 1), (31, 2), (COUNT, 1), (COUNT, 2)])
def test_a_search_for_a_large_share_is_exact(
    graphs: str, limit: int, every: int, request: pytest.FixtureRequest
) -> None:
    nearest, vectors = request.getfixturevalue(graphs), unit(COUNT, 1)
    rows = np.arange(0, COUNT, every)
    present = [int(row) for row in rows if row not in (3, 77)]
    for direction in unit(20, 5):
        found = nearest.search(direction, limit, None if every == 1 else rows)
        assert [row for row, _ in found] == expected(vectors, direction, limit, present)


def test_no_rows_have_no_nearest(exact: NearestVectors, graph: NearestVectors) -> None:
    nothing = np.array([], dtype=np.int64)
    for nearest in (exact, graph):
        assert nearest.search(unit(1, 9)[0], 10, nothing) == []


def test_ties_are_in_the_order_of_rows_wherever_they_are_cut(tmp_path: Path) -> None:
    same = written(tmp_path / "same", np.tile(unit(1, 4), (9, 1)))
    rows = np.array([8, 2, 5, 0], dtype=np.int64)
    for limit in range(1, 10):
        assert [row for row, _ in same.search(unit(1, 4)[0], limit, None)] == list(range(limit))
        assert [row for row, _ in same.search(unit(1, 4)[0], limit, rows)] == [0, 2, 5, 8][:limit]


def test_without_any_vector_nothing_is_near(tmp_path: Path) -> None:
    empty = written(tmp_path / "empty", unit(3, 1), missing=frozenset({0, 1, 2}))
    assert empty.search(unit(1, 1)[0], 2, None) == []
