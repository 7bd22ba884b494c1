"""The command line: what its commands run, print and return."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from rich.progress import Progress as Bars

from gateway.commands.app import build_cli
from gateway.commands.collaborators import Collaborators, Summary
from gateway.commands.output import changes_lines
from gateway.commands.progress import BarProgress, PlainProgress, shown_on
from gateway.commands.running import run_cli
from gateway.settings import Settings
from indexing.changes.summary import ChangesSummary
from indexing.progress import Progress, SilentProgress
from resolvers.errors import IndexingError
from resolvers.sources.base import RetrievalMode
from resolvers.sources.feedback import Surface
from schema.references import Neighbour

SEE = " (see discovery-gateway --help)"
RUN_A_SERVER_THAT_WAITS = """
import sys, time
from gateway.commands.app import build_cli
from gateway.commands.collaborators import Collaborators
from gateway.commands.running import run_cli
def wait(settings):
    print("waiting", flush=True)
    time.sleep(60)
sys.exit(run_cli(build_cli(Collaborators(*[None] * 5, wait, *[None] * 10)), ["serve"]))
"""


APPLIED = ChangesSummary(
    read=1234, applied=1200, stale=30, rewritten=4567, dangling=0, rejected={}, rejections=(), seconds=2.0
)


@dataclass
class Recorder:
    """Stands in for everything that the commands run, and writes down how it was called."""

    calls: list[object] = field(default_factory=list)
    failure: BaseException | None = None
    rejected: Mapping[str, int] = field(default_factory=dict)
    rejections: Sequence[str] = ()

    def index_catalog(
        self,
        paths: Sequence[Path],
        settings: Settings,
        engine: str,
        *,
        strict: bool,
        embeddings: bool,
        rejections: Path | None,  # noqa: ARG002
        progress: Progress,
    ) -> Summary:
        self.record(("index", list(paths), settings.data_dir, engine, strict, embeddings))
        progress.start("reading", 1234, "records")
        progress.advance(1234)
        progress.finish()
        return SimpleNamespace(
            read=1234,
            indexed={"talent": 230, "job": 1000},
            rejected=self.rejected,
            rejections=self.rejections,
            seconds=2.0,
            documents_per_second=615.0,
            generation="000002",
        )

    def apply_changes(
        self, paths: Sequence[Path], settings: Settings, *, strict: bool, progress: Progress
    ) -> ChangesSummary:
        self.record(("apply", list(paths), settings.data_dir, strict))
        progress.start("applying", 1234, "bytes")
        progress.finish()
        return replace(APPLIED, rejected=self.rejected, rejections=tuple(self.rejections))  # type: ignore[arg-type]

    def roll_back(self, settings: Settings) -> str:
        self.record(("roll back", settings.data_dir))
        return "000001"

    def write_demo(
        self, directory: Path, *, jobs: int, talent: int, seed: int, present: datetime, force: bool
    ) -> Mapping[str, int]:
        self.record(("demo", directory, jobs, talent, seed, present, force))
        return {"job": jobs, "talent": talent}

    def serve(self, settings: Settings) -> None:
        self.record(settings)

    def evaluate(
        self,
        folder: Path,
        modes: Sequence[RetrievalMode],
        *,
        settings: Settings,
        grouped: bool,
        catalog: Path | None,
        json: Path | None,
        plot: Path | None,
        progress: Progress,
    ) -> Sequence[str]:
        self.record(("evaluate", settings.embedder, folder, list(modes), grouped, catalog, json, plot))
        progress.start("Searching", 2, "queries")
        progress.finish()
        return ["the first line", "the second"]

    def evaluate_recommendations(
        self, settings: Settings, *, jobs: int, seed: int, json: Path | None, progress: Progress
    ) -> Sequence[str]:
        self.record(("evaluate recommendations", settings.data_dir, settings.embedder, jobs, seed, json))
        progress.start("Ranking", 2, "jobs")
        progress.finish()
        return ["how well"]

    def explain_plan(self, query: Path, variables: str | None, settings: Settings, *, profile: bool) -> Sequence[str]:
        self.record(("plan", query, variables, settings.data_dir, profile))
        return ["Query", "  job: Job"]

    def report_experiments(
        self,
        settings: Settings,
        *,
        experiment: str | None,
        since: datetime | None,
        json: Path | None,
        plot: Path | None,
    ) -> Sequence[str]:
        self.record(("report", settings.data_dir, experiment, since, json, plot))
        return ["one arm", "another"]

    def refresh_popularity(self, settings: Settings) -> Sequence[str]:
        self.record(("popularity refresh", settings.data_dir))
        return ["Counted 2"]

    def train(self, settings: Settings, **options: Any) -> Sequence[str]:
        assert isinstance(options.pop("progress"), PlainProgress)
        self.record(("train", settings.data_dir, options))
        return ["Read 2 queries", "It is better"]

    def list_models(self, settings: Settings) -> Sequence[str]:
        self.record(("models list", settings.data_dir))
        return ["ranker-0001"]

    def promote_model(self, settings: Settings, name: str, *, force: bool) -> str:
        self.record(("models promote", settings.data_dir, name, force))
        return f"{name} ranks"

    def roll_back_model(self, settings: Settings, surface: Surface) -> str:
        self.record(("models rollback", settings.data_dir, surface))
        return "linear-1 ranks again"

    def print_schema(self, beside: Collection[Neighbour] = ()) -> str:
        self.record(("schema", *beside))
        return '"""Ein Büro."""\ntype Query\n'

    def record(self, call: object) -> None:
        self.calls.append(call)
        if self.failure is not None:
            raise self.failure


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in [name for name in os.environ if name.upper().startswith("GATEWAY_")]:
        monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def run(recorder: Recorder, capfd: pytest.CaptureFixture[str]) -> Run:
    def run_with(*arguments: str) -> Outcome:
        cli = build_cli(
            Collaborators(
                index_catalog=recorder.index_catalog,
                apply_changes=recorder.apply_changes,
                follow=lambda settings: recorder.record(("follow", settings)),
                roll_back=recorder.roll_back,
                write_demo=recorder.write_demo,
                serve=recorder.serve,
                print_schema=recorder.print_schema,
                evaluate=recorder.evaluate,
                evaluate_recommendations=recorder.evaluate_recommendations,
                explain_plan=recorder.explain_plan,
                report_experiments=recorder.report_experiments,
                refresh_popularity=recorder.refresh_popularity,
                train=recorder.train,
                list_models=recorder.list_models,
                promote_model=recorder.promote_model,
                roll_back_model=recorder.roll_back_model,
            )
        )
        code = run_cli(cli, arguments)
        printed = capfd.readouterr()
        return Outcome(code, printed.out, printed.err)

    return run_with


def test_train_learns_of_a_surface_from_a_moment_in_utc(recorder: Recorder, run: Run) -> None:
    asked = ("--surface", "recommendedJobs", "--since", "2026-05-01", "--seed", "3", "--promote", "--data-dir", "here")
    outcome = run("train", *asked)
    given = {
        "surface": Surface.RECOMMENDED_JOBS,
        "since": datetime(2026, 5, 1, tzinfo=UTC),
        "seed": 3,
        "promoting": True,
    }
    assert recorder.calls == [("train", Path("here"), given)]
    assert (outcome.code, outcome.out) == (0, "Read 2 queries\nIt is better\n")


@pytest.mark.parametrize(("seed", "said"), [("-1", "or equal to 0"), ("2147483648", "or equal to 2147483647")])
def test_a_seed_that_no_model_can_be_learned_with_is_refused_before_anything_is(
    recorder: Recorder, run: Run, seed: str, said: str
) -> None:
    outcome = run("train", "--seed", seed, "--data-dir", "here")
    assert outcome.code == 2
    assert "Invalid value for '--seed': Input should be " in outcome.err
    assert said in outcome.err
    assert recorder.calls == []


def test_models_are_listed_promoted_and_rolled_back(recorder: Recorder, run: Run) -> None:
    said = [
        run("models", "list", "--data-dir", "here"),
        run("models", "promote", "ranker-0001", "--force", "--data-dir", "here"),
        run("models", "rollback", "--surface", "recommendedJobs", "--data-dir", "here"),
    ]
    assert [(one.code, one.out) for one in said] == [
        (0, "ranker-0001\n"),
        (0, "ranker-0001 ranks\n"),
        (0, "linear-1 ranks again\n"),
    ]
    assert recorder.calls == [
        ("models list", Path("here")),
        ("models promote", Path("here"), "ranker-0001", True),
        ("models rollback", Path("here"), Surface.RECOMMENDED_JOBS),
    ]


def test_plan_prints_the_lines_of_a_plan(folder: Path, recorder: Recorder, run: Run) -> None:
    (folder / "query.graphql").write_text("{ __typename }")
    outcome = run("plan", "query.graphql", "--variables", "{}", "--profile", "--data-dir", "here")
    assert recorder.calls == [("plan", Path("query.graphql"), "{}", Path("here"), True)]
    assert (outcome.code, outcome.out) == (0, "Query\n  job: Job\n")


def test_index_reads_the_paths_into_the_data_directory_and_sums_up(folder: Path, recorder: Recorder, run: Run) -> None:
    (folder / "feed").mkdir()
    outcome = run("index", "feed", str(folder), "--data-dir", "here")
    assert recorder.calls == [("index", [Path("feed"), folder], Path("here"), "embedded", False, True)]
    assert outcome.code == 0
    assert outcome.out == (
        "Read 1,234 records in 2.0 s (615 documents/s)\n"
        "Indexed 1,230 documents (1,000 job, 230 talent)\n"
        "Rejected 0 records\n"
        "here now answers from generation 000002\n"
    )
    assert outcome.err == "reading: 1,234 records in 0.0 s\n"


def test_index_takes_its_data_directory_from_the_settings_and_its_flags(
    recorder: Recorder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_DATA_DIR", "there")
    assert run("index", ".", "--strict", "--no-embeddings").code == 0
    assert recorder.calls == [("index", [Path()], Path("there"), "embedded", True, False)]


def test_index_goes_to_opensearch_where_the_settings_name_one_and_nothing_else_is_said(
    recorder: Recorder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_OPENSEARCH_URL", "http://127.0.0.1:1")
    outcome = run("index", ".")
    assert outcome.out.endswith("OpenSearch, discovery-*, now answers from generation 000002\n")
    run("index", ".", "--to", "embedded")
    assert [engine for _, _, _, engine, *_ in recorder.calls] == ["opensearch", "embedded"]  # type: ignore[misc, attr-defined]


def test_what_begins_with_the_name_of_a_subcommand_is_one_and_a_path_of_that_name_has_another(
    folder: Path, recorder: Recorder, run: Run
) -> None:
    for name in ("apply", "changes.ndjson"):
        (folder / name).touch()
    assert run("index", "apply", "changes.ndjson").code == 0
    assert run("index", "./apply").code == 0
    assert run("index", "changes.ndjson", "apply").code == 0
    assert [call[:2] for call in recorder.calls] == [  # type: ignore[index]
        ("apply", [Path("changes.ndjson")]),
        ("index", [Path("apply")]),
        ("index", [Path("changes.ndjson"), Path("apply")]),
    ]


def test_index_help_has_its_own_flags_and_the_subcommands(run: Run) -> None:
    outcome = run("index", "--help")
    assert outcome.code == 0
    assert re.findall(r"^│ \*? *(--[a-z-]+|[A-Z]+|[a-z]+)  ", outcome.out, re.MULTILINE) == [
        "PATHS",
        "--data-dir",
        "--to",
        "--strict",
        "--rejections",
        "--no-embeddings",
        "--help",
        "apply",
        "follow",
        "rollback",
    ]
    assert "Usage: discovery-gateway index apply [OPTIONS] {FILES}..." in run("index", "apply", "--help").out


def test_index_apply_takes_files_and_sums_up(folder: Path, recorder: Recorder, run: Run) -> None:
    (folder / "a.ndjson").touch()
    (folder / "b.ndjson.gz").touch()
    outcome = run("index", "apply", "a.ndjson", "b.ndjson.gz", "-", "--data-dir", "here", "--strict")
    assert recorder.calls == [("apply", [Path("a.ndjson"), Path("b.ndjson.gz"), Path("-")], Path("here"), True)]
    assert outcome == Outcome(
        0,
        "Read 1,234 changes in 2.0 s (617 changes/s)\n"
        "Applied 1,200 to here, 30 were stale\n"
        "Wrote 4,567 other documents again that show what has changed\n"
        "Rejected 0 changes\n",
        "applying: 0 bytes in 0.0 s\n",
    )


def test_index_apply_prints_the_first_rejections(folder: Path, recorder: Recorder, run: Run) -> None:
    (folder / "a.ndjson").touch()
    recorder.rejected, recorder.rejections = {"broken JSON": 4}, ["a.ndjson:4: input data was truncated"]
    outcome = run("index", "apply", "a.ndjson")
    assert outcome.code == 0
    assert outcome.err.splitlines()[1:] == ["a.ndjson:4: input data was truncated", "… and 3 more"]
    assert outcome.out.endswith("Rejected 4 changes (4 broken JSON)\n")


def test_references_that_lead_nowhere_are_told() -> None:
    lines = list(changes_lines(replace(APPLIED, dangling=1200), "here"))
    assert lines[3] == "1,200 references lead to what is not there yet"


def test_index_follow_runs_with_the_settings_of_flags_and_environment(
    recorder: Recorder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_REDIS_URL", "redis://cache")
    assert run("index", "follow", "--changes-consumer", "two") == Outcome(0, "", "")
    [(what, settings)] = recorder.calls  # type: ignore[misc]
    assert what == "follow"
    assert settings.model_dump() == Settings(redis_url="redis://cache", changes_consumer="two").model_dump()


def test_index_rollback_says_what_answers_again(recorder: Recorder, run: Run) -> None:
    assert run("index", "rollback", "--data-dir", "here") == Outcome(0, "Generation 000001 answers again\n", "")
    assert recorder.calls == [("roll back", Path("here"))]


def test_index_prints_the_first_rejections_and_how_many_more_there_are(recorder: Recorder, run: Run) -> None:
    recorder.rejected = {"duplicate id": 1, "not JSON": 40}
    recorder.rejections = ["jobs.ndjson.gz:12: budget.amount: not a number", "jobs.ndjson.gz:13: not JSON"]
    outcome = run("index", ".")
    assert outcome.code == 0
    assert outcome.err.splitlines()[1:] == [*recorder.rejections, "… and 39 more: --rejections FILE has all of them"]
    assert "Rejected 41 records (40 not JSON, 1 duplicate id)\n" in outcome.out


def test_an_error_of_ours_keeps_its_lines_and_is_exit_code_1(recorder: Recorder, run: Run) -> None:
    recorder.failure = IndexingError("2 records were rejected.\n  a:1: is missing\n  a:2: is missing")
    outcome = run("index", ".", "--strict")
    expected = "discovery-gateway: 2 records were rejected.\n  a:1: is missing\n  a:2: is missing\n"
    assert outcome == Outcome(1, "", expected)


@pytest.mark.parametrize(
    ("failure", "line"),
    [
        (PermissionError(13, "Permission denied", "index/current"), "index/current: Permission denied"),
        (OSError("no route"), "no route"),
    ],
)
def test_an_error_of_the_machine_is_one_line_and_exit_code_1(
    recorder: Recorder, run: Run, failure: OSError, line: str
) -> None:
    recorder.failure = failure
    assert run("serve") == Outcome(1, "", f"discovery-gateway: {line}\n")


def test_an_error_in_the_program_itself_is_not_hidden(recorder: Recorder, run: Run) -> None:
    recorder.failure = ZeroDivisionError("a bug")
    with pytest.raises(ZeroDivisionError, match="a bug"):
        run("serve")


def test_ctrl_c_is_one_line_and_exit_code_130(recorder: Recorder, run: Run) -> None:
    recorder.failure = KeyboardInterrupt()
    assert run("index", ".") == Outcome(130, "", "discovery-gateway: interrupted\n")


def test_a_signal_from_the_keyboard_ends_a_real_process(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN_A_SERVER_THAT_WAITS],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "discovery-gateway: interrupted\n")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["index"], f"Missing argument 'PATHS'{SEE}"),
        (["index", "--strict"], f"Missing argument 'PATHS'{SEE}"),
        (["index", "--strict", "apply"], f"Invalid value for 'PATHS': path 'apply' does not exist{SEE}"),
        (["index", "--qqq", "."], f"No such option: --qqq{SEE}"),
        (["index", "apply"], f"Missing argument 'FILES'{SEE}"),
        (["index", "apply", "nowhere"], f"Invalid value for 'FILES': file 'nowhere' does not exist{SEE}"),
        (["index", "apply", "."], f"Invalid value for 'FILES': file '.' is a directory{SEE}"),
        (["index", "follow", "now"], f"Got unexpected extra argument(s) (now){SEE}"),
        (["index", "nowhere"], f"Invalid value for 'PATHS': path 'nowhere' does not exist{SEE}"),
        (["indx"], f"No such command 'indx'. Did you mean 'index'?{SEE}"),
        (["serve", "--prot", "1"], f"No such option: --prot (Possible options: --host, --port){SEE}"),
        (["serve", "--port", "x"], "--port cannot be 'x': it must be a whole number from 0 to 65535"),
        (
            ["settings", "--mode", "prod"],
            "--mode cannot be 'prod': it must be development or production; did you mean production?",
        ),
        (["demo", "d", "--jobs", "0"], f"Invalid value for '--jobs': Input should be greater than or equal to 1{SEE}"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(recorder: Recorder, run: Run, arguments: list[str], line: str) -> None:
    assert run(*arguments) == Outcome(2, "", f"discovery-gateway: {line}\n")
    assert recorder.calls == []


def test_every_wrong_setting_has_its_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PROT", "1")
    outcome = run("index", ".", "--data-dir", "~nobody-of-that-name")
    assert outcome.code == 2
    assert outcome.err.splitlines() == [
        "discovery-gateway: there is no setting GATEWAY_PROT; did you mean GATEWAY_PORT?",
        "discovery-gateway: --data-dir cannot be '~nobody-of-that-name': it must be a path",
    ]


def test_serve_runs_with_the_settings_of_flags_and_environment(
    recorder: Recorder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_HOST", "::1")
    outcome = run("serve", "--port", "0", "--mode", "production", "--page-size-max", "50")
    assert outcome == Outcome(0, "", "")
    [settings] = recorder.calls
    assert isinstance(settings, Settings)
    assert settings.model_dump() == Settings(host="::1", port=0, mode="production", page_size_max=50).model_dump()


def test_serve_has_a_flag_for_every_setting_that_is_no_secret(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    listed = run("serve", "--help").out
    secrets = {"opensearch_password", "embedder_api_key", "auth_secret", "router_secret"}
    public = Settings.model_fields.keys() - secrets
    assert set(re.findall(r"or (GATEWAY_\w+)", listed)) == {Settings.variables()[name] for name in public}
    assert set(re.findall(r"--([a-z-]+)", listed)) == {"help", *(name.replace("_", "-") for name in public)}


def test_settings_prints_every_setting_and_where_it_came_from(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_RELOAD_SECONDS", "2.5")
    monkeypatch.setenv("COLUMNS", "40")
    outcome = run("settings", "--port", "9")
    lines = outcome.out.splitlines()
    assert (outcome.code, outcome.err, len(lines)) == (0, "", 2 * len(Settings.model_fields))
    assert lines[:4] == [
        "GATEWAY_HOST = 127.0.0.1  (default)",
        "    The address to listen on. [a text that is not empty, default 127.0.0.1]",
        "GATEWAY_PORT = 9  (flag)",
        "    The port to listen on; 0 takes a free one. [a whole number from 0 to 65535, default 8000]",
    ]
    assert "GATEWAY_RELOAD_SECONDS = 2.5  (environment)" in lines


def test_schema_prints_the_file_and_nothing_else(recorder: Recorder, run: Run) -> None:
    assert run("schema") == Outcome(0, recorder.print_schema(), "")
    assert run("schema", "--with", "contracts", "--with", "accounts") == Outcome(0, recorder.print_schema(), "")
    assert [call for call in recorder.calls if call != ("schema",)] == [("schema", "contracts", "accounts")]


def test_demo_writes_a_catalog_of_the_asked_size(recorder: Recorder, run: Run) -> None:
    before = midnight()
    assert run("demo", "d") == Outcome(0, "Wrote 7,000 documents (5,000 talent, 2,000 job) to d\n", "")
    asked = ("--jobs", "30", "--talent", "4", "--seed", "5", "--present", "2026-02-03", "--force")
    assert run("demo", "d", *asked).code == 0
    plain, given = recorder.calls
    assert plain in [("demo", Path("d"), 2000, 5000, 1, day, False) for day in (before, midnight())]
    assert given == ("demo", Path("d"), 30, 4, 5, datetime(2026, 2, 3, tzinfo=UTC), True)


def midnight() -> datetime:
    """When today began, in UTC."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def test_the_version_is_the_one_of_the_installed_package(run: Run) -> None:
    outcome = run("--version")
    assert outcome.code == 0
    assert re.fullmatch(r"discovery-gateway \d+\.\d+\.\d+\n", outcome.out)


