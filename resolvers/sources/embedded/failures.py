"""The one place where failures of the disk and of the libraries become errors of ours."""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from resolvers.errors import IndexingError, SourceError, SourceUnavailable

FAILURES = (OSError, ValueError, EOFError, struct.error)
"""What the libraries raise for files that they cannot read or write, whatever is wrong with them."""


@contextmanager
def told_as_indexing_error(what: str) -> Iterator[None]:
    """Raise IndexingError with `what` could not be done and why."""
    try:
        yield
    except FAILURES as error:
        raise IndexingError(f"{what}: {_reason(error)}") from error


@contextmanager
def told_as_unavailable(data_dir: Path, what: str) -> Iterator[None]:
    """Raise SourceUnavailable with `what` is wrong, why, and what to do."""
    try:
        yield
    except FAILURES as error:
        raise SourceUnavailable(f"{_diagnosis(data_dir, what)} ({_reason(error)})") from error


@contextmanager
def told_as_source_error(what: str) -> Iterator[None]:
    """Raise SourceError with `what` could not be done and why."""
    try:
        yield
    except FAILURES as error:
        raise SourceError(f"{what}: {_reason(error)}") from error


def damaged(generation: str) -> str:
    """What is wrong with a generation that cannot be opened."""
    return f"the index generation {generation} is damaged"


def _diagnosis(data_dir: Path, what: str) -> str:
    if not os.access(data_dir, os.W_OK, effective_ids=True):
        # tantivy takes a lock in the folder of an index before it reads it.
        return f"a server has to be allowed to write into {data_dir}, since locks are kept there"
    return f"{what}; index the catalog again"


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
