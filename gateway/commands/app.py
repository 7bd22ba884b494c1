"""The commands: what each takes, what it runs, what it prints."""

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.commands.collaborators import Collaborators
from gateway.commands.feedback import add_feedback_commands
from gateway.commands.flags import with_settings
from gateway.commands.groups import CommandGroup, Program
from gateway.commands.learning import add_learning_commands
from gateway.commands.output import changes_lines, counted, print_settings, rejection_lines, summary_lines
from gateway.commands.progress import shown_on
from gateway.settings import Settings, describe_settings, load_settings
from gateway.settings.model import Engine
from indexing.changes.reading import STANDARD_INPUT
from resolvers.sources.base import RetrievalMode
from schema.references import Neighbour

PROGRAM = "discovery-gateway"
CHANGES_HELP = "Files of changes (.ndjson or .ndjson.gz), one JSON object a line; - is standard input."


def readable(paths: list[Path]) -> list[Path]:
    """Refuse what cannot be a file of changes. typer's own check does not know `-` for a path."""
    for path in paths:
        if path != STANDARD_INPUT and not path.exists():
            raise typer.BadParameter(f"file '{path}' does not exist.")
        if path.is_dir():
            raise typer.BadParameter(f"file '{path}' is a directory.")
    return paths


FeedPaths = Annotated[
    list[Path],
    typer.Argument(metavar="PATHS", exists=True, help="Files of the feed (.ndjson or .ndjson.gz), or folders of them."),
]
ChangeFiles = Annotated[list[Path], typer.Argument(metavar="FILES", callback=readable, help=CHANGES_HELP)]
DataDir = Annotated[str | None, typer.Option(metavar="DIRECTORY", help="Where the index goes; or GATEWAY_DATA_DIR.")]
To = Annotated[
    Engine | None, typer.Option(help="The engine to index for; opensearch where GATEWAY_OPENSEARCH_URL is set.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Fail, and keep the old index, when a record is rejected.")]
StrictChanges = Annotated[
    bool, typer.Option("--strict", help="Apply nothing when a change is rejected or refers to what is not there.")
]
RejectionsFile = Annotated[
    Path | None,
    typer.Option("--rejections", metavar="FILE", dir_okay=False, help="Write every rejection there, one JSON a line."),
]
NoEmbeddings = Annotated[bool, typer.Option("--no-embeddings", help="Index words only: no search by meaning.")]
DemoDirectory = Annotated[Path, typer.Argument(metavar="DIR", file_okay=False, help="Where the feed's files go.")]
Jobs = Annotated[int, typer.Option(min=1, help="How many jobs to write.")]
Talent = Annotated[int, typer.Option(min=1, help="How many talent to write.")]
Seed = Annotated[int, typer.Option(help="The same seed writes the same catalog, as of the same day.")]
Present = Annotated[
    datetime | None,
    typer.Option("--present", formats=["%Y-%m-%d"], help="The day that it is written as of; today without one."),
]
Force = Annotated[bool, typer.Option("--force", help="Write also where there is a catalog that is no demo.")]
DatasetFolder = Annotated[
    Path, typer.Argument(metavar="DATASET", help="A labelled set: corpus.jsonl, queries.jsonl, qrels/test.tsv.")
]
Modes = Annotated[list[RetrievalMode] | None, typer.Option("--mode", help="A mode to measure; all without one.")]
Grouped = Annotated[
    bool, typer.Option("--grouped", help="Records of one metadata.group are names of one concept, and one document.")
]
CatalogDirectory = Annotated[
    Path | None,
    typer.Option("--catalog", metavar="DIRECTORY", help="An index, from whose catalog the model has learned."),
]
EmbedderChoice = Annotated[
    str | None,
    typer.Option("--embedder", metavar="MODEL", help="The model that is measured; or GATEWAY_EMBEDDER."),
]
JsonFile = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", dir_okay=False, help="Write the figures there too.")
]
PlotFile = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE", dir_okay=False, help="Draw them there: .png, .svg, .pdf.")
]
MeasuredJobs = Annotated[int, typer.Option("--jobs", min=1, help="How many jobs talent is recommended for.")]
SampleSeed = Annotated[int, typer.Option("--seed", help="The same seed takes the same jobs.")]
QueryFile = Annotated[
    Path, typer.Argument(metavar="QUERY.graphql", exists=True, dir_okay=False, help="A document with one operation.")
]
VariablesJson = Annotated[
    str | None, typer.Option("--variables", metavar="JSON", help="The operation's variables, as a JSON object.")
]
Beside = Annotated[
    list[Neighbour] | None,
    typer.Option("--with", help="A subgraph that it is composed with, whose facts some fields need."),
]
Profile = Annotated[bool, typer.Option("--profile", help="Run it on the engine, and show what each field takes.")]
Version = Annotated[bool, typer.Option("--version", help="Print the version and stop.")]


def place_of(settings: Settings, engine: Engine) -> str:
    """Where an engine's index is, at the beginning or in the middle of a sentence."""
    return str(settings.data_dir) if engine == "embedded" else f"OpenSearch, {settings.opensearch_prefix}-*,"


def build_cli(run: Collaborators) -> typer.Typer:
    """The command line around what it runs."""
    cli = typer.Typer(cls=Program, add_completion=False, pretty_exceptions_enable=False)
    cli.callback(invoke_without_command=True)(program)
    commands = Commands(run)
    cli.add_typer(index_group(commands), name="index")
    cli.command("serve")(with_settings(commands.serve))
    cli.command("settings")(with_settings(commands.settings))
    cli.command("schema")(commands.schema)
    cli.command("plan")(commands.plan)
    cli.command("demo")(commands.demo)
    cli.add_typer(evaluate_group(commands), name="evaluate")
    add_feedback_commands(cli, run)
    add_learning_commands(cli, run)
    return cli


