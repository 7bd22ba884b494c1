"""Sorts and pages, by the Relay Cursor Connections Specification."""

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from graphql import GraphQLObjectType

from gateway.settings import Settings
from schema.sdl import graph
from tests.support.asking import Asking, asking
from tests.support.demo import CountingSource, Demo, Record

JOBS = """
query ($sort: JobSort! = NEWEST, $query: String, $first: Int, $after: String, $last: Int, $before: String) {
  searchJobs(query: $query, sort: $sort, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { id } score { total lexical semantic } }
    nodes { id }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
TALENT = "query ($sort: TalentSort!) { searchTalent(sort: $sort, first: 100) { nodes { id } } }"
Key = Callable[[Record], float | None]


async def page(gateway: Asking, **arguments: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await gateway.data(JOBS, **arguments))["searchJobs"]
    return found


def ids(found: dict[str, Any]) -> list[str]:
    listed = [node["id"] for node in found["nodes"]]
    assert listed == [edge["node"]["id"] for edge in found["edges"]]
    return listed


def ordered(records: dict[str, Record], key: Key, *, descending: bool = True) -> list[str]:
    """The ids in an order of a fact: those without it come last, ties are in the order of ids."""

    def place(id_: str) -> tuple[bool, float, str]:
        value = key(records[id_])
        return (value is None, (-value if descending else value) if value is not None else 0, id_)

    return sorted(records, key=place)


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def newest(demo: Demo) -> list[str]:
    return ordered(demo.job, lambda job: seconds(job["publishedAt"]))


JOB_SORTS: dict[str, Key] = {
    "RELEVANCE": lambda job: seconds(job["publishedAt"]),
    "NEWEST": lambda job: seconds(job["publishedAt"]),
    "BUDGET": lambda job: job["budget"] and job["budget"]["amount"],
    "HOURLY_RATE": lambda job: job["hourlyRate"] and job["hourlyRate"]["max"],
    "FEWEST_PROPOSALS": lambda job: -job["proposalCount"],
}
CLIENT_SORTS: dict[str, Key] = {
    "CLIENT_RATING": lambda client: client["rating"],
    "CLIENT_SPENT": lambda client: client["totalSpent"],
}
TALENT_SORTS: dict[str, Key] = {
    "RELEVANCE": lambda one: seconds(one["lastActiveAt"]),
    "LAST_ACTIVE": lambda one: seconds(one["lastActiveAt"]),
    "JOB_SUCCESS": lambda one: one["jobSuccessScore"],
    "EARNINGS": lambda one: one["totalEarnings"],
    "RATE_DESC": lambda one: one["hourlyRate"]["amount"],
    "RATE_ASC": lambda one: -one["hourlyRate"]["amount"],
}


@pytest.mark.parametrize("sort", JOB_SORTS)
async def test_jobs_are_listed_in_the_order_that_was_asked(gateway: Asking, demo: Demo, sort: str) -> None:
    assert ids(await page(gateway, sort=sort, first=100)) == ordered(demo.job, JOB_SORTS[sort])[:100]


@pytest.mark.parametrize("sort", CLIENT_SORTS)
async def test_jobs_are_listed_in_an_order_of_their_clients(gateway: Asking, demo: Demo, sort: str) -> None:
    expected = ordered(demo.job, lambda job: CLIENT_SORTS[sort](demo.client[job["clientId"]]))
    assert ids(await page(gateway, sort=sort, first=100)) == expected[:100]


@pytest.mark.parametrize("sort", TALENT_SORTS)
async def test_talent_is_listed_in_the_order_that_was_asked(gateway: Asking, demo: Demo, sort: str) -> None:
    nodes = (await gateway.data(TALENT, sort=sort))["searchTalent"]["nodes"]
    assert [node["id"] for node in nodes] == ordered(demo.talent, TALENT_SORTS[sort])[:100]


async def test_paging_forward_meets_every_job_once(gateway: Asking, demo: Demo) -> None:
    expected = newest(demo)
    after, met = None, 0
    while met < 120:
        found = await page(gateway, first=50, after=after)
        assert ids(found) == expected[met : met + 50]
        info = found["pageInfo"]
        assert info["startCursor"] == found["edges"][0]["cursor"]
        after = info["endCursor"]
        assert after == found["edges"][-1]["cursor"]
        assert (info["hasNextPage"], info["hasPreviousPage"]) == (met + 50 < 120, met > 0)
        met += 50


async def test_paging_backward_meets_every_job_once(gateway: Asking, demo: Demo) -> None:
    expected = newest(demo)
    before, left = None, 120
    while left > 0:
        found = await page(gateway, last=50, before=before)
        assert ids(found) == expected[max(0, left - 50) : left]
        info = found["pageInfo"]
        assert (info["hasNextPage"], info["hasPreviousPage"]) == (left < 120, left > 50)
        before, left = info["startCursor"], left - 50


async def test_a_ranking_by_relevance_pages_without_repeating_or_skipping(gateway: Asking) -> None:
    about = {"query": "website design", "sort": "RELEVANCE"}
    whole = await page(gateway, **about, first=30)
    totals = [edge["score"]["total"] for edge in whole["edges"]]
    assert totals == sorted(totals, reverse=True)
    first = await page(gateway, **about, first=10)
    second = await page(gateway, **about, first=20, after=first["pageInfo"]["endCursor"])
    assert ids(first) + ids(second) == ids(whole)
    back = await page(gateway, **about, last=10, before=second["pageInfo"]["startCursor"])
    assert ids(back) == ids(first)


MIXED = """
query ($first: Int, $after: String, $last: Int, $before: String) {
  search(query: "website design", first: $first, after: $after, last: $last, before: $before) {
    nodes { ... on Node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


async def test_a_mixed_search_pages_in_both_directions(gateway: Asking) -> None:
    async def part(**arguments: Any) -> tuple[list[str], dict[str, Any]]:
        found = (await gateway.data(MIXED, **arguments))["search"]
        return [node["id"] for node in found["nodes"]], found["pageInfo"]

    whole, _ = await part(first=30)
    assert len(set(whole)) == 30
    first, info = await part(first=10)
    second, behind = await part(first=20, after=info["endCursor"])
    assert first + second == whole
    back, info = await part(last=4, before=behind["startCursor"])
    assert (back, info["hasNextPage"], info["hasPreviousPage"]) == (whole[6:10], True, True)
    back, info = await part(last=100, before=info["startCursor"])
    assert (back, info["hasNextPage"], info["hasPreviousPage"]) == (whole[:6], True, False)


async def test_the_schema_names_the_settings_of_a_page_and_what_they_are_unless_set() -> None:
    variable, settings = Settings.variables(), Settings()
    default = f"operator's {variable['page_size_default']} says, {settings.page_size_default} unless it is set."
    most = f"At most {variable['page_size_max']}, {settings.page_size_max} unless it is set."
    paged = [
        field
        for type_ in graph()._schema.type_map.values()
        if isinstance(type_, GraphQLObjectType)
        for field in type_.fields.values()
        if "after" in field.args
    ]
    for field in paged:
        assert default in (field.args["first"].description or "")
        assert most in (field.args["first"].description or "")
    backward = [field for field in paged if "last" in field.args]
    # Recommendations go forward alone.
    assert (len(backward), len(paged)) == (6, 13)
    for field in backward:
        assert most in (field.args["last"].description or "")
        assert "before" in field.args


async def test_a_listing_has_no_scores(gateway: Asking) -> None:
    found = await page(gateway, query="website", sort="NEWEST", first=3)
    assert [edge["score"] for edge in found["edges"]] == [None] * 3


async def test_a_page_lies_between_two_cursors(gateway: Asking, demo: Demo) -> None:
    cursors = [edge["cursor"] for edge in (await page(gateway, first=10))["edges"]]
    assert ids(await page(gateway, first=100, after=cursors[2], before=cursors[7])) == newest(demo)[3:7]


@pytest.mark.parametrize("argument", ["first", "last"])
async def test_a_page_of_no_items_has_no_cursors_and_nothing_beside_it_as_the_schema_says(
    gateway: Asking, argument: str
) -> None:
    found = await page(gateway, **{argument: 0})
    assert (found["edges"], found["nodes"]) == ([], [])
    assert found["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    field = '{ __type(name: "Query") { fields { name args { name description } } } }'
    [searched] = [one for one in (await gateway.data(field))["__type"]["fields"] if one["name"] == "searchJobs"]
    [described] = [one["description"] for one in searched["args"] if one["name"] == argument]
    assert described.endswith("0 asks for no item, and `hasNextPage` and `hasPreviousPage` are then false.")


async def test_without_a_number_a_page_has_20_items(gateway: Asking, demo: Demo) -> None:
    assert ids(await page(gateway)) == newest(demo)[:20]


async def test_the_settings_say_how_large_a_page_is(source: CountingSource) -> None:
    async with asking(source, Settings(page_size_default=3, page_size_max=5)) as gateway:
        assert len(ids(await page(gateway))) == 3
        error = await gateway.error(JOBS, first=6)
    assert error["extensions"] == {"code": "PAGE_TOO_LARGE", "limit": 5, "actual": 6}


@pytest.mark.parametrize(("argument", "number"), [("first", 101), ("last", 101), ("first", 2**31 - 1)])
async def test_a_page_that_is_too_large_is_refused(gateway: Asking, argument: str, number: int) -> None:
    error = await gateway.error(JOBS, **{argument: number})
    assert error["message"] == f"`{argument}` is {number}, and a page has 100 items at most; ask for more pages"
    assert error["extensions"] == {"code": "PAGE_TOO_LARGE", "limit": 100, "actual": number}


@pytest.mark.parametrize(("argument", "number"), [("first", -1), ("last", -7)])
async def test_a_negative_page_is_refused(gateway: Asking, argument: str, number: int) -> None:
    error = await gateway.error(JOBS, **{argument: number})
    assert error["message"] == f"`{argument}` is {number}, and a page cannot have less than 0 items; ask for 1 or more"
    assert error["extensions"] == {"code": "INVALID_REQUEST"}


async def test_first_and_last_exclude_each_other(gateway: Asking) -> None:
    error = await gateway.error(JOBS, first=1, last=1)
    assert error["message"] == "`first` and `last` exclude each other; page forward or backward"
    assert error["extensions"] == {"code": "INVALID_REQUEST"}


@pytest.mark.parametrize("other", [{"query": "website"}, {"sort": "BUDGET"}])
async def test_a_cursor_of_another_search_is_refused(gateway: Asking, other: dict[str, str]) -> None:
    cursor = (await page(gateway, first=1))["pageInfo"]["endCursor"]
    error = await gateway.error(JOBS, after=cursor, **other)
    assert error["extensions"] == {"code": "INVALID_CURSOR"}
    assert error["message"].startswith("`after` belongs to another search")


@pytest.mark.parametrize("cursor", ["", "x", "é", "!!!!", base64.urlsafe_b64encode(b"123456garbage").decode()])
async def test_what_is_no_cursor_is_refused(gateway: Asking, cursor: str) -> None:
    error = await gateway.error(JOBS, last=1, before=cursor)
    assert error["extensions"] == {"code": "INVALID_CURSOR"}
    assert error["message"] == "`before` is not a cursor of this API; pass one from `pageInfo` or an edge"


async def test_a_changed_cursor_is_refused(gateway: Asking) -> None:
    cursor = (await page(gateway, first=1))["pageInfo"]["endCursor"]
    changed = cursor[:-3] + ("A" if cursor[-3] != "A" else "B") + cursor[-2:]
    assert (await gateway.error(JOBS, after=changed))["extensions"] == {"code": "INVALID_CURSOR"}


async def test_a_very_long_text_is_refused(gateway: Asking) -> None:
    error = await gateway.error(JOBS, query="x" * 1001)
    assert error["message"] == "`query` has 1001 characters, and may have 1000; shorten it"
    assert error["extensions"] == {"code": "INVALID_REQUEST"}
