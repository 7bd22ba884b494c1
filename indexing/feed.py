"""Finding the files of a catalog feed, and what kind of record each has."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from indexing.lines import read_lines
from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS, ref_of
from resolvers.errors import IndexingError

SUFFIXES = (".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz")


@dataclass(frozen=True)
class FeedFile:
    """A file of records of one kind. `label` is its shortest name that no other file of the run has.

    `written` is when it was written last, in seconds since 1970.
    """

    path: Path
    label: str
    kind: Kind
    size_bytes: int
    written: float


class _Identified(msgspec.Struct):
    id: str


_IDENTIFIED = msgspec.json.Decoder(_Identified)


def find_feed_files(paths: Sequence[Path]) -> list[FeedFile]:
    """The files that `paths` name or have in them, in the order to read them: those referred to first.

    Raises IndexingError when a path is not there, a folder has no feed file, or a file's kind cannot be told.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        try:
            found.update({file.resolve(): file for file in _files_at(path)})
        except OSError as error:
            raise IndexingError(f"{path}: cannot be read: {error.strerror or error}.") from error
    names = Counter(file.name for file in found.values())
    files = [_feed_file(file, file.name if names[file.name] == 1 else str(file)) for file in found.values()]
    order = list(KINDS)
    return sorted(files, key=lambda file: order.index(file.kind))


def _feed_file(path: Path, label: str) -> FeedFile:
    status = path.stat()
    return FeedFile(path, label, _kind_of(path), status.st_size, status.st_mtime)


def _files_at(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise IndexingError(f"{path}: there is no such file or folder. Name a catalog folder, or its files.")
    files = sorted(file for file in path.iterdir() if file.name.lower().endswith(SUFFIXES) and file.is_file())
    if not files:
        stems = ", ".join(f"{spec.file_stem}…" for spec in KINDS.values())
        raise IndexingError(
            f"{path}: no catalog file is in this folder. Expected files named {stems}, each ending in one of "
            f"{', '.join(SUFFIXES)}."
        )
    return files


def _kind_of(file: Path) -> Kind:
    for spec in KINDS.values():
        if file.name.lower().startswith(spec.file_stem):
            return spec.kind
    for _, line in read_lines(file):
        if line is not None and (kind := _kind_in(line)):
            return kind
    stems = ", ".join(spec.file_stem for spec in KINDS.values())
    prefixes = ", ".join(spec.prefix for spec in KINDS.values())
    raise IndexingError(
        f"{file}: what kind of record it has cannot be told. Its name must start with one of {stems}, "
        f"or a record's id with one of {prefixes}."
    )


def _kind_in(line: bytes) -> Kind | None:
    try:
        ref = ref_of(_IDENTIFIED.decode(line).id)
    except (ValueError, RecursionError):
        return None
    return ref.kind if ref else None
