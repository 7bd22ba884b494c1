"""Filters keep exactly what they say, computed here a second time from the feed's records."""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from resolvers.catalog.client import ClientRecord
from resolvers.catalog.values import (
    Availability,
    ExperienceLevel,
    JobDuration,
    LanguageLevel,
    TalentBadge,
    Workload,
)
from schema.filters import ClientFilter
from tests.support.asking import Asking
from tests.support.demo import Demo, Record

Filter = dict[str, Any]
Keeps = Callable[[Record], Any]
PAGE = """
query ($filter: %(input)s, $after: String) {
  %(field)s(filter: $filter, first: 100, after: $after) {
    totalCount nodes { id } pageInfo { hasNextPage endCursor }
  }
}
"""
LEVELS = list(LanguageLevel)


async def found(gateway: Asking, field: str, given: Filter | None) -> list[str]:
    """The ids of everything that a filter keeps."""
    page = PAGE % {"field": field, "input": {"searchJobs": "JobFilter", "searchTalent": "TalentFilter"}[field]}
    ids: list[str] = []
    after = None
    while True:
        answer = (await gateway.data(page, filter=given, after=after))[field]
        ids += [node["id"] for node in answer["nodes"]]
        if not answer["pageInfo"]["hasNextPage"]:
            assert answer["totalCount"] == len(ids)
            return sorted(ids)
        after = answer["pageInfo"]["endCursor"]


def kept(records: dict[str, Record], keeps: Keeps) -> list[str]:
    ids = sorted(id_ for id_, record in records.items() if keeps(record))
    # A filter that keeps all or nothing would not tell a right answer from a wrong one.
    assert 0 < len(ids) < len(records)
    return ids


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def lowest(job: Record) -> float | None:
    return job["hourlyRate"] and job["hourlyRate"]["min"]


def highest(job: Record) -> float | None:
    return job["hourlyRate"] and job["hourlyRate"]["max"]


def amount(job: Record) -> float | None:
    return job["budget"] and job["budget"]["amount"]


SUMMER = datetime(2026, 9, 1, tzinfo=UTC)
HOURLY = {"contractType": {"anyOf": ["HOURLY"]}}
EXPERT = {"experienceLevel": {"anyOf": ["EXPERT"]}}


def is_expert(record: Record) -> bool:
    return bool(record["experienceLevel"] == "EXPERT")


NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
ORDER: dict[str, type[StrEnum]] = {
    "experienceLevel": ExperienceLevel,
    "duration": JobDuration,
    "workload": Workload,
    "badge": TalentBadge,
    "availability": Availability,
}


def ranked(field: str, lowest: str | None = None, highest: str | None = None) -> Keeps:
    """Whether a fact is not below the one value nor above the other, by the order of their enum."""
    order = [value.value for value in ORDER[field]]
    low, high = order.index(lowest or order[0]), order.index(highest or order[-1])
    return lambda record: low <= order.index(record[field]) <= high


def ahead(zone: str) -> float:
    """How many hours a zone's clocks are ahead of UTC on 1 July 2026."""
    return (NOON.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()) / timedelta(hours=1)


def near(zone: str, hours: float) -> Keeps:
    def keeps(record: Record) -> bool:
        apart = abs(ahead(record["timezone"]) - ahead(zone))
        return min(apart, 24 - apart) <= hours

    return keeps


def overlapping(zone: str, hours: float, ours: tuple[int, int] = (9, 17), theirs: tuple[int, int] = (9, 17)) -> Keeps:
    """Whether quarters of an hour in which both work are as many."""

    def at_work(where: str, span: tuple[int, int]) -> set[int]:
        quarters = range(span[0] * 4, (span[1] if span[0] < span[1] else span[1] + 24) * 4)
        return {(quarter - round(ahead(where) * 4)) % 96 for quarter in quarters}

    return lambda record: len(at_work(zone, ours) & at_work(record["timezone"], theirs)) >= hours * 4


