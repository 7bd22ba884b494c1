"""A run that is killed at any of its steps leaves a complete index in use, and nothing behind that stays."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.demo import make_demo

ROOT = Path(__file__).resolve().parents[2]
SWITCH = "os.rename /CURRENT"
AFTER_IT = {"os.remove /generations/*/in-use.lock", "os.rmdir /generations/*"}
SOME_STEPS = {
    "os.mkdir /staging-*",
    "open /staging-*/lock",
    "os.mkdir /unfinished/*",
    "os.mkdir /unfinished/*/job/text",
    "open /unfinished/*/job/vectors.npy",
    "open /unfinished/*/talent/present.npy",
    "open /unfinished/*/manifest.json",
    "os.rename /generations/*",
    "open /CURRENT.new",
    SWITCH,
} | AFTER_IT


class Killed(NamedTuple):
    """A run that was killed, and what a reader found before and after it."""

    step: str
    before: dict[str, Any]
    after: dict[str, Any]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("killed") / "data"


@pytest.fixture(scope="module")
def runs(data_dir: Path) -> list[Killed]:
    """A run for each step that a run can be killed at; the last one, which is not among them, went through."""
    feed = make_demo(data_dir.parent, jobs=5, talent=5).feed
    command = [sys.executable, "-m", "tests.support.crashing", str(feed), str(data_dir)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    return [Killed(*about) for about in zip(said[1::2], said[0::2], said[2::2], strict=False)]


def test_runs_were_killed_at_every_step(runs: list[Killed]) -> None:
    steps = [run.step for run in runs]
    assert set(steps) >= SOME_STEPS
    assert len(steps) == len(set(steps))


def test_the_index_in_use_is_complete_after_every_kill(runs: list[Killed]) -> None:
    whole = runs[0].before | {"current": None}
    assert whole["found"] == whole["total"] > 0
    assert whole["lost"] == 0
    assert [run for run in runs if run.after | {"current": None} != whole] == []


def test_the_index_changes_once_the_switch_is_made_and_at_no_other_step(runs: list[Killed]) -> None:
    changed = {run.step for run in runs if run.before["current"] != run.after["current"]}
    assert changed == AFTER_IT


def test_nothing_is_left_when_a_run_goes_through(runs: list[Killed], data_dir: Path) -> None:
    assert runs
    places = sorted(path.name for path in data_dir.iterdir())
    assert places == ["CURRENT", "generations", "staging.lock", "unfinished", "writing.lock"]
    assert [path.name for path in (data_dir / "generations").iterdir()] == [(data_dir / "CURRENT").read_text().strip()]
    assert list((data_dir / "unfinished").iterdir()) == []
