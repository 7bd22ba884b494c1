"""Small feeds in the published format, and a target that keeps what is written to it."""

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from indexing.run import index_catalog
from indexing.summary import IndexSummary, Rejection
from resolvers.catalog.kind import Kind
from resolvers.ranking.occupations import OccupationStatistics
from resolvers.ranking.skills import SkillStatistics
from resolvers.sources.building import IndexedDocument, Refused
from resolvers.sources.embedding import Vectors

Row = dict[str, Any]

SKILL: Row = {
    "id": "skill_python",
    "name": "Python",
    "aliases": ["CPython"],
    "broader": [],
    "kind": "TECHNOLOGY",
    "description": None,
}
OCCUPATION: Row = {
    "id": "occ_dev",
    "name": "developer",
    "aliases": ["programmer"],
    "iscoGroup": "2512",
    "description": "Writes software.",
}
CLIENT: Row = {
    "id": "client_1",
    "name": "Northwave",
    "country": "DE",
    "timezone": "Europe/Berlin",
    "rating": 4.5,
    "reviewCount": 3,
    "totalSpent": 1250.5,
    "totalHires": 2,
    "totalJobsPosted": 4,
    "paymentVerified": True,
    "memberSince": "2019-09-06T00:00:00Z",
}
JOB: Row = {
    "id": "job_1",
    "title": "Build an API",
    "description": "In Python.",
    "occupationId": "occ_dev",
    "skillIds": ["skill_python"],
    "clientId": "client_1",
    "contractType": "FIXED_PRICE",
    "hourlyRate": None,
    "budget": {"amount": 900, "currency": "EUR"},
    "experienceLevel": "EXPERT",
    "duration": "WEEK",
    "workload": "PART_TIME",
    "publishedAt": "2026-10-13T21:48:00Z",
    "status": "OPEN",
    "proposalCount": 2,
    "freelancersToHire": 1,
    "preferredCountries": [],
    "locationMandatory": False,
    "timezone": "Europe/Berlin",
    "languages": ["en"],
}
TALENT: Row = {
    "id": "talent_1",
    "name": "Elif A.",
    "title": "API developer",
    "overview": "Ten years of Python.",
    "occupationId": "occ_dev",
    "skillIds": ["skill_python"],
    "hourlyRate": {"amount": 28.33, "currency": "USD"},
    "experienceLevel": "EXPERT",
    "jobSuccessScore": 97,
    "badge": "TOP_RATED",
    "totalEarnings": 1000,
    "totalHours": 40,
    "totalJobs": 3,
    "rating": 4.9,
    "reviewCount": 3,
    "availability": "FULL_TIME",
    "hoursPerWeek": 40,
    "country": "TR",
    "timezone": "Europe/Istanbul",
    "languages": [{"code": "en", "level": "FLUENT"}],
    "responseTimeHours": 4,
    "lastActiveAt": "2026-10-31T06:36:00Z",
    "memberSince": "2015-12-06T00:00:00Z",
}
ROWS = {
    "skills.ndjson": [SKILL],
    "occupations.ndjson": [OCCUPATION],
    "clients.ndjson": [CLIENT],
    "jobs.ndjson": [JOB],
    "talent.ndjson": [TALENT],
}
ONE_OF_EACH = {"SKILL": 1, "OCCUPATION": 1, "CLIENT": 1, "JOB": 1, "TALENT": 1}


def without(row: Row, field_name: str) -> Row:
    return {name: value for name, value in row.items() if name != field_name}


def encoded(line: Row | bytes) -> bytes:
    return line if isinstance(line, bytes) else json.dumps(line).encode()


def write_lines(file: Path, lines: Iterable[Row | bytes]) -> Path:
    content = b"".join(encoded(line) + b"\n" for line in lines)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(content) if file.suffix == ".gz" else content)
    return file


def write_feed(folder: Path, **lines: Iterable[Row | bytes]) -> Path:
    """A feed of one record of each kind; `jobs=[…]` and the like give other lines to that kind's file."""
    for name, rows in ROWS.items():
        write_lines(folder / name, lines.get(name.removesuffix(".ndjson"), rows))
    return folder


class Recorder:
    """A target, site and writer in one. The first write raises `fail_on_write`; ids in `refuses` are refused."""

    def __init__(self, fail_on_write: BaseException | None = None, refuses: Sequence[str] = ()) -> None:
        self.opened_with: tuple[dict[Kind, int], str | None, int] | None = None
        self.published = False
        self.left = False
        self.batches: list[tuple[Kind, int]] = []
        self.documents: dict[str, IndexedDocument] = {}
        self._fail_on_write, self._refuses = fail_on_write, refuses

    @contextmanager
    def reserve(self) -> Iterator["Recorder"]:
        yield self

    @contextmanager
    def build(self, counts: dict[Kind, int], embedder: str | None, dimension: int) -> Iterator["Recorder"]:
        self.opened_with = counts, embedder, dimension
        try:
            yield self
        finally:
            self.left = True

    def relate(self, skills: SkillStatistics, occupations: OccupationStatistics) -> None:
        self.related = skills, occupations

    def begin_at(self, place: str) -> None:
        self.place = place

    def write(self, kind: Kind, documents: Sequence[IndexedDocument]) -> None:
        if self._fail_on_write:
            raise self._fail_on_write
        self.batches.append((kind, len(documents)))
        self.documents |= {one.document.ref.id: one for one in documents}

    def complete(self) -> Sequence[Refused]:
        refused = [one.document.ref for id_, one in self.documents.items() if id_ in self._refuses]
        return [Refused(ref, "it is not to the engine's taste") for ref in refused]

    def publish(self) -> str:
        self.published = True
        return "generation-1"


class LengthEmbedder:
    """A model in which a text's vector is its length, and a text with 'nothing' in it says nothing."""

    name, dimension = "length-2", 2

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = [(0, 0) if "nothing" in text else (len(text), 1) for text in texts]
        return np.array(rows, dtype=np.float32)


@dataclass
class Watch:
    """A progress that writes down what it is told."""

    phases: list[tuple[str, int | None, str]] = field(default_factory=list)
    advanced: list[int] = field(default_factory=list)
    finished: int = 0

    def start(self, phase: str, total: int | None, unit: str) -> None:
        self.phases.append((phase, total, unit))
        self.advanced.append(0)

    def advance(self, amount: int) -> None:
        self.advanced[-1] += amount

    def finish(self) -> None:
        self.finished += 1


def indexed(folder: Path, target: Recorder | None = None, *, strict: bool = False) -> IndexSummary:
    """What indexing a folder says. The staging folder is beside it."""
    return index_catalog([folder], target or Recorder(), None, staging=folder.parent / "staging", strict=strict)


def rejections(folder: Path, **lines: Iterable[Row | bytes]) -> list[tuple[str, int, str | None, str]]:
    """Which records of a feed are rejected: file, line, field and reason."""
    return [place(one) for one in indexed(write_feed(folder / "feed", **lines)).rejections]


def place(one: Rejection) -> tuple[str, int, str | None, str]:
    return one.file, one.line, one.field, one.reason