def within(zone: str, hours: float) -> Filter:
    return {"timezone": {"within": {"of": zone, "hours": hours, "on": "2026-07-01"}}}


def overlap(zone: str, hours: float, **workdays: Any) -> Filter:
    return {"timezone": {"overlap": {"with": zone, "hours": hours, "on": "2026-07-01", **workdays}}}


JOB_FILTERS: list[tuple[Filter, Keeps]] = [
    ({"experienceLevel": {"atLeast": "INTERMEDIATE"}}, ranked("experienceLevel", "INTERMEDIATE")),
    ({"experienceLevel": {"atMost": "INTERMEDIATE"}}, ranked("experienceLevel", None, "INTERMEDIATE")),
    (
        {"experienceLevel": {"atLeast": "INTERMEDIATE", "noneOf": ["INTERMEDIATE"]}},
        is_expert,
    ),
    (
        {"experienceLevel": {"atLeast": "INTERMEDIATE", "anyOf": ["ENTRY_LEVEL", "EXPERT"]}},
        is_expert,
    ),
    ({"duration": {"atLeast": "MONTH", "atMost": "SEMESTER"}}, ranked("duration", "MONTH", "SEMESTER")),
    ({"workload": {"atLeast": "PART_TIME"}}, ranked("workload", "PART_TIME")),
    ({"languages": {"onlyOf": ["en"]}}, lambda job: set(job["languages"]) <= {"en"}),
    (
        {"languages": {"anyOf": ["it", "ko"], "noneOf": ["ko"], "onlyOf": ["it", "es", "ko"]}},
        lambda job: job["languages"] == ["it"],
    ),
    (within("Europe/Berlin", 1), near("Europe/Berlin", 1)),
    (overlap("America/New_York", 4), overlapping("America/New_York", 4)),
    (HOURLY, lambda job: job["contractType"] == "HOURLY"),
    ({"contractType": {"noneOf": ["HOURLY"]}}, lambda job: job["contractType"] == "FIXED_PRICE"),
    (EXPERT, is_expert),
    (
        {"experienceLevel": {"anyOf": ["EXPERT", "ENTRY_LEVEL"], "noneOf": ["EXPERT"]}},
        lambda job: job["experienceLevel"] == "ENTRY_LEVEL",
    ),
    ({"hourlyRate": {"gte": "40"}}, lambda job: lowest(job) is not None and highest(job) >= 40),
    ({"hourlyRate": {"lte": "40"}}, lambda job: lowest(job) is not None and lowest(job) <= 40),
    (
        {"hourlyRate": {"gt": "30", "lt": "45"}},
        lambda job: lowest(job) is not None and highest(job) > 30 and lowest(job) < 45,
    ),
    ({"hourlyRate": {"exists": True}}, lambda job: job["hourlyRate"]),
    ({"hourlyRate": {"exists": False}}, lambda job: not job["hourlyRate"]),
    ({"budget": {"gte": "500", "lt": "3150"}}, lambda job: job["budget"] and 500 <= amount(job) < 3150),
    ({"budget": {"exists": False}}, lambda job: job["budget"] is None),
    ({"budget": {"exists": True, "lte": "1450"}}, lambda job: job["budget"] and amount(job) <= 1450),
    ({"duration": {"anyOf": ["WEEK", "ONGOING"]}}, lambda job: job["duration"] in {"WEEK", "ONGOING"}),
    ({"workload": {"noneOf": ["FULL_TIME"]}}, lambda job: job["workload"] != "FULL_TIME"),
    ({"status": {"anyOf": ["OPEN"]}}, lambda job: job["status"] == "OPEN"),
    ({"publishedAt": {"gte": "2026-09-01T00:00:00Z"}}, lambda job: moment(job["publishedAt"]) >= SUMMER),
    ({"publishedAt": {"lt": "2026-09-01T02:00:00+02:00"}}, lambda job: moment(job["publishedAt"]) < SUMMER),
    (
        {"publishedAt": {"gt": "2026-10-21T04:47:00Z"}},
        lambda job: moment(job["publishedAt"]) > moment("2026-10-21T04:47:00Z"),
    ),
    (
        {"publishedAt": {"gte": "2026-10-21T04:47:00Z", "lte": "2026-10-21T04:47:00Z"}},
        lambda job: job["publishedAt"] == "2026-10-21T04:47:00Z",
    ),
    ({"proposalCount": {"gt": 5, "lte": 15}}, lambda job: 5 < job["proposalCount"] <= 15),
    ({"freelancersToHire": {"gte": 2}}, lambda job: job["freelancersToHire"] >= 2),
    ({"languages": {"anyOf": ["de", "fr", "es"]}}, lambda job: {"de", "fr", "es"} & set(job["languages"])),
    (
        {"preferredCountries": {"anyOf": ["US", "DE", "GB"]}},
        lambda job: {"US", "DE", "GB"} & set(job["preferredCountries"]),
    ),
    ({"locationMandatory": True}, lambda job: job["locationMandatory"]),
    ({"locationMandatory": False}, lambda job: not job["locationMandatory"]),
    (
        {"timezone": {"noneOf": ["Australia/Sydney", "Europe/Dublin"]}},
        lambda job: job["timezone"] not in {"Australia/Sydney", "Europe/Dublin"},
    ),
    (
        {"occupationId": {"anyOf": ["occ_wordpress-developer", "occ_tax-adviser"]}},
        lambda job: job["occupationId"] in {"occ_wordpress-developer", "occ_tax-adviser"},
    ),
    ({"clientId": {"anyOf": ["client_000018"]}}, lambda job: job["clientId"] == "client_000018"),
    ({"clientId": {"noneOf": ["client_000018"]}}, lambda job: job["clientId"] != "client_000018"),
    (
        {"skillIds": {"anyOf": ["skill_css", "skill_vat"]}},
        lambda job: {"skill_css", "skill_vat"} & set(job["skillIds"]),
    ),
    (
        {"skillIds": {"allOf": ["skill_css", "skill_wordpress"]}},
        lambda job: {"skill_css", "skill_wordpress"} <= set(job["skillIds"]),
    ),
    ({"skillIds": {"noneOf": ["skill_css"]}}, lambda job: "skill_css" not in job["skillIds"]),
    (
        {"skillIds": {"anyOf": ["skill_css", "skill_vat"], "noneOf": ["skill_wordpress"]}},
        lambda job: {"skill_css", "skill_vat"} & set(job["skillIds"]) and "skill_wordpress" not in job["skillIds"],
    ),
    ({"all": [HOURLY, EXPERT]}, lambda job: job["contractType"] == "HOURLY" and is_expert(job)),
    ({"any": [HOURLY, EXPERT]}, lambda job: job["contractType"] == "HOURLY" or is_expert(job)),
    ({"not": EXPERT}, lambda job: not is_expert(job)),
    ({"not": {**HOURLY, **EXPERT}}, lambda job: not (job["contractType"] == "HOURLY" and is_expert(job))),
    ({"not": {"not": EXPERT}}, is_expert),
    ({"not": {"any": [HOURLY, EXPERT]}}, lambda job: job["contractType"] != "HOURLY" and not is_expert(job)),
    (
        {**EXPERT, "any": [{"status": {"anyOf": ["CLOSED"]}}, {"all": [HOURLY, {"not": {"locationMandatory": True}}]}]},
        lambda job: (
            is_expert(job)
            and (job["status"] == "CLOSED" or (job["contractType"] == "HOURLY" and not job["locationMandatory"]))
        ),
    ),
]

