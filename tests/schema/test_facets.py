"""Facets: their counts are those of searches, and each value has the filter that such a search takes."""

from typing import Any

import pytest

from schema.facets.jobs import JobFacetField
from schema.facets.talent import TalentFacetField
from tests.support.asking import Asking
from tests.support.demo import Calls, Demo

Filter = dict[str, Any]
FACETS = """
query ($filter: %(input)s, $fields: [%(enum)s!], $query: String, $mode: RetrievalMode! = HYBRID, $limit: Int! = 100) {
  found: %(field)s(filter: $filter, query: $query, mode: $mode) {
    totalCount
    facets(fields: $fields, limit: $limit) {
      field label distinctCount
      values {
        __typename label count selected filter
        ... on ChoiceFacetValue { value }
        ... on FlagFacetValue { flag }
        ... on SkillFacetValue { id skill { id name } }
        ... on OccupationFacetValue { id occupation { id name } }
        ... on RangeFacetValue { gt gte lt lte }
        ... on TimeRangeFacetValue { after since before until }
      }
    }
  }
}
"""
JOBS = {"input": "JobFilter", "enum": "JobFacetField", "field": "searchJobs"}
TALENT = {"input": "TalentFilter", "enum": "TalentFacetField", "field": "searchTalent"}
COUNT = """
query ($filter: %(input)s, $query: String, $mode: RetrievalMode! = HYBRID) {
  found: %(field)s(filter: $filter, query: $query, mode: $mode) { totalCount }
}
"""
KINDS = [(JOBS, JobFacetField), (TALENT, TalentFacetField)]


async def facets(gateway: Asking, kind: dict[str, str] = JOBS, **asked: Any) -> dict[str, Any]:
    """The facets by their fields."""
    found = (await gateway.data(FACETS % kind, **asked))["found"]
    return {facet["field"]: facet for facet in found["facets"]}


async def total(gateway: Asking, kind: dict[str, str], **asked: Any) -> int:
    count: int = (await gateway.data(COUNT % kind, **asked))["found"]["totalCount"]
    return count


def chosen(facet: dict[str, Any]) -> list[Any]:
    return [value for value in facet["values"] if value["selected"]]


def counts(facet: dict[str, Any], by: str = "label") -> dict[str, int]:
    return {value[by]: value["count"] for value in facet["values"]}


@pytest.mark.parametrize(("kind", "fields"), KINDS, ids=["jobs", "talent"])
@pytest.mark.parametrize("about", [{}, {"query": "designer", "mode": "LEXICAL"}], ids=["all", "words"])
async def test_choosing_a_value_gives_as_many_items_as_it_counts(
    gateway: Asking, kind: dict[str, str], fields: Any, about: Filter
) -> None:
    found = await facets(gateway, kind, **about)
    assert list(found) == [field.name for field in fields]
    for facet in found.values():
        assert facet["values"], facet["field"]
        assert chosen(facet) == []
        assert facet["distinctCount"] >= len({value["label"] for value in facet["values"]}) > 0
        for value in facet["values"][:8]:
            assert value["count"] == await total(gateway, kind, filter=value["filter"], **about), value


@pytest.mark.parametrize("mode", ["SEMANTIC", "HYBRID"])
async def test_counts_agree_with_the_hits_where_a_text_is_matched_by_meaning(gateway: Asking, mode: str) -> None:
    """The demo has fewer jobs than a text is near to, so that a filter changes none of the nearest."""
    asked = {"query": "speed up a web shop", "mode": mode}
    whole = await total(gateway, JOBS, **asked)
    found = await facets(gateway, JOBS, **asked)
    assert sum(counts(found["CONTRACT_TYPE"]).values()) == sum(counts(found["WORKLOAD"]).values()) == whole
    for value in found["EXPERIENCE_LEVEL"]["values"]:
        assert value["count"] == await total(gateway, JOBS, filter=value["filter"], **asked)


