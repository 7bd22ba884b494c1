"""The figures of an evaluation as a picture: a panel a measure, a bar a mode, a line a published system."""

from pathlib import Path
from typing import Any

from gateway.evaluation.measures import MEASURES
from gateway.evaluation.report import Evaluation
from resolvers.errors import DiscoveryError

try:
    from matplotlib.figure import Figure
except ImportError:  # an extra of the project: a server draws nothing
    Figure = None  # type: ignore[assignment, misc]

__all__ = ["Figure", "PictureNotPossible", "check_drawing", "draw"]

COLUMNS = 3
PANEL_INCHES = (4.6, 3.6)
LEAST_GAP = 0.028
"""The least distance of two labels, as a share of the panel's height."""


class PictureNotPossible(DiscoveryError):
    """A picture cannot be drawn; the message says what to do."""

    code = "PICTURE_NOT_POSSIBLE"


def check_drawing(file: Path) -> None:
    """Raise PictureNotPossible, before anything is measured, when no picture can be drawn into the file."""
    if Figure is None:
        raise PictureNotPossible("--plot needs matplotlib: install discovery-gateway[evaluate]")
    known = Figure().canvas.get_supported_filetypes()
    if file.suffix.removeprefix(".") not in known:
        raise PictureNotPossible(f"--plot {file}: the name of a picture ends in one of {', '.join(sorted(known))}")


def draw(evaluation: Evaluation, file: Path) -> None:
    """Write the picture in the format that the file's name ends in."""
    rows = -(-len(MEASURES) // COLUMNS)
    figure = Figure(figsize=(PANEL_INCHES[0] * COLUMNS, PANEL_INCHES[1] * rows), layout="constrained")
    figure.suptitle(f"{evaluation.dataset}: {evaluation.queries:,} queries, {evaluation.model}")
    for panel, measure in zip(figure.subplots(rows, COLUMNS).flat, MEASURES, strict=True):
        _draw_panel(panel, evaluation, measure)
    figure.savefig(file, dpi=120)


def _draw_panel(panel: Any, evaluation: Evaluation, measure: str) -> None:
    modes = {figures.mode: figures.measures[measure] for figures in evaluation.modes}
    bars = panel.bar(list(modes), list(modes.values()), width=0.6, color=[f"C{at}" for at in range(len(modes))])
    panel.bar_label(bars, fmt="%.3f", padding=2)
    lines = {name: values[measure] for name, values in evaluation.published.items() if measure in values}
    panel.set_title(measure)
    panel.set_ylim(0, min(1.05, 1.2 * max([*modes.values(), *lines.values(), 0.01])))
    panel.set_xlim(-0.5, len(modes) + (0.6 if lines else -0.5))
    height = panel.get_ylim()[1]
    free = 0.0
    for name, value in sorted(lines.items(), key=lambda item: item[1]):
        panel.axhline(value, color="0.5", linewidth=0.7, linestyle="--", zorder=0)
        free = max(value, free)
        panel.text(len(modes) + 0.55, free, f"{name} {value:.3f}", fontsize=6, ha="right", va="bottom")
        free += LEAST_GAP * height
