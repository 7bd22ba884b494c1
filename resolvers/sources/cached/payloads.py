"""What is stored, as bytes: a document's facts, and a search's result without its documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import msgspec.structs

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.catalog.kinds import KINDS
from resolvers.sources.aggregations import Aggregate
from resolvers.sources.base import Hit, Position, RetrievalMode, Score, SearchResult
from resolvers.sources.cached.entries import HEADER
from resolvers.sources.cached.keys import shape_of


@dataclass(frozen=True, slots=True)
class Outline:
    """A search's result without the documents: its hits by ref, and the epochs of its kinds when it was asked for."""

    epochs: tuple[bytes, ...]
    refs: tuple[Ref, ...]
    places: tuple[tuple[Position | None, Score | None], ...]
    has_next: bool
    has_previous: bool
    total: int | None
    mode: RetrievalMode | None


class StoredScore(msgspec.Struct, array_like=True, frozen=True):
    """A score as it is stored."""

    total: float
    lexical: float | None
    semantic: float | None
    rerank: float | None
    recency: float | None
    lexical_rank: int | None
    semantic_rank: int | None


class StoredHit(msgspec.Struct, array_like=True, frozen=True):
    """A hit as it is stored."""

    kind: Kind
    id: str
    key: str | None
    score: StoredScore | None


class StoredResult(msgspec.Struct, array_like=True, frozen=True):
    """A result as it is stored."""

    epochs: tuple[bytes, ...]
    hits: tuple[StoredHit, ...]
    has_next: bool
    has_previous: bool
    total: int | None
    mode: RetrievalMode | None


class Figures(msgspec.Struct, array_like=True, frozen=True):
    """The figures of an aggregation, and the epochs of its kind when it was asked for."""

    epochs: tuple[bytes, ...]
    total: int
    aggregates: tuple[Aggregate, ...]
    mode: RetrievalMode | None


SHAPE = shape_of([*(spec.record for spec in KINDS.values()), StoredResult, Figures], [HEADER.format])
_ENCODER = msgspec.msgpack.Encoder()
_RECORDS: dict[Kind, msgspec.msgpack.Decoder[Any]] = {
    kind: msgspec.msgpack.Decoder(spec.record | None) for kind, spec in KINDS.items()
}
_RESULTS = msgspec.msgpack.Decoder(StoredResult)
_FIGURES = msgspec.msgpack.Decoder(Figures)


def document_payload(document: Document | None) -> bytes:
    """A document's facts, or that there is none."""
    return _ENCODER.encode(None if document is None else document.record)


def document_of(ref: Ref, payload: bytes | memoryview) -> Document | None:
    """What `document_payload` has encoded. Raises msgspec.DecodeError for anything else."""
    record = _RECORDS[ref.kind].decode(payload)
    return None if record is None else Document(ref, record)


def outline_payload(outline: Outline) -> bytes:
    """A result without its documents."""
    hits = tuple(
        StoredHit(
            ref.kind,
            ref.id,
            None if place is None else place.key,
            None if score is None else StoredScore(*score),
        )
        for ref, (place, score) in zip(outline.refs, outline.places, strict=True)
    )
    stored = StoredResult(outline.epochs, hits, outline.has_next, outline.has_previous, outline.total, outline.mode)
    return _ENCODER.encode(stored)


def outline_of(payload: bytes | memoryview) -> Outline:
    """What `outline_payload` has encoded. Raises msgspec.DecodeError for anything else."""
    stored = _RESULTS.decode(payload)
    places = tuple(
        (
            None if hit.key is None else Position(hit.key),
            None if hit.score is None else Score(*msgspec.structs.astuple(hit.score)),
        )
        for hit in stored.hits
    )
    refs = tuple(Ref(hit.kind, hit.id) for hit in stored.hits)
    return Outline(stored.epochs, refs, places, stored.has_next, stored.has_previous, stored.total, stored.mode)


def outline(result: SearchResult, epochs: tuple[bytes, ...]) -> Outline:
    """What is stored of a result."""
    refs = tuple(hit.document.ref for hit in result.hits)
    places = tuple((hit.position, hit.score) for hit in result.hits)
    return Outline(epochs, refs, places, result.has_next, result.has_previous, result.total, result.mode)


def hits_of(found: Outline, documents: Sequence[Document]) -> tuple[Hit, ...]:
    """The hits with their documents."""
    return tuple(Hit(document, place, score) for document, (place, score) in zip(documents, found.places, strict=True))


def figures_payload(figures: Figures) -> bytes:
    """Figures as bytes."""
    return _ENCODER.encode(figures)


def figures_of(payload: bytes | memoryview) -> Figures:
    """What `figures_payload` has encoded. Raises msgspec.DecodeError for anything else."""
    return _FIGURES.decode(payload)