def test_without_a_command_the_commands_are_listed(run: Run) -> None:
    outcome = run()
    assert (outcome.code, outcome.err) == (0, "")
    assert re.findall(r"^│ ([a-z]+) ", outcome.out, re.MULTILINE) == [
        "index",
        "evaluate",
        "popularity",
        "models",
        "serve",
        "settings",
        "schema",
        "plan",
        "demo",
        "report",
        "train",
    ]


def test_plain_progress_says_a_line_every_five_seconds_and_one_at_the_end() -> None:
    said: list[str] = []
    seconds = iter([0.0, 1.0, 5.0, 6.0, 10.0, 12.0])
    progress = PlainProgress(said.append, lambda: next(seconds))
    progress.start("reading jobs", 4000, "records")
    for _ in range(4):
        progress.advance(500)
    progress.finish()
    assert said == [
        "reading jobs: 1,000 of 4,000 records, 200/s, 15 s left",
        "reading jobs: 2,000 of 4,000 records, 200/s, 10 s left",
        "reading jobs: 2,000 records in 12.0 s, 167/s",
    ]


def test_plain_progress_of_an_unknown_total_has_no_time_left() -> None:
    said: list[str] = []
    seconds = iter([0.0, 5.0, 10.0, 10.0, 10.0])
    progress = PlainProgress(said.append, lambda: next(seconds))
    progress.start("reading", None, "records")
    progress.advance(0)
    progress.advance(10)
    progress.finish()
    assert said == ["reading: 0 records", "reading: 10 records, 1/s", "reading: 10 records in 10.0 s, 1/s"]


