"""Ctrl-C and SIGTERM end a command at any time with one line, one exit code, and nothing left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from resolvers.sources.embedded.layout import Layout
from tests.indexing.feeds import write_feed

ROOT = Path(__file__).parents[2]
INTERRUPTED = (130, "", "discovery-gateway: interrupted\n")
INDEX_AND_WAIT = """
import sys, time
from pathlib import Path
from gateway.commands.running import interrupted_by_signals, run_cli
from indexing.run import index_catalog
from resolvers.sources.embedded.writer import EmbeddedTarget
import typer

class Slow:
    def start(self, phase, total, unit):
        if phase.startswith("Indexing"):
            print("waiting", flush=True)
            time.sleep(60)
    def advance(self, amount):
        pass
    def finish(self):
        pass

cli = typer.Typer()
@cli.command()
def index(feed: Path, data_dir: Path):
    index_catalog([feed], EmbeddedTarget(data_dir), None, staging=data_dir, progress=Slow())
interrupted_by_signals()
sys.exit(run_cli(cli, sys.argv[1:]))
"""
SLOW_TO_IMPORT = """
import time
print("waiting", flush=True)
time.sleep(60)
"""


def started(command: Sequence[str], folder: Path, library: Path = ROOT) -> "subprocess.Popen[str]":
    """A process that has printed that it waits."""
    process = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [library, ROOT]))},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    return process


def ended(process: "subprocess.Popen[str]", wish: signal.Signals) -> tuple[int, str, str]:
    """Exit code and what else was printed of a process that gets a signal."""
    process.send_signal(wish)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_an_indexing_run_that_is_interrupted_leaves_nothing(tmp_path: Path, wish: signal.Signals) -> None:
    feed, data_dir = write_feed(tmp_path / "feed"), tmp_path / "index"
    process = started([sys.executable, "-c", INDEX_AND_WAIT, str(feed), str(data_dir)], tmp_path)
    assert len(list(data_dir.glob("staging-*"))) == 1
    assert ended(process, wish) == INTERRUPTED
    assert (list(data_dir.glob("staging-*")), list((data_dir / "unfinished").iterdir())) == ([], [])
    assert Layout(data_dir).current() is None


@pytest.mark.parametrize("command", [["-m", "gateway"], ["-c", "from gateway.__main__ import main; main()"]])
def test_ctrl_c_while_the_program_is_imported_is_one_line(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "lmdb.py").write_text(SLOW_TO_IMPORT)
    process = started([sys.executable, *command, "schema"], tmp_path, tmp_path)
    assert ended(process, signal.SIGINT) == INTERRUPTED


@pytest.mark.parametrize(
    "program",
    [["-m", "gateway"], ["-c", "from gateway.commands.running import *; interrupted_by_signals(); import lmdb"]],
)
def test_a_signal_that_the_process_was_told_to_ignore_stays_ignored(tmp_path: Path, program: list[str]) -> None:
    (tmp_path / "lmdb.py").write_text('print("waiting", flush=True)\nopen("go").read()\nraise SystemExit(7)\n')
    os.mkfifo(tmp_path / "go")
    process = started(["sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, *program], tmp_path, tmp_path)
    process.send_signal(signal.SIGINT)
    (tmp_path / "go").write_text("")
    process.communicate(timeout=30)
    assert process.returncode == 7
