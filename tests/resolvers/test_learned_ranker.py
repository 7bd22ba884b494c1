"""Learned rankers: the order of the trees, within the bounds that the fits of both sides set, and what has moved it."""

from math import nan

import numpy as np
import pytest

from resolvers.ranking.features import FEATURES, PLACE, Feature, Matrix
from resolvers.ranking.fit import BY_HAND, LinearRanker, yardsticks
from resolvers.ranking.learned import LearnedRanker, Scale, bounded
from resolvers.ranking.trees import Trees
from tests.support.models import BY_RATE, dumped, split

RATE = PLACE[Feature.RATE]
OF_ALL = dumped(
    [feature.value for feature in FEATURES],
    *(split(at, step / 10, -0.3, 0.3) for at in range(len(FEATURES)) for step in (2, 5, 8)),
)
"""Trees of which each better value of any feature raises the score."""


def learned(trees: bytes, slope: float) -> LearnedRanker:
    return LearnedRanker("ranker-0001", Trees(trees), Scale(0.0, slope))


def rows_by_chance(count: int, seed: int, unknown: float = 0.0) -> Matrix:
    random = np.random.default_rng(seed)
    rows = random.random((count, len(FEATURES)))
    return np.where(random.random(rows.shape) < unknown, nan, rows)


def fitting(rates: list[float], fits: float) -> Matrix:
    """Rows that fit so well in everything but the rate."""
    rows = np.full((len(rates), len(FEATURES)), fits)
    rows[:, RATE] = rates
    return rows


def test_the_order_is_that_of_the_trees_and_the_fits_are_those_of_the_linear_model() -> None:
    rows = fitting([0.1, 0.5, 0.51, 1, 0, 0.9], 0.5)
    low, high = 1 / (1 + np.exp(0.3)), 1 / (1 + np.exp(-0.3))
    found, linear = learned(BY_RATE, 0.3).fits(rows), BY_HAND.fits(rows)
    assert found.score == pytest.approx([low, low, high, high, low, high])
    assert (found.client.tolist(), found.talent.tolist()) == (linear.client.tolist(), linear.talent.tolist())


def test_a_score_is_within_the_bounds_that_the_fits_set() -> None:
    mutual = np.array([0.5, 0.5, 0.5, 0.18, 0.0])
    assert bounded(np.array([0.1, 0.6, 0.999, 0.999, 0.5]), mutual) == pytest.approx([0.4, 0.6, 0.999, 0.36, 0])


@pytest.mark.parametrize("slope", [1e-9, 0.3, 5.0])
def test_who_fits_one_way_alone_is_below_who_fits_half_as_well_both_ways_whatever_was_learned(slope: float) -> None:
    rows = rows_by_chance(400, 1) ** np.linspace(0.2, 6, 400)[:, None]
    # Whoever is dear is what the trees want: none of it, or all of it.
    for trees in (BY_RATE, dumped(["words"], split(0, 0.05, 9.0, -9.0)), OF_ALL):
        score, mutual = learned(trees, slope).fits(rows).score, BY_HAND.fits(rows).score
        is_far_below = mutual[:, None] < 0.399 * mutual
        assert is_far_below.sum() > 1_000
        assert (score[:, None] < score)[is_far_below].all()
    one_sided, mutual = bounded(np.array([1.0, 0.0]), np.array([0.18, 0.5]))
    assert one_sided < mutual


def test_what_fits_better_is_never_below() -> None:
    ranker, rows = learned(OF_ALL, 0.5), rows_by_chance(100, 2)
    for at in range(len(FEATURES)):
        better = rows.copy()
        better[:, at] = np.minimum(1, better[:, at] + 0.2)
        assert (ranker.fits(better).score >= ranker.fits(rows).score - 1e-12).all()


@pytest.mark.parametrize("ranker", [learned(BY_RATE, 0.3), learned(BY_RATE, 9.0), learned(OF_ALL, 0.5)])
def test_an_impact_is_by_how_much_the_score_is_above_that_with_the_yardstick(ranker: LearnedRanker) -> None:
    rows = rows_by_chance(60, 3, unknown=0.2)
    moved, others, score = ranker.impacts(rows), yardsticks(rows), ranker.fits(rows).score
    for at in range(len(FEATURES)):
        changed = rows.copy()
        changed[:, at] = others[:, at]
        expected = np.where(np.isnan(rows[:, at]), 0, score - ranker.fits(changed).score)
        assert moved[:, at] == pytest.approx(expected, abs=1e-12)


def test_the_rate_alone_has_moved_what_ranks_by_the_rate_within_the_bounds() -> None:
    moved = learned(BY_RATE, 0.3).impacts(fitting([1, 0.9, 0.2, nan], 0.5))
    low, high = 1 / (1 + np.exp(0.3)), 1 / (1 + np.exp(-0.3))
    # What is owed is paid; then it is not, which matters only below the step.
    assert moved[:, RATE] == pytest.approx([0, 0, low - high, 0])
    assert not np.delete(moved, RATE, axis=1).any()


def test_a_yardstick_is_the_typical_value_and_1_where_less_is_there_than_is_owed() -> None:
    rows = np.tile(np.array([[1.0], [0.99], [0.1], [nan]]), len(FEATURES))
    found, typical = yardsticks(rows), yardsticks(rows[:1])[0]
    for feature in FEATURES:
        own = typical[PLACE[feature]]
        is_owed = feature in {Feature.RATE, Feature.PAY, Feature.AVAILABILITY}
        assert found[:, PLACE[feature]].tolist() == ([own, 1, 1, own] if is_owed else [own] * 4)
    assert LinearRanker().impacts(rows)[1:3, RATE].max() < 0 < LinearRanker().impacts(rows)[0, RATE]
