"""Whatever kills a process that records events: what it has answered for is there, once, and others go on."""

import resource
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from resolvers.errors import SourceError
from resolvers.sources.embedded.feedback.files import FeedbackFiles
from resolvers.sources.embedded.feedback.journal import EmbeddedJournal
from resolvers.sources.embedded.feedback.log import EmbeddedFeedbackLog
from tests.support.feedback import event, query

ROOT = Path(__file__).resolve().parents[3]
STEPS = range(1, 5)


def recording(data_dir: Path, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.support.crashing_feedback", str(data_dir), *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def told(process: "subprocess.Popen[str]", lines: int) -> list[str]:
    """The ids of so many events, and of those that were taken before it was killed then."""
    assert process.stdout is not None
    first = [process.stdout.readline() for _ in range(lines)]
    process.kill()
    rest, _ = process.communicate()
    assert all(line.endswith("\n") for line in first)
    # The last line may have been cut.
    return [line.strip() for line in first] + rest.splitlines()[: rest.count("\n")]


def kept(data_dir: Path) -> Counter[str]:
    """How often each event is there; those whose query is not there are left out."""
    log = EmbeddedFeedbackLog(data_dir)
    queries = {one.id for one in log.all_queries()}
    return Counter(one.id for one in log.all_events() if one.query_id in queries)


def test_what_was_answered_for_is_there_once_however_often_processes_are_killed(tmp_path: Path) -> None:
    taken: list[str] = []
    for number in range(3):
        processes = [recording(tmp_path, f"{number}-{name}") for name in "ab"]
        for process, lines in zip(processes, (60, 60 + 7 * number), strict=True):
            taken += told(process, lines)
    found = kept(tmp_path)
    assert len(taken) >= 3 * 120
    assert [id_ for id_ in taken if found[id_] != 1] == []
    assert set(found.values()) == {1}


def test_a_process_that_is_killed_at_any_step_holds_nobody_up_and_its_query_is_there_with_its_events(
    tmp_path: Path,
) -> None:
    files = FeedbackFiles(tmp_path, keep_seconds=1e9)
    for step in STEPS:
        killed = recording(tmp_path, str(step), str(step))
        assert killed.communicate()[0].count("\n") % 3 == 0
        assert killed.returncode == -9
        assert files.write([query(f"q{step}")], [event(f"e{step}", f"q{step}")]) == [True]
    files.close()
    found = kept(tmp_path)
    assert {f"e{step}" for step in STEPS} <= set(found)
    assert set(found.values()) == {1}


async def test_a_full_disk_is_an_error_and_what_was_taken_before_stays(tmp_path: Path) -> None:
    journal = EmbeddedJournal(FeedbackFiles(tmp_path, keep_seconds=1e9))
    await journal.open()
    assert await journal.write([query("q1")], [event("e1")]) == [True]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = (tmp_path / "feedback" / "0000000001.segment").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, hard))
    try:
        with pytest.raises(SourceError, match=r"nothing was recorded: report it again .*: File too large"):
            await journal.write([], [event("e2")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert await journal.write([], [event("e2"), event("e1")]) == [True, False]
    await journal.close()
    assert kept(tmp_path) == {"e1": 1, "e2": 1}
