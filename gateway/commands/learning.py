"""The commands that learn rankers of feedback, and say which of them are in use."""

from dataclasses import dataclass
from datetime import UTC
from typing import Annotated

import typer
from rich.console import Console

from gateway.commands.collaborators import Collaborators
from gateway.commands.feedback import DataDir, Since
from gateway.commands.progress import shown_on
from gateway.settings import load_settings
from resolvers.sources.feedback import Surface

HIGHEST_SEED = 2**31 - 1
"""LightGBM's; numpy takes no number below 0."""
Seed = Annotated[int, typer.Option(min=0, max=HIGHEST_SEED, help="The same seed learns the same of the same feedback.")]
Promote = Annotated[bool, typer.Option("--promote", help="Have it rank at once; fail when it is not better.")]
Force = Annotated[bool, typer.Option("--force", help="Also one that is not better, or was compared with another.")]
ModelName = Annotated[str, typer.Argument(metavar="NAME", help="A model, as `models list` names it.")]
OfSurface = Annotated[Surface, typer.Option("--surface", help="Where it ranks.")]
MODELS = "Rankers that were learned of feedback."


def add_learning_commands(cli: typer.Typer, run: Collaborators) -> None:
    """Give the command line its commands on learned rankers."""
    commands = LearningCommands(run)
    cli.command("train")(commands.train)
    models = typer.Typer(help=MODELS, no_args_is_help=True)
    models.command("list")(commands.list_models)
    models.command("promote")(commands.promote)
    models.command("rollback")(commands.roll_back)
    cli.add_typer(models, name="models")


@dataclass(frozen=True)
class LearningCommands:
    """The commands as methods; a method's docstring is its help."""

    run: Collaborators

    def train(
        self,
        surface: OfSurface = Surface.RECOMMENDED_TALENT,
        since: Since = None,
        seed: Seed = 1,
        promote: Promote = False,
        data_dir: DataDir = None,
    ) -> None:
        """Learn a ranker of what viewers did, and compare it with the one in use."""
        moment = None if since is None else since.replace(tzinfo=UTC)
        with shown_on(Console(stderr=True)) as progress:
            lines = self.run.train(
                load_settings(data_dir=data_dir),
                surface=surface,
                since=moment,
                seed=seed,
                promoting=promote,
                progress=progress,
            )
        for line in lines:
            typer.echo(line)

    def list_models(self, data_dir: DataDir = None) -> None:
        """Print every model: where it ranks, what it was learned of, how it did, and whether it is in use."""
        for line in self.run.list_models(load_settings(data_dir=data_dir)):
            typer.echo(line)

    def promote(self, name: ModelName, force: Force = False, data_dir: DataDir = None) -> None:
        """Have a model rank where it was learned for. Servers follow without a restart."""
        typer.echo(self.run.promote_model(load_settings(data_dir=data_dir), name, force=force))

    def roll_back(self, surface: OfSurface = Surface.RECOMMENDED_TALENT, data_dir: DataDir = None) -> None:
        """Go back to what ranked before. Servers follow without a restart."""
        typer.echo(self.run.roll_back_model(load_settings(data_dir=data_dir), surface))
