"""What a ranking of seen pages is worth, and whether one is better than another.

An action counts the more, the less likely somebody looks at its position (inverse propensity weighting: Joachims,
Swaminathan and Schnabel, "Unbiased Learning-to-Rank with Biased Feedback", WSDM 2017; for nDCG: Agarwal et al., "A
General Framework for Counterfactual Learning-to-Rank", SIGIR 2019). The discounted gains of all pages are divided by
those of the best order of all pages. Divided page by page, the weight of a page's only action would cancel out.
"""

import numpy as np

from gateway.learning.pages import Numbers, Pages, Whole
from resolvers.sources.models import Figures

DEPTH = 10
RESAMPLES = 2_000
CONFIDENCE = 0.95


def discounted_gains(pages: Pages, scores: Numbers, weights: Numbers) -> Numbers:
    """By page: the weighted gains of the first ten by score, each divided by log2 of its rank and one."""
    order = np.lexsort((pages.positions, -scores, pages.page))
    ranks = np.arange(len(order)) - np.repeat(pages.starts[:-1], pages.sizes)
    discounts = np.where(ranks < DEPTH, 1 / np.log2(ranks + 2), 0)
    worth = np.maximum(pages.gains, 0) * weights
    return _summed(pages.page, worth[order] * discounts, len(pages))


def best_gains(pages: Pages, weights: Numbers) -> Numbers:
    """The same of the best order of each page."""
    return discounted_gains(pages, np.maximum(pages.gains, 0) * weights, weights)


def ndcg(pages: Pages, scores: Numbers, weights: Numbers) -> float:
    """Weighted nDCG@10 over all pages; 0 where nothing was done."""
    return float(discounted_gains(pages, scores, weights).sum() / max(best_gains(pages, weights).sum(), 1e-12))


def compared(pages: Pages, scores: Numbers, parents: Numbers, weights: Numbers, seed: int) -> Figures:
    """How scores do on pages beside those of the parent, with a confidence interval by a paired bootstrap.

    Drawn are viewers with all of their pages (Field and Welsh, "Bootstrapping clustered data", JRSS B 2007), the same
    ones for both rankings.
    """
    best = best_gains(pages, weights)
    own, other = (discounted_gains(pages, some, weights) for some in (scores, parents))
    by_unit = np.stack([_summed(pages.units, some) for some in (own - other, best)])
    by_unit = by_unit[:, by_unit[1] > 0]
    random = np.random.default_rng(seed)
    drawn = np.stack([_drawn(by_unit, random) for _ in range(RESAMPLES)])
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    total = best.sum()
    lead = (own - other).sum() / total
    return Figures(float(own.sum() / total), float(other.sum() / total), float(lead), float(low), float(high))


def _summed(groups: Whole, values: Numbers, least: int = 0) -> Numbers:
    return np.bincount(groups, values, minlength=least).astype(np.float64)


def _drawn(by_unit: Numbers, random: np.random.Generator) -> Numbers:
    units = by_unit.shape[1]
    drawn: Numbers = by_unit[:, random.integers(units, size=units)].sum(axis=1)
    return drawn
