"""Which files make a catalog, and what happens when one of them cannot be read."""

import gzip
from pathlib import Path

import pytest

from indexing.lines import read_lines
from indexing.run import index_catalog
from resolvers.errors import IndexingError
from tests.indexing.feeds import JOB, ONE_OF_EACH, SKILL, Recorder, encoded, indexed, write_feed, write_lines

BOM = b"\xef\xbb\xbf"


def refusal(*paths: Path, target: Recorder | None = None) -> str:
    """What indexing the paths fails with; nothing may be published."""
    target = target or Recorder()
    with pytest.raises(IndexingError) as raised:
        index_catalog(paths, target, None, staging=paths[0].parent / "staging")
    assert not target.published
    return raised.value.message


@pytest.mark.parametrize("suffix", [".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz", ".NDJSON"])
def test_a_folder_means_its_feed_files(tmp_path: Path, suffix: str) -> None:
    feed = tmp_path / "feed"
    write_lines(feed / f"skills{suffix}", [SKILL])
    write_lines(feed / "README.md", [b"# not a feed file"])
    (feed / "jobs.ndjson").mkdir()
    assert indexed(feed).indexed == dict.fromkeys(ONE_OF_EACH, 0) | {"SKILL": 1}


def test_a_kind_may_have_several_files(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    write_lines(feed / "jobs-2.jsonl.gz", [JOB | {"id": "job_2"}])
    assert indexed(feed).indexed == ONE_OF_EACH | {"JOB": 2}


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    summary = index_catalog([feed, feed / "jobs.ndjson"], Recorder(), None, staging=tmp_path / "staging")
    assert (summary.read, summary.rejections) == (5, ())


def test_the_kind_of_a_file_with_another_name_comes_from_its_first_readable_record(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    other = write_lines(
        feed / "export.ndjson", [b"\xff", b"[]", b'{"a":' + b"[" * 100_000, b'{"id": 1}', JOB | {"id": "job_2"}]
    )
    summary = indexed(feed)
    assert summary.indexed == ONE_OF_EACH | {"JOB": 2}
    assert {one.file for one in summary.rejections} == {other.name}
    assert summary.rejected == {"not UTF-8": 1, "wrong value": 2, "broken JSON": 1}


@pytest.mark.parametrize("lines", [[], [{"id": "agency_1"}], [b"x" * 2_000_000]])
def test_a_file_whose_kind_cannot_be_told_is_an_error(tmp_path: Path, lines: list[bytes]) -> None:
    file = write_lines(tmp_path / "export.ndjson", lines)
    assert refusal(file) == (
        f"{file}: what kind of record it has cannot be told. Its name must start with one of skill, occ, client, job, "
        "talent, or a record's id with one of skill_, occ_, client_, job_, talent_."
    )


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert refusal(missing) == (f"{missing}: there is no such file or folder. Name a catalog folder, or its files.")


def test_a_folder_without_feed_files_says_what_is_expected(tmp_path: Path) -> None:
    write_lines(tmp_path / "feed" / "jobs.csv", [b"id,title"])
    assert refusal(tmp_path / "feed") == (
        f"{tmp_path / 'feed'}: no catalog file is in this folder. Expected files named skill…, occ…, client…, job…, "
        "talent…, each ending in one of .ndjson, .ndjson.gz, .jsonl, .jsonl.gz."
    )


def test_a_path_that_no_file_system_can_hold_is_an_error(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 5000)
    assert refusal(long) == f"{long}: cannot be read: File name too long."


@pytest.mark.parametrize("kept", [0, 5, 15, -1, -8])
def test_a_truncated_gzip_is_an_error_that_says_so(tmp_path: Path, kept: int) -> None:
    feed = write_feed(tmp_path / "feed")
    (feed / "jobs.ndjson").unlink()
    file = write_lines(feed / "jobs.ndjson.gz", [JOB])
    file.write_bytes(file.read_bytes()[:kept])
    assert refusal(feed) == f"{file}: the gzip is truncated: it ends before its end mark. Copy the file again."


def test_a_corrupt_gzip_is_an_error_that_says_so(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "skills.ndjson.gz", [SKILL])
    whole = file.read_bytes()
    file.write_bytes(whole[:-8] + b"\0\0\0\0" + whole[-4:])
    assert refusal(file).startswith(f"{file}: the gzip is corrupt: CRC check failed")
    file.write_bytes(whole[:10] + b"\xff" * 20 + whole[30:])
    assert refusal(file).startswith(f"{file}: the gzip is corrupt: Error -3 while decompressing data")
    file.write_bytes(encoded(SKILL))
    assert refusal(file).startswith(f"{file}: the gzip is corrupt: Not a gzipped file")


def test_a_file_that_goes_away_before_it_is_read_is_an_error(tmp_path: Path) -> None:
    gone = tmp_path / "jobs.ndjson"
    with pytest.raises(IndexingError) as raised:
        list(read_lines(gone))
    assert raised.value.message == f"{gone}: cannot be read: No such file or directory."


def test_a_gzip_of_several_members_is_one_file(tmp_path: Path) -> None:
    second = SKILL | {"id": "skill_two"}
    file = tmp_path / "skills.ndjson.gz"
    file.write_bytes(b"".join(gzip.compress(encoded(row) + b"\n") for row in (SKILL, second)))
    assert index_catalog([file], Recorder(), None, staging=tmp_path).indexed["SKILL"] == 2


def test_blank_lines_a_byte_order_mark_and_windows_line_breaks_are_no_records(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed", jobs=[BOM + encoded(JOB) + b"\r", b"\r", b" \t", b"", b"{"])
    summary = indexed(feed)
    assert (summary.read, summary.indexed) == (6, ONE_OF_EACH)
    assert [one.line for one in summary.rejections] == [5]


@pytest.mark.parametrize("content", [b"", b"\n\n", BOM])
def test_a_catalog_without_records_is_an_error(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "jobs.ndjson"
    file.write_bytes(content)
    assert refusal(file) == "There is nothing to index: the files have no record."


def test_a_catalog_of_bad_records_only_is_an_error(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "jobs.ndjson", [b"{"])
    assert refusal(file) == (
        "There is nothing to index: every record was rejected (1 broken JSON)."
        "\n  jobs.ndjson:1: input data was truncated"
    )
