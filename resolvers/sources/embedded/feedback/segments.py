"""Segment files: each is written by one process, which holds its lock, and read by any.

Nothing is ever appended to a segment that another process has begun, and no byte that was written changes.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from resolvers.sources.embedded.durable import flush
from resolvers.sources.embedded.feedback.records import HEADER, Placed, read_record, read_records

SUFFIX = ".segment"


class Segments:
    """The segments of a folder, by number."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, number: int) -> Path:
        return self._folder / f"{number:010}{SUFFIX}"

    def numbers(self) -> list[int]:
        """The segments that there are, in the order in which they were begun."""
        return sorted(int(path.stem) for path in self._folder.glob(f"*{SUFFIX}"))

    def begin(self, number: int) -> "OpenSegment":
        """A new segment, that is there for sure when this returns. Raises OSError."""
        segment = OpenSegment(self.path(number), number)
        flush(self._folder)
        return segment

    def abandoned(self, number: int) -> "BinaryIO | None":
        """A segment whose process has ended, locked until it is closed; None while it is being written, or is gone."""
        try:
            file = self.path(number).open("rb")
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file

    def record(self, number: int, start: int) -> Placed | None:
        """A record; None where its segment has been removed. Raises ValueError when it is damaged."""
        try:
            file = self.path(number).open("rb")
        except FileNotFoundError:
            return None
        with file:
            found = read_record(file, start)
        if found is None:
            raise ValueError(f"{self.path(number).name} is damaged at {start}")
        return found

    def records(self, number: int, end: int) -> Iterator[Placed]:
        """The records of a segment up to its end. Raises ValueError when one is damaged."""
        start = len(HEADER)
        with self.path(number).open("rb") as file:
            for found in read_records(file, start, end):
                yield found
                start = found.end
        if start != end:
            raise ValueError(f"{self.path(number).name} is damaged at {start}")

    def remove(self, number: int) -> None:
        self.path(number).unlink(missing_ok=True)


class OpenSegment:
    """A segment that this process writes."""

    def __init__(self, path: Path, number: int) -> None:
        self.number = number
        self._file = path.open("xb", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._file.write(HEADER)
        self.end = len(HEADER)

    def append(self, frames: Sequence[bytes]) -> list[int]:
        """Write records, which are on disk when this returns, and say where each begins.

        Raises OSError when the disk refuses; it is not known then what of them is there.
        """
        starts, start = [], self.end
        for frame in frames:
            starts.append(start)
            start += len(frame)
        content = memoryview(b"".join(frames))
        while content:
            content = content[self._file.write(content) :]
        os.fsync(self._file.fileno())
        self.end = start
        return starts

    def close(self) -> None:
        """Let go of it, without what was not written whole."""
        with self._file, suppress(OSError):
            self._file.truncate(self.end)
