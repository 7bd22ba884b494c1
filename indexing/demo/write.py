"""Writes the demo catalog in the feed format."""

import gzip
from collections.abc import Iterator
from datetime import datetime
from errno import EEXIST
from itertools import islice
from pathlib import Path
from typing import Literal

import orjson

from indexing.demo.clients import client_records
from indexing.demo.draws import PRESENT, Record
from indexing.demo.jobs import job_records
from indexing.demo.people import talent_records
from indexing.demo.vocabulary import vocabulary
from indexing.feed import SUFFIXES

DemoKind = Literal["job", "talent", "client", "skill", "occupation"]

FILES: dict[DemoKind, str] = {
    "job": "jobs.ndjson.gz",
    "talent": "talent.ndjson.gz",
    "client": "clients.ndjson.gz",
    "skill": "skills.ndjson.gz",
    "occupation": "occupations.ndjson.gz",
}

_RECORDS_A_WRITE = 256
_COMPRESSION_LEVEL = 4
_HEADER_BYTES = 10
_NAMED_GZIP = b"\x1f\x8b\x08\x08"
_MARK = b"discovery-gateway-demo\0"


def write_demo(
    directory: Path,
    *,
    jobs: int = 2_400,
    talent: int = 6_000,
    seed: int = 7,
    present: datetime = PRESENT,
    force: bool = False,
) -> dict[str, int]:
    """Writes one file a kind into `directory` (made when missing) and returns the number of records by kind.

    The same sizes, seed and `present`, which nothing is later than, give the same bytes. Records are streamed: memory
    does not grow with the sizes. A file of that name is replaced only by a complete one. Raises ValueError for a
    negative size, OSError when a file cannot be written, and FileExistsError, unless `force`, when there is a catalog
    already that is no demo.
    """
    sources = {kind: demo_records(kind, jobs=jobs, talent=talent, seed=seed, present=present) for kind in FILES}
    directory.mkdir(parents=True, exist_ok=True)
    if not force:
        _check_for_catalog(directory)
    return {kind: _write(directory / FILES[kind], records) for kind, records in sources.items()}


def demo_records(
    kind: DemoKind, *, jobs: int = 2_400, talent: int = 6_000, seed: int = 7, present: datetime = PRESENT
) -> Iterator[Record]:
    """The records of one kind, each made when it is asked for.

    Jobs and talent of a larger size begin with those of a smaller one. Raises ValueError for a negative size.
    """
    if jobs < 0 or talent < 0:
        raise ValueError(f"the demo catalog cannot have a negative size: jobs={jobs}, talent={talent}")
    words = vocabulary()
    match kind:
        case "job":
            return job_records(words, seed, jobs, present)
        case "talent":
            return talent_records(words, seed, talent, present)
        case "client":
            return client_records(words, seed, jobs, present)
        case "skill":
            return (skill.record() for skill in words.skills)
        case "occupation":
            return (occupation.record() for occupation in words.occupations)


def _check_for_catalog(directory: Path) -> None:
    for file in sorted(directory.iterdir()):
        if file.name.lower().endswith(SUFFIXES) and file.is_file() and not _is_demo(file):
            raise FileExistsError(
                EEXIST, "this is no file of a demo; name another folder, or say --force to write there", str(file)
            )


def _is_demo(file: Path) -> bool:
    """Whether the file is one of ours: it says so in its header (RFC 1952, the member FNAME)."""
    with file.open("rb") as raw:
        header = raw.read(_HEADER_BYTES + len(_MARK))
    return header.startswith(_NAMED_GZIP) and header[_HEADER_BYTES:] == _MARK


def _write(path: Path, records: Iterator[Record]) -> int:
    partial = path.with_name(f"{path.name}.partial")
    try:
        written = _pack(partial, records)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return written


def _pack(path: Path, records: Iterator[Record]) -> int:
    written = 0
    # One name for all and no time in the gzip header: the same records have the same bytes.
    with path.open("wb") as raw, gzip.GzipFile(_MARK[:-1].decode(), "wb", _COMPRESSION_LEVEL, raw, mtime=0) as packed:
        while batch := [_line(record) for record in islice(records, _RECORDS_A_WRITE)]:
            packed.write(b"".join(batch))
            written += len(batch)
    return written


def _line(record: Record) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
