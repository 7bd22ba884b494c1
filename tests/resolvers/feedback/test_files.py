"""Feedback on disk: what counts after crashes, in which files it is, and when they go."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import pytest

from resolvers.errors import SourceError
from resolvers.sources.embedded.feedback.files import FeedbackFiles
from resolvers.sources.embedded.feedback.journal import EmbeddedJournal
from resolvers.sources.embedded.feedback.log import EmbeddedFeedbackLog
from resolvers.sources.embedded.feedback.records import HEADER, framed
from resolvers.sources.embedded.feedback.segments import Segments
from tests.support.feedback import event, query

DAY = 86_400.0


@dataclass
class Time:
    """A clock that a test sets."""

    now: float = 1_000_000.0

    def clock(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def files(tmp_path: Path, time: Time) -> Iterator[Callable[..., FeedbackFiles]]:
    """Opens the feedback of a data directory as one more process does."""
    with ExitStack() as opened:

        def made(data_dir: Path = tmp_path, **options: float) -> FeedbackFiles:
            found = FeedbackFiles(data_dir, clock=time.clock, **{"keep_seconds": 30 * DAY} | options)  # type: ignore[arg-type]
            opened.callback(found.close)
            return found

        yield made


def events_of(data_dir: Path) -> list[str]:
    return [one.id for one in EmbeddedFeedbackLog(data_dir).all_events()]


def segments(data_dir: Path) -> list[str]:
    return sorted(path.stem.lstrip("0") for path in (data_dir / "feedback").glob("*.segment"))


def killed_in_front_of_the_index(files: FeedbackFiles, data_dir: Path, to: Path) -> None:
    """Copy what a process leaves that is killed between writing an event `e2` and its place in the index."""
    files.write([query("q1")], [event("e1")])
    (to / "feedback").mkdir(parents=True)
    shutil.copy(data_dir / "feedback" / "index.lmdb", to / "feedback")
    files.write([], [event("e2")])
    shutil.copy(data_dir / "feedback" / "0000000001.segment", to / "feedback")


def test_a_record_that_was_cut_anywhere_is_left_out_and_whole_ones_count(
    files: Callable[..., FeedbackFiles], tmp_path: Path
) -> None:
    left = tmp_path / "left"
    killed_in_front_of_the_index(files(), tmp_path, left)
    whole = (left / "feedback" / "0000000001.segment").read_bytes()
    length = len(framed(event("e2")))
    found = {}
    for cut in range(length + 1):
        after = tmp_path / f"cut-{cut}"
        shutil.copytree(left, after)
        (after / "feedback" / "0000000001.segment").write_bytes(whole[: len(whole) - cut])
        found[cut] = events_of(after)
    assert found == {0: ["e1", "e2"]} | {cut: ["e1"] for cut in range(1, length + 1)}


@pytest.mark.parametrize("tail", [bytes(64), b"\xff" * 64, framed(event("e3"))[:-1] + b"?"])
def test_what_a_crash_leaves_behind_the_records_counts_for_nothing(
    files: Callable[..., FeedbackFiles], tmp_path: Path, tail: bytes
) -> None:
    left = tmp_path / "left"
    killed_in_front_of_the_index(files(), tmp_path, left)
    with (left / "feedback" / "0000000001.segment").open("ab") as segment:
        segment.write(tail)
    assert events_of(left) == ["e1", "e2"]
    again = files(left)
    assert again.write([], [event("e3"), event("e2")]) == [True, False]
    again.close()
    assert (events_of(left), segments(left)) == (["e1", "e2", "e3"], ["1", "2"])


def test_an_event_that_a_crash_left_out_of_the_index_and_that_was_reported_again_is_there_once(
    files: Callable[..., FeedbackFiles], tmp_path: Path
) -> None:
    left = tmp_path / "left"
    killed_in_front_of_the_index(files(), tmp_path, left)
    rest = (left / "feedback" / "0000000001.segment").rename(tmp_path / "for a moment")
    alive = files(left)
    assert alive.write([], [event("e2")]) == [True]
    rest.rename(left / "feedback" / "0000000001.segment")
    assert events_of(left) == ["e1", "e2"]


def test_an_index_that_was_lost_is_made_again(files: Callable[..., FeedbackFiles], tmp_path: Path) -> None:
    first = files(segment_bytes=1)
    first.write([query("q1")], [event("e1")])
    first.write([], [event("e2")])
    first.close()
    left = tmp_path / "left"
    shutil.copytree(tmp_path / "feedback", left / "feedback", ignore=lambda *_: ["index.lmdb", "index.lmdb-lock"])
    assert events_of(left) == ["e1", "e2"]
    assert list(files(left).find(["q1"])) == ["q1"]


def test_a_segment_ends_at_its_size_or_after_a_day(
    files: Callable[..., FeedbackFiles], tmp_path: Path, time: Time
) -> None:
    kept = files(segment_bytes=len(HEADER) + len(framed(event("e1"))) + 1)
    for id_ in ("e1", "e2", "e3"):
        kept.write([], [event(id_)])
    assert segments(tmp_path) == ["1", "2"]
    time.now += DAY
    kept.write([], [event("e4")])
    assert (segments(tmp_path), events_of(tmp_path)) == (["1", "2", "3"], ["e1", "e2", "e3", "e4"])


def test_what_is_too_old_goes_with_its_segment_when_another_begins(
    files: Callable[..., FeedbackFiles], tmp_path: Path, time: Time
) -> None:
    kept = files()
    kept.write([query("q1")], [event("e1")])
    time.now += 20 * DAY
    kept.write([query("q2")], [event("e2")])
    time.now += 20 * DAY
    kept.write([], [event("e3")])
    assert segments(tmp_path) == ["2", "3"]
    assert list(kept.find(["q1", "q2"])) == ["q2"]
    assert kept.write([], [event("e1"), event("e2")]) == [True, False]


def test_what_is_too_old_goes_at_a_start_too(files: Callable[..., FeedbackFiles], tmp_path: Path, time: Time) -> None:
    first = files()
    first.write([], [event("e1")])
    first.close()
    time.now += 40 * DAY
    files().open()
    assert (segments(tmp_path), events_of(tmp_path)) == ([], [])


def written_at(segment: Path, seconds: float) -> Path:
    """A segment that was written to at that time for the last time."""
    os.utime(segment, (seconds, seconds))
    return segment


def test_a_segment_whose_removal_a_crash_has_interrupted_goes_at_the_next_start(
    files: Callable[..., FeedbackFiles], tmp_path: Path, time: Time
) -> None:
    first = files()
    first.write([query("q1")], [event("e1")])
    first.close()
    segment = tmp_path / "feedback" / "0000000001.segment"
    shutil.copy(segment, tmp_path / "left")
    time.now += 40 * DAY
    files().open()
    # Its places are out of the index for sure before it is removed.
    written_at(shutil.copy(tmp_path / "left", segment), time.now - 40 * DAY)
    again = files()
    again.open()
    assert (segments(tmp_path), again.find(["q1"])) == ([], {})
    assert again.write([], [event("e1")]) == [True]


def test_segments_are_as_old_as_they_are_when_their_index_was_lost(
    files: Callable[..., FeedbackFiles], tmp_path: Path, time: Time
) -> None:
    time.now += 100 * DAY
    first = files(segment_bytes=1)
    first.write([], [event("e1")])
    first.write([], [event("e2")])
    first.close()
    left = tmp_path / "left"
    shutil.copytree(tmp_path / "feedback", left / "feedback", ignore=lambda *_: ["index.lmdb", "index.lmdb-lock"])
    for number, days in ((1, 29), (2, 9)):
        written_at(left / "feedback" / f"{number:010}.segment", time.now - days * DAY)
    files(left).open()
    assert events_of(left) == ["e1", "e2"]
    time.now += 2 * DAY
    files(left).open()
    assert events_of(left) == ["e2"]


def test_a_segment_that_somebody_else_has_just_removed_is_not_there_to_be_taken_up(tmp_path: Path) -> None:
    assert Segments(tmp_path).abandoned(1) is None


def test_what_a_crash_has_left_is_indexed_once(files: Callable[..., FeedbackFiles], tmp_path: Path) -> None:
    left = tmp_path / "left"
    killed_in_front_of_the_index(files(), tmp_path, left)
    assert events_of(left) == ["e1", "e2"]
    with (left / "feedback" / "0000000001.segment").open("ab") as segment:
        segment.write(framed(event("e3")))
    files(left).open()
    assert events_of(left) == ["e1", "e2"]


def test_a_segment_that_somebody_takes_away_takes_what_it_has_along(
    files: Callable[..., FeedbackFiles], tmp_path: Path, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    kept = files(segment_bytes=1)
    kept.write([query("q1")], [event("e1")])
    kept.write([], [event("e2")])
    (tmp_path / "feedback" / "0000000001.segment").unlink()
    assert (events_of(tmp_path), kept.find(["q1"])) == (["e2"], {})
    assert [record.getMessage() for record in caplog.records] == [
        "0000000001.segment is not there any more, and is left out"
    ]
    time.now += 40 * DAY
    kept.write([], [event("e3")])
    assert segments(tmp_path) == ["3"]


def test_a_damaged_segment_is_an_error_that_says_where_and_goes_when_it_is_too_old(
    files: Callable[..., FeedbackFiles], tmp_path: Path, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    kept = files()
    kept.write([query("q1")], [event("e1")])
    segment = tmp_path / "feedback" / "0000000001.segment"
    content = segment.read_bytes()
    segment.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    with pytest.raises(SourceError, match=r"0000000001.segment is damaged at 9$"):
        events_of(tmp_path)
    with pytest.raises(ValueError, match="is damaged at 9"):
        kept.find(["q1"])
    time.now += 40 * DAY
    assert kept.write([], [event("e2")]) == [True]
    assert segments(tmp_path) == ["2"]
    assert caplog.messages == [
        "ids of feedback that is too old stay known, as it cannot be read: 0000000001.segment is damaged at 9"
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"feedback\x02", "0000000007.segment has another format"), (HEADER + b"\1\0\0\0", None), (b"feed", None)],
)
async def test_a_segment_of_another_gateway_is_refused_and_one_that_was_just_begun_is_empty(
    tmp_path: Path, files: Callable[..., FeedbackFiles], content: bytes, said: str | None
) -> None:
    (tmp_path / "feedback").mkdir()
    (tmp_path / "feedback" / "0000000007.segment").write_bytes(content)
    journal = EmbeddedJournal(files())
    if said is not None:
        with pytest.raises(SourceError, match=said):
            await journal.open()
        with pytest.raises(SourceError, match=said):
            await journal.write([], [event("e1")])
    else:
        assert await journal.write([], [event("e1")]) == [True]
        await journal.close()
        assert (segments(tmp_path), events_of(tmp_path)) == (["7", "8"], ["e1"])


@pytest.mark.parametrize("content", [b"q\x93", b"q" + b"\xc0", b"?"], ids=["cut", "nothing", "of another kind"])
async def test_a_whole_record_that_cannot_be_understood_is_an_error_of_ours(
    tmp_path: Path, files: Callable[..., FeedbackFiles], content: bytes
) -> None:
    (tmp_path / "feedback").mkdir()
    length = len(content).to_bytes(4, "little")
    record = length + crc32(content, crc32(length)).to_bytes(4, "little") + content
    (tmp_path / "feedback" / "0000000001.segment").write_bytes(HEADER + record)
    with pytest.raises(SourceError, match="nothing was recorded"):
        await EmbeddedJournal(files()).write([], [event("e1")])


async def test_an_index_that_says_odd_things_of_a_segment_is_an_error_of_ours(
    tmp_path: Path, files: Callable[..., FeedbackFiles]
) -> None:
    files().write([query("q1")], [])
    path = tmp_path / "feedback" / "index.lmdb"
    script = "import lmdb, sys; e = lmdb.open(sys.argv[1], subdir=False, max_dbs=3); d = e.open_db(b'queries'); "
    script += "t = e.begin(write=True); t.put(b'q1', b'odd', db=d); t.commit()"
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", script, str(path)], check=True)
    with pytest.raises(SourceError, match="could not be read"):
        await EmbeddedJournal(files()).find(["q1"])


def test_nothing_is_made_before_anything_is_written(files: Callable[..., FeedbackFiles], tmp_path: Path) -> None:
    kept = files()
    kept.open()
    assert kept.find(["q1"]) == {}
    assert list(tmp_path.iterdir()) == []