CLIENT_FILTERS: list[tuple[Filter, Keeps]] = [
    ({"reviewCount": {"gt": 0, "lte": 5}}, lambda client: 0 < client["reviewCount"] <= 5),
    ({"totalJobsPosted": {"gte": 25}}, lambda client: client["totalJobsPosted"] >= 25),
    ({"memberSince": {"lt": "2024-01-05T00:00:00Z"}}, lambda client: client["memberSince"] < "2024-01-05T00:00:00Z"),
    (
        {"timezone": {"anyOf": ["America/Chicago", "Europe/Rome"], "noneOf": ["Europe/Rome"]}},
        lambda client: client["timezone"] == "America/Chicago",
    ),
    (within("America/Chicago", 1.5), near("America/Chicago", 1.5)),
    ({"rating": {"gte": 4.5}}, lambda client: client["rating"] is not None and client["rating"] >= 4.5),
    ({"rating": {"exists": False}}, lambda client: client["rating"] is None),
    ({"totalSpent": {"gt": "1000", "lte": "100000"}}, lambda client: 1000 < client["totalSpent"] <= 100_000),
    ({"totalHires": {"gte": 3}}, lambda client: client["totalHires"] >= 3),
    ({"paymentVerified": True}, lambda client: client["paymentVerified"]),
    ({"paymentVerified": False}, lambda client: not client["paymentVerified"]),
    ({"country": {"noneOf": ["ZA", "US"]}}, lambda client: client["country"] not in {"ZA", "US"}),
    (
        {"paymentVerified": True, "totalHires": {"gte": 3}},
        lambda client: client["paymentVerified"] and client["totalHires"] >= 3,
    ),
]


