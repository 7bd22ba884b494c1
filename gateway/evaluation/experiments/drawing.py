"""The figures of experiments as a picture: a row an experiment, a panel a group of rates, a point an arm."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.evaluation.experiments.comparing import CLICK_RATES, QUERY_RATES, USER_RATES, ArmFigures, ExperimentFigures
from gateway.evaluation.picture import Figure

PANELS: Mapping[str, Sequence[str]] = {
    "clicks of items seen": tuple(CLICK_RATES),
    "share of queries": tuple(QUERY_RATES),
    "share of users": tuple(USER_RATES),
}
PANEL_INCHES = (5.2, 3.8)
SPREAD = 0.3
"""How far apart the arms of one rate stand together; the rates stand 1 apart."""


def draw(experiments: Sequence[ExperimentFigures], file: Path) -> None:
    """Write the picture in the format that the file's name ends in."""
    size = PANEL_INCHES[0] * len(PANELS), PANEL_INCHES[1] * len(experiments)
    figure = Figure(figsize=size, layout="constrained")
    rows = figure.subplots(len(experiments), len(PANELS), squeeze=False)
    for panels, experiment in zip(rows, experiments, strict=True):
        for panel, (title, rates) in zip(panels, PANELS.items(), strict=True):
            happened = [rate for rate in rates if any(arm.rates[rate].value for arm in experiment.arms)]
            _draw_panel(panel, experiment.arms, happened)
            panel.set_title(f"{experiment.name}: {title}")
        panels[0].legend(fontsize=8)
    figure.savefig(file, dpi=120)


def _draw_panel(panel: Any, arms: Sequence[ArmFigures], rates: Sequence[str]) -> None:
    step = SPREAD / max(1, len(arms) - 1)
    for at, arm in enumerate(arms):
        known = [(place, rate) for place, rate in enumerate(rates) if arm.rates[rate].value is not None]
        places = [place - SPREAD / 2 + at * step for place, _ in known]
        values = [arm.rates[rate].value or 0.0 for _, rate in known]
        panel.errorbar(
            places, values, yerr=_errors(arm, [rate for _, rate in known]), fmt="o", capsize=4, label=arm.name
        )
    panel.set_xticks(range(len(rates)), [rate.removesuffix(" a query").removesuffix(" a user") for rate in rates])
    panel.set_xlim(-0.6, len(rates) - 0.4)
    panel.set_ylim(bottom=0)


def _errors(arm: ArmFigures, rates: Sequence[str]) -> tuple[list[float], list[float]]:
    """How far the intervals reach below and above the values; an unknown one has no length."""
    estimates = [arm.rates[rate] for rate in rates]
    values = [one.value or 0.0 for one in estimates]
    lows = [value if one.low is None else one.low for one, value in zip(estimates, values, strict=True)]
    highs = [value if one.high is None else one.high for one, value in zip(estimates, values, strict=True)]
    below = [max(0.0, value - low) for value, low in zip(values, lows, strict=True)]
    return below, [max(0.0, high - value) for value, high in zip(values, highs, strict=True)]
