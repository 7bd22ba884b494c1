"""The commands that look at what viewers did."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.collaborators import Collaborators
from gateway.settings import load_settings

MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
DataDir = Annotated[
    str | None, typer.Option(metavar="DIRECTORY", help="Where index and feedback are; or GATEWAY_DATA_DIR.")
]
ExperimentName = Annotated[
    str | None, typer.Option("--experiment", metavar="NAME", help="An experiment; all of them without one.")
]
Since = Annotated[
    datetime | None, typer.Option("--since", formats=MOMENTS, help="Only what was shown from then on, in UTC.")
]
JsonFile = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", dir_okay=False, help="Write the figures there too.")
]
PlotFile = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE", dir_okay=False, help="Draw them there: .png, .svg, .pdf.")
]


def add_feedback_commands(cli: typer.Typer, run: Collaborators) -> None:
    """Give the command line its commands on feedback."""
    commands = FeedbackCommands(run)
    cli.command("report")(commands.report)
    popularity = typer.Typer(help="What feedback says of jobs and talent, as features of rankers.")
    popularity.command("refresh")(commands.refresh_popularity)
    # A group of one command would be that command.
    popularity.callback()(_popularity)
    cli.add_typer(popularity, name="popularity")


def _popularity() -> None:
    """What feedback says of jobs and talent, as features of rankers."""


@dataclass(frozen=True)
class FeedbackCommands:
    """The commands as methods; a method's docstring is its help."""

    run: Collaborators

    def report(
        self,
        experiment: ExperimentName = None,
        since: Since = None,
        data_dir: DataDir = None,
        json: JsonFile = None,
        plot: PlotFile = None,
    ) -> None:
        """Compare the arms of experiments by what viewers did, with confidence intervals."""
        moment = None if since is None else since.replace(tzinfo=UTC)
        settings = load_settings(data_dir=data_dir)
        lines = self.run.report_experiments(settings, experiment=experiment, since=moment, json=json, plot=plot)
        for line in lines:
            typer.echo(line)

    def refresh_popularity(self, data_dir: DataDir = None) -> None:
        """Count again what was chosen, and what was chosen together. Servers follow without a restart."""
        for line in self.run.refresh_popularity(load_settings(data_dir=data_dir)):
            typer.echo(line)