def test_plain_progress_of_an_idle_phase_has_no_rate() -> None:
    said: list[str] = []
    seconds = iter([0.0, 5.0, 5.0])
    progress = PlainProgress(said.append, lambda: next(seconds))
    progress.start("reading", 10, "records")
    progress.advance(0)
    progress.finish()
    assert said == ["reading: 0 of 10 records", "reading: 0 records in 5.0 s"]


def test_a_terminal_shows_a_bar_for_every_phase() -> None:
    screen = StringIO()
    console = Console(file=screen, force_terminal=True, width=120, color_system=None)
    with shown_on(console) as progress:
        progress.start("reading [jobs]", 2000, "records")
        progress.advance(1500)
        progress.finish()
        progress.start("embedding", None, "vectors")
        progress.advance(7)
        progress.finish()
    last = screen.getvalue().split("\x1b[2K")[-1]
    assert "reading [jobs]" in screen.getvalue()
    assert "1,500/1,500 records" in screen.getvalue()
    assert "7/7 vectors" in last


def test_a_bar_moves_with_the_work_and_is_complete_when_its_phase_is() -> None:
    bars = Bars(console=Console(file=StringIO()))
    progress = BarProgress(bars)
    progress.start("reading", 10, "records")
    progress.advance(4)
    [task] = bars.tasks
    assert (task.completed, task.total, task.finished) == (4, 10, False)
    progress.finish()
    assert (task.completed, task.total, task.finished) == (4, 4, True)


