"""The bodies of searches, whole."""

import pytest

from resolvers.sources.base import AllOf, Concept, Terms
from resolvers.sources.opensearch.queries import (
    counting,
    keys_query,
    listing,
    near_query,
    ranking,
    scored,
    words_query,
)

FIELDS = ["texts.whole^0.7", "texts.title^0.3", "texts.aliases^0.24", "texts.skills^0.2", "texts.occupation^0.2"]
WORDS = {
    "multi_match": {
        "query": "logo design",
        "type": "most_fields",
        "fields": FIELDS,
        "analyzer": "query_words",
    }
}
OPEN = {"terms": {"fields.status": ["OPEN"]}}


def test_words_are_searched_in_every_role_by_its_weight() -> None:
    assert words_query("logo design") == WORDS


def test_concepts_are_terms_beside_the_words() -> None:
    [words, *terms] = words_query("logo design", (Concept("skill_a"), Concept("occ_b", 0.5)))["bool"]["should"]
    assert words == WORDS
    assert terms == [
        {"term": {"texts.concepts": {"value": "skill_a", "boost": 0.4}}},
        {"term": {"texts.broader": {"value": "skill_a", "boost": 0.15}}},
        {"term": {"texts.concepts": {"value": "occ_b", "boost": 0.2}}},
        {"term": {"texts.broader": {"value": "occ_b", "boost": 0.075}}},
    ]


@pytest.mark.parametrize(
    ("text", "analyzer"),
    [
        ("and the", "document_words"),
        ("Thé, AND?", "document_words"),
        (f"the {'x' * 60}", "document_words"),
        (f"the {'x' * 59}", "query_words"),
        ("the C++", "query_words"),
        ("a#", "query_words"),
        ("it", "query_words"),
        ("?!", "query_words"),
        ("", "query_words"),
    ],
)
def test_stop_words_are_searched_for_where_there_is_nothing_else(text: str, analyzer: str) -> None:
    assert words_query(text)["multi_match"]["analyzer"] == analyzer


def test_nearest_documents_are_looked_for_among_those_that_pass() -> None:
    assert near_query((0.5, -1.0), AllOf()) == {"knn": {"vector": {"vector": [0.5, -1.0], "k": 500}}}
    assert near_query((0.5, -1.0), Terms("status", ("OPEN",))) == {
        "knn": {"vector": {"vector": [0.5, -1.0], "k": 500, "filter": OPEN}}
    }


def test_a_filter_stands_beside_what_scores() -> None:
    assert scored(WORDS, None) == WORDS
    assert scored(WORDS, OPEN) == {"bool": {"must": [WORDS], "filter": [OPEN]}}


def test_a_ranking_breaks_ties_by_id_and_reads_nothing_that_is_stored() -> None:
    assert ranking(WORDS, size=22) == {
        "query": WORDS,
        "sort": [{"_score": "desc"}, {"sorts.ID": "asc"}],
        "size": 22,
        "track_total_hits": False,
        "_source": False,
        "stored_fields": "_none_",
    }


def test_a_ranking_reads_records_and_counts_where_it_is_asked_to() -> None:
    assert ranking(WORDS, size=3, facts=True, count=True) == {
        "query": WORDS,
        "sort": [{"_score": "desc"}, {"sorts.ID": "asc"}],
        "size": 3,
        "track_total_hits": True,
        "_source": True,
    }


def test_a_listing_goes_on_behind_a_key() -> None:
    assert listing(OPEN, "NEWEST", size=21, after="40f", count=True) == {
        "query": OPEN,
        "sort": [{"sorts.NEWEST": "asc"}],
        "size": 21,
        "search_after": ["40f"],
        "track_total_hits": True,
        "_source": True,
    }


def test_a_listing_that_goes_backward_is_the_other_way_round() -> None:
    assert listing(OPEN, "NEWEST", size=21, before="40f", backward=True) == {
        "query": OPEN,
        "sort": [{"sorts.NEWEST": "desc"}],
        "size": 21,
        "search_after": ["40f"],
        "track_total_hits": False,
        "_source": True,
    }


@pytest.mark.parametrize(
    ("backward", "start", "bound", "direction"),
    [(False, "1a", {"lt": "7f"}, "asc"), (True, "7f", {"gt": "1a"}, "desc")],
)
def test_a_listing_between_two_keys_starts_behind_one_and_ends_in_front_of_the_other(
    backward: bool, start: str, bound: dict[str, str], direction: str
) -> None:
    assert listing({"match_all": {}}, "ID", size=2, after="1a", before="7f", backward=backward) == {
        "query": {"bool": {"filter": [{"match_all": {}}, {"range": {"sorts.ID": bound}}]}},
        "sort": [{"sorts.ID": direction}],
        "size": 2,
        "search_after": [start],
        "track_total_hits": False,
        "_source": True,
    }


def test_a_count_finds_no_hits() -> None:
    assert counting(OPEN) == {"query": OPEN, "size": 0, "track_total_hits": True}


def test_documents_are_named_by_the_keys_of_their_ids() -> None:
    assert keys_query(["6a", "6b"]) == {"terms": {"sorts.ID": ["6a", "6b"]}}
