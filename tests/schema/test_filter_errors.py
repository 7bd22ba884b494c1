"""Filters that cannot be meant are errors that name the input and say what to do."""

from typing import Any

import pytest

from tests.support.asking import Asking

JOBS = "query ($filter: JobFilter) { searchJobs(filter: $filter) { totalCount } }"
TALENT = "query ($filter: TalentFilter) { searchTalent(filter: $filter) { totalCount } }"
NAIVE = "give the time with its offset from UTC, such as a final Z"
Case = tuple[dict[str, Any], list[str | int], str]

CASES: list[Case] = [
    (
        {"skillIds": {"anyOf": ["skill_css", "skill_nowhere"]}},
        ["skillIds", "anyOf", 1],
        "there is no skill 'skill_nowhere'; leave the id out",
    ),
    (
        {"skillIds": {"allOf": ["skill_nowhere"]}},
        ["skillIds", "allOf", 0],
        "there is no skill 'skill_nowhere'; leave the id out",
    ),
    (
        {"clientId": {"noneOf": ["client_0"]}},
        ["clientId", "noneOf", 0],
        "there is no client 'client_0'; leave the id out",
    ),
    (
        {"occupationId": {"anyOf": ["skill_css"]}},
        ["occupationId", "anyOf", 0],
        "'skill_css' is no occupation id; such an id begins with 'occ_'",
    ),
    (
        {"skillIds": {"noneOf": ["skill_"]}},
        ["skillIds", "noneOf", 0],
        "'skill_' is no skill id; such an id begins with 'skill_'",
    ),
    (
        {"any": [{}, {"not": {"skillIds": {"anyOf": ["skill_nowhere"]}}}]},
        ["any", 1, "not", "skillIds", "anyOf", 0],
        "there is no skill 'skill_nowhere'; leave the id out",
    ),
    (
        {"skillIds": {"allOf": ["skill_css"], "noneOf": ["skill_css"]}},
        ["skillIds", "noneOf"],
        "`noneOf` excludes an id that `allOf` asks for",
    ),
    (
        {"skillIds": {"anyOf": ["skill_css"], "noneOf": ["skill_css"]}},
        ["skillIds", "noneOf"],
        "`noneOf` excludes everything that `anyOf` asks for",
    ),
    (
        {"experienceLevel": {"anyOf": ["EXPERT"], "noneOf": ["EXPERT", "ENTRY_LEVEL"]}},
        ["experienceLevel", "noneOf"],
        "`noneOf` excludes everything that `anyOf` asks for",
    ),
    (
        {"client": {"country": {"anyOf": ["DE"], "noneOf": ["DE"]}}},
        ["client", "country", "noneOf"],
        "`noneOf` excludes everything that `anyOf` asks for",
    ),
    (
        {"hourlyRate": {"gte": "50", "lte": "40"}},
        ["hourlyRate"],
        "the range is empty: nothing is above 50 and below 40",
    ),
    ({"budget": {"gt": "50", "lt": "50"}}, ["budget"], "the range is empty: nothing is above 50 and below 50"),
    ({"proposalCount": {"gte": 5, "lt": 5}}, ["proposalCount"], "the range is empty: nothing is above 5 and below 5"),
    (
        {"client": {"rating": {"gte": 4.5, "lte": 4.0}}},
        ["client", "rating"],
        "the range is empty: nothing is above 4.5 and below 4.0",
    ),
    (
        {"client": {"totalSpent": {"gt": "1", "gte": "1"}}},
        ["client", "totalSpent", "gt"],
        "`gt` and `gte` exclude each other",
    ),
    ({"freelancersToHire": {"lt": 3, "lte": 2}}, ["freelancersToHire", "lt"], "`lt` and `lte` exclude each other"),
    (
        {"budget": {"exists": False, "gte": "1"}},
        ["budget"],
        "a missing value lies in no range; leave out `exists: false` or the bounds",
    ),
    ({"budget": {"gte": "NaN", "lte": "5"}}, ["budget", "gte"], "NaN is no number to compare with"),
    ({"hourlyRate": {"lt": "Infinity"}}, ["hourlyRate", "lt"], "Infinity is no number to compare with"),
    ({"publishedAt": {"gte": "2026-09-01T00:00:00"}}, ["publishedAt", "gte"], NAIVE),
    ({"publishedAt": {"gte": "2026-09-01T00:00:00Z", "lt": "2026-10-01T00:00:00"}}, ["publishedAt", "lt"], NAIVE),
    (
        {"publishedAt": {"gte": "2026-10-01T00:00:00Z", "lt": "2026-09-01T00:00:00Z"}},
        ["publishedAt"],
        "the range is empty: nothing is above 2026-10-01 00:00:00+00:00 and below 2026-09-01 00:00:00+00:00",
    ),
    (
        {"contractType": {"anyOf": ["FIXED_PRICE"]}, "hourlyRate": {"gte": "1"}},
        ["hourlyRate"],
        "FIXED_PRICE jobs have no hourly rate; filter by `budget`",
    ),
    (
        {"all": [{"contractType": {"anyOf": ["HOURLY"]}, "budget": {"exists": True}}]},
        ["all", 0, "budget"],
        "HOURLY jobs have no budget; filter by `hourlyRate`",
    ),
]


@pytest.mark.parametrize(("given", "path", "message"), CASES, ids=lambda part: str(part)[:60])
async def test_a_filter_that_cannot_be_meant_is_refused_with_the_way_to_the_input(
    gateway: Asking, given: dict[str, Any], path: list[str | int], message: str
) -> None:
    error = await gateway.error(JOBS, filter=given)
    assert error["message"] == message
    assert error["extensions"] == {"code": "INVALID_FILTER", "inputPath": ["filter", *path]}
    assert error["path"] == ["searchJobs"]


async def test_a_filter_of_talent_names_its_inputs_too(gateway: Asking) -> None:
    error = await gateway.error(TALENT, filter={"not": {"lastActiveAt": {"lt": "2026-09-01"}}})
    assert error["message"] == NAIVE
    assert error["extensions"] == {"code": "INVALID_FILTER", "inputPath": ["filter", "not", "lastActiveAt", "lt"]}


@pytest.mark.parametrize(
    "given",
    [
        {"contractType": {"anyOf": ["FIXED_PRICE"]}, "hourlyRate": {}},
        {"contractType": {"anyOf": ["FIXED_PRICE"]}, "hourlyRate": {"exists": False}},
        {"contractType": {"anyOf": ["HOURLY"]}, "budget": {"exists": False}},
        {"contractType": {"anyOf": ["HOURLY", "FIXED_PRICE"]}, "budget": {"gte": "1"}},
    ],
    ids=str,
)
async def test_money_of_the_other_contract_type_may_be_asked_to_be_missing(
    gateway: Asking, given: dict[str, Any]
) -> None:
    assert (await gateway.data(JOBS, filter=given))["searchJobs"]["totalCount"] > 0


async def test_an_input_that_does_not_exist_is_an_error_of_graphql(gateway: Asking) -> None:
    error = await gateway.error(JOBS, filter={"hourlyRates": {"gte": "1"}})
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert "Did you mean 'hourlyRate'?" in error["message"]
