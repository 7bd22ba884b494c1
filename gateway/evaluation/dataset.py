"""Labelled sets in the BEIR layout: what is searched, what is asked, and what is right.

    corpus.jsonl             {"_id", "title", "text", "metadata": {"group"}}; of title and text one may be missing or
                             null. Of metadata nothing but a group is looked at, which is a text or a number
    queries.jsonl            {"_id", "text"}
    qrels/test.tsv           query, record and judgement, with or without a header, or the four columns of trec_eval;
                             above 0 is right
    published_results.tsv    system, measure as trec_eval names it, and value; need not be there

Each file may be compressed, with `.gz` behind its name. An `_id` may be a number. Judgements of what is not in the set
are told, and count as trec_eval counts them: a query is left out, and a record is one that was not found.

The layout is that of Thakur et al., "BEIR: A Heterogenous Benchmark for Zero-shot Evaluation of Information Retrieval
Models" (NeurIPS 2021).
"""

import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple, TypeVar

import msgspec

from resolvers.errors import DiscoveryError

CORPUS, QUERIES, QRELS, PUBLISHED = "corpus.jsonl", "queries.jsonl", Path("qrels") / "test.tsv", "published_results.tsv"
FEW_WORDS = 12
"""Records without titles that have no more words than this, on average, are names."""
TREC_COLUMNS = 4
"""Query, iteration, record and judgement. The iteration says nothing."""
HIGHEST_JUDGEMENT = 1_000
"""trec_eval counts grade by grade, and takes memory for each up to the highest."""


class InvalidDataset(DiscoveryError):
    """A labelled set that cannot be read; the message names file and line."""

    code = "INVALID_DATASET"


class Record(msgspec.Struct, frozen=True):
    """One record of a corpus. Records of one `group` name one concept."""

    id: str
    text: str
    title: str = ""
    group: str | None = None


class Query(msgspec.Struct, frozen=True):
    """One query."""

    id: str
    text: str


class _QueryRow(msgspec.Struct, frozen=True):
    """A line of queries."""

    id: str | int = msgspec.field(name="_id")
    text: str


class _RecordRow(msgspec.Struct, frozen=True):
    """A line of a corpus."""

    id: str | int = msgspec.field(name="_id")
    text: str | None = None
    title: str | None = None
    metadata: Any = None

    def __post_init__(self) -> None:
        if self.text is None and self.title is None:
            raise ValueError("a record has a `text` or a `title`, or both")

    def record(self) -> Record:
        group = self.metadata.get("group") if isinstance(self.metadata, dict) else None
        return Record(
            str(self.id), self.text or "", self.title or "", str(group) if isinstance(group, str | int) else None
        )


_AnyRow = TypeVar("_AnyRow", _RecordRow, _QueryRow)


class Published(NamedTuple):
    """A published figure: what a system reaches by a measure, as trec_eval names it."""

    system: str
    measure: str
    value: float


@dataclass(frozen=True)
class Dataset:
    """A labelled set. `judged` has the judgements above 0, by query and record; `queries` has those with any.

    `notes` say what of the judgements is about nothing in the set.
    """

    name: str
    records: Sequence[Record]
    queries: Sequence[Query]
    judged: Mapping[str, Mapping[str, int]]
    published: Sequence[Published] = ()
    notes: Sequence[str] = ()

    @property
    def is_of_names(self) -> bool:
        """Whether the records are names, such as titles of work, and not texts."""
        if any(record.title.strip() for record in self.records):
            return False
        return mean(len(record.text.split()) for record in self.records) <= FEW_WORDS


def read_dataset(folder: Path) -> Dataset:
    """Read a labelled set. Raises InvalidDataset, naming file and line, for one that cannot be meant."""
    if not folder.is_dir():
        raise InvalidDataset(f"{folder} is no folder: name one with {CORPUS}, {QUERIES} and {QRELS}")
    records = [row.record() for row in _rows(folder / CORPUS, _RecordRow)]
    queries = [Query(str(row.id), row.text) for row in _rows(folder / QUERIES, _QueryRow)]
    judgements = _judgements(folder / QRELS)
    known = {query.id for query in queries}
    judged = {
        query: right
        for query, some in judgements.items()
        if query in known and (right := {record: value for record, (value, _) in some.items() if value > 0})
    }
    if not judged:
        raise InvalidDataset(f"{folder / QRELS}: no query has a judgement above 0, so nothing can be measured")
    asked = [query for query in queries if query.id in judged]
    silent = next((query.id for query in asked if not query.text.strip()), None)
    if silent is not None:
        raise InvalidDataset(f"{folder / QUERIES}: the query {silent!r} says nothing")
    notes = tuple(_about_nothing(judgements, known, {record.id for record in records}))
    return Dataset(folder.name, records, asked, judged, _published(folder / PUBLISHED), notes)


