"""The cluster's answers, decoded once and as far as they are used."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.catalog.kinds import KINDS
from resolvers.errors import SourceError
from resolvers.sources.base import Degradation
from resolvers.sources.opensearch.errors import Failure, answered

T = TypeVar("T")
SEARCH_PARTS = ",".join(
    f"responses.{part}"
    for part in (
        "status",
        "error",
        "timed_out",
        "_shards.failed",
        "hits.total.value",
        "hits.hits.sort",
        "hits.hits._source",
        "hits.hits.fields",
        "hits.hits.matched_queries",
        "aggregations",
    )
)
"""What of a multi-search's answer the cluster is asked to send."""
PAGE_PARTS = SEARCH_PARTS.replace("responses.", "")
LONGEST_REMEMBERED, MOST_REMEMBERED = 2_500, 8_192
"""Bytes of a record that is decoded once, and how many such records are kept: 30 MB of usual jobs, 5 MB of skills."""
DOCUMENT_PARTS = "docs.found,docs.error,docs._source"


class Facts(msgspec.Struct, frozen=True):
    """A document as it is stored; one that was deleted has no record."""

    record: msgspec.Raw = msgspec.Raw()

    @property
    def are_there(self) -> bool:
        return bool(memoryview(self.record))


class Found(msgspec.Struct, frozen=True):
    """One hit: what it is sorted by, the key of its id or of its order last. What else was not asked for is empty."""

    sort: tuple[float | str, ...]
    source: Facts | None = msgspec.field(default=None, name="_source")
    fields: Mapping[str, tuple[str | float, ...]] = msgspec.field(default_factory=dict)
    matched_queries: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return str(self.sort[-1])

    @property
    def place(self) -> str:
        """Its key in the order of a listing."""
        return str(self.sort[0])

    @property
    def score(self) -> float:
        return float(self.sort[0])

    def text(self, column: str) -> str | None:
        """The first value of a column of texts; None where there is none."""
        values = self.fields.get(column)
        return str(values[0]) if values else None

    def number(self, column: str) -> float | None:
        """The first value of a column of numbers; None where there is none."""
        values = self.fields.get(column)
        return float(values[0]) if values else None


class _Total(msgspec.Struct, frozen=True):
    value: int


class _Hits(msgspec.Struct, frozen=True):
    hits: tuple[Found, ...] = ()
    total: _Total | None = None


class _Shards(msgspec.Struct, frozen=True):
    failed: int = 0


class _Answer(msgspec.Struct, frozen=True):
    status: int = 200
    error: Failure | None = None
    timed_out: bool = False
    shards: _Shards = msgspec.field(default=_Shards(), name="_shards")
    hits: _Hits = _Hits()
    aggregations: Mapping[str, Mapping[str, Any]] = msgspec.field(default_factory=dict)


class _Answers(msgspec.Struct, frozen=True):
    responses: tuple[_Answer, ...] = ()


class _Got(msgspec.Struct, frozen=True):
    found: bool = False
    error: Failure | None = None
    source: Facts | None = msgspec.field(default=None, name="_source")


class _AllGot(msgspec.Struct, frozen=True):
    docs: tuple[_Got, ...] = ()


class _PointInTime(msgspec.Struct, frozen=True):
    pit_id: str


class _Mapping(msgspec.Struct, frozen=True):
    meta: Any = msgspec.field(default=None, name="_meta")


class _Mapped(msgspec.Struct, frozen=True):
    mappings: _Mapping = _Mapping()


@dataclass(frozen=True)
class Hits:
    """The answer to one search. `total` is None when it was not asked for; `partial` when some shards are missing.

    `aggregations` are the cluster's answers by the names that they were asked by.
    """

    hits: Sequence[Found] = ()
    total: int | None = None
    partial: bool = False
    aggregations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def good(answers: Sequence[Hits | SourceError]) -> list[Hits]:
    """The answers, if all of them are there; raises the first error among them."""
    found = []
    for answer in answers:
        if isinstance(answer, SourceError):
            raise answer
        found.append(answer)
    return found


def degradations(found: Iterable[Hits]) -> frozenset[Degradation]:
    """What is missing from these answers."""
    return frozenset({Degradation.PARTIAL} if any(hits.partial for hits in found) else ())


_answers = msgspec.json.Decoder(_Answers)
_answer = msgspec.json.Decoder(_Answer)
_got = msgspec.json.Decoder(_AllGot)
_point_in_time = msgspec.json.Decoder(_PointInTime)
_aliases = msgspec.json.Decoder(dict[str, Any])
_mapped = msgspec.json.Decoder(dict[str, _Mapped])
_records: dict[Kind, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(spec.record) for kind, spec in KINDS.items()
}


def read_searches(content: bytes) -> list[Hits | SourceError]:
    """The answers to the searches of a multi-search. Raises SourceError for what is no such answer."""
    return [_hits(answer) for answer in decoded(_answers, content).responses]


def read_search(content: bytes) -> Hits:
    """The answer to a single search. Raises SourceError for a failed one."""
    hits = _hits(decoded(_answer, content))
    if isinstance(hits, SourceError):
        raise hits
    return hits


def _hits(answer: _Answer) -> Hits | SourceError:
    if answer.error is not None:
        return answered(answer.status, answer.error)
    found, total = answer.hits.hits, answer.hits.total
    partial = answer.timed_out or answer.shards.failed > 0
    return Hits(found, total.value if total else None, partial, answer.aggregations)


def read_documents(content: bytes, refs: Sequence[Ref]) -> list[Document | SourceError | None]:
    """The answer to a multi-get of these refs, in their order."""
    return [_document(ref, got) for ref, got in zip(refs, decoded(_got, content).docs, strict=True)]


def read_point_in_time(content: bytes) -> str:
    """The name of a point in time that has been opened."""
    return decoded(_point_in_time, content).pit_id


def read_indexes(content: bytes) -> list[str]:
    """The names of the indexes that some aliases lead to."""
    led_to: dict[str, Any] = decoded(_aliases, content)
    return list(led_to)


def read_metas(content: bytes) -> dict[str, Any]:
    """What indexes say of themselves, by their names."""
    return {index: about.mappings.meta for index, about in decoded(_mapped, content).items()}


def _document(ref: Ref, got: _Got) -> Document | SourceError | None:
    if got.error is not None:
        return answered(500, got.error)
    return document_if_there(ref, got.source)


def document_if_there(ref: Ref, facts: Facts | None) -> Document | None:
    """The document of a ref; None for one that was deleted."""
    return Document(ref, record_of(ref.kind, facts)) if facts is not None and facts.are_there else None


def record_of(kind: Kind, facts: Facts) -> Any:
    """The record of a kind that has been stored. Raises SourceError when it is not one."""
    content = bytes(facts.record)
    return _remembered(kind, content) if len(content) <= LONGEST_REMEMBERED else decoded(_records[kind], content)


@lru_cache(MOST_REMEMBERED)
def _remembered(kind: Kind, content: bytes) -> Any:
    # The same bytes are the same record, whichever index they are from. Skills and clients are on page after page.
    return decoded(_records[kind], content)


def document_of(kind: Kind, facts: Facts) -> Document:
    """The document of a kind that has been stored."""
    record = record_of(kind, facts)
    return Document(Ref(kind, record.id), record)


def decoded(decoder: msgspec.json.Decoder[T], content: bytes | msgspec.Raw) -> T:
    """The answer as what it has to be. Raises SourceError for what is no such answer."""
    try:
        return decoder.decode(content)
    except msgspec.MsgspecError as error:
        raise SourceError(f"the search engine's answer cannot be read: {error}") from error
