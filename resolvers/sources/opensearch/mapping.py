"""How a kind's documents lie in an index of the cluster: pure functions of the kind.

    record          the feed's facts, which come back as they went in; not indexed
    texts.ROLE      searchable text
    fields.NAME     what can be filtered by; times in whole microseconds since 1970
    sorts.NAME      one key for each order, whose alphabetical order is the order of listing, ties included
    typeahead       the beginnings of the words of titles and names
    title_key       a number that equal titles share
    vector          the text's embedding, where the cluster has the k-NN plugin

Only `record` is in `_source`: nothing else is ever read back.

What was deleted stays as a document without any of these, which only keeps the version (a tombstone).
"""

from typing import Any

import msgspec
import orjson

from resolvers.catalog.kind import ID_ORDER, FieldType, KindSpec
from resolvers.sources.building import IndexedDocument
from resolvers.sources.matching import CONCEPT_WEIGHTS, NO_CONCEPT, ROLE_WEIGHTS
from resolvers.sources.opensearch.analysis import ANALYSIS, DOCUMENT_WORDS, QUERY_WORDS, TYPEAHEAD, TYPED
from resolvers.sources.sort_keys import id_sort_key, sort_key, stored_value
from resolvers.sources.typeahead import title_key

TEMPLATE_VERSION = 4
"""Raised with every change of what is here; the cluster shows it beside the template."""
TYPES = {
    FieldType.KEYWORD: "keyword",
    FieldType.NUMBER: "double",
    FieldType.DATE: "long",
    FieldType.BOOLEAN: "boolean",
}
IDS = {"type": "text", "analyzer": "keyword", "index_options": "freqs"}
"""Ids that are scored like words."""
LOADING = {
    "index.refresh_interval": "-1",
    "index.number_of_replicas": 0,
    "index.auto_expand_replicas": False,
    "index.translog.durability": "async",
}
"""Nobody reads an index that is being written, and one that is interrupted is thrown away."""

TOMBSTONE = b"{}"
"""What the cluster is given of a document that was deleted."""

_facts = msgspec.json.Encoder()


def serving(replicas: int) -> dict[str, Any]:
    """The settings of an index once it is complete. A cluster of fewer nodes has as many replicas as it can."""
    return {
        # An interval of its own, because an index that has none falls asleep and lets its next search wait.
        "index.refresh_interval": "1s",
        "index.number_of_replicas": 0,
        "index.auto_expand_replicas": f"0-{replicas}" if replicas else False,
        "index.translog.durability": "request",
    }


def template(spec: KindSpec[Any], pattern: str, *, shards: int, dimension: int, derived_source: bool) -> dict[str, Any]:
    """The index template of a kind. `dimension` 0 is an index without vectors.

    `derived_source`: whether the cluster's k-NN plugin knows of it. It is turned off: with it, documents can fail to
    load once others have been deleted (seen on 3.4.0 as "all shards failed" with no failed shard listed).
    """
    settings: dict[str, Any] = {"index.number_of_shards": shards}
    if dimension:
        settings |= {"index.knn": True} | ({"index.knn.derived_source.enabled": False} if derived_source else {})
    return {
        "index_patterns": [pattern],
        "version": TEMPLATE_VERSION,
        "template": {"settings": {**settings, "analysis": ANALYSIS}, "mappings": mapping(spec, dimension)},
    }


def mapping(spec: KindSpec[Any], dimension: int) -> dict[str, Any]:
    """The mapping of a kind."""
    orders = (ID_ORDER, *(order.name for order in spec.sorts))
    roles = {role: _text(role) for role in ROLE_WEIGHTS} | dict.fromkeys(CONCEPT_WEIGHTS, IDS)
    properties: dict[str, Any] = {
        "record": {"type": "object", "enabled": False},
        "texts": {"properties": roles},
        "fields": {"properties": {field.name: {"type": TYPES[field.type]} for field in spec.fields}},
        "sorts": {"properties": {order: {"type": "keyword"} for order in orders}},
        "typeahead": {
            "type": "text",
            "analyzer": TYPEAHEAD,
            "search_analyzer": TYPED,
            "index_options": "docs",
            "norms": False,
        },
        "title_key": {"type": "long", "index": False},
    }
    if dimension:
        properties["vector"] = {
            "type": "knn_vector",
            "dimension": dimension,
            "method": {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"},
        }
    return {"dynamic": "strict", "_source": {"includes": ["record"]}, "properties": properties}


def _text(role: str) -> dict[str, Any]:
    text = {"type": "text", "analyzer": DOCUMENT_WORDS, "search_analyzer": QUERY_WORDS, "index_options": "freqs"}
    return text | ({"copy_to": "typeahead"} if role in ("title", "aliases") else {})


def content_of(spec: KindSpec[Any], document: IndexedDocument, *, with_vector: bool) -> bytes:
    """What the cluster is given of a document, as JSON in one line."""
    texts, id_key = document.texts, id_sort_key(document.document.ref.id)
    content: dict[str, Any] = {
        "record": orjson.Fragment(_facts.encode(document.document.record)),
        "texts": {
            "whole": texts.whole,
            "title": texts.title,
            "aliases": list(texts.aliases),
            "skills": list(texts.skills),
            "occupation": list(texts.occupation),
            "concepts": list(texts.concepts) or [NO_CONCEPT],
            "broader": list(texts.broader) or [NO_CONCEPT],
        },
        "fields": {name: [stored_value(value) for value in values] for name, values in document.fields.items()},
        "sorts": {
            ID_ORDER: id_key,
            **{
                order.name: sort_key(document.sorts[order.name], id_key, descending=order.descending)
                for order in spec.sorts
            },
        },
    }
    if key := title_key(texts.title):
        content["title_key"] = key
    if with_vector and document.vector is not None:
        content["vector"] = document.vector
    return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
