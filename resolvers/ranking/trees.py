"""Boosted trees of LightGBM, evaluated without it: all rows and all trees at once.

Each leaf of a tree is a bit. The thresholds on a feature cut its values into intervals, and for each of them, and for
an unknown value, it is known beforehand which leaves of every tree can still be reached. The leaf of a row is the one
that all of its features leave over. That is QuickScorer (Lucchese et al., "QuickScorer: A Fast Algorithm to Rank
Documents with Additive Ensembles of Regression Trees", SIGIR 2015), with whole intervals in the place of single tests.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from resolvers.ranking.features import Matrix

MOST_LEAVES = 64
"""Of one tree: there is a bit for each."""
ROWS_AT_ONCE = 4_096
"""More of them would need much memory: there is a number for each row and tree."""
EXPONENT_BIT, EXPONENT_OF_ONE = 52, 1023
"""Where a float of IEEE 754 has its exponent, and that of 1."""
Bits = NDArray[np.uint64]


class _Node(msgspec.Struct, frozen=True):
    """A node as LightGBM's `dump_model` has it: a split, or a leaf. Splits by categories have another decision type.

    `None` as the missing type means that an unknown value counts as 0, `NaN` that it goes where the default is.
    """

    leaf_value: float = 0.0
    split_feature: int = 0
    threshold: float = 0.0
    decision_type: Literal["<="] = "<="
    missing_type: Literal["None", "NaN"] = "None"
    default_left: bool = True
    left_child: "_Node | None" = None
    right_child: "_Node | None" = None


class _Tree(msgspec.Struct, frozen=True):
    tree_structure: _Node


class _Dump(msgspec.Struct, frozen=True):
    feature_names: tuple[str, ...]
    tree_info: tuple[_Tree, ...]


class _Split(NamedTuple):
    """A split, and the leaves below each of its sides."""

    feature: int
    threshold: float
    unknown_left: bool
    left: int
    right: int


class Trees:
    """The trees of a model as LightGBM dumps it in JSON. `features` are the columns of what they are given.

    Raises ValueError for what is no such model, or one with splits by category, with zeros that count as unknown, or
    with more leaves than MOST_LEAVES.
    """

    def __init__(self, dump: bytes) -> None:
        read = msgspec.json.decode(dump, type=_Dump)
        self.features, trees = read.feature_names, [_grown(tree.tree_structure) for tree in read.tree_info]
        if not trees:
            raise ValueError("the model has no trees")
        self._values = np.zeros((len(trees), max(len(leaves) for _, leaves in trees)))
        for row, (_, leaves) in zip(self._values, trees, strict=True):
            row[: len(leaves)] = leaves
        splits = [(at, split) for at, (found, _) in enumerate(trees) for split in found]
        if not all(0 <= split.feature < len(self.features) for _, split in splits):
            raise ValueError("the model has trees of features that it does not name")
        self._tables = [_Table([one for one in splits if one[1].feature == at], trees) for at in range(self.width)]

    @property
    def width(self) -> int:
        """How many features there are."""
        return len(self.features)

    @property
    def count(self) -> int:
        """How many trees there are."""
        return len(self._values)

    def raw(self, rows: Matrix) -> NDArray[np.float64]:
        """What the trees say of each row, added up: LightGBM's raw score."""
        parts = [self._raw(rows[first : first + ROWS_AT_ONCE]) for first in range(0, len(rows), ROWS_AT_ONCE)]
        return np.concatenate(parts) if parts else np.empty(0)

    def _raw(self, rows: Matrix) -> NDArray[np.float64]:
        left = np.full((len(rows), self.count), ~np.uint64(0))
        for at, table in enumerate(self._tables):
            left &= table.left_over(rows[:, at])
        return self._sums(left)

    def without(self, rows: Matrix, others: Matrix) -> Matrix:
        """The raw score that each row would have if one feature had another value: a column a feature.

        `others` has these values, a row for each, or one for all.
        """
        left, other = self._left_over(rows), self._left_over(others)
        # What all features in front of each leave over together, and all behind it.
        rest = np.full_like(left, ~np.uint64(0))
        np.bitwise_and.accumulate(left[:-1], out=rest[1:])
        rest[:-1] &= np.bitwise_and.accumulate(left[:0:-1])[::-1]
        return self._sums(rest & other).T

    def _left_over(self, rows: Matrix) -> Bits:
        """By feature, row and tree: the leaves that the feature leaves over."""
        return np.stack([table.left_over(rows[:, at]) for at, table in enumerate(self._tables)])

    def _sums(self, left: Bits) -> Matrix:
        # One bit is left in each: a power of two, which a float has as its exponent.
        leaves = (left.astype(np.float64).view(np.int64) >> EXPONENT_BIT) - EXPONENT_OF_ONE
        sums: Matrix = self._values[np.arange(len(self._values)), leaves].sum(axis=-1)
        return sums


class _Table:
    """For a feature: a row of leaves that can still be reached for each interval, and a last one for no value."""

    def __init__(self, splits: list[tuple[int, _Split]], trees: list[tuple[list[_Split], list[float]]]) -> None:
        self._thresholds = np.unique([split.threshold for _, split in splits])
        every = np.array([(1 << len(leaves)) - 1 for _, leaves in trees], dtype=np.uint64)
        self._reachable = np.tile(every, (len(self._thresholds) + 2, 1))
        for tree, split in splits:
            right_from = int(np.searchsorted(self._thresholds, split.threshold)) + 1
            column, left, right = self._reachable[:, tree], ~np.uint64(split.left), ~np.uint64(split.right)
            column[:right_from] &= right
            column[right_from:-1] &= left
            column[-1] &= right if split.unknown_left else left

    def left_over(self, values: NDArray[np.float64]) -> Bits:
        # How many thresholds are below a value: it goes left where it is not above one.
        places = np.where(np.isnan(values), len(self._thresholds) + 1, np.searchsorted(self._thresholds, values))
        return self._reachable[places]


def _grown(root: _Node) -> tuple[list[_Split], list[float]]:
    """The splits of a tree, and the values of its leaves from left to right."""
    leaves: list[float] = []
    splits = [split for _, split in _walk(root, leaves) if split is not None]
    if len(leaves) > MOST_LEAVES:
        raise ValueError(f"a tree has {len(leaves)} leaves, and may have {MOST_LEAVES}")
    return splits, leaves


def _walk(node: _Node, leaves: list[float]) -> Iterator[tuple[int, _Split | None]]:
    """The nodes below and including one, itself last, each with the bits of its leaves."""
    if node.left_child is None or node.right_child is None:
        leaves.append(node.leaf_value)
        yield 1 << (len(leaves) - 1), None
        return
    sides = []
    for child in (node.left_child, node.right_child):
        below = list(_walk(child, leaves))
        yield from below
        sides.append(below[-1][0])
    unknown_left = node.default_left if node.missing_type == "NaN" else node.threshold >= 0
    yield sides[0] | sides[1], _Split(node.split_feature, node.threshold, unknown_left, *sides)