async def test_counts_are_those_of_the_feeds_records(gateway: Asking, demo: Demo) -> None:
    found = await facets(gateway)
    jobs = demo.job.values()
    levels = {level: sum(job["experienceLevel"] == level for job in jobs) for level in ("EXPERT", "INTERMEDIATE")}
    shown = counts(found["EXPERIENCE_LEVEL"], "value")
    assert {level: shown[level] for level in levels} == levels
    skills = {skill for job in jobs for skill in job["skillIds"]}
    assert found["SKILLS"]["distinctCount"] == len(skills)
    verified = sum(demo.client[job["clientId"]]["paymentVerified"] for job in jobs)
    assert counts(found["CLIENT_PAYMENT_VERIFIED"], "flag") == {True: verified, False: len(jobs) - verified}
    cheap = sum(1 for job in jobs if job["budget"] and float(job["budget"]["amount"]) < 500)
    low = [value for value in found["BUDGET"]["values"] if value["lt"] in {"100", "500"}]
    assert sum(value["count"] for value in low) == cheap > 0


async def test_a_facet_leaves_its_own_condition_out_and_the_others_in(gateway: Asking) -> None:
    free = await facets(gateway)
    hourly = {"contractType": {"anyOf": ["HOURLY"]}}
    found = await facets(gateway, filter=hourly)
    assert counts(found["CONTRACT_TYPE"]) == counts(free["CONTRACT_TYPE"])
    assert sum(counts(found["WORKLOAD"]).values()) == counts(free["CONTRACT_TYPE"])["Hourly"]
    [value] = chosen(found["CONTRACT_TYPE"])
    assert (value["label"], value["filter"]) == ("Hourly", {})
    [other] = [value for value in found["CONTRACT_TYPE"]["values"] if not value["selected"]]
    assert other["filter"] == {"contractType": {"anyOf": ["HOURLY", "FIXED_PRICE"]}}


async def test_conditions_under_all_are_a_facets_own_too(gateway: Asking) -> None:
    free = await facets(gateway)
    found = await facets(gateway, filter={"all": [{"contractType": {"anyOf": ["HOURLY"]}}, {"workload": {}}]})
    assert counts(found["CONTRACT_TYPE"]) == counts(free["CONTRACT_TYPE"])
    hourly, fixed = found["CONTRACT_TYPE"]["values"]
    assert hourly["selected"]
    assert hourly["filter"] == {}
    assert fixed["filter"] == {"all": [{"contractType": {"anyOf": ["HOURLY", "FIXED_PRICE"]}}]}


async def test_the_filter_of_a_value_has_nothing_in_it_that_is_ignored(gateway: Asking) -> None:
    given = {
        "contractType": {"anyOf": ["HOURLY"]},
        "duration": {},
        "skillIds": {"allOf": []},
        "workload": {"anyOf": []},
        "all": [{"contractType": {"noneOf": ["FIXED_PRICE"]}, "client": {"rating": {}}}, {"any": [{}]}],
    }
    document = """query ($filter: JobFilter) {
      searchJobs(filter: $filter, first: 0) { ignored { path } facets(fields: [CONTRACT_TYPE]) { values { filter } } }
    }"""
    for asked in (given, {"all": [{"contractType": {"anyOf": ["HOURLY"]}}]}):
        found = (await gateway.data(document, filter=asked))["searchJobs"]["facets"][0]["values"]
        for value in found:
            assert (await gateway.data(document, filter=value["filter"]))["searchJobs"]["ignored"] == []


async def test_conditions_under_any_and_not_stay(gateway: Asking) -> None:
    given = {"any": [{"contractType": {"anyOf": ["HOURLY"]}}, {"workload": {"anyOf": ["FULL_TIME"]}}]}
    found = await facets(gateway, filter=given, fields=["CONTRACT_TYPE"])
    assert sum(counts(found["CONTRACT_TYPE"]).values()) == await total(gateway, JOBS, filter=given)
    assert chosen(found["CONTRACT_TYPE"]) == []


