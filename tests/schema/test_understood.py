"""Queries that say conditions, over HTTP."""

from typing import Any

import pytest

from tests.support.asking import Asking

TALENT = """
query ($query: String, $filter: TalentFilter, $understand: Boolean! = true) {
  searchTalent(query: $query, filter: $filter, understand: $understand, first: 50) {
    totalCount
    nodes { id hourlyRate { amount } badge }
    appliedFilters { label }
    ignored { path reason }
    understood {
      text filter
      phrases { text range { start end } label isApplied reason }
      names { text concepts { id } }
    }
  }
}
"""


async def talent(gateway: Asking, query: str | None, **variables: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await gateway.data(TALENT, query=query, **variables))["searchTalent"]
    return found


async def test_what_a_phrase_asks_for_holds_for_every_hit(gateway: Asking) -> None:
    found = await talent(gateway, "developer under $60/h, top rated")
    assert found["nodes"]
    assert all(float(one["hourlyRate"]["amount"]) < 60 for one in found["nodes"])
    assert {one["badge"] for one in found["nodes"]} <= {"TOP_RATED", "TOP_RATED_PLUS"}
    assert found["understood"]["text"] == "developer"
    assert sorted(one["label"] for one in found["appliedFilters"]) == [
        "Badge: Top rated or Top rated plus",
        "Currency: USD",
        "Hourly rate: below 60",
    ]


@pytest.mark.parametrize(
    ("query", "label", "meant"),
    [
        (
            "logo, 4 hours overlap with New York",
            "Time zone: overlapping at least 4 hours with America/New_York",
            {"timezone": {"overlap": {"with": "America/New_York", "hours": 4}}},
        ),
        (
            "logo within 3 hours of Berlin",
            "Time zone: at most 3 hours from Europe/Berlin",
            {"timezone": {"within": {"of": "Europe/Berlin", "hours": 3}}},
        ),
        ("logo in Berlin", "Time zone: Europe/Berlin", {"timezone": {"anyOf": ["Europe/Berlin"]}}),
        ("logo, not in Berlin", "Time zone: not Europe/Berlin", {"timezone": {"noneOf": ["Europe/Berlin"]}}),
        (
            "logo in Spain or Portugal",
            "Country: Spain or Portugal",
            {"country": {"anyOf": ["ES", "PT"]}},
        ),
        (
            "logo full time or part time",
            "Availability: Full time or Part time",
            {"availability": {"anyOf": ["FULL_TIME", "PART_TIME"]}},
        ),
        ("logo, senior or above", "Experience level: at least expert", {"experienceLevel": {"atLeast": "EXPERT"}}),
        (
            "logo fluent German",
            "Languages: German at least fluent",
            {"languages": [{"code": "de", "atLeast": "FLUENT"}]},
        ),
        (
            "logo, native English and fluent German",
            "Languages: English at least native and German at least fluent",
            {"languages": [{"code": "en", "atLeast": "NATIVE"}, {"code": "de", "atLeast": "FLUENT"}]},
        ),
    ],
)
async def test_zones_levels_and_languages_are_told_as_they_were_said(
    gateway: Asking, query: str, label: str, meant: dict[str, Any]
) -> None:
    found = await talent(gateway, query)
    [phrase] = found["understood"]["phrases"]
    assert (phrase["label"], phrase["isApplied"]) == (label, True)
    assert found["appliedFilters"] == [{"label": label}]
    assert (found["understood"]["text"], found["understood"]["filter"]) == ("logo", meant)
    plain = await talent(gateway, "logo", filter=meant, understand=False)
    assert (plain["totalCount"], plain["nodes"]) == (found["totalCount"], found["nodes"])
    everybody = await talent(gateway, "logo")
    assert plain["totalCount"] < everybody["totalCount"]


async def test_languages_in_two_phrases_are_all_needed(gateway: Asking) -> None:
    found = await talent(gateway, "German-speaking logo designer, fluent in English")
    assert found["understood"]["text"] == "logo designer"
    assert [one["isApplied"] for one in found["understood"]["phrases"]] == [True, True]
    assert found["understood"]["filter"] == {"languages": [{"code": "de"}, {"code": "en", "atLeast": "FLUENT"}]}
    given = {"languages": [{"code": "fr"}]}
    found = await talent(gateway, "German-speaking logo designer, fluent in English", filter=given)
    assert [one["isApplied"] for one in found["understood"]["phrases"]] == [False, False]
    assert found["understood"]["filter"] == given


