"""The figures of experiments: each arm's, and by how much they are above the control's."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from gateway.evaluation.experiments.gathering import (
    ACTED,
    CLICKED,
    DEPTHS,
    IMPRESSIONS,
    QUERIES,
    RATED,
    SEEN,
    ExperimentLog,
)
from gateway.evaluation.experiments.intervals import (
    Estimate,
    Numbers,
    Ratio,
    difference_of_ratios,
    difference_of_shares,
    mismatch_p_value,
    ratio,
    wilson,
)
from resolvers.experiments.experiment import Experiment

CONTROL = "control"
MISMATCH = 0.001
"""A p-value below this is a mismatch of shares: by chance it comes up once in a thousand looks."""
CLICK_RATES = {f"CTR@{depth}": (SEEN + at, CLICKED + at) for at, depth in enumerate(DEPTHS)}
QUERY_RATES = {f"{action} a query": ACTED + at for at, action in enumerate(RATED)}
USER_RATES = {f"{action} a user": ACTED + at for at, action in enumerate(RATED)}
RATES = (*CLICK_RATES, *QUERY_RATES, *USER_RATES)


class ArmFigures(msgspec.Struct, frozen=True, rename="camel"):
    """What an arm has reached, by the names of RATES. `above_control` is empty for the control itself."""

    name: str
    models: list[str]
    queries: int
    users: int
    impressions: int
    rates: dict[str, Estimate]
    above_control: dict[str, Estimate]


class Shares(msgspec.Struct, frozen=True, rename="camel"):
    """Whether the users are spread over the arms as they should be: the p-value of a chi-square test."""

    expected: dict[str, float]
    p_value: float

    @property
    def mismatch(self) -> bool:
        return self.p_value < MISMATCH


class ExperimentFigures(msgspec.Struct, frozen=True, rename="camel"):
    """What an experiment has reached, the control first. `crossed` users were in several arms, and are left out.

    `shares` is None where the file of experiments has other arms, or none of this name.
    """

    name: str
    surfaces: list[str]
    first: datetime
    last: datetime
    arms: list[ArmFigures]
    crossed: int
    shares: Shares | None


class Measured(NamedTuple):
    """The rates of an arm: those of clicks and of queries as ratios, those of users as shares."""

    ratios: dict[str, Ratio]
    shares: dict[str, Estimate]

    @property
    def rates(self) -> dict[str, Estimate]:
        return {rate: one.estimate for rate, one in self.ratios.items()} | self.shares

    def above(self, control: "Measured") -> dict[str, Estimate]:
        """By how much each rate is above the control's."""
        ratios = {rate: difference_of_ratios(one, control.ratios[rate]) for rate, one in self.ratios.items()}
        return ratios | {rate: difference_of_shares(one, control.shares[rate]) for rate, one in self.shares.items()}


def compared(name: str, log: ExperimentLog, running: Experiment | None) -> ExperimentFigures:
    """The figures of an experiment. `running` is what the file of experiments says of it now."""
    order, crossed = _order(log, running), log.crossed
    counts = {arm: log.arms[arm].matrix(crossed) for arm in order}
    measured = {arm: _measured(counts[arm]) for arm in order}
    control = measured[order[0]]
    arms = [
        ArmFigures(
            arm,
            log.arms[arm].models(crossed),
            int(counts[arm][:, QUERIES].sum()),
            len(counts[arm]),
            int(counts[arm][:, IMPRESSIONS].sum()),
            one.rates,
            {} if one is control else one.above(control),
        )
        for arm, one in measured.items()
    ]
    shares = _shares(counts, running)
    return ExperimentFigures(name, sorted(log.surfaces), log.first, log.last, arms, len(crossed), shares)


def _order(log: ExperimentLog, running: Experiment | None) -> list[str]:
    """The arms as the file has them, and then those that it does not have; one named control first."""
    known = [arm.name for arm in running.arms] if running is not None else []
    others = sorted(log.arms.keys() - set(known), key=lambda arm: (arm != CONTROL, arm))
    return [*known, *others]


def _measured(counts: Numbers) -> Measured:
    """The rates of an arm. Without any impression it is not known what was seen, and there are none of clicks."""
    clicks = {
        rate: ratio(counts[:, clicked], counts[:, seen]) if counts[:, IMPRESSIONS].any() else Ratio()
        for rate, (seen, clicked) in CLICK_RATES.items()
    }
    queries = {rate: ratio(counts[:, column], counts[:, QUERIES]) for rate, column in QUERY_RATES.items()}
    users = {rate: wilson(int((counts[:, column] > 0).sum()), len(counts)) for rate, column in USER_RATES.items()}
    return Measured(clicks | queries, users)


def _shares(counts: Mapping[str, Numbers], running: Experiment | None) -> Shares | None:
    if running is None or {arm.name for arm in running.arms} != counts.keys():
        return None
    expected = {arm.name: arm.share for arm in running.arms}
    return Shares(expected, mismatch_p_value([len(counts[arm]) for arm in expected], list(expected.values())))


def warnings(figures: ExperimentFigures) -> Iterator[str]:
    """What speaks against believing the figures."""
    if figures.shares is None:
        yield "the file of experiments does not have these arms, so their shares could not be checked"
    elif figures.shares.mismatch:
        users = ", ".join(f"{arm.name} has {arm.users:,} users" for arm in figures.arms)
        expected = ", ".join(f"{arm} {share:g}" for arm, share in figures.shares.expected.items())
        yield (
            f"SAMPLE RATIO MISMATCH: {users}, where the shares are {expected} (p = {figures.shares.p_value:.1g}). "
            "Believe none of these figures before it is known why"
        )
    if figures.crossed:
        yield f"{figures.crossed:,} users were in several arms, and are left out"
    for arm in figures.arms:
        if not arm.impressions and arm.queries:
            yield f"no impression of {arm.name} was reported, so that it has no rate of clicks"
        if len(arm.models) > 1:
            yield f"{arm.name} was ranked by several models: {', '.join(arm.models)}"