async def test_a_chosen_value_stays_at_zero(gateway: Asking, demo: Demo) -> None:
    used = {skill for job in demo.job.values() for skill in job["skillIds"]}
    unused = min(demo.skill.keys() - used)
    given = {"skillIds": {"anyOf": [unused]}, "client": {"country": {"anyOf": ["AQ"]}}}
    found = await facets(gateway, filter=given, limit=2)
    [skill], [country] = chosen(found["SKILLS"]), chosen(found["CLIENT_COUNTRY"])
    assert (skill["count"], skill["skill"]["id"], skill["label"]) == (0, unused, demo.skill[unused]["name"])
    assert skill["filter"] == {"client": {"country": {"anyOf": ["AQ"]}}}
    assert (country["count"], country["label"]) == (0, "Antarctica")
    assert country["filter"] == {"skillIds": {"anyOf": [unused]}}
    assert found["CONTRACT_TYPE"] == {
        "field": "CONTRACT_TYPE",
        "label": "Contract type",
        "distinctCount": 0,
        "values": [],
    }


async def test_skills_that_are_all_needed_narrow_and_stay_in_the_counts(gateway: Asking) -> None:
    first = (await facets(gateway, fields=["SKILLS"], limit=1))["SKILLS"]["values"][0]
    found = (await facets(gateway, fields=["SKILLS"], filter={"skillIds": {"allOf": [first["id"]]}}, limit=5))["SKILLS"]
    assert [value["id"] for value in chosen(found)] == [first["id"]]
    assert chosen(found)[0]["filter"] == {}
    for value in found["values"][1:]:
        assert value["filter"] == {"skillIds": {"allOf": [first["id"], value["id"]]}}
        assert value["count"] == await total(gateway, JOBS, filter=value["filter"])


async def test_a_value_that_is_excluded_is_allowed_by_choosing_it(gateway: Asking) -> None:
    given = {"workload": {"noneOf": ["FULL_TIME", "PART_TIME"]}}
    found = (await facets(gateway, filter=given, fields=["WORKLOAD"]))["WORKLOAD"]
    [value] = [value for value in found["values"] if value["value"] == "FULL_TIME"]
    assert value["filter"] == {"workload": {"anyOf": ["FULL_TIME"], "noneOf": ["PART_TIME"]}}
    assert value["count"] == await total(gateway, JOBS, filter=value["filter"])


async def test_of_ranges_one_is_chosen_and_one_of_the_clients_own_is_shown_too(gateway: Asking) -> None:
    ours = {"budget": {"gte": "100", "lt": "500"}}
    found = (await facets(gateway, filter=ours, fields=["BUDGET"]))["BUDGET"]
    [value] = chosen(found)
    assert (value["gte"], value["lt"], value["gt"], value["lte"]) == ("100", "500", None, None)
    assert value["filter"] == {}
    assert found["values"][1]["filter"] == {"budget": {"gte": "500", "lt": "1000"}}
    own = {"budget": {"gt": "99.5", "lte": "700"}}
    found = (await facets(gateway, filter=own, fields=["BUDGET"]))["BUDGET"]
    [value] = chosen(found)
    assert value == found["values"][-1]
    assert (value["label"], value["gt"], value["lte"]) == ("Above 99.5 and at most 700", "99.5", "700")
    assert value["count"] == await total(gateway, JOBS, filter=own)


