"""The experiments of the settings."""

from functools import partial
from pathlib import Path

from gateway.following import Followed
from gateway.settings import Settings, SettingsError
from resolvers.experiments.choosing import NO_EXPERIMENTS, Experiments, Named, set_by_hand
from resolvers.experiments.reading import InvalidExperiments, read_experiments
from resolvers.sources.popularity import Stamp


def build_experiments(settings: Settings, named: Named = set_by_hand) -> Followed[Experiments]:
    """The experiments of the file that the settings name, as it is at any time. `named` finds the rankers of arms."""
    file = settings.experiments
    return Followed(
        "experiments",
        NO_EXPERIMENTS,
        None if file is None else partial(_stamp, file),
        lambda: NO_EXPERIMENTS if file is None else Experiments(read_experiments(file), named),
        look_seconds=settings.reload_seconds,
    )


def check_experiments(settings: Settings) -> None:
    """Raise SettingsError when the file of experiments cannot be meant."""
    if settings.experiments is None:
        return
    try:
        read_experiments(settings.experiments)
    except InvalidExperiments as error:
        raise SettingsError([f"{settings.variables()['experiments']}: {error.message}"]) from error


def _stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except OSError as error:
        raise InvalidExperiments(f"{file} cannot be read: {error.strerror}") from error
    return found.st_mtime_ns, found.st_size, found.st_ino
