"""What misspelled queries are taken for, as a client is told."""

import pytest

from resolvers.sources.base import SearchRequest
from tests.support.asking import Asking
from tests.support.demo import Calls

ASKED = """
query ($query: String!) {
  searchJobs(query: $query, mode: LEXICAL, first: 2) {
    didYouMean totalCount
    edges { node { title } highlights(fields: [TITLE]) { fragments { text matches { start end } } } }
    meta { searchedInstead unmatchedWords }
  }
}
"""


async def test_a_query_that_finds_nothing_is_answered_for_what_was_meant(gateway: Asking) -> None:
    found = (await gateway.data(ASKED, query="desinger"))["searchJobs"]
    assert found["didYouMean"] == found["meta"]["searchedInstead"] == "designer"
    assert found["meta"]["unmatchedWords"] == ["desinger"]
    meant = (await gateway.data(ASKED, query="designer"))["searchJobs"]
    assert (found["edges"], found["totalCount"]) == (meant["edges"], meant["totalCount"])
    assert meant["meta"] == {"searchedInstead": None, "unmatchedWords": []}
    assert meant["didYouMean"] is None


@pytest.mark.parametrize(
    ("query", "instead"),
    [
        ("desinger, xyzzy", "designer"),
        ("not in xyzzy, desinger", "designer"),
        ("not in desinger, xyzzy", "not in designer"),
        ("desinger for the xyzzy; qqqq", "designer"),
        ("(xyzzy) desinger / qqqq / illustrater", "designer / illustrator"),
        ("xyzzy and desinger, qqqq, illustrater", "designer, illustrator"),
    ],
)
async def test_a_word_that_is_dropped_leaves_nothing_behind(gateway: Asking, query: str, instead: str) -> None:
    found = (await gateway.data(ASKED, query=query))["searchJobs"]
    assert found["meta"]["searchedInstead"] == instead


async def test_a_query_that_finds_something_is_answered_as_it_is(gateway: Asking) -> None:
    found = (await gateway.data(ASKED, query="desinger Figma"))["searchJobs"]
    assert found["didYouMean"] == "designer Figma"
    assert found["meta"] == {"searchedInstead": None, "unmatchedWords": ["desinger"]}
    assert found["totalCount"] == (await gateway.data(ASKED, query="Figma"))["searchJobs"]["totalCount"]


async def test_of_a_query_that_finds_nothing_common_words_alone_are_not_searched_instead(gateway: Asking) -> None:
    found = (await gateway.data(ASKED, query="xyzzy in the"))["searchJobs"]
    assert found["meta"] == {"searchedInstead": None, "unmatchedWords": ["xyzzy"]}
    assert found["totalCount"] == 0


async def test_the_name_of_a_place_is_not_taken_for_a_typo(gateway: Asking) -> None:
    assert (await gateway.data(ASKED, query="romaniam"))["searchJobs"]["didYouMean"] == "romanian"
    assert (await gateway.data(ASKED, query="not Romania"))["searchJobs"]["didYouMean"] is None


async def test_a_usual_word_beside_a_number_is_not_taken_for_a_typo(gateway: Asking) -> None:
    assert (await gateway.data(ASKED, query="more"))["searchJobs"]["didYouMean"] == "move"
    for query in ("900 more", "more: 900"):
        found = (await gateway.data(ASKED, query=query))["searchJobs"]
        assert (found["didYouMean"], found["meta"]["searchedInstead"]) == (None, None)


async def test_a_query_that_finds_something_costs_nothing_more_unless_it_is_asked_for(
    gateway: Asking, calls: Calls
) -> None:
    await gateway.data('{ searchJobs(query: "designer", first: 2) { totalCount nodes { title } meta { mode } } }')
    assert ([len(batch) for batch in calls.searches], calls.suggests) == ([1], [])


async def test_the_words_of_all_searches_are_looked_at_together(gateway: Asking, calls: Calls) -> None:
    document = """{
      jobs: searchJobs(query: "desinger", mode: LEXICAL) { didYouMean }
      talent: searchTalent(query: "desinger logo", mode: LEXICAL) { didYouMean }
    }"""
    data = await gateway.data(document)
    assert data == {"jobs": {"didYouMean": "designer"}, "talent": {"didYouMean": "designer logo"}}
    assert [len(batch) for batch in calls.suggests] == [4]
    # The words, what they were meant to be, and the corrected texts beside those as they are.
    assert len(calls.searches) == 3
    assert all(isinstance(one, SearchRequest) and one.limit == 0 for batch in calls.searches for one in batch)


@pytest.mark.parametrize("mode", ["LEXICAL", "HYBRID"])
async def test_facets_and_the_market_are_of_the_text_that_was_searched_instead(gateway: Asking, mode: str) -> None:
    document = """query ($query: String!, $mode: RetrievalMode!) {
      searchJobs(query: $query, mode: $mode, first: 1) {
        totalCount
        facets(fields: [CONTRACT_TYPE]) { values { count } }
        meta { searchedInstead }
      }
      jobMarket(query: $query, mode: $mode) { jobCount }
    }"""
    wrong, right = [
        await gateway.data(document, query=query, mode=mode) for query in ("xyzzy ilustrator", "illustrator")
    ]
    assert wrong["searchJobs"].pop("meta") == {"searchedInstead": "illustrator"}
    assert right["searchJobs"].pop("meta") == {"searchedInstead": None}
    assert wrong == right
    total = right["searchJobs"]["totalCount"]
    assert total == right["jobMarket"]["jobCount"] > 0
    assert sum(one["count"] for one in right["searchJobs"]["facets"][0]["values"]) == total
