"""Filters that cannot be meant are errors that name the input and say what to do."""

from typing import Any

import pytest

from tests.support.asking import Asking

JOBS = "query ($filter: JobFilter) { searchJobs(filter: $filter) { totalCount } }"
TALENT = "query ($filter: TalentFilter) { searchTalent(filter: $filter) { totalCount } }"
NAIVE = "give the time with its offset from UTC, such as a final Z"
NEVER = "in UTC this time lies outside of the years 1 to 9999; leave it out"
ALONE = "nothing can match this:"
BESIDE = "nothing can match this beside"
HAS_RATE = ", since only HOURLY jobs have an hourly rate; leave one out"
HAS_BUDGET = ", since only FIXED_PRICE jobs have a budget; leave one out"
Case = tuple[dict[str, Any], list[str | int], str]


def near(hours: float, **others: str) -> dict[str, Any]:
    return {"timezone": {"within": {"of": "Europe/Berlin", "hours": hours} | others}}


def overlap(hours: float, **others: Any) -> dict[str, Any]:
    return {"timezone": {"overlap": {"with": "America/New_York", "hours": hours} | others}}


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
    ({"publishedAt": {"gte": "0001-01-01T00:00:00+12:00"}}, ["publishedAt", "gte"], NEVER),
    ({"client": {"memberSince": {"lt": "9999-12-31T23:59:59-12:00"}}}, ["client", "memberSince", "lt"], NEVER),
    (
        {"publishedAt": {"gte": "2026-10-01T00:00:00Z", "lt": "2026-09-01T00:00:00Z"}},
        ["publishedAt"],
        "the range is empty: nothing is above 2026-10-01 00:00:00+00:00 and below 2026-09-01 00:00:00+00:00",
    ),
    ({"proposalCount": {"gt": 4, "lt": 5}}, ["proposalCount"], "the range is empty: nothing is above 4 and below 5"),
    ({"client": {"rating": {"gt": 5}}}, ["client", "rating"], f"{ALONE} its values begin at 1 and end at 5"),
    ({"client": {"rating": {"lt": 1}}}, ["client", "rating"], f"{ALONE} its values begin at 1 and end at 5"),
    ({"budget": {"lt": "0"}}, ["budget"], f"{ALONE} its values begin at 0"),
    ({"hourlyRate": {"lte": "-1"}}, ["hourlyRate"], f"{ALONE} its values begin at 0"),
    ({"client": {"totalSpent": {"lt": "0"}}}, ["client", "totalSpent"], f"{ALONE} its values begin at 0"),
    ({"status": {"noneOf": ["OPEN", "CLOSED"]}}, ["status"], f"{ALONE} there is only CLOSED, OPEN"),
    ({"not": {"status": {"anyOf": ["OPEN", "CLOSED"]}}}, ["not", "status"], f"{ALONE} there is only CLOSED, OPEN"),
    (
        {"contractType": {"anyOf": ["FIXED_PRICE"]}, "hourlyRate": {"gte": "1"}},
        ["hourlyRate"],
        f"{BESIDE} `contractType`{HAS_RATE}",
    ),
    (
        {"contractType": {"noneOf": ["FIXED_PRICE"]}, "budget": {"gte": "1"}},
        ["budget"],
        f"{BESIDE} `contractType`{HAS_BUDGET}",
    ),
    (
        {"all": [{"contractType": {"anyOf": ["HOURLY"]}, "budget": {"exists": True}}]},
        ["all", 0, "budget"],
        f"{BESIDE} `all.0.contractType`{HAS_BUDGET}",
    ),
    (
        {"contractType": {"anyOf": ["HOURLY"]}, "all": [{"budget": {"gte": "1"}}]},
        ["contractType"],
        f"{BESIDE} `all.0.budget`{HAS_BUDGET}",
    ),
    (
        {"contractType": {"anyOf": ["HOURLY"]}, "any": [{"all": [{"budget": {"gte": "1"}}]}]},
        ["contractType"],
        f"{BESIDE} `any.0.all.0.budget`{HAS_BUDGET}",
    ),
    (
        {"not": {"contractType": {"anyOf": ["FIXED_PRICE"]}}, "budget": {"lte": "1"}},
        ["budget"],
        f"{BESIDE} `not.contractType`{HAS_BUDGET}",
    ),
    (
        {"budget": {"gte": "1"}, "hourlyRate": {"gte": "1"}},
        ["budget"],
        f"{BESIDE} `hourlyRate`, since only FIXED_PRICE jobs have a budget and{HAS_RATE.removeprefix(', since')}",
    ),
    (
        {"all": [{"contractType": {"anyOf": ["HOURLY"]}}, {"contractType": {"anyOf": ["FIXED_PRICE"]}}]},
        ["all", 1, "contractType"],
        f"{BESIDE} `all.0.contractType`; leave one out",
    ),
    (
        {"all": [{"duration": {"noneOf": ["WEEK"]}}, {"status": {}}, {"duration": {"anyOf": ["WEEK"]}}]},
        ["all", 2, "duration"],
        f"{BESIDE} `all.0.duration`; leave one out",
    ),
    (
        {
            "all": [{"workload": {"noneOf": [one]}} for one in ("AS_NEEDED", "PART_TIME")],
            "workload": {"noneOf": ["FULL_TIME"]},
        },
        ["workload"],
        f"{BESIDE} `all.1.workload` and `all.0.workload`; leave one out",
    ),
    (
        {
            "all": [{"duration": {"noneOf": [one]}} for one in ("WEEK", "MONTH", "QUARTER", "SEMESTER")],
            "duration": {"anyOf": ["WEEK", "MONTH", "QUARTER", "SEMESTER"]},
        },
        ["duration"],
        f"{BESIDE} `all.3.duration` and `all.2.duration` and others; leave one out",
    ),
    (
        {"all": [{"budget": {"gt": "5"}}, {"budget": {"lte": "5"}}]},
        ["all", 1, "budget"],
        f"{BESIDE} `all.0.budget`; leave one out",
    ),
    (
        {"all": [{"proposalCount": {"gt": 4}}, {"proposalCount": {"lt": 5}}]},
        ["all", 1, "proposalCount"],
        f"{BESIDE} `all.0.proposalCount`; leave one out",
    ),
    (
        {"all": [{"budget": {"exists": False}}, {"budget": {"lte": "5"}}]},
        ["all", 1, "budget"],
        f"{BESIDE} `all.0.budget`; leave one out",
    ),
    (
        {"all": [{"hourlyRate": {"exists": False}}, {"hourlyRate": {"lte": "5"}}]},
        ["all", 1, "hourlyRate"],
        f"{BESIDE} `all.0.hourlyRate`; leave one out",
    ),
    (
        {"all": [{"publishedAt": {"lt": "2026-09-01T00:00:00Z"}}], "publishedAt": {"gte": "2026-09-01T02:00:00+02:00"}},
        ["publishedAt"],
        f"{BESIDE} `all.0.publishedAt`; leave one out",
    ),
    (
        {"locationMandatory": True, "not": {"locationMandatory": True}},
        ["locationMandatory"],
        f"{BESIDE} `not.locationMandatory`; leave one out",
    ),
    (
        {"all": [{"occupationId": {"anyOf": [one]}} for one in ("occ_tax-adviser", "occ_wordpress-developer")]},
        ["all", 1, "occupationId"],
        f"{BESIDE} `all.0.occupationId`; leave one out",
    ),
    (
        {"all": [{"skillIds": {"allOf": ["skill_css", "skill_vat"]}}, {"skillIds": {"noneOf": ["skill_vat"]}}]},
        ["all", 1, "skillIds"],
        f"{BESIDE} `all.0.skillIds`; leave one out",
    ),
    (
        {"any": [{}, {"all": [{"client": {"country": {"anyOf": [one]}}} for one in ("DE", "US")]}]},
        ["any", 1, "all", 1, "client", "country"],
        f"{BESIDE} `any.1.all.0.client.country`; leave one out",
    ),
    (
        {"experienceLevel": {"atLeast": "EXPERT", "atMost": "INTERMEDIATE"}},
        ["experienceLevel"],
        "nothing is at least EXPERT and at most INTERMEDIATE",
    ),
    (
        {"duration": {"atLeast": "QUARTER", "anyOf": ["WEEK", "MONTH"]}},
        ["duration", "anyOf"],
        "`anyOf` has no value within the bounds",
    ),
    (
        {"workload": {"atLeast": "FULL_TIME", "noneOf": ["FULL_TIME"]}},
        ["workload", "noneOf"],
        "`noneOf` excludes everything that is left",
    ),
    (
        {"experienceLevel": {"atLeast": "EXPERT"}, "not": {"experienceLevel": {"atLeast": "INTERMEDIATE"}}},
        ["experienceLevel"],
        f"{BESIDE} `not.experienceLevel`; leave one out",
    ),
    (
        {"languages": {"anyOf": ["de", "fr"], "noneOf": ["fr"], "onlyOf": ["en", "fr"]}},
        ["languages", "onlyOf"],
        "`onlyOf` leaves out everything that `anyOf` asks for",
    ),
    (
        {"all": [{"languages": {"onlyOf": ["en"]}}, {"languages": {"anyOf": ["de"]}}]},
        ["all", 1, "languages"],
        f"{BESIDE} `all.0.languages`; leave one out",
    ),
    (near(12), ["timezone", "within", "hours"], "`hours` is 12, and may be 0 to below 12; no clocks differ by more"),
    (
        near(-0.5),
        ["timezone", "within", "hours"],
        "`hours` is -0.5, and may be 0 to below 12; no clocks differ by more",
    ),
    (
        {"any": [near(1), {"client": near(13)}]},
        ["any", 1, "client", "timezone", "within", "hours"],
        "`hours` is 13, and may be 0 to below 12; no clocks differ by more",
    ),
    (
        near(1, on="1969-12-31"),
        ["timezone", "within", "on"],
        "`on` is 1969-12-31, and may be 1970-01-01 to 2099-12-31",
    ),
    (overlap(0), ["timezone", "overlap", "hours"], "`hours` is 0, and has to be above 0, up to 24"),
    (overlap(24.5), ["timezone", "overlap", "hours"], "`hours` is 24.5, and has to be above 0, up to 24"),
    (
        overlap(8.5),
        ["timezone", "overlap", "hours"],
        "in no time zone a working day overlaps by 8.5 hours; the most is 8",
    ),
    (
        overlap(1, workday={"start": "09:00", "end": "09:00"}),
        ["timezone", "overlap", "workday"],
        "a working day that ends when it begins has no hours; change one of them",
    ),
    (
        overlap(1, theirWorkday={"start": "09:00+02:00", "end": "17:00"}),
        ["timezone", "overlap", "theirWorkday", "start"],
        "working hours are told by the clock of their place; leave the offset from UTC out",
    ),
    (
        overlap(1, on="2100-01-01"),
        ["timezone", "overlap", "on"],
        "`on` is 2100-01-01, and may be 1970-01-01 to 2099-12-31",
    ),
    (
        {"timezone": near(1)["timezone"] | {"anyOf": ["America/New_York", "Asia/Tokyo"]}},
        ["timezone", "anyOf"],
        "no zone of `anyOf` is as near as `within`, or overlaps for as long as `overlap`, asks for",
    ),
    (
        {"timezone": near(0, of="Asia/Kathmandu")["timezone"] | {"noneOf": ["Asia/Kathmandu", "Asia/Katmandu"]}},
        ["timezone", "noneOf"],
        "`noneOf` excludes everything that is left",
    ),
    (
        {"timezone": near(0)["timezone"] | overlap(6, **{"with": "Asia/Tokyo"})["timezone"]},
        ["timezone"],
        "no time zone is so near and overlaps for so long; leave `within` or `overlap` out",
    ),
    (
        {"all": [near(1), near(1, of="Asia/Tokyo")]},
        ["all", 1, "timezone"],
        f"{BESIDE} `all.0.timezone`; leave one out",
    ),
    (
        {"timezone": {"anyOf": ["Europe/Paris"]}, "not": near(3)},
        ["timezone"],
        f"{BESIDE} `not.timezone`; leave one out",
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


async def test_languages_at_levels_that_exclude_each_other_are_refused(gateway: Asking) -> None:
    spoken = [{"code": "en"}, {"code": "de", "atLeast": "FLUENT"}]
    for excluded in ({"code": "de"}, {"code": "de", "atLeast": "BASIC"}, {"code": "de", "atLeast": "FLUENT"}):
        error = await gateway.error(TALENT, filter={"languages": spoken, "not": {"languages": [excluded]}})
        assert error["message"] == f"{BESIDE} `not.languages`; leave one out"
        assert error["extensions"] == {"code": "INVALID_FILTER", "inputPath": ["filter", "languages"]}
    at_most_fluent = {"languages": spoken, "not": {"languages": [{"code": "de", "atLeast": "NATIVE"}]}}
    assert (await gateway.data(TALENT, filter=at_most_fluent))["searchTalent"]["totalCount"] >= 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"within": {"of": "Berlin", "hours": 1}}, "'Berlin' is not an IANA time zone name, such as Europe/Berlin"),
        ({"within": {"of": "", "hours": 1}}, "'' is not an IANA time zone name, such as Europe/Berlin"),
        ({"within": {"of": "Europe/Berlin", "hours": 1, "on": "tomorrow"}}, "Value cannot represent a Date"),
        ({"within": {"hours": 1}}, "to include required field 'of'"),
        (
            {"overlap": {"with": "Europe/Berlin", "hours": 1, "workday": {"start": "nine", "end": "17:00"}}},
            "Value cannot represent a Time",
        ),
    ],
    ids=str,
)
async def test_what_is_no_zone_no_day_and_no_time_is_refused_by_its_type(
    gateway: Asking, given: dict[str, Any], message: str
) -> None:
    assert message in (await gateway.error(TALENT, filter={"timezone": given}))["message"]


