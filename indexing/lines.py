"""Reading a feed file line by line, in bounded memory however long its lines are."""

import gzip
import io
import zlib
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from resolvers.errors import IndexingError

MAX_LINE_BYTES = 2**20
"""The longest line that is read as a record, without its line break."""
BUFFER_BYTES = 2**18
LINES_PER_ADVANCE = 500


def read_lines(path: Path, advance: Callable[[int], None] = lambda _: None) -> Iterator[tuple[int, bytes | None]]:
    """The lines that are not blank, with their numbers from 1; None stands for one over MAX_LINE_BYTES.

    `advance` is told of every so many bytes of the file that were read, compressed as they are. Raises IndexingError
    for a file that cannot be read, and for a gzip that is truncated or corrupt.
    """
    try:
        with path.open("rb", buffering=0) as raw, _unpacked(path, raw) as content:
            told = 0
            for number, line in _numbered(content):
                if number % LINES_PER_ADVANCE == 0:
                    advance(raw.tell() - told)
                    told = raw.tell()
                if line is None or not line.isspace():
                    yield number, line
            advance(raw.tell() - told)
    except EOFError as error:
        raise IndexingError(
            f"{path}: the gzip is truncated: it ends before its end mark. Copy the file again."
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise IndexingError(f"{path}: the gzip is corrupt: {error}. Copy the file again.") from error
    except OSError as error:
        raise IndexingError(f"{path}: cannot be read: {error.strerror or error}.") from error


def read_stream(content: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """The same of a stream that is open, as it comes: nothing is waited for but the end of a line."""
    return ((number, line) for number, line in _numbered(content) if line is None or not line.isspace())


def _unpacked(path: Path, raw: io.FileIO) -> io.BufferedReader:
    if path.suffix.lower() != ".gz":
        return io.BufferedReader(raw, BUFFER_BYTES)
    if not path.stat().st_size:
        # Python takes no bytes for an empty gzip, but even an empty gzip has a header: this one was cut off at once.
        raise EOFError
    # GzipFile reads lines in Python and by 8 KiB; the buffer around it does both in C.
    unpacked: io.RawIOBase = gzip.GzipFile(fileobj=raw)  # type: ignore[assignment]
    return io.BufferedReader(unpacked, BUFFER_BYTES)


def _numbered(content: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    number = 1
    # Room for the line break, so that a line of exactly the bound passes.
    line = content.readline(MAX_LINE_BYTES + 2).removeprefix(BOM_UTF8)
    while line:
        if len(line.rstrip(b"\r\n")) > MAX_LINE_BYTES:
            _skip_rest(content, line)
            yield number, None
        else:
            yield number, line
        number += 1
        line = content.readline(MAX_LINE_BYTES + 2)


def _skip_rest(content: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = content.readline(MAX_LINE_BYTES)
