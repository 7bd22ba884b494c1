"""Looks at an index for names: the bodies of searches that complete a typed text, and what they have seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from resolvers.catalog.kind import ID_ORDER, Kind
from resolvers.sources.opensearch.analysis import LONGEST_PREFIX
from resolvers.sources.opensearch.errors import Failure, answered
from resolvers.sources.opensearch.filters import Query
from resolvers.sources.opensearch.queries import Body, sort_field
from resolvers.sources.opensearch.responses import decoded
from resolvers.sources.typeahead import typos_allowed

LOOK_PARTS = "responses.status,responses.error,responses.hits.hits._id,responses.aggregations"
"""What of the answer the cluster is asked to send."""
MOST_LOOKED_AT = 5_000
"""Of how many entities of a kind the most popular ones are looked for; more complete a text of one letter or two."""


@dataclass(frozen=True)
class Look:
    """A search of the index of a kind that counts."""

    kind: Kind
    body: Body


class _Title(msgspec.Struct, frozen=True):
    title: str


class _Record(msgspec.Struct, frozen=True):
    record: _Title


class _Hit(msgspec.Struct, frozen=True):
    id: str = msgspec.field(default="", name="_id")
    source: _Record | None = msgspec.field(default=None, name="_source")


class _Hits(msgspec.Struct, frozen=True):
    hits: tuple[_Hit, ...] = ()


class _Shown(msgspec.Struct, frozen=True):
    hits: _Hits = _Hits()


class _Bucket(msgspec.Struct, frozen=True):
    key: str | int
    doc_count: int
    shown: _Shown = _Shown()


class _Groups(msgspec.Struct, frozen=True):
    buckets: tuple[_Bucket, ...] = ()


class _Aggregations(msgspec.Struct, frozen=True):
    groups: _Groups = _Groups()


class Seen(msgspec.Struct, frozen=True):
    """What a look has seen: hits by id, or groups with how many documents are in each."""

    status: int = 200
    error: Failure | None = None
    hits: _Hits = _Hits()
    aggregations: _Aggregations = _Aggregations()

    @property
    def ids(self) -> list[str]:
        return [hit.id for hit in self.hits.hits]

    @property
    def titles(self) -> list[tuple[str, int]]:
        """The titles of the groups, as one document of each has it."""
        return [
            (hit.source.record.title, bucket.doc_count)
            for bucket in self.aggregations.groups.buckets
            for hit in bucket.shown.hits.hits
            if hit.source is not None
        ]

    @property
    def counts(self) -> dict[str, int]:
        return {str(bucket.key): bucket.doc_count for bucket in self.aggregations.groups.buckets}


class _Looks(msgspec.Struct, frozen=True):
    responses: tuple[Seen, ...] = ()


_looks = msgspec.json.Decoder(_Looks)


def read_looks(content: bytes) -> Sequence[Seen]:
    """What the looks of a multi-search have seen. Raises SourceError when one of them failed."""
    seen: tuple[Seen, ...] = decoded(_looks, content).responses
    for one in seen:
        if one.error is not None:
            raise answered(one.status, one.error)
    return seen


def completing(typed: Sequence[str], *, typos: bool) -> Query:
    """Documents in whose names each of the typed words begins a word, perhaps with typos behind its first letter."""
    return {"bool": {"filter": [_beginning(word, typos_allowed(word) if typos else 0) for word in typed]}}


def _beginning(word: str, typos: int) -> Query:
    if not typos:
        return {"term": {"typeahead": word[:LONGEST_PREFIX]}}
    # A beginning with a letter missing has to find one that is longer, and longer ones are not indexed.
    value = word[: LONGEST_PREFIX - typos]
    about = {"value": value, "fuzziness": typos, "prefix_length": 1, "rewrite": "constant_score"}
    return {"fuzzy": {"typeahead": about}}


def titles_body(query: Query, most: int) -> Body:
    """The titles that most of the matching documents have, written as in the first of them by id."""
    first: dict[str, Any] = {"size": 1, "sort": [{sort_field(ID_ORDER): "asc"}], "_source": ["record.title"]}
    groups = {
        "terms": {"field": "title_key", "size": most, "order": [{"_count": "desc"}, {"_key": "asc"}]},
        "aggs": {"shown": {"top_hits": first}},
    }
    return {"query": query, "size": 0, "track_total_hits": False, "aggs": {"groups": groups}}


def ids_body(query: Query) -> Body:
    """The ids of matching documents, in their order."""
    by = [{sort_field(ID_ORDER): "asc"}]
    return {"query": query, "size": MOST_LOOKED_AT, "sort": by, "_source": False, "track_total_hits": False}


def holders_body(field: str, ids: Sequence[str]) -> Body:
    """How many documents have each of the ids in a field."""
    groups = {"terms": {"field": f"fields.{field}", "include": list(ids), "size": len(ids)}}
    return {"size": 0, "track_total_hits": False, "aggs": {"groups": groups}}