def speaks(code: str, at_least: str = "BASIC") -> Keeps:
    enough = LEVELS[LEVELS.index(LanguageLevel(at_least)) :]
    return lambda talent: any(one["code"] == code and one["level"] in enough for one in talent["languages"])


TALENT_FILTERS: list[tuple[Filter, Keeps]] = [
    ({"languages": [{"code": "de"}]}, speaks("de")),
    ({"languages": [{"code": "en", "atLeast": "NATIVE"}]}, speaks("en", "NATIVE")),
    ({"languages": [{"code": "en", "atLeast": "FLUENT"}]}, speaks("en", "FLUENT")),
    (
        {"languages": [{"code": "es", "atLeast": "CONVERSATIONAL"}, {"code": "en", "atLeast": None}]},
        lambda one: speaks("es", "CONVERSATIONAL")(one) and speaks("en")(one),
    ),
    ({"hourlyRate": {"gte": "56.79"}}, lambda one: one["hourlyRate"]["amount"] >= 56.79),
    ({"hourlyRate": {"lt": "56.79"}}, lambda one: one["hourlyRate"]["amount"] < 56.79),
    (EXPERT, is_expert),
    ({"badge": {"atLeast": "TOP_RATED"}}, ranked("badge", "TOP_RATED")),
    ({"availability": {"atLeast": "PART_TIME"}}, ranked("availability", "PART_TIME")),
    (within("Asia/Kolkata", 0), near("Asia/Kolkata", 0)),
    (within("Asia/Kolkata", 3.5), near("Asia/Kolkata", 3.5)),
    (within("Pacific/Honolulu", 4), near("Pacific/Honolulu", 4)),
    (
        {"timezone": within("Europe/Berlin", 6)["timezone"] | overlap("Asia/Singapore", 3)["timezone"]},
        lambda one: near("Europe/Berlin", 6)(one) and overlapping("Asia/Singapore", 3)(one),
    ),
    (
        {"timezone": within("Europe/Berlin", 1)["timezone"] | {"noneOf": ["Europe/London", "Europe/Berlin"]}},
        lambda one: near("Europe/Berlin", 1)(one) and one["timezone"] not in {"Europe/London", "Europe/Berlin"},
    ),
    (
        {"timezone": within("Europe/Berlin", 1)["timezone"] | {"anyOf": ["Europe/London", "America/New_York"]}},
        lambda one: one["timezone"] == "Europe/London",
    ),
    (
        overlap(
            "America/Los_Angeles",
            5,
            workday={"start": "07:00", "end": "15:00"},
            theirWorkday={"start": "22:00:00", "end": "06:00"},
        ),
        overlapping("America/Los_Angeles", 5, (7, 15), (22, 6)),
    ),
    ({"not": within("Europe/Berlin", 2)}, lambda one: not near("Europe/Berlin", 2)(one)),
    ({"jobSuccessScore": {"gte": 90}}, lambda one: one["jobSuccessScore"] is not None and one["jobSuccessScore"] >= 90),
    ({"jobSuccessScore": {"exists": False}}, lambda one: one["jobSuccessScore"] is None),
    (
        {"not": {"jobSuccessScore": {"gte": 90}}},
        lambda one: one["jobSuccessScore"] is None or one["jobSuccessScore"] < 90,
    ),
    ({"badge": {"noneOf": ["NONE"]}}, lambda one: one["badge"] != "NONE"),
    ({"totalEarnings": {"gt": "0"}}, lambda one: one["totalEarnings"] > 0),
    ({"totalHours": {"lte": 100}}, lambda one: one["totalHours"] <= 100),
    ({"totalJobs": {"gte": 10}}, lambda one: one["totalJobs"] >= 10),
    ({"rating": {"lt": 4.8}}, lambda one: one["rating"] is not None and one["rating"] < 4.8),
    ({"reviewCount": {"gte": 1}}, lambda one: one["reviewCount"] >= 1),
    ({"availability": {"anyOf": ["FULL_TIME"]}}, lambda one: one["availability"] == "FULL_TIME"),
    ({"hoursPerWeek": {"gte": 30}}, lambda one: one["hoursPerWeek"] >= 30),
    ({"country": {"anyOf": ["SG", "DE", "IN"]}}, lambda one: one["country"] in {"SG", "DE", "IN"}),
    ({"timezone": {"anyOf": ["Asia/Singapore"]}}, lambda one: one["timezone"] == "Asia/Singapore"),
    ({"responseTimeHours": {"lt": 8}}, lambda one: one["responseTimeHours"] < 8),
    (
        {"lastActiveAt": {"gte": "2026-10-27T13:21:00Z"}},
        lambda one: moment(one["lastActiveAt"]) >= moment("2026-10-27T13:21:00Z"),
    ),
    (
        {"memberSince": {"lt": "2025-01-01T00:00:00Z"}},
        lambda one: moment(one["memberSince"]) < datetime(2025, 1, 1, tzinfo=UTC),
    ),
    (
        {"occupationId": {"anyOf": ["occ_mobile-app-developer"]}},
        lambda one: one["occupationId"] == "occ_mobile-app-developer",
    ),
    (
        {"skillIds": {"allOf": ["skill_flutter", "skill_dart"]}},
        lambda one: {"skill_flutter", "skill_dart"} <= set(one["skillIds"]),
    ),
    ({"any": [EXPERT, {"badge": {"anyOf": ["TOP_RATED"]}}]}, lambda one: is_expert(one) or one["badge"] == "TOP_RATED"),
]


