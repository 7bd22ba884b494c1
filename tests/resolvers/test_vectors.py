"""The nearest vectors: exact up to a size, by a graph above it, and obedient to the filter always."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resolvers.sources.embedded.ordinals import Ordinals, tail_ordinals
from resolvers.sources.embedded.tail import Tail, TailVectorWriter
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
    return NearestVectors(folder, vectors.shape[1], Tail(), Ordinals(len(vectors)))


def expected(vectors: Any, direction: Any, limit: int, rows: Any) -> list[int]:
    scores = (vectors.astype(np.float64) @ direction).round(5)
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
        [float(vectors[row] @ direction) for row, _ in found], abs=6e-6
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


def test_what_differs_by_rounding_is_in_the_order_of_rows(tmp_path: Path) -> None:
    noise = np.float32(1e-7) * np.arange(9, dtype=np.float32)[:, np.newaxis]
    same = written(tmp_path / "nearly", np.tile(unit(1, 4), (9, 1)) * (1 + noise))
    for limit in range(1, 10):
        assert [row for row, _ in same.search(unit(1, 4)[0], limit, None)] == list(range(limit))


def test_without_any_vector_nothing_is_near(tmp_path: Path) -> None:
    empty = written(tmp_path / "empty", unit(3, 1), missing=frozenset({0, 1, 2}))
    assert empty.search(unit(1, 1)[0], 2, None) == []


REPLACED, TAIL = range(0, COUNT, 10), 60


def with_tail(folder: Path, **options: int) -> tuple[NearestVectors, dict[int, Any], Ordinals]:
    """Vectors of which every tenth was replaced by one in the tail; what the rows that count have, and their order.

    A row of the tail comes right in front of the row that it replaces.
    """
    vectors, tail = unit(COUNT, 1), unit(TAIL, 2)
    written(folder, vectors, missing=frozenset({3, 77}), **options)
    ordinals = tail_ordinals(list(REPLACED), [f"{row}" for row in REPLACED])
    changed = Tail(np.arange(TAIL) != 5, ordinals, np.array(REPLACED, dtype=np.int64))
    writer = TailVectorWriter(folder, DIMENSION)
    for row in range(TAIL):
        writer.write(row, tail[row])
    writer.close(TAIL)
    rows = {row: vectors[row] for row in range(COUNT) if row not in {3, 77, *REPLACED}}
    rows |= {COUNT + row: tail[row] for row in range(TAIL) if row != 5}
    order = Ordinals(COUNT, ordinals)
    return NearestVectors(folder, DIMENSION, changed, order), rows, order


def nearest_of(rows: dict[int, Any], order: Ordinals, direction: Any, limit: int) -> list[int]:
    def score(row: int) -> float:
        return float((rows[row].astype(np.float64) @ direction).round(5))

    return sorted(rows, key=lambda row: (-score(row), order.of([row])[0]))[:limit]


@pytest.mark.parametrize("options", [{}, {"exact_limit": COUNT - 1}, {"exact_limit": COUNT - 1, "graph_vectors": 200}])
def test_what_was_changed_is_found_where_it_is_now(tmp_path: Path, options: dict[str, int]) -> None:
    nearest, rows, order = with_tail(tmp_path / "tail", **options)
    shares = []
    for direction in unit(20, 5):
        for limit, wanted in ((20, None), (20, np.array(sorted(rows)[::2], dtype=np.int64))):
            within = rows if wanted is None else {row: rows[row] for row in wanted.tolist()}
            best = nearest_of(within, order, direction, limit)
            found = [row for row, _ in nearest.search(direction, limit, wanted)]
            assert found == nearest_of({row: within[row] for row in found}, order, direction, limit)
            assert set(best) & set(range(COUNT, COUNT + TAIL)) <= set(found)
            shares.append(len(set(found) & set(best)) / limit)
    assert min(shares) == 1 if not options else min(shares) >= 0.9


@pytest.mark.parametrize("options", [{}, {"exact_limit": COUNT - 1}])
def test_with_a_tail_a_search_for_a_large_share_is_exact(tmp_path: Path, options: dict[str, int]) -> None:
    nearest, rows, order = with_tail(tmp_path / "tail", **options)
    some = np.array([0, 1, 3, 5, 7, 11, COUNT, COUNT + 3, COUNT + 5], dtype=np.int64)
    for direction in unit(20, 5):
        found = nearest.search(direction, COUNT, None)
        assert [row for row, _ in found] == nearest_of(rows, order, direction, COUNT)
        assert [score for _, score in found] == pytest.approx([rows[row] @ direction for row, _ in found], abs=6e-6)
        few = {row: rows[row] for row in some.tolist() if row in rows}
        assert [row for row, _ in nearest.search(direction, 5, some)] == nearest_of(few, order, direction, 5)


def test_a_graph_of_replaced_vectors_alone_is_not_believed(tmp_path: Path) -> None:
    vectors, folder = unit(COUNT, 1), tmp_path / "graph"
    written(folder, vectors, exact_limit=COUNT - 1)
    direction = unit(1, 9)[0]
    near = expected(vectors, direction, 40, range(COUNT))
    ordinals = tail_ordinals([0], ["id"])
    tail = Tail(np.array([False]), ordinals, np.array(near, dtype=np.int64))
    TailVectorWriter(folder, DIMENSION).close(1)
    found = NearestVectors(folder, DIMENSION, tail, Ordinals(COUNT, ordinals)).search(direction, 10, None)
    assert [row for row, _ in found] == expected(vectors, direction, 10, set(range(COUNT)) - set(near))


def test_ties_of_a_tail_are_in_the_order_of_ids(tmp_path: Path) -> None:
    same, folder = np.tile(unit(1, 4), (3, 1)), tmp_path / "same"
    written(folder, same)
    writer = TailVectorWriter(folder, DIMENSION)
    for row in range(3):
        writer.write(row, same[0])
    writer.close(3)
    # The rows 3, 4 and 5 come behind, in front of, and in the middle of the rows 0, 1 and 2.
    ordinals = tail_ordinals([3, 0, 1], ["z", "a", "m"])
    tail = Tail(np.ones(3, dtype=np.bool_), ordinals, np.zeros(0, dtype=np.int64))
    nearest = NearestVectors(folder, DIMENSION, tail, Ordinals(3, ordinals))
    for limit in range(1, 7):
        assert [row for row, _ in nearest.search(same[0], limit, None)] == [4, 0, 5, 1, 2, 3][:limit]
