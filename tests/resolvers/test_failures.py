"""What the libraries raise becomes an error that says what to do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from resolvers.errors import IndexingError, SourceUnavailable
from resolvers.sources.embedded.failures import damaged, told_as_indexing_error, told_as_unavailable

NOBODY = 65_534
LOCKED = ValueError("Failed to acquire Lockfile")


@contextmanager
def without_rights(folder: Path) -> Iterator[None]:
    """Nobody may write into the folder, and this process is not root for a while."""
    is_root = os.geteuid() == 0
    folder.chmod(0o555)
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o755)


def opened(data_dir: Path, error: Exception) -> None:
    with told_as_unavailable(data_dir, damaged("g1")):
        raise error


def test_a_file_that_cannot_be_read_is_damage(tmp_path: Path) -> None:
    with pytest.raises(
        SourceUnavailable, match=r"^the index generation g1 is damaged; index the catalog again \(.*Lock"
    ):
        opened(tmp_path, LOCKED)


def test_a_server_that_may_not_write_is_told_that_it_has_to(tmp_path: Path) -> None:
    with (
        without_rights(tmp_path),
        pytest.raises(SourceUnavailable, match=r"has to be allowed to write into .* \(Failed to acquire"),
    ):
        opened(tmp_path, LOCKED)


@pytest.mark.parametrize(
    ("error", "reason"),
    [(OSError(28, "No space left on device"), "No space left on device"), (LOCKED, str(LOCKED)), (EOFError(), "EOF")],
)
def test_what_could_not_be_written_has_its_reason(error: Exception, reason: str) -> None:
    with (
        pytest.raises(IndexingError, match=f"^the index cannot be written: {reason}"),
        told_as_indexing_error("the index cannot be written"),
    ):
        raise error
