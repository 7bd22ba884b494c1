"""Experiments out of their file."""

from pathlib import Path

import msgspec

from resolvers.errors import DiscoveryError
from resolvers.experiments.experiment import Experiment, ExperimentsFile


class InvalidExperiments(DiscoveryError):
    """A file of experiments that cannot be meant; the message names the file and the place in it."""

    code = "INVALID_EXPERIMENTS"


def read_experiments(file: Path) -> tuple[Experiment, ...]:
    """The experiments of a TOML file. Raises InvalidExperiments."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InvalidExperiments(f"{file} cannot be read: {error.strerror}") from error
    try:
        return msgspec.toml.decode(content, type=ExperimentsFile).experiments
    # What is no TOML, or not in UTF-8, is another ValueError than what is no experiment.
    except ValueError as error:
        raise InvalidExperiments(f"{file}: {error}") from error