def shown(value: object) -> str:
    return str(value) if isinstance(value, dict) else ""


@pytest.mark.parametrize(("given", "keeps"), JOB_FILTERS, ids=shown)
async def test_a_filter_keeps_exactly_its_jobs(gateway: Asking, demo: Demo, given: Filter, keeps: Keeps) -> None:
    assert await found(gateway, "searchJobs", given) == kept(demo.job, keeps)


@pytest.mark.parametrize(("given", "keeps"), CLIENT_FILTERS, ids=shown)
async def test_a_filter_by_the_client_keeps_exactly_its_jobs(
    gateway: Asking, demo: Demo, given: Filter, keeps: Keeps
) -> None:
    expected = kept(demo.job, lambda job: keeps(demo.client[job["clientId"]]))
    assert await found(gateway, "searchJobs", {"client": given}) == expected


def test_jobs_can_be_restricted_by_every_fact_of_their_client_but_its_id_and_name() -> None:
    facts = {one.name for one in fields(ClientFilter)}
    assert facts == set(ClientRecord.__struct_fields__) - {"id", "name"}


@pytest.mark.parametrize(("given", "keeps"), TALENT_FILTERS, ids=shown)
async def test_a_filter_keeps_exactly_its_talent(gateway: Asking, demo: Demo, given: Filter, keeps: Keeps) -> None:
    assert await found(gateway, "searchTalent", given) == kept(demo.talent, keeps)


