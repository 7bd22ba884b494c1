"""How well a job and a talent fit each other: a linear model of the features, set by hand.

Both sides are judged. The client's fit is how well the talent is what the client wants, the talent's how well the job
is what the talent wants: each a weighted mean of the features, where the typical value stands for what is not known.
The score of a pairing is the harmonic mean of the two, as in RECON (Pizzato et al., "RECON: A Reciprocal Recommender
for Online Dating", RecSys 2010): who fits in one direction alone is below who fits half as well in both.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from resolvers.ranking.facts import NO_RECORD
from resolvers.ranking.features import FEATURES, Feature, Matrix


class Weight(NamedTuple):
    """What a feature counts for in the client's and in the talent's fit, and its typical value."""

    client: float
    talent: float
    typical: float


WEIGHTS: Mapping[Feature, Weight] = {
    Feature.SKILLS: Weight(0.10, 0.02, 0.45),
    Feature.SKILLS_USED: Weight(0.02, 0.10, 0.40),
    Feature.WORDS: Weight(0.50, 0.50, 0.50),
    Feature.MEANING: Weight(0.08, 0.08, 0.50),
    Feature.OCCUPATION: Weight(0.09, 0.09, 0.50),
    Feature.LEVEL: Weight(0.04, 0.03, 0.70),
    Feature.RATE: Weight(0.06, 0.00, 0.70),
    Feature.PAY: Weight(0.00, 0.07, 0.70),
    Feature.AVAILABILITY: Weight(0.03, 0.00, 0.80),
    Feature.WORKLOAD: Weight(0.00, 0.03, 0.60),
    Feature.TIME_ZONE: Weight(0.02, 0.02, 0.50),
    Feature.LANGUAGE: Weight(0.02, 0.00, 0.80),
    Feature.LOCATION: Weight(0.01, 0.00, 0.50),
    Feature.TRACK_RECORD: Weight(0.02, 0.00, NO_RECORD),
    Feature.ACTIVITY: Weight(0.01, 0.00, 0.60),
    Feature.CLIENT_RECORD: Weight(0.00, 0.04, 0.65),
    Feature.FRESHNESS: Weight(0.00, 0.01, 0.40),
    Feature.COMPETITION: Weight(0.00, 0.01, 0.60),
    Feature.POPULARITY: Weight(0.00, 0.00, 0.50),
    Feature.JOB_POPULARITY: Weight(0.00, 0.00, 0.50),
    Feature.CHOSEN_TOGETHER: Weight(0.00, 0.00, 0.00),
}
"""Set by hand. On each side they add up to 1. BM25 counts most: it looks at rare skills and at words together.

What was chosen before counts for nothing until a model has learned what it is worth, or an experiment has shown it: who
is shown more is chosen more, and would be shown more again.
"""

OWED = frozenset({Feature.RATE, Feature.PAY, Feature.AVAILABILITY})
"""Where 1 says that what was asked for is there: less of it speaks against a pairing, however usual that is."""
NEARLY = 1 - 1e-9
"""From here on a value is 1, but for the error of arithmetic."""
_TYPICAL = np.array([WEIGHTS[feature].typical for feature in FEATURES])
_OWED = np.array([feature in OWED for feature in FEATURES])


class Fits(NamedTuple):
    """How well pairings fit, each from 0 to 1: in both directions, and together."""

    client: NDArray[np.float64]
    talent: NDArray[np.float64]
    score: NDArray[np.float64]


class Ranker(Protocol):
    """A model of the features."""

    @property
    def name(self) -> str:
        """Tells models apart."""

    def fits(self, matrix: Matrix) -> Fits:
        """How well the pairings fit, a row each."""

    def impacts(self, matrix: Matrix) -> Matrix:
        """What each feature has moved each score by, against its yardstick."""


class LinearRanker:
    """Weighted means of the features."""

    def __init__(self, weights: Mapping[Feature, Weight] = WEIGHTS, name: str = "linear-1") -> None:
        self.name = name
        table = np.array([weights[feature] for feature in FEATURES])
        self._client, self._talent, self._typical = table.T

    def fits(self, matrix: Matrix) -> Fits:
        known = np.where(np.isnan(matrix), self._typical, matrix)
        client, talent = known @ self._client, known @ self._talent
        return Fits(client, talent, harmonic(client, talent))

    def without(self, matrix: Matrix, others: Matrix) -> Matrix:
        """The score that each row would have if one feature had the other value that is given: a column a feature."""
        client, talent, _ = self.fits(matrix)
        away = others - np.where(np.isnan(matrix), self._typical, matrix)
        return harmonic(client[:, None] + away * self._client, talent[:, None] + away * self._talent)

    def impacts(self, matrix: Matrix) -> Matrix:
        """The slope of the score at the pairing, times how far a feature is from its yardstick."""
        client, talent, _ = self.fits(matrix)
        both = np.maximum((client + talent) ** 2, 1e-12)[:, None]
        slopes = 2 * (talent[:, None] ** 2 * self._client + client[:, None] ** 2 * self._talent) / both
        away: Matrix = np.where(np.isnan(matrix), 0, matrix - yardsticks(matrix, self._typical))
        moved: Matrix = slopes * away
        return moved


def yardsticks(matrix: Matrix, typical: NDArray[np.float64] = _TYPICAL) -> Matrix:
    """What values are compared with, to tell what they moved: the typical ones; 1 where less is there than is owed."""
    found: Matrix = np.where(_OWED & (matrix < NEARLY), 1, typical)
    return found


def harmonic(client: NDArray[np.float64], talent: NDArray[np.float64]) -> NDArray[np.float64]:
    """The harmonic mean, 0 where either is 0."""
    both = client + talent
    mean: NDArray[np.float64] = np.divide(2 * client * talent, both, out=np.zeros_like(both), where=both > 0)
    return mean


BY_HAND = LinearRanker()
