"""How likely somebody looks at a position: estimated from what was recorded, without an experiment.

The position-based model says that an item is acted on when somebody looks at its position and wants it: P(action) =
examination of the position · attractiveness of the item. Both are found by expectation maximisation, as in Wang et al.,
"Position Bias Estimation for Unbiased Learning to Rank in Personal Search", WSDM 2018. Attractiveness is regressed on
the item there, as hardly any item is seen twice. Here the items are put into bins by a first model's score, one that
was learned with the positions as a part of it. So whole logs shrink to a small table, and many rounds cost nothing.

Attention is taken never to rise down a page, which evens out positions that few have seen.
"""

import numpy as np
from scipy.optimize import isotonic_regression

from gateway.learning.pages import Numbers, Whole

BINS = 40
ROUNDS = 1_000
MOST_POSITIONS = 100
"""What is further down counts as the last of these."""
LEAST = 0.05
"""A smaller propensity counts as this: weights of more than its inverse add more noise than they take bias away."""


def examination(scores: Numbers, positions: Whole, acted: Numbers) -> Numbers:
    """The share of those who look at positions 1, 2, …, out of those who look at the best seen one.

    `scores` are a first model's, `positions` count from 1, and `acted` is whether something was done, a row an item.
    """
    places = np.minimum(positions, MOST_POSITIONS) - 1
    bins = np.searchsorted(np.unique(np.quantile(scores, np.linspace(0, 1, BINS + 1)[1:-1])), scores)
    size = bins.max() + 1, places.max() + 1
    shown, done = np.zeros(size), np.zeros(size)
    np.add.at(shown, (bins, places), 1)
    np.add.at(done, (bins, places), acted)
    return _falling(_looked_at(shown, done), shown.sum(axis=0))


def weights(propensities: Numbers, positions: Whole) -> Numbers:
    """The inverse propensities of positions, clipped; those behind the last known one count as that."""
    known: Numbers = np.maximum(propensities[np.minimum(positions, len(propensities)) - 1], LEAST)
    return 1 / known


def _looked_at(shown: Numbers, done: Numbers) -> Numbers:
    """Examination by position, out of how often each bin was shown at each position, and acted on."""
    by_position, by_bin = np.maximum(shown.sum(axis=0), 1), np.maximum(shown.sum(axis=1), 1)
    missed = shown - done
    looked = np.full(shown.shape[1], 0.5)
    wanted = np.clip(done.sum(axis=1) / by_bin, 0.01, 0.5)
    for _ in range(ROUNDS):
        neither = np.maximum(1 - np.outer(wanted, looked), 1e-12)
        unwanted = missed * np.outer(1 - wanted, looked) / neither
        unseen = missed * np.outer(wanted, 1 - looked) / neither
        looked = (done + unwanted).sum(axis=0) / by_position
        wanted = (done + unseen).sum(axis=1) / by_bin
    return looked


def _falling(looked: Numbers, shown: Numbers) -> Numbers:
    known = np.flatnonzero(shown)
    fitted = isotonic_regression(looked[known], weights=shown[known], increasing=False).x
    filled: Numbers = np.interp(np.arange(len(looked)), known, fitted)
    share: Numbers = filled / max(filled[0], 1e-12)
    return share