def program(ctx: typer.Context, show_version: Version = False) -> None:
    """One GraphQL door to a work marketplace."""
    if show_version:
        typer.echo(f"{PROGRAM} {version(PROGRAM)}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def index_group(commands: "Commands") -> typer.Typer:
    """`index` is a command and has commands."""
    group = typer.Typer(cls=CommandGroup, callback=commands.index, invoke_without_command=True)
    group.command("apply")(commands.apply)
    group.command("follow")(with_settings(commands.follow))
    group.command("rollback")(commands.rollback)
    return group


def evaluate_group(commands: "Commands") -> typer.Typer:
    """`evaluate` is a command and has one."""
    group = typer.Typer(cls=CommandGroup, callback=commands.evaluate, invoke_without_command=True)
    group.command("recommendations")(commands.evaluate_recommendations)
    return group


@dataclass(frozen=True)
class Commands:
    """The commands as methods; a method's docstring is its help."""

    run: Collaborators

    def index(
        self,
        paths: FeedPaths,
        data_dir: DataDir = None,
        to: To = None,
        strict: Strict = False,
        rejections: RejectionsFile = None,
        no_embeddings: NoEmbeddings = False,
    ) -> None:
        """Read the catalog feed and switch to the index built from it."""
        settings = load_settings(data_dir=data_dir)
        engine = to or settings.engine
        with shown_on(Console(stderr=True)) as progress:
            summary = self.run.index_catalog(
                paths,
                settings,
                engine,
                strict=strict,
                embeddings=not no_embeddings,
                rejections=rejections,
                progress=progress,
            )
        for line in rejection_lines(summary, all_in=rejections or "--rejections FILE"):
            typer.echo(line, err=True)
        for line in summary_lines(summary, place_of(settings, engine)):
            typer.echo(line)

    def apply(self, files: ChangeFiles, data_dir: DataDir = None, strict: StrictChanges = False) -> None:
        """Apply changes to the index: single upserts and deletes, each with its version."""
        settings = load_settings(data_dir=data_dir)
        with shown_on(Console(stderr=True)) as progress:
            summary = self.run.apply_changes(files, settings, strict=strict, progress=progress)
        for line in rejection_lines(summary):
            typer.echo(line, err=True)
        for line in changes_lines(summary, place_of(settings, settings.engine)):
            typer.echo(line)

    def follow(self, settings: Settings) -> None:
        """Apply the changes of a Redis Stream as they come, until Ctrl-C."""
        self.run.follow(settings)

    def rollback(self, data_dir: DataDir = None) -> None:
        """Answer from the index before the one in use, where the engine keeps it."""
        typer.echo(f"Generation {self.run.roll_back(load_settings(data_dir=data_dir))} answers again")

    def serve(self, settings: Settings) -> None:
        """Answer GraphQL over HTTP until Ctrl-C."""
        self.run.serve(settings)

    def settings(self, settings: Settings) -> None:
        """Print every setting: its value, where that came from, what it means and allows."""
        print_settings(describe_settings(settings), Console())

    def schema(self, beside: Beside = None) -> None:
        """Print the schema in GraphQL's schema definition language."""
        # As bytes, because schema.graphql is UTF-8 wherever this runs.
        typer.echo(self.run.print_schema(beside or ()).encode(), nl=False)

    def plan(
        self,
        query: QueryFile,
        variables: VariablesJson = None,
        profile: Profile = False,
        data_dir: DataDir = None,
    ) -> None:
        """Print how an operation is executed: its fields, and how each is resolved."""
        for line in self.run.explain_plan(query, variables, load_settings(data_dir=data_dir), profile=profile):
            typer.echo(line)

    def demo(
        self,
        directory: DemoDirectory,
        jobs: Jobs = 2_000,
        talent: Talent = 5_000,
        seed: Seed = 1,
        present: Present = None,
        force: Force = False,
    ) -> None:
        """Write a made-up catalog in the format of the feed."""
        day = (present or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
        written = self.run.write_demo(directory, jobs=jobs, talent=talent, seed=seed, present=day, force=force)
        typer.echo(f"Wrote {counted(written, 'documents')} to {directory}")

    def evaluate(
        self,
        dataset: DatasetFolder,
        mode: Modes = None,
        grouped: Grouped = False,
        catalog: CatalogDirectory = None,
        embedder: EmbedderChoice = None,
        json: JsonFile = None,
        plot: PlotFile = None,
    ) -> None:
        """Measure the ranking on a labelled set, searched as the API searches."""
        settings = load_settings(embedder=embedder)
        with shown_on(Console(stderr=True)) as progress:
            lines = self.run.evaluate(
                dataset,
                mode or list(RetrievalMode),
                settings=settings,
                grouped=grouped,
                catalog=catalog,
                json=json,
                plot=plot,
                progress=progress,
            )
        for line in lines:
            typer.echo(line)

    def evaluate_recommendations(
        self,
        data_dir: DataDir = None,
        jobs: MeasuredJobs = 1_000,
        seed: SampleSeed = 1,
        embedder: EmbedderChoice = None,
        json: JsonFile = None,
    ) -> None:
        """Measure recommendations on the catalog of an index: who has a job's own occupation, which is withheld."""
        settings = load_settings(data_dir=data_dir, embedder=embedder)
        with shown_on(Console(stderr=True)) as progress:
            lines = self.run.evaluate_recommendations(settings, jobs=jobs, seed=seed, json=json, progress=progress)
        for line in lines:
            typer.echo(line)
