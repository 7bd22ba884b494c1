"""A batch of changes that is killed at any step is there as a whole or not at all, and leaves nothing behind."""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.demo import make_demo

ROOT = Path(__file__).resolve().parents[2]
SWITCH = "os.rename /CURRENT"
AFTER_IT = {"os.remove /generations/*/in-use.lock", "os.rmdir /generations/*"}
SOME_STEPS = {
    "os.mkdir /unfinished/*",
    "os.link /unfinished/*/documents.lmdb",
    "os.link /unfinished/*/job/text/meta.json",
    "os.link /unfinished/*/job/text/*.idx",
    "os.rename /unfinished/*/job/tail-vectors.f32",
    "os.remove /unfinished/*/job/tail.msgpack",
    "open /unfinished/*/job/tail.msgpack",
    "os.remove /unfinished/*/manifest.json",
    "open /unfinished/*/manifest.json",
    "os.rename /generations/*",
    "open /CURRENT.new",
    SWITCH,
} | AFTER_IT


class Killed(NamedTuple):
    """A run that was killed, with the number of its batch, and what a reader found after it."""

    step: str | None
    batch: int
    number: int | None


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("killed") / "data"


@pytest.fixture(scope="module")
def runs(data_dir: Path) -> list[Killed]:
    """A run for each step that a batch can be killed at; the last one, without a step, went through."""
    feed = make_demo(data_dir.parent, jobs=30, talent=5).feed
    command = [sys.executable, "-m", "tests.support.crashing_changes", str(feed), str(data_dir)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    first, *said = [json.loads(line) for line in done.stdout.splitlines()]
    assert first["number"] == 1
    found = zip(said[0::2], said[1::2], strict=True)
    return [Killed(step, batch, after["number"]) for batch, (step, after) in enumerate(found, 2)]


def test_batches_were_killed_at_every_step(runs: list[Killed]) -> None:
    steps = [run.step for run in runs]
    assert set(steps) >= SOME_STEPS
    assert len(steps) == len(set(steps))


def test_a_batch_is_there_as_a_whole_once_the_switch_is_made_and_not_at_all_before(runs: list[Killed]) -> None:
    there = 1
    for run in runs:
        there = run.batch if run.step is None or run.step in AFTER_IT else there
        assert run.number == there, run


def test_nothing_is_left_when_a_batch_goes_through(runs: list[Killed], data_dir: Path) -> None:
    assert runs[-1].step is None
    assert [path.name for path in (data_dir / "generations").iterdir()] == [(data_dir / "CURRENT").read_text().strip()]
    assert list((data_dir / "unfinished").iterdir()) == []