async def test_a_job_needs_all_of_the_languages(gateway: Asking) -> None:
    document = """query ($query: String, $filter: JobFilter) {
      searchJobs(query: $query, filter: $filter, first: 50) {
        totalCount nodes { languages } understood { filter }
      }
    }"""
    needed = {"languages": {"anyOf": ["en"]}, "all": [{"languages": {"anyOf": ["de"]}}]}
    found = (await gateway.data(document, query="fluent in English and German"))["searchJobs"]
    assert found["understood"]["filter"] == needed
    assert all({"en", "de"} <= set(one["languages"]) for one in found["nodes"])
    assert found["totalCount"] == (await gateway.data(document, filter=needed))["searchJobs"]["totalCount"]


async def test_the_same_can_be_asked_without_understanding(gateway: Asking) -> None:
    understood = await talent(gateway, "developer under $60/h, top rated")
    meant = understood["understood"]
    plain = await talent(gateway, meant["text"], filter=meant["filter"], understand=False)
    assert (plain["totalCount"], plain["nodes"]) == (understood["totalCount"], understood["nodes"])
    assert plain["understood"] is None


async def test_without_understanding_the_words_are_searched_for(gateway: Asking) -> None:
    found = await talent(gateway, "developer, top rated", understand=False)
    assert (found["appliedFilters"], found["understood"]) == ([], None)
    assert not {one["badge"] for one in found["nodes"]} <= {"TOP_RATED", "TOP_RATED_PLUS"}


async def test_a_filter_goes_before_the_query(gateway: Asking) -> None:
    found = await talent(gateway, "\U0001f600 top rated", filter={"badge": {"anyOf": ["RISING_TALENT"]}})
    assert {one["badge"] for one in found["nodes"]} <= {"RISING_TALENT"}
    [phrase] = found["understood"]["phrases"]
    assert phrase == {
        "text": "top rated",
        "range": {"start": 3, "end": 12},
        "label": "Badge: Top rated or Top rated plus",
        "isApplied": False,
        "reason": "the filter has a condition of its own on `badge`",
    }


async def test_a_phrase_that_contradicts_the_filter_is_not_applied_and_says_so(gateway: Asking) -> None:
    document = """{
      searchJobs(query: "fixed price logo", filter: { hourlyRate: { gte: "10" } }, first: 1) {
        understood { phrases { isApplied reason } }
      }
    }"""
    [phrase] = (await gateway.data(document))["searchJobs"]["understood"]["phrases"]
    assert phrase == {"isApplied": False, "reason": "it contradicts the rest of the filter"}


async def test_a_query_of_conditions_alone_lists_what_meets_them(gateway: Asking) -> None:
    found = await talent(gateway, "top rated plus")
    assert found["understood"]["text"] == ""
    assert {one["badge"] for one in found["nodes"]} == {"TOP_RATED_PLUS"}
    assert found["totalCount"] == (await talent(gateway, None, filter=found["understood"]["filter"]))["totalCount"]
    assert "BLANK_QUERY" not in [one["reason"] for one in found["ignored"]]


async def test_names_lead_to_their_skills_and_occupations(gateway: Asking) -> None:
    found = await talent(gateway, "js, top rated")
    [name] = found["understood"]["names"]
    [concept] = name["concepts"]
    assert name["text"] == "js"
    document = "query ($id: ID!) { skill(id: $id) { name } }"
    assert await gateway.data(document, id=concept["id"]) == {"skill": {"name": "JavaScript"}}


async def test_without_a_query_nothing_is_understood(gateway: Asking) -> None:
    assert (await talent(gateway, None))["understood"] is None


async def test_a_query_that_is_too_long_is_refused_and_not_taken_apart(gateway: Asking) -> None:
    error = await gateway.error(TALENT, query="in Berlin " * 101)
    assert error["extensions"]["code"] == "INVALID_REQUEST"


@pytest.mark.parametrize("mode", ["LEXICAL", "HYBRID", "SEMANTIC"])
async def test_pages_go_on_behind_a_cursor(gateway: Asking, mode: str) -> None:
    document = """query ($after: String, $mode: RetrievalMode!) {
      searchJobs(query: "developer, full time", mode: $mode, first: 2, after: $after) {
        edges { cursor node { id } }
      }
    }"""
    first = (await gateway.data(document, mode=mode))["searchJobs"]["edges"]
    assert len(first) == 2
    second = (await gateway.data(document, mode=mode, after=first[-1]["cursor"]))["searchJobs"]["edges"]
    assert len({edge["node"]["id"] for edge in first + second}) == len(first) + len(second)


async def test_a_market_says_what_was_understood_too(gateway: Asking) -> None:
    document = """{
      jobMarket(query: "developer, full time") { jobCount understood { text filter } }
      talentMarket(query: "top rated", understand: false) { understood { text } }
    }"""
    found = await gateway.data(document)
    assert found["jobMarket"]["understood"] == {
        "text": "developer",
        "filter": {"workload": {"anyOf": ["FULL_TIME"]}},
    }
    assert found["talentMarket"]["understood"] is None