Judgements = Mapping[str, Mapping[str, tuple[int, int]]]
"""By query and record the judgement, and the line that it stands in."""


def _about_nothing(judgements: Judgements, queries: set[str], records: set[str]) -> Iterator[str]:
    """What is said of judgements about a query or a record that is not there."""
    unasked = [line for query, some in judgements.items() if query not in queries for _, line in some.values()]
    lost = [
        line
        for query, some in judgements.items()
        if query in queries
        for record, (_, line) in some.items()
        if record not in records
    ]
    for lines, where, said in ((unasked, QUERIES, "left out"), (lost, CORPUS, "counted as not found")):
        if lines:
            yield (
                f"{QRELS}:{min(lines)}: {where} does not have what this line judges; "
                f"there are {len(lines):,} such lines, which are {said}"
            )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers from 1."""
    try:
        text = _content(path).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise InvalidDataset(f"{path} is missing: a labelled set has {CORPUS}, {QUERIES} and {QRELS}") from error
    except UnicodeDecodeError as error:
        place = 1 + error.object[: error.start].count(b"\n")
        raise InvalidDataset(f"{path}:{place}: the file is not in UTF-8") from error
    except (EOFError, zlib.error) as error:
        raise InvalidDataset(f"{path}.gz is damaged: {error}") from error
    except OSError as error:
        raise InvalidDataset(f"{path} cannot be read: {error.strerror or error}") from error
    # Not splitlines, which also ends lines at characters that JSON may have inside of a text.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line


def _content(path: Path) -> bytes:
    """What a file has, or its compressed twin where it is not there itself."""
    compressed = path.with_name(f"{path.name}.gz")
    if compressed.exists() and not path.exists():
        return gzip.decompress(compressed.read_bytes())
    return path.read_bytes()


def _rows(path: Path, row_type: type[_AnyRow]) -> list[_AnyRow]:
    decode = msgspec.json.Decoder(row_type).decode
    rows: list[_AnyRow] = []
    places: dict[str, int] = {}
    for number, line in _lines(path):
        try:
            row = decode(line)
        except msgspec.DecodeError as error:
            raise InvalidDataset(f"{path}:{number}: {error}") from error
        id_ = str(row.id)
        if id_ in places:
            taken = f"the _id {id_!r} is already in line {places[id_]}"
            raise InvalidDataset(f"{path}:{number}: {taken}; each line needs one of its own")
        places[id_] = number
        rows.append(row)
    if not rows:
        raise InvalidDataset(f"{path}: the file has no line")
    return rows


def _judgements(path: Path) -> Judgements:
    judged: dict[str, dict[str, tuple[int, int]]] = {}
    for number, line in _lines(path):
        cells = line.rstrip("\r").split("\t")
        # An id may have a space in it, where tabs part the columns.
        columns = line.split() if len(cells) == 1 else cells
        if len(columns) == TREC_COLUMNS:
            cells = [columns[0], *columns[2:]]
        if number == 1 and len(cells) == 3 and not _is_number(cells[2]):
            continue
        judgement = _whole_number(cells[2]) if len(cells) == 3 else None
        if judgement is None:
            raise InvalidDataset(f"{path}:{number}: expected query, record and a whole number, between tabs")
        if abs(judgement) > HIGHEST_JUDGEMENT:
            raise InvalidDataset(f"{path}:{number}: a judgement is {HIGHEST_JUDGEMENT:,} at the most; use lower grades")
        query, record, _ = cells
        before, line_before = judged.setdefault(query, {}).setdefault(record, (judgement, number))
        if before != judgement:
            raise InvalidDataset(f"{path}:{number}: this pair is already judged otherwise in line {line_before}")
    return judged


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _whole_number(text: str) -> int | None:
    """The whole number that a text is, also as 1.0; None for another."""
    value = float(text) if _is_number(text) else nan
    return int(value) if value.is_integer() else None


def _published(path: Path) -> list[Published]:
    if not (path.exists() or path.with_name(f"{path.name}.gz").exists()):
        return []
    found = []
    for number, line in _lines(path):
        cells = line.rstrip("\r").split("\t")
        try:
            system, measure, value = cells
            found.append(Published(system, measure, float(value)))
        except ValueError as error:
            raise InvalidDataset(f"{path}:{number}: expected system, measure and a number, between tabs") from error
    return found