async def test_a_flag_is_chosen_instead_of_the_other(gateway: Asking) -> None:
    given = {"client": {"paymentVerified": True, "totalHires": {"gte": 0}}}
    found = (await facets(gateway, filter=given, fields=["CLIENT_PAYMENT_VERIFIED"]))["CLIENT_PAYMENT_VERIFIED"]
    yes, no = sorted(found["values"], key=lambda value: value["label"], reverse=True)
    assert (yes["label"], yes["selected"], yes["filter"]) == ("Yes", True, {"client": {"totalHires": {"gte": 0}}})
    assert (no["label"], no["selected"]) == ("No", False)
    assert no["filter"] == {"client": {"paymentVerified": False, "totalHires": {"gte": 0}}}
    assert no["count"] == await total(gateway, JOBS, filter=no["filter"])


async def test_beside_a_condition_that_chooses_one_that_excludes_lets_the_value_pass(gateway: Asking) -> None:
    given = {"workload": {"anyOf": ["PART_TIME"]}, "all": [{"workload": {"noneOf": ["FULL_TIME", "AS_NEEDED"]}}]}
    found = (await facets(gateway, filter=given, fields=["WORKLOAD"]))["WORKLOAD"]
    [value] = [value for value in found["values"] if value["value"] == "FULL_TIME"]
    assert value["filter"] == {
        "workload": {"anyOf": ["PART_TIME", "FULL_TIME"]},
        "all": [{"workload": {"noneOf": ["AS_NEEDED"]}}],
    }
    assert await total(gateway, JOBS, filter=value["filter"]) == value["count"] + chosen(found)[0]["count"]


async def test_a_value_that_excludes_the_rest_of_the_filter_is_not_shown(gateway: Asking) -> None:
    given = {"contractType": {"anyOf": ["HOURLY"]}, "hourlyRate": {"gte": "5"}, "budget": {"exists": False}}
    found = await facets(gateway, filter=given, fields=["CONTRACT_TYPE", "BUDGET"])
    [hourly] = found["CONTRACT_TYPE"]["values"]
    assert (hourly["value"], hourly["selected"]) == ("HOURLY", True)
    [unknown] = found["BUDGET"]["values"]
    assert (unknown["label"], unknown["selected"], unknown["count"]) == ("Not known", True, hourly["count"])


async def test_languages_are_all_needed_at_any_level(gateway: Asking, demo: Demo) -> None:
    given = {"languages": [{"code": "en", "atLeast": "FLUENT"}]}
    found = (await facets(gateway, TALENT, filter=given, fields=["LANGUAGES"], limit=4))["LANGUAGES"]
    whole = await total(gateway, TALENT, filter=given)
    assert found["values"][0] == {
        "__typename": "ChoiceFacetValue",
        "label": "English",
        "value": "en",
        "count": whole,
        "selected": True,
        "filter": {},
    }
    for value in found["values"][1:]:
        assert value["filter"] == {"languages": [*given["languages"], {"code": value["value"]}]}
        assert value["count"] == await total(gateway, TALENT, filter=value["filter"])
    fluent = [one for one in demo.talent.values() if {"code": "en", "level": "FLUENT"} in one["languages"]]
    assert whole >= len(fluent) > 0


