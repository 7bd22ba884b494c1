"""What indexes have of entities, with versions, as the cluster tells it."""

from collections.abc import Sequence
from typing import Any

import msgspec
import orjson

from resolvers.catalog.kind import ID_ORDER, Document, Kind, Ref
from resolvers.sources.base import Filter
from resolvers.sources.changes import Stored
from resolvers.sources.opensearch.errors import Failure, answered
from resolvers.sources.opensearch.filters import every, filter_query
from resolvers.sources.opensearch.manifest import Generation
from resolvers.sources.opensearch.queries import present_query, sort_field
from resolvers.sources.opensearch.responses import Facts, decoded, document_if_there, record_of

STORED_PARTS = "docs.found,docs.error,docs._version,docs._source"
HITS_PARTS = "hits.hits._version,hits.hits._source,hits.hits.sort"
PAGE_DOCUMENTS = 500


class _Got(msgspec.Struct, frozen=True):
    found: bool = False
    error: Failure | None = None
    version: int = msgspec.field(default=0, name="_version")
    source: Facts | None = msgspec.field(default=None, name="_source")


class _AllGot(msgspec.Struct, frozen=True):
    docs: tuple[_Got, ...] = ()


class _Hit(msgspec.Struct, frozen=True):
    version: int = msgspec.field(name="_version")
    source: Facts = msgspec.field(name="_source")
    sort: tuple[str, ...]


class _Hits(msgspec.Struct, frozen=True):
    hits: tuple[_Hit, ...] = ()


class _Page(msgspec.Struct, frozen=True):
    hits: _Hits = _Hits()


class Page(msgspec.Struct, frozen=True):
    """Documents in the order of their ids, and where those after them begin; None when there are none."""

    stored: Sequence[Stored]
    after: str | None


_got = msgspec.json.Decoder(_AllGot)
_page = msgspec.json.Decoder(_Page)


def asking_for(refs: Sequence[Ref], generation: Generation) -> bytes:
    """The body of a multi-get of refs."""
    return orjson.dumps({"docs": [{"_index": generation.index(ref.kind), "_id": ref.id} for ref in refs]})


def read_stored(content: bytes, refs: Sequence[Ref]) -> list[Stored | None]:
    """The answer to a multi-get of these refs, in their order; None for what never was. Raises SourceError."""
    return [_stored(ref, got) for ref, got in zip(refs, decoded(_got, content).docs, strict=True)]


def _stored(ref: Ref, got: _Got) -> Stored | None:
    if got.error is not None:
        raise answered(500, got.error)
    return Stored(ref, got.version, document_if_there(ref, got.source)) if got.found else None


def page_of(wanted: Filter, after: str | None) -> bytes:
    """The body of a search for the documents that pass, with their versions, in the order of their ids."""
    body: dict[str, Any] = {
        "query": every(present_query(), filter_query(wanted)),
        "sort": [{sort_field(ID_ORDER): "asc"}],
        "size": PAGE_DOCUMENTS,
        "track_total_hits": False,
        "version": True,
    }
    return orjson.dumps(body if after is None else body | {"search_after": [after]})


def read_page(content: bytes, kind: Kind) -> Page:
    """The answer to such a search of a kind. Raises SourceError."""
    hits = decoded(_page, content).hits.hits
    found = []
    for hit in hits:
        record = record_of(kind, hit.source)
        ref = Ref(kind, record.id)
        found.append(Stored(ref, hit.version, Document(ref, record)))
    return Page(found, hits[-1].sort[-1] if len(hits) == PAGE_DOCUMENTS else None)
