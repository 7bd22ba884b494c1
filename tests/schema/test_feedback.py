"""What is shown is kept for whoever asks for its id, and what is done with it is recorded, event by event."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.settings import Settings
from resolvers.errors import SourceError
from resolvers.ranking.features import FEATURES
from resolvers.ranking.likeness import TRAITS
from resolvers.sources.feedback import Action, Event, Recorded, ShownQuery, Surface
from resolvers.sources.recording import Recording
from tests.support.asking import Asking, asking
from tests.support.demo import Calls, CountingSource
from tests.support.feedback import RememberedJournal, query
from tests.support.tokens import SECRET, bearer, shared_token

NEVER = 3_600.0
SHOWN = "queryId edges { position node { ... on Node { id } } %s }"
SCORED = SHOWN % "score"
PARTS = SHOWN % "score { total lexical semanticRank }"
SURFACES = {
    Surface.SEARCH_JOBS: (f'searchJobs(query: "website", first: 3) {{ {PARTS} }}', "website"),
    Surface.SEARCH_TALENT: (f"searchTalent(first: 3) {{ {PARTS} }}", ""),
    Surface.SEARCH: (f'search(query: "website", first: 3) {{ {PARTS} }}', "website"),
    Surface.RECOMMENDED_TALENT: (
        f'job(id: "job_000000") {{ recommendedTalent(first: 3) {{ {SCORED} }} }}',
        "job_000000",
    ),
    Surface.RECOMMENDED_JOBS: (
        f'talent(id: "talent_000000") {{ recommendedJobs(first: 3) {{ {SCORED} }} }}',
        "talent_000000",
    ),
    Surface.SIMILAR_JOBS: (f'job(id: "job_000000") {{ similarJobs(first: 3) {{ {SCORED} }} }}', "job_000000"),
    Surface.SIMILAR_TALENT: (
        f'talent(id: "talent_000000") {{ similarTalent(first: 3) {{ {SCORED} }} }}',
        "talent_000000",
    ),
}
NAMES = {
    Surface.SEARCH_TALENT: (0, None),
    Surface.RECOMMENDED_TALENT: (len(FEATURES), "linear-1"),
    Surface.RECOMMENDED_JOBS: (len(FEATURES), "linear-1"),
    Surface.SIMILAR_JOBS: (len(TRAITS), "likeness-1"),
    Surface.SIMILAR_TALENT: (len(TRAITS), "likeness-1"),
}
EVENT = {"id": "e", "queryId": "q", "action": "CLICK", "itemId": "i", "position": 1}
RECORD = """
mutation ($events: [EventInput!]!, $viewer: ID, $session: ID) {
  recordEvents(events: $events, viewer: $viewer, session: $session) {
    recorded results { index eventId outcome message } refused { index }
  }
}
"""


@pytest.fixture
def journal() -> RememberedJournal:
    return RememberedJournal()


@pytest.fixture
async def gateway(source: CountingSource, journal: RememberedJournal) -> AsyncIterator[Asking]:
    """A gateway whose queries wait for events."""
    store = Recording(journal, flush_seconds=NEVER)
    async with asking(source, store=store) as found:
        yield found


def connection(found: Any) -> Any:
    while "queryId" not in found:
        [found] = found.values()
    return found


async def shown(gateway: Asking, field: str = SURFACES[Surface.SEARCH_JOBS][0]) -> Any:
    return connection(await gateway.data(f"{{ {field} }}"))


def click(page: Any, place: int = 0, id_: str = "e1", **other: Any) -> dict[str, Any]:
    edge = page["edges"][place]
    named = {"queryId": page["queryId"], "itemId": edge["node"]["id"], "position": edge["position"]}
    return {"id": id_, "action": "CLICK"} | named | other


async def kept(gateway: Asking, journal: RememberedJournal, page: Any) -> ShownQuery:
    """A query out of the journal, after an event has taken it there."""
    recorded = await gateway.data(RECORD, events=[click(page)])
    assert recorded["recordEvents"]["recorded"] == 1
    return journal.known[page["queryId"]]


@pytest.mark.parametrize("surface", Surface)
async def test_a_page_is_kept_as_it_was_shown(gateway: Asking, journal: RememberedJournal, surface: Surface) -> None:
    field, subject = SURFACES[surface]
    page = await shown(gateway, field)
    query = await kept(gateway, journal, page)
    scores = [edge["score"] for edge in page["edges"]]
    assert (query.surface, query.subject, len(query.items)) == (surface, subject, 3)
    assert [(one.id, one.position) for one in query.items] == [
        (edge["node"]["id"], at) for at, edge in enumerate(page["edges"], 1)
    ]
    assert [one.score for one in query.items] == [
        score["total"] if isinstance(score, dict) else score or 0.0 for score in scores
    ]
    assert [edge["position"] for edge in page["edges"]] == [1, 2, 3]
    assert (len(query.feature_names), query.model) == NAMES.get(surface, (6, None))
    assert {len(one.features) for one in query.items} == {len(query.feature_names)}
    assert abs(datetime.now(UTC) - query.at) < timedelta(minutes=1)


async def test_the_features_of_a_search_are_what_its_scores_are_made_of(
    gateway: Asking, journal: RememberedJournal
) -> None:
    page = await shown(gateway)
    query = await kept(gateway, journal, page)
    assert query.feature_names == ("lexical", "semantic", "rerank", "recency", "lexical_rank", "semantic_rank")
    for item, edge in zip(query.items, page["edges"], strict=True):
        assert item.features[0] == edge["score"]["lexical"]
        assert item.features[5] == edge["score"]["semanticRank"]
        assert item.features[2] != item.features[2]


async def test_an_item_of_talent_for_a_client_names_the_job_that_it_is_for(
    gateway: Asking, journal: RememberedJournal
) -> None:
    client = (await gateway.data("{ searchJobs(first: 1) { nodes { client { id } } } }"))["searchJobs"]["nodes"][0]
    id_ = client["client"]["id"]
    field = f'client(id: "{id_}") {{ recommendedTalent(first: 3) {{ {SHOWN % "job { id }"} }} }}'
    page = await shown(gateway, field)
    query = await kept(gateway, journal, page)
    assert (query.surface, query.subject) == (Surface.RECOMMENDED_TALENT, id_)
    assert [one.job_id for one in query.items] == [edge["job"]["id"] for edge in page["edges"]]


async def test_nothing_is_kept_for_those_who_ask_for_no_id_and_ids_are_never_the_same(
    gateway: Asking, journal: RememberedJournal
) -> None:
    ids = {(await shown(gateway))["queryId"] for _ in range(2)}
    await gateway.data("{ searchJobs(first: 3) { edges { position } } }")
    await gateway.http.get("/health/live")
    assert len(ids) == 2
    assert all(len(id_) == 22 for id_ in ids)
    page = await shown(gateway)
    await kept(gateway, journal, page)
    assert set(journal.known) == ids | {page["queryId"]}


@pytest.mark.parametrize("surface", Surface)
async def test_to_keep_a_page_asks_the_engine_for_nothing_and_waits_for_no_write(
    gateway: Asking, calls: Calls, journal: RememberedJournal, surface: Surface
) -> None:
    field = SURFACES[surface][0]
    asked = []
    for document in (field, field.replace("queryId", "")):
        await gateway.data(f"{{ {document} }}")
        asked.append((list(calls.searches), [sorted(refs) for refs in calls.fetches]))
        calls.searches.clear()
        calls.fetches.clear()
    assert asked[0] == asked[1]
    assert journal.writes == []


@pytest.mark.parametrize(
    ("field", "pages"),
    [
        ('searchJobs(query: "website", %s)', [[1, 2], [3, 4]]),
        ("searchJobs(sort: NEWEST, %s)", [[1, 2], [3, 4]]),
        ('job(id: "job_000000") { recommendedTalent(%s)', [[1, 2], [3, 4]]),
        ('job(id: "job_000000") { similarJobs(%s)', [[1, 2], [3, 4]]),
    ],
)
async def test_positions_count_over_all_pages(gateway: Asking, field: str, pages: list[list[int]]) -> None:
    found, arguments = [], "first: 2"
    for _ in pages:
        document = f"{field % arguments} {{ queryId edges {{ position }} pageInfo {{ startCursor endCursor }} }}"
        page = await shown(gateway, document + "}" * (document.count("{") - document.count("}")))
        found.append([edge["position"] for edge in page["edges"]])
        arguments = f'first: 2, after: "{page["pageInfo"]["endCursor"]}"'
    assert found == pages


@pytest.mark.parametrize("field", ['searchJobs(query: "website", %s)', "searchJobs(sort: NEWEST, %s)"])
async def test_positions_are_known_on_the_way_back_and_those_on_a_page_from_the_end_are_its_own(
    gateway: Asking, field: str
) -> None:
    async def page(arguments: str) -> Any:
        return await shown(gateway, f"{field % arguments} {{ queryId edges {{ cursor position }} }}")

    def positions(found: Any) -> list[int]:
        return [edge["position"] for edge in found["edges"]]

    forward = await page("first: 5")
    back = await page(f'last: 2, before: "{forward["edges"][4]["cursor"]}"')
    end = await page("last: 3")
    on = await page(f'last: 2, before: "{end["edges"][0]["cursor"]}"')
    assert [positions(one) for one in (forward, back, end, on)] == [[1, 2, 3, 4, 5], [3, 4], [1, 2, 3], [1, 2]]


async def test_events_are_recorded_with_what_is_known_of_their_query(
    gateway: Asking, journal: RememberedJournal
) -> None:
    page = await shown(gateway, SURFACES[Surface.RECOMMENDED_TALENT][0])
    at = datetime.now(UTC).replace(microsecond=0)
    events = [
        click(page, at=at.isoformat()),
        click(page, 1, "e2", action="HIRE", at=(at + timedelta(hours=2)).isoformat()[:-6] + "+02:00"),
    ]
    answer = await gateway.data(RECORD, events=events, viewer="ann", session="visit")
    assert answer["recordEvents"] == {
        "recorded": 2,
        "results": [
            {"index": index, "eventId": id_, "outcome": "RECORDED", "message": None}
            for index, id_ in enumerate(("e1", "e2"))
        ],
        "refused": [],
    }
    query, [first, second] = page["queryId"], [edge["node"]["id"] for edge in page["edges"][:2]]
    assert list(journal.events.values()) == [
        Event("e1", query, Action.CLICK, first, 1, at, "ann", "visit", model="linear-1"),
        Event("e2", query, Action.HIRE, second, 2, at, "ann", "visit", model="linear-1"),
    ]


async def test_a_batch_that_is_reported_again_changes_nothing(gateway: Asking, journal: RememberedJournal) -> None:
    page = await shown(gateway)
    events = [click(page), click(page, 1, "e2")]
    await gateway.data(RECORD, events=events)
    before = dict(journal.events)
    answer = (await gateway.data(RECORD, events=[*events, click(page, 2, "e3")]))["recordEvents"]
    assert [one["outcome"] for one in answer["results"]] == ["DUPLICATE", "DUPLICATE", "RECORDED"]
    assert (answer["recorded"], answer["refused"]) == (1, [])
    assert {id_: journal.events[id_] for id_ in before} == before


async def test_a_time_that_is_none_is_told_how_to_write_it(gateway: Asking) -> None:
    error = await gateway.error(RECORD, events=[EVENT | {"at": "yesterday"}])
    said = "Value cannot represent a DateTime: 'yesterday'. Write it by ISO 8601, such as 2026-06-01T12:00:00Z"
    assert error["message"] == f"Variable '$events' has invalid value at [0].at: {said}"


@pytest.mark.parametrize(
    ("wrong", "outcome", "said"),
    [
        ({"id": ""}, "INVALID_ID", "`id` must be an opaque id of 1 to 128 printable ASCII characters"),
        ({"id": "x" * 129}, "INVALID_ID", "such as a UUID"),
        ({"id": "two words"}, "INVALID_ID", "without spaces"),
        ({"queryId": "guessed"}, "UNKNOWN_QUERY", "report the `queryId` of the connection"),
        ({"queryId": ""}, "UNKNOWN_QUERY", "within 365 days"),
        ({"itemId": "job_999999"}, "UNKNOWN_ITEM", "report the `queryId` of its page"),
        ({"position": 2}, "WRONG_POSITION", "the item is at position 1"),
        ({"position": -1}, "WRONG_POSITION", "the `position` of its edge"),
        ({"at": "2999-01-01T00:00:00Z"}, "IN_THE_FUTURE", "in UTC"),
        ({"at": "9999-12-31T23:59:59-12:00"}, "IN_THE_FUTURE", "in UTC"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "TOO_OLD", "before the query was answered"),
        ({"at": "2020-01-01T00:00:00"}, "TOO_OLD", "before the query was answered"),
    ],
)
async def test_an_event_that_cannot_be_is_refused_by_itself(
    gateway: Asking, journal: RememberedJournal, wrong: dict[str, Any], outcome: str, said: str
) -> None:
    page = await shown(gateway)
    events = [click(page, 1, "e0"), click(page) | wrong]
    answer = (await gateway.data(RECORD, events=events))["recordEvents"]
    assert [one["outcome"] for one in answer["results"]] == ["RECORDED", outcome]
    assert said in answer["results"][1]["message"]
    assert (answer["recorded"], answer["refused"]) == (1, [{"index": 1}])
    assert list(journal.events) == ["e0"]
    told = (await gateway.http.get("/metrics")).text
    assert f'discovery_feedback_events_total{{outcome="{outcome}"}} 1.0' in told
    assert 'discovery_feedback_events_total{outcome="RECORDED"} 1.0' in told


async def test_an_event_that_the_store_refuses_is_refused_by_itself(
    source: CountingSource,
) -> None:
    class Choosy(RememberedJournal):
        async def write(self, queries: Sequence[ShownQuery], events: Sequence[Event]) -> list[Recorded]:
            taken = await super().write(queries, [one for one in events if one.id != "odd"])
            return [SourceError("not as it is") if one.id == "odd" else taken.pop(0) for one in events]

    async with asking(source, store=Recording(Choosy(), flush_seconds=NEVER)) as gateway:
        page = await shown(gateway)
        events = [click(page, id_="e1"), click(page, id_="odd"), click(page, 1, "e2")]
        answer = (await gateway.data(RECORD, events=events))["recordEvents"]
    assert [one["outcome"] for one in answer["results"]] == ["RECORDED", "NOT_STORED", "RECORDED"]
    assert answer["results"][1]["message"] == "not as it is"
    assert (answer["recorded"], answer["refused"]) == (2, [{"index": 1}])


async def test_a_query_that_another_process_is_about_to_write_is_waited_for(source: CountingSource) -> None:
    class Late(RememberedJournal):
        asked = 0

        async def find(self, ids: Sequence[str]) -> dict[str, ShownQuery]:
            self.asked += 1
            return await super().find(ids) if self.asked == 3 else {}

    late, id_ = Late(), "a" * 22
    late.known[id_] = query(id_)
    async with asking(source, store=Recording(late)) as gateway:
        reported = EVENT | {"queryId": id_, "itemId": "job_b", "position": 2}
        assert (await gateway.data(RECORD, events=[reported]))["recordEvents"]["recorded"] == 1
    assert late.asked == 3


async def test_who_has_done_it_is_said_by_the_report_or_its_headers_or_else_the_query(
    gateway: Asking, journal: RememberedJournal
) -> None:
    ann = {"X-Viewer-Id": "ann", "X-Session-Id": "visit", "GraphQL-Client-Name": "web"}
    answer = await gateway.answer(f"{{ {SURFACES[Surface.SEARCH_JOBS][0]} }}", headers=ann)
    page = connection(answer["data"])
    reports = [({}, {}), ({"X-Viewer-Id": "bob"}, {}), ({"X-Viewer-Id": "bob"}, {"viewer": "eve", "session": "later"})]
    for number, (headers, arguments) in enumerate(reports):
        events = [click(page, id_=f"e{number}")]
        await gateway.answer(RECORD, headers=headers, events=events, **arguments)
    found = [(one.viewer, one.session) for one in journal.events.values()]
    assert found == [("ann", "visit"), ("bob", "visit"), ("eve", "later")]
    query = journal.known[page["queryId"]]
    assert (query.viewer, query.session, query.client) == ("ann", "visit", "web")


async def test_a_viewer_who_has_proved_who_they_are_reports_for_nobody_else(
    source: CountingSource, journal: RememberedJournal
) -> None:
    ann = bearer(shared_token(sub="ann")) | {"X-Viewer-Id": "bob"}
    async with asking(source, Settings(auth_secret=SECRET), store=Recording(journal)) as gateway:
        page = await shown(gateway)
        await gateway.answer(RECORD, headers=ann, events=[click(page)], viewer="eve")
    assert [one.viewer for one in journal.events.values()] == ["ann"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"viewer": "two words"}, "`viewer` must be an opaque id"),
        ({"session": "x" * 129}, "`session` must be an opaque id"),
        (
            {"events": [{"id": "e", "queryId": "q", "action": "CLICK", "itemId": "i", "position": 1}] * 101},
            "may have 100",
        ),
    ],
)
async def test_a_report_that_is_wrong_as_a_whole_is_an_error(
    gateway: Asking, arguments: dict[str, Any], said: str
) -> None:
    error = await gateway.error(RECORD, **{"events": []} | arguments)
    assert said in error["message"]
    assert (error["extensions"]["code"], error["path"]) == ("INVALID_REQUEST", ["recordEvents"])


async def test_a_report_of_nothing_is_none(gateway: Asking) -> None:
    empty = {"recorded": 0, "results": [], "refused": []}
    assert await gateway.data(RECORD, events=[]) == {"recordEvents": empty}


async def test_what_cannot_be_written_is_an_error_and_recorded_when_it_is_reported_again(
    gateway: Asking, journal: RememberedJournal
) -> None:
    page = await shown(gateway)
    journal.failure = SourceError("the disk is full")
    error = await gateway.error(RECORD, events=[click(page)])
    assert (error["message"], error["extensions"]) == ("the disk is full", {"code": "SOURCE_ERROR"})
    journal.failure = None
    assert (await gateway.data(RECORD, events=[click(page)]))["recordEvents"]["recorded"] == 1


async def test_a_write_that_hangs_ends_with_the_operation(source: CountingSource) -> None:
    class Hanging(RememberedJournal):
        async def find(self, ids: Sequence[str]) -> dict[str, ShownQuery]:
            await asyncio.Event().wait()
            return await super().find(ids)

    async with asking(source, store=Recording(Hanging())) as gateway:
        answer = await gateway.answer(RECORD, headers={"X-Timeout-Seconds": "0.01"}, events=[EVENT])
    assert answer["errors"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"


async def test_without_feedback_there_are_no_ids_and_events_are_refused(source: CountingSource) -> None:
    async with asking(source, Settings(feedback=False)) as gateway:
        page = await shown(gateway)
        assert (page["queryId"], [edge["position"] for edge in page["edges"]]) == (None, [1, 2, 3])
        error = await gateway.error(RECORD, events=[])
    assert "this gateway records no events" in error["message"]
    assert error["extensions"]["code"] == "INVALID_REQUEST"


async def test_events_are_not_reported_by_get(gateway: Asking) -> None:
    document = "mutation { recordEvents(events: []) { recorded } }"
    answer = await gateway.http.get("/graphql", params={"query": document}, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (405, "METHOD_NOT_ALLOWED")
