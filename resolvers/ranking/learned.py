"""A ranker that was learned from what people did: boosted trees of the features.

How well the two fit each other, in both directions, stays what the linear model says, as clicks say nothing of a fit.
The score, and so the order, is that of the trees, within bounds that the harmonic mean of the two fits sets. So who
fits one way alone stays below who fits half as well both ways, whatever is clicked.

The trees' sum is drawn into the range from 0 to 1 where the linear model's scores lie, so that what is said of scores
(what a near copy costs, a fair chance for who is new) means the same.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resolvers.ranking.features import PLACE, Feature, Matrix
from resolvers.ranking.fit import BY_HAND, Fits, yardsticks
from resolvers.ranking.trees import Trees

KNOWN = {feature.value: feature for feature in Feature}
LEAST, MOST = 0.8, 2.0
"""A score is so much of the fits' harmonic mean at the least and at the most. Of two matches, one with less than two
fifths of the other's mean is below it then, whatever was learned."""


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
        self._places = np.array([PLACE[KNOWN[feature]] for feature in trees.features])

    def fits(self, matrix: Matrix) -> Fits:
        fits = BY_HAND.fits(matrix)
        return fits._replace(score=bounded(self._by_trees(matrix), fits.score))

    def impacts(self, matrix: Matrix) -> Matrix:
        """By how much the score is above what it would be with the yardstick: each is scored once more, exactly."""
        others = yardsticks(matrix)
        trees = np.repeat(self._by_trees(matrix)[:, None], matrix.shape[1], axis=1)
        without = self._trees.without(matrix[:, self._places], others[:, self._places])
        trees[:, self._places] = self._scale.score(without)
        score = self.fits(matrix).score[:, None]
        moved: Matrix = np.where(np.isnan(matrix), 0, score - bounded(trees, BY_HAND.without(matrix, others)))
        return moved

    def _by_trees(self, matrix: Matrix) -> NDArray[np.float64]:
        return self._scale.score(self._trees.raw(matrix[:, self._places]))


def bounded(scores: Matrix, mutual: Matrix) -> NDArray[np.float64]:
    """The scores, within the bounds that a match's harmonic mean sets them: they never fall where either rises."""
    found: NDArray[np.float64] = np.clip(scores, LEAST * mutual, MOST * mutual)
    return found