async def test_values_within_bounds_are_chosen_one_by_one(gateway: Asking) -> None:
    given = {"experienceLevel": {"atLeast": "INTERMEDIATE"}}
    found = (await facets(gateway, filter=given, fields=["EXPERIENCE_LEVEL"]))["EXPERIENCE_LEVEL"]
    free = (await facets(gateway, fields=["EXPERIENCE_LEVEL"]))["EXPERIENCE_LEVEL"]
    assert counts(found) == counts(free)
    filters = {value["value"]: value["filter"] for value in found["values"]}
    assert {value["value"] for value in chosen(found)} == {"INTERMEDIATE", "EXPERT"}
    assert filters == {
        "INTERMEDIATE": {"experienceLevel": {"anyOf": ["EXPERT"]}},
        "EXPERT": {"experienceLevel": {"anyOf": ["INTERMEDIATE"]}},
        "ENTRY_LEVEL": {"experienceLevel": {"anyOf": ["INTERMEDIATE", "EXPERT", "ENTRY_LEVEL"]}},
    }
    excluding = {"experienceLevel": {"atLeast": "INTERMEDIATE", "noneOf": ["EXPERT"]}}
    found = (await facets(gateway, filter=excluding, fields=["EXPERIENCE_LEVEL"]))["EXPERIENCE_LEVEL"]
    assert [(value["value"], value["filter"]) for value in chosen(found)] == [("INTERMEDIATE", {})]
    beside = {"experienceLevel": {"anyOf": ["ENTRY_LEVEL"]}, "all": [{"experienceLevel": {"atMost": "INTERMEDIATE"}}]}
    found = (await facets(gateway, filter=beside, fields=["EXPERIENCE_LEVEL"]))["EXPERIENCE_LEVEL"]
    [value] = [value for value in found["values"] if value["value"] == "EXPERT"]
    assert value["filter"] == {
        "experienceLevel": {"anyOf": ["ENTRY_LEVEL", "EXPERT"]},
        "all": [{"experienceLevel": {"anyOf": ["ENTRY_LEVEL", "INTERMEDIATE", "EXPERT"]}}],
    }


async def test_the_only_languages_that_may_be_needed_stay_in_the_counts(gateway: Asking) -> None:
    given = {"languages": {"onlyOf": ["en", "it"]}}
    found = (await facets(gateway, filter=given, fields=["LANGUAGES"]))["LANGUAGES"]
    assert [(value["value"], value["selected"]) for value in found["values"]] == [("en", False), ("it", False)]
    for value in found["values"]:
        assert value["filter"] == {"languages": {"anyOf": [value["value"]], "onlyOf": ["en", "it"]}}
        assert value["count"] == await total(gateway, JOBS, filter=value["filter"])
    both = {"languages": {"anyOf": ["it"], "onlyOf": ["en", "it"]}}
    found = (await facets(gateway, filter=both, fields=["LANGUAGES"]))["LANGUAGES"]
    assert [value["filter"] for value in chosen(found)] == [given]


async def test_every_facet_is_one_call_of_the_engine_beside_the_page(gateway: Asking, calls: Calls) -> None:
    given = {"contractType": {"anyOf": ["HOURLY"]}, "workload": {"anyOf": ["FULL_TIME"]}}
    await facets(gateway, filter=given)
    assert [len(some) for some in calls.searches] == [1]
    [requests] = calls.aggregations
    # The whole filter, and the filter without each of the two conditions.
    assert len(requests) == 3
    # The names of skills and of occupations.
    assert len(calls.fetches) == 1


async def test_without_a_field_no_facet_is_counted(gateway: Asking, calls: Calls) -> None:
    assert await facets(gateway, fields=[]) == {}
    assert calls.aggregations == []


@pytest.mark.parametrize(("limit", "code"), [(-1, "INVALID_REQUEST"), (101, "PAGE_TOO_LARGE")])
async def test_a_facet_shows_a_hundred_values_at_most(gateway: Asking, limit: int, code: str) -> None:
    answer = await gateway.answer(FACETS % JOBS, limit=limit)
    assert answer["data"]["found"]["facets"] is None
    [error] = answer["errors"]
    assert error["extensions"]["code"] == code
    assert error["message"] == f"`limit` is {limit}, and a facet shows 0 to 100 values"


async def test_lists_of_an_entity_have_facets_whose_filters_suit_a_search(gateway: Asking, demo: Demo) -> None:
    client = next(iter(demo.job.values()))["clientId"]
    [value, *_] = (
        await gateway.data(
            "query ($id: ID!) { client(id: $id) {"
            " openJobs { facets(fields: [WORKLOAD]) { values { count filter } } } } }",
            id=client,
        )
    )["client"]["openJobs"]["facets"][0]["values"]
    assert value["filter"].keys() == {"clientId", "status", "workload"}
    assert value["count"] == await total(gateway, JOBS, filter=value["filter"])
