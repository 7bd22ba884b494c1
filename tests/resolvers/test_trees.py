"""Boosted trees without LightGBM: the scores that it gives, what is refused, and what a feature has moved."""

import json
from math import nan
from typing import Any

import lightgbm
import numpy as np
import pytest

from resolvers.errors import ModelRefused
from resolvers.ranking.features import FEATURES, Matrix
from resolvers.ranking.trees import MOST_LEAVES, Trees
from resolvers.sources.models import manifest_of, ranker_of
from tests.support.models import dumped, split, stored


def rows_by_chance(count: int, seed: int, unknown: float = 0.2) -> Matrix:
    """Values of features, many of them the same, and some of them unknown."""
    random = np.random.default_rng(seed)
    rows = np.round(random.random((count, len(FEATURES))) * 1.2 - 0.1, 2)
    return np.where(random.random(rows.shape) < unknown, nan, rows)


@pytest.fixture(scope="module")
def trained() -> Any:
    """A LambdaMART of LightGBM. The first three features are never unknown when it learns, as a feature may be."""
    rows = rows_by_chance(2_000, seed=1)
    rows[:, :3] = np.nan_to_num(rows[:, :3], nan=0.3)
    wanted = np.nan_to_num(rows[:, 0]) * 3 + np.nan_to_num(rows[:, 4], nan=0.8) * 2
    labels = (wanted + np.random.default_rng(2).random(2_000)).clip(0).astype(int)
    parameters = {"objective": "lambdarank", "verbosity": -1, "num_leaves": 31, "min_data_in_leaf": 5, "num_threads": 1}
    given = lightgbm.Dataset(rows, labels, group=[20] * 100, feature_name=[one.value for one in FEATURES])
    return lightgbm.train(parameters, given, 40)


def test_scores_are_those_of_lightgbm_whatever_is_unknown(trained: Any) -> None:
    dump = trained.dump_model()
    assert {"None", "NaN"} <= set(json.dumps(dump).replace('"', " ").split())
    trees, rows = Trees(json.dumps(dump).encode()), rows_by_chance(1_000, seed=3)
    assert trees.count == 40
    assert trees.raw(rows) == pytest.approx(trained.predict(rows), abs=1e-9)
    thresholds = np.array([tree["tree_structure"]["threshold"] for tree in dump["tree_info"]])
    on_thresholds = np.repeat(thresholds[:, None], len(FEATURES), axis=1)
    assert trees.raw(on_thresholds) == pytest.approx(trained.predict(on_thresholds), abs=1e-9)


def test_a_score_without_a_feature_is_that_with_its_typical_value(trained: Any) -> None:
    trees, rows, typical = Trees(json.dumps(trained.dump_model()).encode()), rows_by_chance(50, 4), np.full(40, 0.5)
    found = trees.without(rows, typical[None, : len(FEATURES)])
    others = rows_by_chance(50, 7, unknown=0)
    by_row = trees.without(rows, others)
    for at in range(len(FEATURES)):
        changed = rows.copy()
        changed[:, at] = others[:, at]
        assert by_row[:, at] == pytest.approx(trained.predict(changed), abs=1e-9)
        changed[:, at] = 0.5
        assert found[:, at] == pytest.approx(trained.predict(changed), abs=1e-9)


@pytest.mark.parametrize(
    ("trees", "why"),
    [
        (b"{", "was truncated"),
        (dumped(["rate"]), "has no trees"),
        (dumped(["charm", "rate"], split(1, 0.5, 0, 1)), "the features charm are not known here"),
        (dumped(["rate"], split(1, 0.5, 0, 1)), "has trees of features that it does not name"),
        (dumped(["rate"], split(0, 0.5, 0, 1, decision_type="==")), "Invalid enum value '=='"),
        (dumped(["rate"], split(0, 0.5, 0, 1, missing_type="Zero")), "Invalid enum value 'Zero'"),
    ],
)
def test_trees_that_cannot_be_used_are_refused_with_the_reason(trees: bytes, why: str) -> None:
    with pytest.raises(ModelRefused, match=f"the model ranker-0007 cannot be used: .*{why}"):
        ranker_of("ranker-0007", stored(trees))


def test_a_tree_may_have_as_many_leaves_as_there_are_bits() -> None:
    def chain(leaves: int) -> Any:
        node: Any = float(leaves)
        for at in range(leaves - 1, 0, -1):
            node = split(0, at / 100, float(at), node)
        return node

    rows = np.array([[0.0], [0.305], [nan], [1.0]])
    assert Trees(dumped(["rate"], chain(MOST_LEAVES))).raw(rows).tolist() == [1, 31, 1, 64]
    with pytest.raises(ValueError, match="has 65 leaves, and may have 64"):
        Trees(dumped(["rate"], chain(MOST_LEAVES + 1)))


def test_a_model_that_is_damaged_or_newer_is_refused_with_the_reason() -> None:
    model = stored()
    with pytest.raises(ModelRefused, match="is damaged: its trees have another checksum"):
        ranker_of("ranker-0001", model._replace(trees=model.trees + b" "))
    with pytest.raises(ModelRefused, match="is damaged: its manifest cannot be read"):
        manifest_of("ranker-0001", model.manifest[:-9])
    with pytest.raises(ModelRefused, match="is of a newer gateway: update this one"):
        manifest_of("ranker-0001", b'{"format": 3, "trees": {}}')
    with pytest.raises(ModelRefused, match="is of an older gateway, and was measured by another order: train a new"):
        ranker_of("ranker-0001", stored(format=1))
