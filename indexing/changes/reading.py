"""Changes out of files, one JSON object a line; those that are wrong are rejected one by one."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from indexing.changes.given import ChangeReader, GivenChange
from indexing.lines import MAX_LINE_BYTES, read_lines, read_stream
from indexing.progress import Progress
from indexing.summary import Rejection, Rejections
from indexing.validate import Unacceptable

STANDARD_INPUT = Path("-")


class PlacedChange(NamedTuple):
    """A change, where it was read, and how long its line is."""

    file: str
    line: int
    change: GivenChange
    size_bytes: int


class ChangeFiles:
    """Reads files. `read` counts changes, rejected ones included. A path of `-` is standard input."""

    def __init__(self, paths: Sequence[Path], progress: Progress, verb: str) -> None:
        self.read = 0
        self.rejections = Rejections()
        self._paths, self._progress, self._verb = paths, progress, verb
        self._names = Counter(path.name for path in paths)
        self._reader = ChangeReader()

    def changes(self) -> Iterator[PlacedChange]:
        """The changes, in the order of the files. Raises IndexingError when one cannot be read."""
        for path in self._paths:
            label = path.name if self._names[path.name] == 1 else str(path)
            if path == STANDARD_INPUT:
                yield from self._numbered("standard input", None, read_stream(standard_input()))
            else:
                size = path.stat().st_size if path.is_file() else None
                yield from self._numbered(label, size, read_lines(path, self._progress.advance))

    def _numbered(
        self, label: str, size: int | None, lines: Iterator[tuple[int, bytes | None]]
    ) -> Iterator[PlacedChange]:
        self._progress.start(f"{self._verb} {label}", size, "bytes")
        for number, line in lines:
            self.read += 1
            try:
                change = self._accepted(line)
            except Unacceptable as refusal:
                self.reject(label, number, refusal)
            else:
                yield PlacedChange(label, number, change, len(line or b""))
        self._progress.finish()

    def _accepted(self, line: bytes | None) -> GivenChange:
        if line is None:
            raise Unacceptable(None, "line too long", f"expected at most {MAX_LINE_BYTES:,} bytes")
        return self._reader.read(line)

    def reject(self, file: str, line: int, refusal: Unacceptable) -> None:
        """Count a change that cannot be taken."""
        self.rejections.add(Rejection(file, line, refusal.field, refusal.reason, refusal.message))


def standard_input() -> BinaryIO:
    return sys.stdin.buffer
