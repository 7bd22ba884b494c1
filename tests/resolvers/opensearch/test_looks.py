"""Looks at an index for names: their bodies, and what an answer says."""

import pytest

from resolvers.errors import SourceError
from resolvers.sources.opensearch.looks import completing, holders_body, ids_body, read_looks, titles_body

QUERY = {"match_all": {}}


def test_each_typed_word_is_the_beginning_of_a_word() -> None:
    assert completing(("py", "developer"), typos=False) == {
        "bool": {"filter": [{"term": {"typeahead": "py"}}, {"term": {"typeahead": "developer"}}]}
    }


def test_words_that_are_long_enough_may_have_typos_behind_their_first_letter() -> None:
    two = {"value": "developer", "fuzziness": 2, "prefix_length": 1, "rewrite": "constant_score"}
    assert completing(("py", "developer"), typos=True) == {
        "bool": {"filter": [{"term": {"typeahead": "py"}}, {"fuzzy": {"typeahead": two}}]}
    }


def test_a_word_is_looked_for_by_as_much_of_it_as_is_indexed() -> None:
    long = "internationalization"
    assert completing((long,), typos=False) == {"bool": {"filter": [{"term": {"typeahead": "internationaliz"}}]}}
    [fuzzy] = completing((long,), typos=True)["bool"]["filter"]
    assert fuzzy["fuzzy"]["typeahead"]["value"] == "international"


def test_titles_are_counted_and_shown_as_the_first_of_them_is_written() -> None:
    assert titles_body(QUERY, 7) == {
        "query": QUERY,
        "size": 0,
        "track_total_hits": False,
        "aggs": {
            "groups": {
                "terms": {"field": "title_key", "size": 7, "order": [{"_count": "desc"}, {"_key": "asc"}]},
                "aggs": {
                    "shown": {"top_hits": {"size": 1, "sort": [{"sorts.ID": "asc"}], "_source": ["record.title"]}}
                },
            }
        },
    }


def test_entities_are_looked_for_by_id_and_counted_by_who_has_them() -> None:
    by_id = [{"sorts.ID": "asc"}]
    assert ids_body(QUERY) == {
        "query": QUERY,
        "size": 5_000,
        "sort": by_id,
        "_source": False,
        "track_total_hits": False,
    }
    terms = {"field": "fields.skill_ids", "include": ["skill_a", "skill_b"], "size": 2}
    assert holders_body("skill_ids", ["skill_a", "skill_b"]) == {
        "size": 0,
        "track_total_hits": False,
        "aggs": {"groups": {"terms": terms}},
    }


def test_an_answer_that_is_none_is_an_error() -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        read_looks("[]")
