"""Confidence intervals of rates and of their differences, and whether arms got the shares that they should have.

All intervals are of 95 %.
"""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.stats import chisquare

NORMAL_95 = 1.959963984540054
Numbers = NDArray[np.float64]


class Estimate(msgspec.Struct, frozen=True):
    """A value and its interval; None where too little is known to say."""

    value: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def excludes_zero(self) -> bool:
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


UNKNOWN = Estimate()


class Ratio(NamedTuple):
    """A ratio of two sums over independent units, and the variance of that ratio; None where it cannot be told."""

    value: float | None = None
    variance: float | None = None

    @property
    def estimate(self) -> Estimate:
        if self.value is None or self.variance is None:
            return Estimate(self.value)
        margin = NORMAL_95 * sqrt(self.variance)
        return Estimate(self.value, self.value - margin, self.value + margin)


def wilson(successes: int, trials: int) -> Estimate:
    """A share of independent trials, by Wilson's score interval.

    Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (JASA 22(158), 1927). It stays in
    0 to 1, and holds for few trials and for shares near 0.
    """
    if not trials:
        return UNKNOWN
    share, squared = successes / trials, NORMAL_95**2
    middle = (share + squared / (2 * trials)) / (1 + squared / trials)
    margin = NORMAL_95 / (1 + squared / trials) * sqrt(share * (1 - share) / trials + squared / (4 * trials**2))
    return Estimate(share, max(0.0, middle - margin), min(1.0, middle + margin))


def difference_of_shares(one: Estimate, control: Estimate) -> Estimate:
    """By how much a share is above another, both by `wilson`.

    Method 10 of Newcombe, "Interval Estimation for the Difference Between Independent Proportions" (Statistics in
    Medicine 17, 1998).
    """
    if one.value is None or one.low is None or one.high is None:
        return UNKNOWN
    if control.value is None or control.low is None or control.high is None:
        return UNKNOWN
    apart = one.value - control.value
    below = sqrt((one.value - one.low) ** 2 + (control.high - control.value) ** 2)
    above = sqrt((one.high - one.value) ** 2 + (control.value - control.low) ** 2)
    return Estimate(apart, apart - below, apart + above)


def ratio(above: Numbers, below: Numbers) -> Ratio:
    """The ratio of two sums over units, such as clicks and impressions of viewers.

    What one viewer does several times is not independent, so that the unit is the viewer, and the variance is that of
    the delta method (Deng, Knoblich and Lu, "Applying the Delta Method in Metric Analytics", KDD 2018). Where nothing
    varies it says nothing, and there is no variance.
    """
    units, total = len(below), float(below.sum())
    if not total:
        return Ratio()
    value = float(above.sum()) / total
    if units < 2:
        return Ratio(value, None)
    residuals = above - value * below
    variance = float(residuals @ residuals) / (units - 1) * units / total**2
    return Ratio(value, variance or None)


def difference_of_ratios(one: Ratio, control: Ratio) -> Estimate:
    """By how much a ratio is above another of other units."""
    if one.value is None or control.value is None:
        return UNKNOWN
    variance = None if one.variance is None or control.variance is None else one.variance + control.variance
    return Ratio(one.value - control.value, variance).estimate


def mismatch_p_value(counts: Sequence[int], shares: Sequence[float]) -> float:
    """How likely counts are at least as far from these shares by chance: Pearson's chi-square test.

    As for sample ratio mismatches in Fabijan et al., "Diagnosing Sample Ratio Mismatch in Online Controlled
    Experiments" (KDD 2019). 1 where nobody was counted.
    """
    total = sum(counts)
    if not total:
        return 1.0
    expected = np.array(shares) / sum(shares) * total
    return float(chisquare(np.array(counts), expected).pvalue)
