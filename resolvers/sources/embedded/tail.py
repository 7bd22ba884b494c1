"""What a kind has beyond its full index: documents that were added or changed since, numbered behind the others.

The files of the full index never change, and generations share them. A changed document gets a row in the tail, which
it keeps; its row in the full index counts no more. So a batch of changes costs what has changed since the full index,
and not what the index holds.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from resolvers.sources.embedded.ordinals import NO_ROWS, Rows
from resolvers.sources.embedding import Vectors

TAIL_FILE, TAIL_VECTORS_FILE = "tail.msgpack", "tail-vectors.f32"
ROW_TYPE = np.dtype("<i8")
NONE: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)


@dataclass(frozen=True)
class Tail:
    """The rows of a tail: whether each has a vector, its ordinal, and the rows of the full index that it replaces.

    Rows of the full index whose documents were deleted count as replaced too.
    """

    present: NDArray[np.bool_] = field(default_factory=lambda: NONE)
    ordinals: Rows = field(default_factory=lambda: NO_ROWS)
    replaced: Rows = field(default_factory=lambda: NO_ROWS)

    @staticmethod
    def load(folder: Path) -> "Tail":
        """The tail of a kind; an empty one where nothing has changed. Raises OSError for a damaged file."""
        file = folder / TAIL_FILE
        if not file.exists():
            return Tail()
        try:
            stored = msgspec.msgpack.decode(file.read_bytes(), type=_Stored)
        except msgspec.MsgspecError as error:
            raise OSError(f"{file.name}: {error}") from error
        ordinals, replaced = (np.frombuffer(rows, dtype=ROW_TYPE) for rows in (stored.ordinals, stored.replaced))
        return Tail(np.frombuffer(stored.present, dtype=np.bool_), ordinals, replaced)

    def save(self, folder: Path) -> None:
        file = folder / TAIL_FILE
        ordinals, replaced = (rows.astype(ROW_TYPE).tobytes() for rows in (self.ordinals, self.replaced))
        # It may be a link to the file of an earlier generation, which has to stay as it is.
        file.unlink(missing_ok=True)
        file.write_bytes(msgspec.msgpack.encode(_Stored(self.present.tobytes(), ordinals, replaced)))


class _Stored(msgspec.Struct, array_like=True, frozen=True):
    """A tail in a file: the arrays as they lie in memory."""

    present: bytes
    ordinals: bytes
    replaced: bytes


def tail_vectors(folder: Path, rows: int, dimension: int) -> Vectors:
    """The vectors of a tail, mapped and not read."""
    if not rows:
        return np.zeros((0, dimension), dtype=np.float32)
    return np.memmap(folder / TAIL_VECTORS_FILE, dtype=np.float32, mode="r", shape=(rows, dimension))


class TailVectorWriter:
    """Changes the vectors of a tail in a file of its own."""

    def __init__(self, folder: Path, dimension: int) -> None:
        file = folder / TAIL_VECTORS_FILE
        if file.exists():
            # It may be a link to the file of an earlier generation, which has to stay as it is.
            own = shutil.copyfile(file, file.with_suffix(".new"))
            own.replace(file)
        else:
            file.touch()
        self._row_bytes = dimension * np.dtype(np.float32).itemsize
        self._file = file.open("r+b")

    def write(self, row: int, vector: Vectors) -> None:
        self._file.seek(row * self._row_bytes)
        self._file.write(np.asarray(vector, dtype=np.float32).tobytes())

    def close(self, rows: int) -> None:
        """End with so many rows; those that were not written are zeros."""
        self._file.truncate(rows * self._row_bytes)
        self._file.close()
