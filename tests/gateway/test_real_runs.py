"""Commands with what they run in earnest: what a person sees of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli import evaluate, evaluate_recommendations, report_experiments, train
from gateway.commands.app import build_cli
from gateway.commands.collaborators import Collaborators
from gateway.commands.running import run_cli
from gateway.consumer import follow
from gateway.execution.explaining import explain
from gateway.jobs import apply_changes, index_for, roll_back
from gateway.models import list_models, promote_model, roll_back_model
from gateway.popularity import refresh_popularity
from gateway.server import run as serve
from indexing.demo import write_demo
from schema.sdl import print_schema
from tests.indexing.feeds import JOB, write_feed

Run = Callable[..., tuple[int, list[str], list[str]]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command and gives its exit code and the lines of its output and of its errors."""
    cli = build_cli(
        Collaborators(
            index_for,
            apply_changes,
            follow,
            roll_back,
            write_demo,
            serve,
            print_schema,
            evaluate,
            evaluate_recommendations,
            explain,
            report_experiments,
            refresh_popularity,
            train,
            list_models,
            promote_model,
            roll_back_model,
        )
    )

    def run_with(*arguments: object) -> tuple[int, list[str], list[str]]:
        code = run_cli(cli, list(map(str, arguments)))
        printed = capfd.readouterr()
        return code, printed.out.splitlines(), printed.err.splitlines()

    return run_with


def test_an_index_run_says_where_all_rejections_are(run: Run, tmp_path: Path) -> None:
    feed, bad = write_feed(tmp_path / "feed", jobs=[JOB, *[b"{"] * 31]), tmp_path / "bad.ndjson"
    index = ["index", feed, "--data-dir", tmp_path / "index", "--no-embeddings"]
    code, out, err = run(*index)
    assert (code, out[2]) == (0, "Rejected 31 records (31 broken JSON)")
    assert err[-1] == "… and 11 more: --rejections FILE has all of them"
    code, _, err = run(*index, "--rejections", bad)
    assert (code, err[-1]) == (0, f"… and 11 more: {bad} has all of them")
    assert [json.loads(line)["line"] for line in bad.read_text().splitlines()] == list(range(2, 33))


def test_a_strict_run_names_what_was_rejected_a_line_each(run: Run, tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed", jobs=[JOB, *[b"{"] * 21])
    code, out, err = run("index", feed, "--data-dir", tmp_path / "index", "--no-embeddings", "--strict")
    assert (code, out) == (1, [])
    first = (
        "21 of 26 records were rejected (21 broken JSON), and a strict run takes none. The index in use is unchanged."
    )
    assert err[-22:] == [
        f"discovery-gateway: {first}",
        *(f"  jobs.ndjson:{line}: input data was truncated" for line in range(2, 22)),
        "  … and 1 more",
    ]


def test_a_demo_does_not_take_the_place_of_a_catalog(run: Run, tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    code, out, err = run("demo", feed, "--jobs", 1, "--talent", 1)
    told = "this is no file of a demo; name another folder, or say --force to write there"
    assert (code, out, err) == (1, [], [f"discovery-gateway: {feed / 'clients.ndjson'}: {told}"])
    assert run("demo", tmp_path / "other", "--jobs", 1, "--talent", 1)[0] == 0
    assert run("demo", tmp_path / "other", "--jobs", 2, "--talent", 1)[0] == 0


def test_an_evaluation_prints_figures_and_a_broken_set_its_line(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text('{"_id": "a", "text": "tailor"}\n{"_id": "b", "text": "baker"}\n')
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "bakers"}\n')
    (folder / "qrels" / "test.tsv").write_text("q\tb\t1\n")
    code, out, _ = run("evaluate", folder, "--mode", "LEXICAL")
    assert (code, out[2].split()[:3]) == (0, ["LEXICAL", "1.0000", "1.0000"])
    (folder / "qrels" / "test.tsv").write_text("q\tb\n")
    code, out, err = run("evaluate", folder)
    assert (code, out) == (1, [])
    assert err[-1].endswith("test.tsv:1: expected query, record and a whole number, between tabs")