@pytest.mark.parametrize("given", [{"gt": 100}, {"gte": 101}, {"lt": 0}], ids=str)
async def test_a_share_of_talent_is_bounded_too(gateway: Asking, given: dict[str, int]) -> None:
    error = await gateway.error(TALENT, filter={"jobSuccessScore": given})
    assert error["message"] == f"{ALONE} its values begin at 0 and end at 100"
    assert error["extensions"] == {"code": "INVALID_FILTER", "inputPath": ["filter", "jobSuccessScore"]}


@pytest.mark.parametrize("field", ["occupationId", "clientId"])
async def test_one_reference_cannot_be_asked_to_be_several(gateway: Asking, field: str) -> None:
    error = await gateway.error(JOBS, filter={field: {"allOf": ["occ_tax-adviser", "occ_wordpress-developer"]}})
    assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert "'ReferenceFilter' not to include unknown field 'allOf'" in error["message"]


async def test_many_conditions_that_exclude_each_other_are_refused_as_well(gateway: Asking) -> None:
    ids = [f"client_{number}" for number in range(2_000)]
    given = {"clientId": {"anyOf": ids}, "all": [{"clientId": {"noneOf": [id_]}} for id_ in ids]}
    error = await gateway.error(JOBS, filter=given)
    assert error["message"] == f"{BESIDE} `all.1999.clientId` and `all.1998.clientId` and others; leave one out"


@pytest.mark.parametrize(
    "given",
    [
        {"any": [{"budget": {"gte": "1"}}, {"hourlyRate": {"gte": "1"}}], "contractType": {"anyOf": ["HOURLY"]}},
        {"all": [{"hourlyRate": {"gte": "40"}}, {"hourlyRate": {"lte": "39"}}]},
        {"all": [{"skillIds": {"anyOf": ["skill_css"]}}, {"skillIds": {"anyOf": ["skill_wordpress"]}}]},
        {"not": {"contractType": {"anyOf": ["HOURLY"]}, "budget": {"exists": False}}},
        {"proposalCount": {"gt": 4, "lt": 6}},
        {"client": {"rating": {"gte": 5}}},
        {"budget": {"gte": "-1"}},
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