def test_silent_progress_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    progress: Progress = SilentProgress()
    progress.start("reading", 1, "records")
    progress.advance(1)
    progress.finish()
    assert capfd.readouterr() == ("", "")


def test_evaluate_measures_all_modes_and_prints_the_report(run: Run, recorder: Recorder) -> None:
    outcome = run("evaluate", "set")
    assert (outcome.code, outcome.out) == (0, "the first line\nthe second\n")
    assert recorder.calls == [("evaluate", "wordllama", Path("set"), list(RetrievalMode), False, None, None, None)]


def test_evaluate_takes_modes_and_files(run: Run, recorder: Recorder) -> None:
    arguments = ["--mode", "HYBRID", "--mode", "LEXICAL", "--grouped", "--catalog", "index", "--embedder", "onnx:m"]
    assert run("evaluate", "set", *arguments, "--json", "a.json", "--plot", "a.svg").code == 0
    modes = [RetrievalMode.HYBRID, RetrievalMode.LEXICAL]
    assert recorder.calls == [
        ("evaluate", "onnx:m", Path("set"), modes, True, Path("index"), Path("a.json"), Path("a.svg"))
    ]


def test_recommendations_are_evaluated_on_the_catalog_of_an_index(run: Run, recorder: Recorder) -> None:
    arguments = ["--data-dir", "there", "--jobs", "5", "--seed", "2", "--embedder", "onnx:m", "--json", "a.json"]
    outcome = run("evaluate", "recommendations", *arguments)
    assert (outcome.code, outcome.out) == (0, "how well\n")
    assert recorder.calls == [("evaluate recommendations", Path("there"), "onnx:m", 5, 2, Path("a.json"))]


def test_report_takes_an_experiment_a_date_and_files(run: Run, recorder: Recorder) -> None:
    asked = (
        "--experiment",
        "one",
        "--since",
        "2026-06-01",
        "--json",
        "a.json",
        "--plot",
        "a.svg",
        "--data-dir",
        "there",
    )
    assert run("report", *asked).out == "one arm\nanother\n"
    assert run("report").code == 0
    since = datetime(2026, 6, 1, tzinfo=UTC)
    assert recorder.calls == [
        ("report", Path("there"), "one", since, Path("a.json"), Path("a.svg")),
        ("report", Path("gateway-data"), None, None, None, None),
    ]
    assert run("report", "--since", "yesterday").code == 2


def test_popularity_is_refreshed(run: Run, recorder: Recorder) -> None:
    assert run("popularity", "refresh", "--data-dir", "there").out == "Counted 2\n"
    assert recorder.calls == [("popularity refresh", Path("there"))]
