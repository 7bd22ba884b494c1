"""The figures of experiments, as text and as JSON."""

from collections.abc import Iterator, Sequence

import msgspec

from gateway.evaluation.experiments.comparing import RATES, ArmFigures, ExperimentFigures, warnings
from gateway.evaluation.experiments.intervals import Estimate
from gateway.evaluation.report import NO_FIGURE, table

MARK = "*"
DAY = "%Y-%m-%d"


def as_json(experiments: Sequence[ExperimentFigures]) -> bytes:
    """The figures as a JSON object."""
    return msgspec.json.format(msgspec.json.encode({"experiments": experiments})) + b"\n"


def report_lines(experiments: Sequence[ExperimentFigures]) -> Iterator[str]:
    """The figures as lines of plain text, an experiment after the other."""
    for at, figures in enumerate(experiments):
        if at:
            yield ""
        yield from _lines(figures)


def _lines(figures: ExperimentFigures) -> Iterator[str]:
    yield f"{figures.name}, on {', '.join(figures.surfaces)}, {figures.first:{DAY}} to {figures.last:{DAY}}"
    for warning in warnings(figures):
        yield f"! {warning}"
    control, *others = figures.arms
    header = ["", control.name, *(cell for arm in others for cell in (arm.name, f"above {control.name}"))]
    yield from table([header, *_totals(figures.arms), *(_rate(rate, figures.arms) for rate in _happened(figures))])
    yield f"Intervals are of 95 %; {MARK}: without 0. Users are viewers, else sessions, else single queries."


def _totals(arms: Sequence[ArmFigures]) -> Iterator[list[str]]:
    for name in ("queries", "users", "impressions"):
        control, *others = (f"{getattr(arm, name):,}" for arm in arms)
        yield [name, control, *(cell for total in others for cell in (total, ""))]


def _happened(figures: ExperimentFigures) -> Iterator[str]:
    """The rates of what has happened at least once."""
    return (rate for rate in RATES if any(arm.rates[rate].value for arm in figures.arms))


def _rate(rate: str, arms: Sequence[ArmFigures]) -> list[str]:
    control, *others = arms
    pairs = (cell for arm in others for cell in (_shown(arm.rates[rate]), _signed(arm.above_control[rate])))
    return [rate, _shown(control.rates[rate]), *pairs]


def _shown(estimate: Estimate) -> str:
    if estimate.value is None:
        return NO_FIGURE
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.4f}"
    return f"{estimate.value:.4f} ({estimate.low:.4f} to {estimate.high:.4f})"


def _signed(estimate: Estimate) -> str:
    if estimate.value is None:
        return NO_FIGURE
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:+.4f}"
    mark = f" {MARK}" if estimate.excludes_zero else ""
    return f"{estimate.value:+.4f} ({estimate.low:+.4f} to {estimate.high:+.4f}){mark}"
