"""A folder is on disk for sure once the folder above it is flushed, and so on up to what was there."""

from pathlib import Path

import pytest

from resolvers.sources.embedded.durable import flush, make_folder


def test_every_folder_that_got_a_new_one_is_flushed_from_the_top_down(tmp_path: Path) -> None:
    flushed = list[Path]()
    make_folder(tmp_path / "index" / "feedback", flushed.append)
    assert flushed == [tmp_path, tmp_path / "index"]
    assert (tmp_path / "index" / "feedback").is_dir()


def test_each_is_flushed_before_the_next_is_made(tmp_path: Path) -> None:
    there = list[tuple[bool, bool]]()
    outer, inner = tmp_path / "a", tmp_path / "a" / "b"
    make_folder(inner, lambda _: there.append((outer.exists(), inner.exists())))
    assert there == [(True, False), (True, True)]


def test_a_folder_that_somebody_was_killed_over_is_made_sure_of_too(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    flushed = list[Path]()
    make_folder(tmp_path / "index", flushed.append)
    assert flushed == [tmp_path]


def test_a_folder_below_a_file_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        make_folder(tmp_path / "file" / "folder")


def test_what_is_not_there_cannot_be_flushed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        flush(tmp_path / "nothing")
