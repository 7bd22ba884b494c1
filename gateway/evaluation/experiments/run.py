"""One report: recorded feedback in, figures of experiments out."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from gateway.evaluation.experiments.comparing import compared
from gateway.evaluation.experiments.drawing import draw
from gateway.evaluation.experiments.gathering import gathered
from gateway.evaluation.experiments.showing import as_json, report_lines
from gateway.evaluation.picture import check_drawing
from gateway.experimenting import check_experiments
from gateway.settings import Settings
from resolvers.errors import DiscoveryError
from resolvers.experiments.experiment import Experiment
from resolvers.experiments.reading import read_experiments
from resolvers.sources.feedback import FeedbackLog


class NothingRecorded(DiscoveryError):
    """There is no feedback to report on; the message says what to do."""

    code = "NOTHING_RECORDED"


def report(
    log: FeedbackLog,
    settings: Settings,
    *,
    experiment: str | None,
    since: datetime | None,
    json: Path | None,
    plot: Path | None,
) -> list[str]:
    """Compare the arms of experiments by what was recorded, write the files that are named, and return the lines.

    Of one experiment alone, where it is named, and of what was shown since a time. The settings name the file of
    experiments, which has the shares that the arms should have got.

    Raises NothingRecorded, SourceError when the feedback cannot be read, SettingsError for a broken file of
    experiments, PictureNotPossible, and OSError for a file that cannot be written.
    """
    if plot is not None:
        check_drawing(plot)
    running = _running(settings)
    found = gathered(log, since, experiment)
    if not found:
        of = "an experiment" if experiment is None else f"the experiment {experiment}"
        when = "" if since is None else f" since {since:%Y-%m-%d %H:%M} UTC"
        raise NothingRecorded(
            f"no query of {of} was recorded{when}. A query is recorded when a client asks for its `queryId`, and of an "
            "experiment when GATEWAY_EXPERIMENTS has one for the surface"
        )
    figures = [compared(name, one, running.get(name)) for name, one in found.items()]
    if json is not None:
        json.write_bytes(as_json(figures))
    if plot is not None:
        draw(figures, plot)
    return list(report_lines(figures))


def _running(settings: Settings) -> Mapping[str, Experiment]:
    check_experiments(settings)
    return {} if settings.experiments is None else {one.name: one for one in read_experiments(settings.experiments)}
