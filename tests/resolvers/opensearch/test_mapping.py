"""How documents lie in the cluster."""

import json
from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from resolvers.sources.opensearch.analysis import ANALYSIS
from resolvers.sources.opensearch.mapping import TEMPLATE_VERSION, content_of, mapping, serving, template

TEXT = {
    "type": "text",
    "analyzer": "document_words",
    "search_analyzer": "query_words",
    "index_options": "freqs",
}
NAMED = TEXT | {"copy_to": "typeahead"}
IDS = {"type": "text", "analyzer": "keyword", "index_options": "freqs"}
CLIENT = {
    "dynamic": "strict",
    "_source": {"includes": ["record"]},
    "properties": {
        "record": {"type": "object", "enabled": False},
        "texts": {
            "properties": {
                "whole": TEXT,
                "title": NAMED,
                "aliases": NAMED,
                "skills": TEXT,
                "occupation": TEXT,
                "concepts": IDS,
                "broader": IDS,
            }
        },
        "fields": {
            "properties": {
                "id": {"type": "keyword"},
                "country": {"type": "keyword"},
                "rating": {"type": "double"},
                "total_spent": {"type": "double"},
                "payment_verified": {"type": "boolean"},
                "member_since": {"type": "long"},
            }
        },
        "sorts": {"properties": {"ID": {"type": "keyword"}, "SPENT": {"type": "keyword"}}},
        "typeahead": {
            "type": "text",
            "analyzer": "typeahead",
            "search_analyzer": "typed",
            "index_options": "docs",
            "norms": False,
        },
        "title_key": {"type": "long", "index": False},
    },
}
VECTOR = {
    "type": "knn_vector",
    "dimension": 4,
    "method": {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"},
}


def test_a_kind_is_mapped_field_by_field() -> None:
    assert mapping(KINDS[Kind.CLIENT], 0) == CLIENT


def test_vectors_are_mapped_where_there_are_some() -> None:
    mapped = mapping(KINDS[Kind.CLIENT], 4)
    assert mapped == CLIENT | {"properties": CLIENT["properties"] | {"vector": VECTOR}}  # type: ignore[operator]


@pytest.mark.parametrize(
    ("dimension", "derived_source", "settings"),
    [
        (0, True, {}),
        (4, True, {"index.knn": True, "index.knn.derived_source.enabled": False}),
        (4, False, {"index.knn": True}),
    ],
)
def test_a_template_has_a_version_and_no_alias(dimension: int, derived_source: bool, settings: dict[str, Any]) -> None:
    made = template(KINDS[Kind.CLIENT], "shop-client-2*", shards=3, dimension=dimension, derived_source=derived_source)
    assert made == {
        "index_patterns": ["shop-client-2*"],
        "version": TEMPLATE_VERSION,
        "template": {
            "settings": {"index.number_of_shards": 3, **settings, "analysis": ANALYSIS},
            "mappings": mapping(KINDS[Kind.CLIENT], dimension),
        },
    }


def test_replicas_follow_the_number_of_nodes() -> None:
    assert [serving(count)["index.auto_expand_replicas"] for count in (0, 1, 3)] == [False, "0-1", "0-3"]


def test_a_document_is_one_line_with_its_facts_as_they_are(market: Any, prepared: Any, topics: Any) -> None:
    documents = prepared(market, topics)[Kind.CLIENT]
    content = json.loads(content_of(KINDS[Kind.CLIENT], documents[0], with_vector=True))
    assert content == {
        "record": {
            "name": "Company a",
            "country": "DE",
            "rating": 4.5,
            "reviewCount": 3,
            "totalSpent": "1000",
            "totalHires": 2,
            "totalJobsPosted": 5,
            "paymentVerified": True,
            "memberSince": "2020-01-01T00:00:00Z",
            "id": "client_a",
            "timezone": "Europe/Berlin",
        },
        "texts": {
            "whole": ["Company a", ""],
            "title": "Company a",
            "aliases": [],
            "skills": [],
            "occupation": [],
            "concepts": ["none"],
            "broader": ["none"],
        },
        "fields": {
            "id": ["client_a"],
            "country": ["DE"],
            "rating": [4.5],
            "total_spent": [1000.0],
            "payment_verified": [True],
            "member_since": [1_577_836_800_000_000],
        },
        "sorts": {"ID": "636c69656e745f61", "SPENT": "3f70bfffffffffff636c69656e745f61"},
        "title_key": 348165933737335260,
    }


def test_a_vector_is_sent_where_there_is_one_and_the_index_has_room_for_it(
    market: Any, prepared: Any, topics: Any
) -> None:
    spec = KINDS[Kind.JOB]
    by_id = {document.document.ref.id: document for document in prepared(market, topics)[Kind.JOB]}
    vectors = [
        json.loads(content_of(spec, by_id[id_], with_vector=with_vector)).get("vector")
        for id_, with_vector in [("job_05", True), ("job_05", False), ("job_10", True)]
    ]
    assert vectors == [[0.0, 1.0, 0.0, 0.0], None, None]
