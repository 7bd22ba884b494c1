"""What a search applied and what it ignored: nothing of a filter goes by unsaid."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.jobs import index
from gateway.settings import Settings
from indexing.progress import SilentProgress
from tests.support.asking import Asking, asking
from tests.support.demo import Demo

APPLIED = """
query ($filter: JobFilter) { searchJobs(filter: $filter, first: 0) { appliedFilters { path label filter without } } }
"""
TALENT = (
    "query ($filter: TalentFilter) { searchTalent(filter: $filter, first: 0) { appliedFilters { label without } } }"
)
IGNORED = """
query ($filter: JobFilter, $query: String, $sort: JobSort! = NEWEST) {
  searchJobs(filter: $filter, query: $query, sort: $sort, first: 0) { ignored { path reason message } }
}
"""
Filter = dict[str, Any]


async def applied(gateway: Asking, given: Filter | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await gateway.data(APPLIED, filter=given))["searchJobs"]["appliedFilters"]
    return found


async def ignored(gateway: Asking, document: str = IGNORED, **asked: Any) -> list[tuple[str, str]]:
    """The way to each part that had no effect, and why."""
    found = (await gateway.data(document, **asked))["searchJobs"]["ignored"]
    return [(".".join(one["path"]), one["reason"]) for one in found]


async def test_every_condition_is_told_alone_and_with_the_filter_that_is_left_without_it(gateway: Asking) -> None:
    contract, client = {"contractType": {"anyOf": ["HOURLY"]}}, {"client": {"rating": {"gte": 4}}}
    assert await applied(gateway, contract | client) == [
        {"path": ["contractType"], "label": "Contract type: Hourly", "filter": contract, "without": client},
        {"path": ["client", "rating"], "label": "Client rating: at least 4", "filter": client, "without": contract},
    ]


async def test_conditions_under_all_are_told_like_others(gateway: Asking) -> None:
    one, other = {"workload": {"noneOf": ["AS_NEEDED"]}}, {"proposalCount": {"lt": 5}}
    found = await applied(gateway, {"all": [one, other]})
    assert [(part["path"], part["label"], part["without"]) for part in found] == [
        (["all", "0", "workload"], "Workload: not As needed", {"all": [other]}),
        (["all", "1", "proposalCount"], "Proposal count: below 5", {"all": [one]}),
    ]
    [alone] = await applied(gateway, {"all": [{"client": {"country": {"anyOf": ["DE"]}}}]})
    assert (alone["filter"], alone["without"]) == ({"client": {"country": {"anyOf": ["DE"]}}}, {})


@pytest.mark.parametrize(
    ("given", "label"),
    [
        ({"budget": {"gt": "99.50", "lte": "500"}}, "Budget: above 99.50 and at most 500"),
        ({"budget": {"exists": True}}, "Budget: known"),
        ({"hourlyRate": {"exists": False}}, "Hourly rate: not known"),
        ({"publishedAt": {"gte": "2026-10-01T00:00:00Z"}}, "Published at: at least 2026-10-01T00:00Z"),
        ({"locationMandatory": False}, "Location mandatory: no"),
        ({"client": {"country": {"anyOf": ["DE", "AT"]}}}, "Client country: Germany or Austria"),
        ({"languages": {"anyOf": ["de"], "noneOf": ["fr"]}}, "Languages: German, not French"),
        ({"workload": {"anyOf": []}}, "Workload: nothing at all"),
        ({"experienceLevel": {"atLeast": "INTERMEDIATE"}}, "Experience level: at least intermediate"),
        (
            {"duration": {"noneOf": ["QUARTER"], "atLeast": "MONTH", "atMost": "SEMESTER"}},
            "Duration: not Quarter, at least month and at most semester",
        ),
        ({"languages": {"onlyOf": ["en", "de"]}}, "Languages: only English or German"),
        ({"languages": {"onlyOf": []}}, "Languages: none"),
        (
            {"timezone": {"within": {"of": "Europe/Berlin", "hours": 1.5}}},
            "Time zone: at most 1.5 hours from Europe/Berlin",
        ),
        (
            {"client": {"timezone": {"within": {"of": "Europe/Berlin", "hours": 0, "on": "2026-07-01"}}}},
            "Client time zone: the same time as Europe/Berlin on 2026-07-01",
        ),
        (
            {"timezone": {"noneOf": ["Asia/Tokyo"], "overlap": {"with": "Europe/Berlin", "hours": 1}}},
            "Time zone: not Asia/Tokyo, overlapping at least 1 hour with Europe/Berlin",
        ),
        (
            {
                "timezone": {
                    "overlap": {
                        "with": "Europe/Berlin",
                        "hours": 4,
                        "workday": {"start": "08:00", "end": "16:30"},
                        "theirWorkday": {"start": "10:00:30", "end": "18:00"},
                    }
                }
            },
            "Time zone: 10:00:30 to 18:00 overlapping at least 4 hours with Europe/Berlin 08:00 to 16:30",
        ),
        (
            {"any": [{"contractType": {"anyOf": ["HOURLY"]}, "workload": {"anyOf": ["FULL_TIME"]}}, {}]},
            "Any of: (Contract type: Hourly and Workload: Full time) or (everything)",
        ),
        ({"any": []}, "Any of: nothing at all"),
        ({"not": {"proposalCount": {"gte": 50}}}, "Not: (Proposal count: at least 50)"),
    ],
)
async def test_a_condition_is_said_in_words(gateway: Asking, given: Filter, label: str) -> None:
    [found] = await applied(gateway, given)
    assert found["label"] == label
    assert found["without"] == {}
    assert await applied(gateway, found["filter"]) == [found]


async def test_entities_are_said_by_their_names(gateway: Asking, demo: Demo) -> None:
    one, other = list(demo.skill)[:2]
    client = next(iter(demo.client))
    found = await applied(gateway, {"skillIds": {"allOf": [one, other]}, "clientId": {"noneOf": [client]}})
    assert [part["label"] for part in found] == [
        f"Client: not {demo.client[client]['name']}",
        f"Skill: {demo.skill[one]['name']} and {demo.skill[other]['name']}",
    ]


async def test_languages_of_talent_are_said_with_their_levels(gateway: Asking) -> None:
    given = {"languages": [{"code": "en", "atLeast": "FLUENT"}, {"code": "de"}], "badge": {"anyOf": ["TOP_RATED"]}}
    found = (await gateway.data(TALENT, filter=given))["searchTalent"]["appliedFilters"]
    assert found == [
        {"label": "Badge: Top rated", "without": {"languages": given["languages"]}},
        {"label": "Languages: English at least fluent and German", "without": {"badge": given["badge"]}},
    ]


@pytest.mark.parametrize("given", [None, {}, {"workload": None}, {"workload": {}}, {"skillIds": {"allOf": []}}])
async def test_what_restricts_nothing_is_not_applied(gateway: Asking, given: Filter | None) -> None:
    assert await applied(gateway, given) == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, []),
        ({"query": "designer", "filter": {"workload": {"anyOf": []}, "not": {}}}, []),
        ({"query": None}, [("query", "NULL")]),
        ({"query": " "}, [("query", "BLANK_QUERY")]),
        ({"filter": None}, [("filter", "NULL")]),
        ({"filter": {}}, []),
        (
            {"filter": {"budget": None, "workload": {}, "skillIds": {"allOf": [], "noneOf": None}, "any": [{}]}},
            [
                ("filter.budget", "NULL"),
                ("filter.workload", "EMPTY"),
                ("filter.skillIds.allOf", "EMPTY"),
                ("filter.skillIds.noneOf", "NULL"),
            ],
        ),
        ({"filter": {"all": [{"client": {"rating": {"gte": None}}}, {}]}}, [
            ("filter.all.0.client.rating.gte", "NULL"),
            ("filter.all.1", "EMPTY"),
        ]),
        (
            {"filter": {"timezone": {"within": None, "overlap": {"with": "Asia/Tokyo", "hours": 1, "on": None}}}},
            [("filter.timezone.within", "NULL"), ("filter.timezone.overlap.on", "NULL")],
        ),
        ({"filter": {"languages": {"onlyOf": []}, "experienceLevel": {"atLeast": None}}}, [
            ("filter.experienceLevel.atLeast", "NULL"),
        ]),
        ({"sort": "BUDGET"}, []),
        ({"sort": "BUDGET", "filter": {"contractType": {"anyOf": ["HOURLY"]}}}, [("sort", "FACT_MISSING")]),
        ({"sort": "HOURLY_RATE", "filter": {"budget": {"gte": "5"}}}, [("sort", "FACT_MISSING")]),
        ({"sort": "HOURLY_RATE", "filter": {"contractType": {"noneOf": ["HOURLY"]}}}, [("sort", "FACT_MISSING")]),
    ],
)  # fmt: skip
async def test_what_has_no_effect_is_said(gateway: Asking, asked: Any, expected: list[tuple[str, str]]) -> None:
    assert sorted(await ignored(gateway, **asked)) == sorted(expected)


async def test_literals_are_looked_at_like_variables(gateway: Asking) -> None:
    document = """
    query ($budget: DecimalRange) {
      searchJobs(query: "", mode: LEXICAL, filter: { budget: $budget, workload: null, duration: {} }) {
        ignored { path reason }
      }
    }
    """
    expected = [
        ("query", "BLANK_QUERY"),
        ("mode", "WITHOUT_QUERY"),
        ("filter.workload", "NULL"),
        ("filter.duration", "EMPTY"),
    ]
    assert await ignored(gateway, document) == expected


async def test_words_that_are_not_looked_for_are_said(gateway: Asking) -> None:
    document = '{ searchJobs(query: "The logo for THE shop", mode: LEXICAL) { ignored { reason message } } }'
    assert (await gateway.data(document))["searchJobs"]["ignored"] == [
        {
            "reason": "COMMON_WORD",
            "message": f"`{word}` says nothing of what is wanted, and is not looked for beside other words",
        }
        for word in ("the", "for")
    ]
    alone = '{ searchJobs(query: "the", mode: LEXICAL) { ignored { reason } } }'
    assert (await gateway.data(alone))["searchJobs"]["ignored"] == []


async def test_what_is_said_not_to_be_wanted_is_not_looked_for_and_that_is_said(gateway: Asking) -> None:
    document = "query ($of: String!) { searchJobs(query: $of) { nodes { id } ignored { path reason message } } }"
    plain = (await gateway.data(document, of="logo"))["searchJobs"]
    found = (await gateway.data(document, of="logo, except for a concert promoter"))["searchJobs"]
    message = "`except for a concert promoter` says what is not wanted, and is not looked for"
    assert (found["nodes"], plain["ignored"]) == (plain["nodes"], [])
    assert found["ignored"] == [
        {"path": ["query"], "reason": "UNWANTED", "message": f"{message}; filter by `not` to keep it away"}
    ]


async def test_a_mode_that_the_index_cannot_answer_in_is_said(demo: Demo, tmp_path: Path) -> None:
    await asyncio.to_thread(index, [demo.feed], tmp_path, strict=True, embeddings=False, progress=SilentProgress())
    async with asking(None, Settings(data_dir=tmp_path)) as gateway:
        document = (
            'query ($mode: RetrievalMode!) { searchJobs(query: "logo", mode: $mode) { ignored { path reason } } }'
        )
        for mode, expected in (("SEMANTIC", True), ("HYBRID", True), ("LEXICAL", False)):
            found = (await gateway.data(document, mode=mode))["searchJobs"]["ignored"]
            assert found == ([{"path": ["mode"], "reason": "MEANING_UNAVAILABLE"}] if expected else [])


async def test_lists_of_an_entity_say_what_they_are_restricted_to(gateway: Asking, demo: Demo) -> None:
    client = next(iter(demo.client))
    document = "query ($id: ID!) { client(id: $id) { openJobs { appliedFilters { label } ignored { reason } } } }"
    found = (await gateway.data(document, id=client))["client"]["openJobs"]
    labels = [f"Client: {demo.client[client]['name']}", "Status: Open"]
    assert found == {"appliedFilters": [{"label": label} for label in labels], "ignored": []}
