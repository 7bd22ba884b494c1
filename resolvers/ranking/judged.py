"""Pairings with their judgement, and the likeness of what is recommended."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from resolvers.ranking.facts import is_new
from resolvers.ranking.features import PLACE, Feature, Matrix, Pairing, features
from resolvers.ranking.fit import Ranker, harmonic
from resolvers.ranking.shown_order import Numbers, likeness, shown_order

ROWS_AT_ONCE = 16
"""A page that is not long is told at once; one row alone takes nearly as long as all of them."""


class Impacts:
    """What each feature has moved each score by: a row a pairing, in the order of `FEATURES`.

    Told for some rows in a row when one of them is first asked for, as most of what is judged is never shown.
    """

    def __init__(self, ranker: Ranker, matrix: Matrix) -> None:
        self._ranker, self._matrix = ranker, matrix
        self._told: dict[int, Matrix] = {}

    def of(self, row: int) -> Numbers:
        first = row - row % ROWS_AT_ONCE
        if first not in self._told:
            self._told[first] = self._ranker.impacts(self._matrix[first : first + ROWS_AT_ONCE])
        moved: Numbers = self._told[first][row - first]
        return moved


class Judged(NamedTuple):
    """A pairing and what a model makes of it. `values` are in the order of `FEATURES`, `row` tells its `impacts`.

    `score` is what ranks. `mutual` is how well the two fit each other, whatever does: a learned model scores otherwise.
    """

    pairing: Pairing
    client_fit: float
    talent_fit: float
    mutual: float
    score: float
    values: Numbers
    impacts: Impacts
    row: int

    def value(self, feature: Feature) -> float:
        return float(self.values[PLACE[feature]])

    def impact(self, *wanted: Feature) -> float:
        moved = self.impacts.of(self.row)
        return float(sum(moved[PLACE[feature]] for feature in wanted))


def judged(pairings: Sequence[Pairing], ranker: Ranker) -> list[Judged]:
    """The pairings with their judgement, the best first, ties by the ids of job and talent."""
    matrix: Matrix = features(pairings)
    fits = ranker.fits(matrix)
    scores, client, talent = fits.score.tolist(), fits.client.tolist(), fits.talent.tolist()
    mutual = harmonic(fits.client, fits.talent).tolist()
    order = sorted(range(len(pairings)), key=lambda at: (-scores[at], *_ids(pairings[at])))
    ranked = matrix[order]
    impacts = Impacts(ranker, ranked)
    return [
        Judged(pairings[at], client[at], talent[at], mutual[at], scores[at], ranked[row], impacts, row)
        for row, at in enumerate(order)
    ]


def _ids(pairing: Pairing) -> tuple[str, str]:
    return pairing.job.record.id, pairing.talent.record.id


def diverse_talent(found: Sequence[Judged], count: int) -> list[Judged]:
    """The first `count` of ranked talent as they are shown: see `shown_order`."""
    talent = [one.pairing.talent for one in found]
    alike = likeness([one.skills for one in talent])
    order = shown_order(_scores(found), alike, [is_new(one.record) for one in talent], count)
    return [found[at] for at in order]


def diverse_jobs(found: Sequence[Judged], count: int) -> list[Judged]:
    """The first `count` of ranked jobs as they are shown, without near copies side by side."""
    alike = likeness([dict(one.pairing.job.skills) | {one.pairing.job.record.client_id: 1.0} for one in found])
    return [found[at] for at in shown_order(_scores(found), alike, [False] * len(found), count)]


def _scores(found: Sequence[Judged]) -> Numbers:
    return np.array([one.score for one in found], dtype=np.float64)
