"""What a cluster answers about feedback, decoded as far as it is used. Every function raises SourceError."""

from collections.abc import Sequence
from typing import Any

import msgspec

from resolvers.errors import SourceUnavailable
from resolvers.sources.opensearch.errors import Failure, answered
from resolvers.sources.opensearch.responses import decoded

FIELDS_PARTS = "*.mappings.properties,*.aliases"
"""An index without fields is left out of an answer about them alone."""
BULK_PARTS = "items.*.status,items.*.error.type,items.*.error.reason"
QUERY_PARTS = "docs.found,docs.error,docs._source"
PAGE_PARTS = "_scroll_id,timed_out,_shards.failed,hits.total.value,hits.hits._source"
NO_INDEX = "index_not_found_exception"
INCOMPLETE = "OpenSearch has not given all of the feedback, and a part would mislead; try again when it is well"


class Item(msgspec.Struct, frozen=True):
    """What became of a document of a bulk request."""

    status: int
    error: Any = None


class _Mappings(msgspec.Struct, frozen=True):
    properties: dict[str, Any] = msgspec.field(default_factory=dict)


class _Index(msgspec.Struct, frozen=True):
    mappings: _Mappings = _Mappings()


class _Created(msgspec.Struct, frozen=True):
    create: Item


class _Bulk(msgspec.Struct, frozen=True):
    items: tuple[_Created, ...] = ()


class _Got(msgspec.Struct, frozen=True):
    found: bool = False
    error: Failure | None = None
    source: dict[str, Any] = msgspec.field(default_factory=dict, name="_source")


class _AllGot(msgspec.Struct, frozen=True):
    docs: tuple[_Got, ...] = ()


class _Shards(msgspec.Struct, frozen=True):
    failed: int = 0


class _Total(msgspec.Struct, frozen=True):
    value: int = 0


class _Hit(msgspec.Struct, frozen=True):
    source: dict[str, Any] = msgspec.field(name="_source")


class _Hits(msgspec.Struct, frozen=True):
    total: _Total = _Total()
    hits: tuple[_Hit, ...] = ()


class _Page(msgspec.Struct, frozen=True):
    scroll: str = msgspec.field(name="_scroll_id")
    timed_out: bool = False
    shards: _Shards = msgspec.field(default=_Shards(), name="_shards")
    hits: _Hits = _Hits()


class Page(msgspec.Struct, frozen=True):
    """Documents of a walk: how many there are in all, these, and by what name the next are asked for."""

    total: int
    documents: Sequence[dict[str, Any]]
    scroll: str


_indexes = msgspec.json.Decoder(dict[str, _Index])
_bulk = msgspec.json.Decoder(_Bulk)
_all_got = msgspec.json.Decoder(_AllGot)
_page = msgspec.json.Decoder(_Page)


def read_fields(content: bytes) -> dict[str, dict[str, Any]]:
    """The fields of indexes, by their names."""
    return {index: about.mappings.properties for index, about in decoded(_indexes, content).items()}


def read_items(content: bytes) -> list[Item]:
    """What became of the documents of a bulk request that creates them."""
    return [item.create for item in decoded(_bulk, content).items]


def read_found(content: bytes) -> list[dict[str, Any]]:
    """The documents that a multi-get has found. One that nobody can say of whether it is there is an error."""
    return [got.source for got in decoded(_all_got, content).docs if _is_found(got)]


def _is_found(got: _Got) -> bool:
    # Without an index nothing was ever written.
    if got.error is not None and NO_INDEX not in got.error.types():
        raise answered(500, got.error)
    return got.found


def read_page(content: bytes) -> Page:
    """The documents of a page of a walk. A page of which some may be missing is an error."""
    page = decoded(_page, content)
    if page.timed_out or page.shards.failed:
        raise SourceUnavailable(INCOMPLETE)
    return Page(page.hits.total.value, [hit.source for hit in page.hits.hits], page.scroll)
