"""Preferences, the limit of a group, and the breakdown of scores, as clients see them."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from schema.preferences import full_hour
from tests.support.asking import Asking
from tests.support.demo import Calls, Demo

JOBS = """
query ($query: String, $prefer: JobPreferences, $sort: JobSort! = RELEVANCE, $first: Int, $after: String, $most: Int) {
  searchJobs(query: $query, prefer: $prefer, sort: $sort, first: $first, after: $after, maxPerClient: $most) {
    totalCount
    facets(fields: [WORKLOAD]) { values { count } }
    ignored { path reason message }
    pageInfo { endCursor hasNextPage }
    nodes { id client { id } }
    edges { node { id } score { total lexical semantic rerank recency lexicalRank semanticRank } }
  }
}
"""
FULL_TIME = {"filter": {"workload": {"anyOf": ["FULL_TIME"]}}}


async def jobs(gateway: Asking, **asked: Any) -> Any:
    return (await gateway.data(JOBS, **asked))["searchJobs"]


def ids(found: Any) -> list[str]:
    return [node["id"] for node in found["nodes"]]


async def test_without_a_query_preferences_decide_and_then_the_newest(gateway: Asking, demo: Demo) -> None:
    plain = await jobs(gateway, first=100)
    found = await jobs(gateway, first=100, prefer={"matching": [FULL_TIME]})
    full_time = [id_ for id_ in ids(plain) if demo.job[id_]["workload"] == "FULL_TIME"]
    assert 0 < len(full_time) < 100
    head = ids(found)[: len(full_time)]
    assert [demo.job[id_]["workload"] for id_ in head] == ["FULL_TIME"] * len(full_time)
    published = [demo.job[id_]["publishedAt"] for id_ in head]
    assert published == sorted(published, reverse=True)
    assert (found["totalCount"], found["facets"], found["ignored"]) == (plain["totalCount"], plain["facets"], [])
    assert [edge["score"] for edge in plain["edges"]] == [None] * len(plain["edges"])
    assert found["edges"][0]["score"] == {
        "total": 0.2,
        "lexical": None,
        "semantic": None,
        "rerank": 0.2,
        "recency": None,
        "lexicalRank": None,
        "semanticRank": None,
    }


async def test_a_total_is_what_relevance_preferences_and_recency_come_to(gateway: Asking) -> None:
    wanted = {"matching": [FULL_TIME | {"weight": 0.5}], "recency": {"weight": 0.25, "halfLifeDays": 30}}
    found = await jobs(gateway, query="website developer", first=50, prefer=wanted)
    totals = [edge["score"]["total"] for edge in found["edges"]]
    assert totals == sorted(totals, reverse=True)
    for score in (edge["score"] for edge in found["edges"]):
        relevance = 0.7 * (score["lexical"] or 0) + 0.3 * (score["semantic"] or 0)
        assert score["total"] == pytest.approx(relevance + score["rerank"] + score["recency"])
        assert score["rerank"] in {0, 0.5}
        assert 0 < score["recency"] <= 0.25
        assert (score["semanticRank"] is None) == (score["semantic"] is None)
    assert {edge["score"]["rerank"] for edge in found["edges"]} == {0, 0.5}
    assert 1 in {edge["score"]["lexicalRank"] for edge in found["edges"]}


async def test_talent_has_preferences_of_its_own(gateway: Asking, demo: Demo) -> None:
    german = [id_ for id_, one in demo.talent.items() if "de" in {spoken["code"] for spoken in one["languages"]}]
    others = [id_ for id_ in demo.talent if id_ not in german]
    for some in (german, others):
        some.sort(key=lambda id_: demo.talent[id_]["lastActiveAt"], reverse=True)
    wanted = '{ matching: [{ filter: { languages: [{ code: "de" }] }, weight: 1 }], recency: { weight: 0.01 } }'
    found = await gateway.data(f"{{ searchTalent(first: 100, prefer: {wanted}) {{ nodes {{ id }} }} }}")
    assert 0 < len(german) < 100
    assert [node["id"] for node in found["searchTalent"]["nodes"]] == [*german, *others][:100]


@pytest.mark.parametrize(
    ("prefer", "path", "message"),
    [
        ({"matching": [FULL_TIME | {"weight": 0}]}, ["matching", 0, "weight"], "`weight` is 0; give a number above 0"),
        ({"matching": [FULL_TIME, FULL_TIME | {"weight": 10.5}]}, ["matching", 1, "weight"], "at most 10"),
        ({"matching": [FULL_TIME | {"weight": -1}]}, ["matching", 0, "weight"], "put it under `not`"),
        ({"recency": {"weight": 11}}, ["recency", "weight"], "`weight` is 11"),
        ({"recency": {"halfLifeDays": 0}}, ["recency", "halfLifeDays"], "give a number from 0.25 to 3650"),
        ({"matching": [FULL_TIME] * 21}, ["matching"], "21 preferences, and may have 20"),
    ],
)
@pytest.mark.parametrize("sort", ["RELEVANCE", "NEWEST"])
async def test_a_preference_that_cannot_be_meant_is_an_error(
    gateway: Asking, prefer: Any, path: list[Any], message: str, sort: str
) -> None:
    error = await gateway.error(JOBS, prefer=prefer, sort=sort)
    assert error["extensions"] == {"code": "INVALID_PREFERENCE", "inputPath": ["prefer", *path]}
    assert message in error["message"]


async def test_a_filter_of_a_preference_is_checked_like_any_other(gateway: Asking) -> None:
    unknown = {"filter": {"skillIds": {"anyOf": ["skill_nobody"]}}}
    error = await gateway.error(JOBS, prefer={"matching": [FULL_TIME, unknown]})
    assert error["message"] == "there is no skill 'skill_nobody'; leave the id out"
    assert error["extensions"]["inputPath"] == ["prefer", "matching", 1, "filter", "skillIds", "anyOf", 0]
    never = {"filter": {"budget": {"gt": "10"}, "contractType": {"anyOf": ["HOURLY"]}}}
    error = await gateway.error(JOBS, prefer={"matching": [never]})
    assert error["extensions"]["code"] == "INVALID_FILTER"
    assert error["extensions"]["inputPath"][:4] == ["prefer", "matching", 0, "filter"]
    # Conditions of a preference and of the filter need not hold at once.
    hourly, fixed = (f"{{ contractType: {{ anyOf: [{one}] }} }}" for one in ("HOURLY", "FIXED_PRICE"))
    asked = f"{{ searchJobs(filter: {fixed}, prefer: {{ matching: [{{ filter: {hourly} }}] }}) {{ totalCount }} }}"
    assert (await gateway.data(asked))["searchJobs"]["totalCount"] > 0


async def test_what_prefers_nothing_is_told(gateway: Asking) -> None:
    async def ignored(prefer: Any, sort: str = "RELEVANCE") -> list[tuple[str, str]]:
        found = (await jobs(gateway, prefer=prefer, sort=sort))["ignored"]
        return [(".".join(one["path"]), one["reason"]) for one in found]

    assert await ignored({"matching": [FULL_TIME]}) == []
    assert await ignored(None) == [("prefer", "NULL")]
    assert await ignored({}) == [("prefer", "EMPTY")]
    assert await ignored({"matching": []}) == [("prefer.matching", "EMPTY")]
    assert await ignored({"matching": [FULL_TIME, {"filter": {}}]}) == [("prefer.matching.1.filter", "EMPTY")]
    # Written into the document, where what is left out is not filled in yet as it is in a variable.
    asked = "{ searchJobs(prefer: { recency: {} }, first: 1) { edges { score { recency } } ignored { reason } } }"
    [found] = (await gateway.data(asked)).values()
    assert found["edges"][0]["score"]["recency"] > 0
    assert found["ignored"] == []
    assert await ignored({"matching": [FULL_TIME]}, "NEWEST") == [("prefer", "NOT_BY_RELEVANCE")]
    found = await jobs(gateway, sort="NEWEST", prefer={"recency": {}})
    assert found["ignored"][0]["message"] == (
        "`prefer` changes the order by relevance, and `sort` is NEWEST; leave one of them out"
    )


@pytest.mark.parametrize(
    ("asked", "sort"), [(None, "RELEVANCE"), ("website design", "RELEVANCE"), ("website design", "FEWEST_PROPOSALS")]
)
async def test_of_a_client_so_many_jobs_are_shown_on_all_pages(
    gateway: Asking, demo: Demo, asked: str | None, sort: str
) -> None:
    plain = await jobs(gateway, query=asked, sort=sort, first=0)
    clients: Counter[str] = Counter()
    after, more = None, True
    while more:
        page = await jobs(gateway, query=asked, sort=sort, first=40, after=after, most=2)
        clients.update(node["client"]["id"] for node in page["nodes"])
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert (page["totalCount"], page["facets"]) == (plain["totalCount"], plain["facets"])
    assert max(clients.values()) == 2
    if asked is None:
        assert clients.keys() == {job["clientId"] for job in demo.job.values()}
    error = await gateway.error(JOBS, query=asked, sort=sort, first=40, after=page["pageInfo"]["endCursor"], most=3)
    assert error["extensions"]["code"] == "INVALID_CURSOR"


async def test_of_an_occupation_so_many_talent_and_jobs_are_shown(gateway: Asking) -> None:
    talent = await gateway.data("{ searchTalent(maxPerOccupation: 1, first: 100) { nodes { occupation { id } } } }")
    found = [node["occupation"]["id"] for node in talent["searchTalent"]["nodes"]]
    assert 1 < len(found) == len(set(found))
    about = "... on Job { occupation { id } } ... on Talent { occupation { id } }"
    asked = f'{{ search(query: "designer", maxPerOccupation: 2, first: 100) {{ nodes {{ __typename {about} }} }} }}'
    nodes = (await gateway.data(asked))["search"]["nodes"]
    groups = Counter(node["occupation"]["id"] for node in nodes if "occupation" in node)
    assert {"Job", "Talent", "Skill"} <= {node["__typename"] for node in nodes}
    assert max(groups.values()) == 2
    error = await gateway.error("{ searchTalent(maxPerOccupation: 0) { totalCount } }")
    assert error["extensions"]["code"] == "INVALID_REQUEST"
    assert error["message"].startswith("`maxPerOccupation` is 0, which would leave nothing; give 1 or more")


async def test_one_search_answers_for_the_page_and_the_count_and_is_that_of_the_hour(
    gateway: Asking, calls: Calls
) -> None:
    await gateway.data(
        '{ searchJobs(query: "website", prefer: { recency: {} }, maxPerClient: 1) { totalCount nodes { id } } }'
    )
    [[request]] = calls.searches
    assert request.count
    assert (request.kinds, request.diversity.field) == ((Kind.JOB,), "client_id")
    recency = request.preferences.recency
    assert (recency.field, recency.weight, recency.half_life_days) == ("published_at", 0.2, 14.0)
    assert (recency.at.minute, recency.at.second, recency.at.microsecond) == (0, 0, 0)
    await gateway.data(
        '{ searchJobs(query: "website", prefer: { recency: {} }, maxPerClient: 1, first: 0) { totalCount } }'
    )
    assert calls.searches[1][0].preferences is calls.searches[1][0].diversity is None


def test_an_hour_is_reckoned_to_its_end() -> None:
    ten = datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert full_hour(ten) == ten
    assert full_hour(ten.replace(microsecond=1)) == full_hour(ten.replace(minute=59)) == ten.replace(hour=11)
