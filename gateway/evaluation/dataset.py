"""Labelled sets in the BEIR layout: what is searched, what is asked, and what is right.

    corpus.jsonl             {"_id", "title", "text", "metadata": {"group"}}; title and metadata may be missing
    queries.jsonl            {"_id", "text"}
    qrels/test.tsv           query, record and judgement, with or without a header; above 0 is right
    published_results.tsv    system, measure and value as trec_eval names it; need not be there

The layout is that of Thakur et al., "BEIR: A Heterogenous Benchmark for Zero-shot Evaluation of Information Retrieval
Models" (NeurIPS 2021).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import NamedTuple, TypeVar

import msgspec

from resolvers.errors import DiscoveryError

CORPUS, QUERIES, QRELS, PUBLISHED = "corpus.jsonl", "queries.jsonl", Path("qrels") / "test.tsv", "published_results.tsv"
FEW_WORDS = 12
"""Records without titles that have no more words than this, on average, are names."""
T = TypeVar("T", bound=msgspec.Struct)


class InvalidDataset(DiscoveryError):
    """A labelled set that cannot be read; the message names file and line."""

    code = "INVALID_DATASET"


class Metadata(msgspec.Struct, frozen=True):
    """What a record says of itself beside its text. Records of one `group` name one concept."""

    group: str | None = None


class Record(msgspec.Struct, frozen=True):
    """One record of a corpus."""

    id: str = msgspec.field(name="_id")
    text: str
    title: str = ""
    metadata: Metadata = Metadata()


class Query(msgspec.Struct, frozen=True):
    """One query."""

    id: str = msgspec.field(name="_id")
    text: str


class Published(NamedTuple):
    """A published figure: what a system reaches by a measure, as trec_eval names it."""

    system: str
    measure: str
    value: float


@dataclass(frozen=True)
class Dataset:
    """A labelled set. `judged` has the judgements above 0, by query and record; `queries` has those with any."""

    name: str
    records: Sequence[Record]
    queries: Sequence[Query]
    judged: Mapping[str, Mapping[str, int]]
    published: Sequence[Published] = ()

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
    records = _rows(folder / CORPUS, Record)
    queries = _rows(folder / QUERIES, Query)
    judged = _judgements(folder / QRELS, {record.id for record in records}, {query.id for query in queries})
    if not judged:
        raise InvalidDataset(f"{folder / QRELS}: no query has a judgement above 0, so nothing can be measured")
    silent = next((query.id for query in queries if not query.text.strip()), None)
    if silent is not None:
        raise InvalidDataset(f"{folder / QUERIES}: the query {silent!r} says nothing")
    published = _published(folder / PUBLISHED)
    return Dataset(folder.name, records, [query for query in queries if query.id in judged], judged, published)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers from 1."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InvalidDataset(f"{path} is missing: a labelled set has {CORPUS}, {QUERIES} and {QRELS}") from error
    except UnicodeDecodeError as error:
        place = 1 + error.object[: error.start].count(b"\n")
        raise InvalidDataset(f"{path}:{place}: the file is not in UTF-8") from error
    except OSError as error:
        raise InvalidDataset(f"{path} cannot be read: {error.strerror}") from error
    # Not splitlines, which also ends lines at characters that JSON may have inside of a text.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line


def _rows(path: Path, of: type[T]) -> list[T]:
    decode = msgspec.json.Decoder(of).decode
    rows: list[T] = []
    places: dict[str, int] = {}
    for number, line in _lines(path):
        try:
            row = decode(line)
        except msgspec.DecodeError as error:
            raise InvalidDataset(f"{path}:{number}: {error}") from error
        id_ = str(getattr(row, "id", ""))
        if id_ in places:
            raise InvalidDataset(f"{path}:{number}: the _id {id_!r} is already in line {places[id_]}")
        places[id_] = number
        rows.append(row)
    if not rows:
        raise InvalidDataset(f"{path}: the file has no line")
    return rows


def _judgements(path: Path, records: set[str], queries: set[str]) -> dict[str, dict[str, int]]:
    judged: dict[str, dict[str, int]] = {}
    for number, line in _lines(path):
        cells = line.rstrip("\r").split("\t")
        if number == 1 and len(cells) == 3 and not _is_integer(cells[2]):
            continue
        if len(cells) != 3 or not _is_integer(cells[2]):
            raise InvalidDataset(f"{path}:{number}: expected query, record and a whole number, between tabs")
        query, record, judgement = cells
        for id_, known, where in ((query, queries, QUERIES), (record, records, CORPUS)):
            if id_ not in known:
                raise InvalidDataset(f"{path}:{number}: {where} has no _id {id_!r}")
        if int(judgement) > 0:
            judged.setdefault(query, {})[record] = int(judgement)
    return judged


def _is_integer(text: str) -> bool:
    return text.strip().removeprefix("-").isdecimal()


def _published(path: Path) -> list[Published]:
    if not path.exists():
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