@pytest.mark.parametrize("field", ["searchJobs", "searchTalent"])
async def test_filters_that_something_passes_together_are_not_said_to_exclude_each_other(
    gateway: Asking, demo: Demo, field: str
) -> None:
    filters, records = (JOB_FILTERS, demo.job) if field == "searchJobs" else (TALENT_FILTERS, demo.talent)
    kind = {"searchJobs": "Job", "searchTalent": "Talent"}[field]
    page = f"query ($them: [{kind}Filter!]!) {{ {field}(filter: {{ all: $them }}) {{ totalCount }} }}"
    pairs = list(combinations(filters, 2))
    counts = [sum(bool(one[1](record) and other[1](record)) for record in records.values()) for one, other in pairs]
    passed = [(pair, count) for pair, count in zip(pairs, counts, strict=True) if count]
    assert len(passed) > 200
    for (one, other), count in passed[:: len(passed) // 200]:
        assert await gateway.data(page, them=[one[0], other[0]]) == {field: {"totalCount": count}}


EVERYTHING: list[Filter | None] = [
    None,
    {},
    {"contractType": None, "hourlyRate": None, "all": None, "any": None, "not": None, "client": None},
    {"contractType": {}},
    {"contractType": {"anyOf": None, "noneOf": []}},
    {"skillIds": {"allOf": [], "noneOf": []}},
    {"hourlyRate": {"gte": None}},
    {"publishedAt": {"exists": None}},
    {"client": {}},
    {"all": []},
    {"all": [{}, {}]},
    {"any": [{}]},
    {"currency": {"anyOf": ["USD"]}},
    {"experienceLevel": {"atLeast": "ENTRY_LEVEL", "atMost": "EXPERT"}},
    {"timezone": {"within": None, "overlap": None}},
    {"languages": {}},
]
NOTHING: list[Filter] = [
    {"contractType": {"anyOf": []}},
    {"skillIds": {"anyOf": []}},
    {"not": {}},
    {"any": []},
    {"any": [{"not": {}}]},
    {"client": {"country": {"anyOf": []}}},
    {"currency": {"noneOf": ["USD"]}},
    {"preferredCountries": {"anyOf": []}},
    {"experienceLevel": {"anyOf": [], "atLeast": "EXPERT"}},
    {"timezone": {"anyOf": []} | within("Europe/Berlin", 3)["timezone"]},
]


@pytest.mark.parametrize("given", EVERYTHING, ids=str)
async def test_what_restricts_nothing_keeps_every_job(gateway: Asking, demo: Demo, given: Filter | None) -> None:
    assert await found(gateway, "searchJobs", given) == sorted(demo.job)


@pytest.mark.parametrize("given", NOTHING, ids=str)
async def test_what_matches_nothing_keeps_no_job(gateway: Asking, given: Filter) -> None:
    assert await found(gateway, "searchJobs", given) == []


async def test_no_language_asked_for_keeps_all_talent(gateway: Asking, demo: Demo) -> None:
    assert await found(gateway, "searchTalent", {"languages": []}) == sorted(demo.talent)


async def test_a_filter_holds_with_a_text_in_every_mode(gateway: Asking, demo: Demo) -> None:
    query = """query ($mode: RetrievalMode!) {
      searchJobs(query: "website", mode: $mode, filter: { contractType: { anyOf: [HOURLY] } }, first: 100) {
        nodes { id }
      }
    }"""
    for mode in ("LEXICAL", "SEMANTIC", "HYBRID"):
        nodes = (await gateway.data(query, mode=mode))["searchJobs"]["nodes"]
        assert nodes
        assert {demo.job[node["id"]]["contractType"] for node in nodes} == {"HOURLY"}
