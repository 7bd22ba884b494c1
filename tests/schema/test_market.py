"""Insight into the market, computed here a second time from the feed's records."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

import pytest

from resolvers.search.market import MOST_INTERVALS, Period, filled
from resolvers.sources.aggregations import Interval
from tests.support.asking import Asking
from tests.support.demo import Calls, Demo

AMOUNTS = "{ count p10 { amount currency } p25 { amount } p50 { amount } p75 { amount } p90 { amount } }"
JOBS = """
query ($query: String, $filter: JobFilter, $mode: RetrievalMode! = LEXICAL, $limit: Int! = 5) {
  jobMarket(query: $query, filter: $filter, mode: $mode) {
    jobCount openJobCount
    lowestHourlyRate AMOUNTS highestHourlyRate AMOUNTS budget AMOUNTS
    euros: budget(currency: EUR) AMOUNTS
    days: postings(interval: DAY) { start end count }
    weeks: postings(interval: WEEK) { start end count }
    postings { start end count }
    topSkills(limit: $limit) { skill { id name } demand supply ratio }
  }
}
""".replace("AMOUNTS", AMOUNTS)
JOB_IDS = """
query ($query: String, $filter: JobFilter, $mode: RetrievalMode! = LEXICAL) {
  head: searchJobs(query: $query, filter: $filter, mode: $mode, first: 100) { totalCount nodes { id } }
  tail: searchJobs(query: $query, filter: $filter, mode: $mode, last: 100) { nodes { id } }
}
"""
TALENT = """
query ($filter: TalentFilter) {
  talentMarket(filter: $filter) {
    talentCount hourlyRate AMOUNTS topSkills(limit: 4) { skill { id } demand supply ratio }
  }
  searchTalent(filter: $filter, first: 100) { totalCount nodes { id } }
}
""".replace("AMOUNTS", AMOUNTS)
PERCENTS = (10, 25, 50, 75, 90)
Market = dict[str, Any]


def percentiles(amounts: Iterable[Any]) -> dict[str, float | None]:
    known = sorted(float(amount) for amount in amounts if amount is not None)
    ranks = {f"p{percent}": ceil(len(known) * percent / 100) for percent in PERCENTS}
    return {"count": len(known)} | {name: known[rank - 1] if known else None for name, rank in ranks.items()}


def shown(market: Market, name: str) -> dict[str, float | None]:
    amounts = dict(market[name])
    count = amounts.pop("count")
    return {"count": count} | {name: None if one is None else float(one["amount"]) for name, one in amounts.items()}


def of_skills(records: Iterable[Market]) -> Counter[str]:
    return Counter(skill for record in records for skill in record["skillIds"])


FILTERED = {"client": {"paymentVerified": True}, "contractType": {"anyOf": ["HOURLY", "FIXED_PRICE"]}}


@pytest.mark.parametrize(
    "about", [{"filter": FILTERED}, {"query": "design a logo"}, {"query": "design a logo", "mode": "HYBRID"}]
)
async def test_figures_of_jobs_are_those_of_the_hits(gateway: Asking, demo: Demo, about: Market) -> None:
    market = (await gateway.data(JOBS, **about))["jobMarket"]
    pages = await gateway.data(JOB_IDS, **about)
    jobs = [demo.job[id_] for id_ in {node["id"] for page in pages.values() for node in page["nodes"]}]
    assert market["jobCount"] == pages["head"]["totalCount"] == len(jobs) > 10
    opened = [job for job in jobs if job["status"] == "OPEN"]
    assert market["openJobCount"] == len(opened)
    rates = [job["hourlyRate"] for job in jobs if job["hourlyRate"]]
    assert shown(market, "lowestHourlyRate") == percentiles(rate["min"] for rate in rates)
    assert shown(market, "highestHourlyRate") == percentiles(rate["max"] for rate in rates)
    assert shown(market, "budget") == percentiles(job["budget"]["amount"] for job in jobs if job["budget"])
    assert market["budget"]["p10"]["currency"] == "USD"
    assert market["euros"] == dict.fromkeys(market["euros"], None) | {"count": 0}
    check_calendar(market, jobs)
    check_skills(market["topSkills"], of_skills(opened), of_skills(demo.talent.values()), by="demand")


def check_calendar(market: Market, jobs: list[Market]) -> None:
    days = Counter(datetime.fromisoformat(job["publishedAt"]).date() for job in jobs)
    for name in ("days", "weeks", "postings"):
        periods = [
            (date.fromisoformat(one["start"]), date.fromisoformat(one["end"]), one["count"]) for one in market[name]
        ]
        assert [start for start, _, _ in periods[1:]] == [end for _, end, _ in periods[:-1]]
        assert [count for _, _, count in periods] == [
            sum(count for day, count in days.items() if start <= day < end) for start, end, _ in periods
        ]
        assert sum(count for _, _, count in periods) == len(jobs)
    assert all(date.fromisoformat(one["start"]).weekday() == 0 for one in market["weeks"])
    assert all(date.fromisoformat(one["start"]).day == 1 for one in market["postings"])


def check_skills(found: list[Market], own: Counter[str], other: Counter[str], by: str) -> None:
    expected = sorted(own.items(), key=lambda item: (-item[1], item[0]))[: len(found)]
    assert [(one["skill"]["id"], one[by]) for one in found] == expected
    for one in found:
        assert one["supply" if by == "demand" else "demand"] == other[one["skill"]["id"]]
        assert one["ratio"] == (one["demand"] / one["supply"] if one["supply"] else None)


async def test_figures_of_talent_are_those_of_the_hits(gateway: Asking, demo: Demo) -> None:
    answer = await gateway.data(TALENT, filter={"jobSuccessScore": {"gte": 95}})
    market, ids = answer["talentMarket"], [node["id"] for node in answer["searchTalent"]["nodes"]]
    talent = [demo.talent[id_] for id_ in ids]
    assert market["talentCount"] == len(talent) > 10
    assert shown(market, "hourlyRate") == percentiles(one["hourlyRate"]["amount"] for one in talent)
    opened = of_skills(job for job in demo.job.values() if job["status"] == "OPEN")
    check_skills(market["topSkills"], of_skills(talent), opened, by="supply")


async def test_of_nothing_there_are_no_figures(gateway: Asking) -> None:
    market = (await gateway.data(JOBS, filter={"workload": {"anyOf": []}}))["jobMarket"]
    assert (market["jobCount"], market["openJobCount"]) == (0, 0)
    assert (market["days"], market["topSkills"], market["budget"]["p50"]) == ([], [], None)


async def test_the_whole_of_a_market_is_two_calls_of_the_engine(gateway: Asking, calls: Calls) -> None:
    await gateway.data(
        "{ jobMarket { jobCount openJobCount budget { count } postings { count } topSkills { ratio } } }"
    )
    assert [len(requests) for requests in calls.aggregations] == [1, 1]
    assert calls.searches == []


async def test_without_skills_the_other_side_is_not_asked_for(gateway: Asking, calls: Calls) -> None:
    answer = await gateway.data("{ jobMarket { topSkills(limit: 0) { ratio } } }")
    assert answer == {"jobMarket": {"topSkills": []}}
    assert len(calls.aggregations) == 1


@pytest.mark.parametrize(("limit", "code"), [(-1, "INVALID_REQUEST"), (51, "PAGE_TOO_LARGE")])
async def test_fifty_skills_are_the_most(gateway: Asking, limit: int, code: str) -> None:
    error = await gateway.error(JOBS, limit=limit)
    assert error["extensions"]["code"] == code
    assert error["message"] == f"`limit` is {limit}, and there are 0 to 50 skills to be had"


async def test_an_unknown_id_is_an_error_that_names_it(gateway: Asking) -> None:
    error = await gateway.error(JOBS, filter={"skillIds": {"anyOf": ["skill_nobody-knows"]}})
    assert error["extensions"]["code"] == "INVALID_FILTER"
    assert error["path"] == ["jobMarket"]


def test_of_very_many_pieces_of_the_calendar_the_latest_are_shown() -> None:
    first, last = date(1970, 1, 1), date(2026, 11, 1)
    found = filled({first: 1, last: 2}, Interval.DAY)
    assert len(found) == MOST_INTERVALS
    assert found[-1] == Period(last, last + timedelta(days=1), 2)
    assert [period.start for period in filled({date(2025, 11, 1): 1, date(2026, 2, 1): 1}, Interval.MONTH)] == [
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    ]
