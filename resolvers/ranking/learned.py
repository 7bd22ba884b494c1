"""A ranker that was learned from what people did: boosted trees of the features.

How well the two fit each other, in both directions, stays what the linear model says, as clicks say nothing of a fit.
The score, and so the order, is that of the trees. It is drawn into the range from 0 to 1 where the linear model's
scores lie, so that what is said of scores (what a near copy costs, a fair chance for who is new) means the same.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resolvers.ranking.features import PLACE, Feature, Matrix
from resolvers.ranking.fit import BY_HAND, WEIGHTS, Fits
from resolvers.ranking.trees import Trees

KNOWN = {feature.value: feature for feature in Feature}


class Scale(NamedTuple):
    """How a raw score becomes one from 0 to 1: `1 / (1 + e^-(offset + slope · raw))`, with a slope above 0."""

    offset: float
    slope: float

    def score(self, raw: Matrix) -> NDArray[np.float64]:
        """The scores of raw scores, in the same order."""
        scores: NDArray[np.float64] = 1 / (1 + np.exp(-(self.offset + self.slope * raw)))
        return scores


class LearnedRanker:
    """Trees of the features that they name. Raises ValueError where they name one that is not known here."""

    def __init__(self, name: str, trees: Trees, scale: Scale) -> None:
        unknown = [feature for feature in trees.features if feature not in KNOWN]
        if unknown:
            raise ValueError(f"the features {', '.join(unknown)} are not known here")
        self.name, self._trees, self._scale = name, trees, scale
        features = [KNOWN[feature] for feature in trees.features]
        self._places = np.array([PLACE[feature] for feature in features])
        self._typical = np.array([WEIGHTS[feature].typical for feature in features])

    def fits(self, matrix: Matrix) -> Fits:
        linear = BY_HAND.fits(matrix)
        return linear._replace(score=self._scale.score(self._trees.raw(matrix[:, self._places])))

    def impacts(self, matrix: Matrix) -> Matrix:
        """By how much the score is above what it would be with the typical value: each is scored once more, exactly."""
        rows, moved = matrix[:, self._places], np.zeros_like(matrix)
        score = self._scale.score(self._trees.raw(rows))
        above = score[:, None] - self._scale.score(self._trees.without(rows, self._typical))
        moved[:, self._places] = np.where(np.isnan(rows), 0, above)
        return moved
