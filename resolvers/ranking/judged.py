"""Pairings with their judgement, and the likeness of what is recommended."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from resolvers.ranking.facts import is_new
from resolvers.ranking.features import PLACE, Feature, Matrix, Pairing, features
from resolvers.ranking.fit import Ranker
from resolvers.ranking.shown_order import Numbers, likeness, shown_order


class Impacts:
    """What each feature has moved a score by, in the order of `FEATURES`.

    Told when it is first asked for, as most of what is judged is never shown.
    """

    def __init__(self, ranker: Ranker, values: Numbers) -> None:
        self._ranker, self._values = ranker, values

    @cached_property
    def moved(self) -> Numbers:
        moved: Numbers = self._ranker.impacts(self._values[None, :])[0]
        return moved


class Judged(NamedTuple):
    """A pairing and what a model makes of it. `values` are in the order of `FEATURES`."""

    pairing: Pairing
    client_fit: float
    talent_fit: float
    score: float
    values: Numbers
    impacts: Impacts

    def value(self, feature: Feature) -> float:
        return float(self.values[PLACE[feature]])

    def impact(self, *wanted: Feature) -> float:
        return float(sum(self.impacts.moved[PLACE[feature]] for feature in wanted))


def judged(pairings: Sequence[Pairing], ranker: Ranker) -> list[Judged]:
    """The pairings with their judgement, the best first, ties by the ids of job and talent."""
    matrix: Matrix = features(pairings)
    fits, impacts = ranker.fits(matrix), [Impacts(ranker, values) for values in matrix]
    rows = zip(pairings, fits.client.tolist(), fits.talent.tolist(), fits.score.tolist(), matrix, impacts, strict=True)
    return sorted((Judged(*row) for row in rows), key=_by_score)


def _by_score(one: Judged) -> tuple[float, str, str]:
    return -one.score, one.pairing.job.record.id, one.pairing.talent.record.id


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
