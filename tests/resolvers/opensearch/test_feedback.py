"""Feedback in a cluster: UBI's documents, what is said of a bulk request, and what is somebody else's."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from secrets import token_hex
from typing import Any, cast

import orjson
import pytest

from resolvers.errors import SourceError, SourceUnavailable
from resolvers.sources.feedback import Action, ShownItem, ShownQuery, Surface
from resolvers.sources.opensearch.connection import Cluster, ClusterOptions
from resolvers.sources.opensearch.errors import IndexGone
from resolvers.sources.opensearch.feedback.journal import MOST_BULK_BYTES, ClusterJournal
from resolvers.sources.opensearch.feedback.log import ClusterFeedbackLog
from resolvers.sources.opensearch.feedback.mapping import MAPPINGS, missing
from resolvers.sources.opensearch.feedback.removal import Removal
from resolvers.sources.opensearch.feedback.ubi import (
    EVENTS,
    QUERIES,
    event_document,
    event_of,
    query_document,
    query_of,
)
from tests.servers.opensearch.access import OpenSearchAccess
from tests.support.clusters_made_up import Scripted
from tests.support.feedback import AT, event, query

NOWHERE = ClusterOptions(("http://127.0.0.1:1",))
YEAR = timedelta(days=365)
OPENED: list[Any] = [{QUERIES: {}}, {EVENTS: {"mappings": MAPPINGS[EVENTS]}}]
"""What a cluster says that has both indexes."""
THERE, DONE, BUSY = ({"create": {"status": status}} for status in (409, 201, 429))
KEYWORD = {"type": "keyword", "ignore_above": 256}
WRONG = {"create": {"status": 400, "error": {"type": "mapper_parsing_exception"}}}
Told = tuple[ClusterJournal, Scripted]


async def nothing(_: Removal) -> None:
    """Leaves what is old."""


@pytest.fixture
def told() -> Callable[..., Told]:
    """A journal on a cluster that gives these answers."""

    def made(*answers: Any) -> Told:
        cluster = Scripted(answers)
        connect = lambda _: cast("Cluster", cluster)  # noqa: E731
        return ClusterJournal(NOWHERE, "shop", YEAR, connect=connect, remove=nothing), cluster

    return made


def test_a_query_is_what_ubi_says_one_is() -> None:
    document = query_document(query("q1"), "shop")
    assert document == {
        "application": "shop",
        "query_id": "q1",
        "client_id": "ann",
        "user_query": "python 開発",
        "object_id_field": "id",
        "timestamp": "2026-05-01T12:30:15.123456Z",
        "query_response_id": "q1",
        "query_response_hit_ids": ["job_a", "job_b"],
        "query_attributes": {
            "surface": "searchJobs",
            "subject": "python 開発",
            "items": ['["job_a",1,0.75,null,[0.5,null]]', '["job_b",2,0.5,"job_c",[0.25,1.0]]'],
            "feature_names": ["words", "meaning"],
            "model": "linear-1",
            "experiment": "ranker",
            "arm": "hand",
            "viewer": "ann",
            "session": "visit 1",
            "client": "web",
        },
    }
    assert repr(query_of(document)) == repr(query("q1"))


def test_a_query_without_text_or_viewer_says_so_by_leaving_them_out() -> None:
    bare = ShownQuery("q1", AT, Surface.SIMILAR_JOBS, "job_a", (ShownItem("job_b", 1, 0.5),))
    document = query_document(bare, "shop")
    assert {"user_query", "client_id"}.isdisjoint(document)
    assert query_of(document) == bare


@pytest.mark.parametrize(("action", "type_"), [(Action.CLICK, "INTERACTION"), (Action.HIRE, "CONVERSION")])
def test_an_event_is_what_ubi_says_one_is(action: Action, type_: str) -> None:
    document = event_document(event("e1", action=action), "shop")
    assert document == {
        "application": "shop",
        "action_name": action.value,
        "query_id": "q1",
        "session_id": "visit 1",
        "client_id": "ann",
        "user_id": "ann",
        "timestamp": "2026-05-01T12:30:15.123456Z",
        "message_type": type_,
        "event_attributes": {
            "event_id": "e1",
            "object": {"object_id": "job_b", "object_id_field": "id"},
            "position": {"ordinal": 2},
            "experiment": "ranker",
            "arm": "hand",
            "model": "linear-1",
        },
    }
    assert event_of(document) == event("e1", action=action)


def test_documents_of_others_are_none_of_ours_and_broken_ones_are_errors() -> None:
    assert query_of({"query_id": "q1", "query_attributes": {"page": 1}}) is None
    assert event_of({"action_name": "click"}) is None
    assert query_of({"query_attributes": None}) is None
    assert event_of({"event_attributes": 5}) is None
    with pytest.raises(SourceError, match=r"ubi_queries has a document .* cannot be read \(KeyError\('query_id'\)\)"):
        query_of({"query_attributes": {"items": []}})
    with pytest.raises(SourceError, match="ubi_events has a document"):
        event_of({"event_attributes": {"event_id": "e1", "object": "job_a"}, "query_id": "q", "action_name": "click"})


async def test_indexes_that_are_missing_are_made_as_ubi_maps_them(told: Callable[..., Told]) -> None:
    missing = [IndexGone("no"), {}, IndexGone("no"), SourceError("it exists"), {EVENTS: {}}]
    journal, cluster = told(*missing, {"items": [DONE]})
    await journal.open()
    assert cluster.asked == []
    await journal.write([], [event("e1")])
    made = [(path, orjson.loads(body or b"")) for method, path, body, _ in cluster.asked if method == "PUT"]
    assert made == [(f"/{index}", {"mappings": MAPPINGS[index]}) for index in (QUERIES, EVENTS)]


async def test_a_cluster_that_lets_nobody_make_them_is_an_error_and_asked_again(told: Callable[..., Told]) -> None:
    refused = [IndexGone("no"), SourceUnavailable("no rights"), IndexGone("no")]
    journal, cluster = told(*refused, *OPENED, {"items": [DONE]})
    with pytest.raises(SourceUnavailable, match="no rights"):
        await journal.write([], [event("e1")])
    assert await journal.write([], [event("e1")]) == [True]
    assert len(cluster.asked) == 6
    await journal.close()


async def test_queries_are_written_before_their_events_and_what_is_known_is_no_error(
    told: Callable[..., Told],
) -> None:
    journal, cluster = told(*OPENED, {"items": [DONE, THERE]}, {"items": [DONE, THERE]})
    assert await journal.write([query("q1"), query("q2")], [event("e1"), event("e2")]) == [True, False]
    bodies = [(path, body or b"") for _, path, body, _ in cluster.asked[2:]]
    assert [path for path, _ in bodies] == ["/ubi_queries/_bulk", "/ubi_events/_bulk"]
    assert [orjson.loads(body.splitlines()[0]) for _, body in bodies] == [
        {"create": {"_id": "q1"}},
        {"create": {"_id": "shop:e1"}},
    ]


@pytest.mark.parametrize("answers", [[{"items": [BUSY]}], [{"items": [DONE]}, {"items": [DONE, BUSY]}]])
async def test_what_the_cluster_does_not_take_is_an_error(
    told: Callable[..., Told], answers: Sequence[Any], caplog: pytest.LogCaptureFixture
) -> None:
    journal, _ = told(*OPENED, *answers)
    with pytest.raises(SourceUnavailable, match="report the events again later"):
        await journal.write([query("q1")], [event("e1"), event("e2")])
    assert caplog.messages == ["OpenSearch does not take feedback (429): None"]


async def test_an_event_that_is_refused_for_good_is_an_error_in_its_place(
    told: Callable[..., Told], caplog: pytest.LogCaptureFixture
) -> None:
    journal, _ = told(*OPENED, {"items": [DONE, WRONG, THERE]})
    first, refused, last = await journal.write([], [event("e1"), event("e2"), event("e3")])
    assert (first, last) == (True, False)
    assert isinstance(refused, SourceError)
    assert "cannot store the event as it is" in refused.message
    assert "mapper_parsing_exception" in caplog.text


async def test_what_others_have_made_gets_the_fields_that_it_lacks(told: Callable[..., Told]) -> None:
    text = {"type": "text"}
    first = {"session_id": text, "event_attributes": {"properties": {"event_id": text, "arm": {"type": "date"}}}}
    second = {"session_id": text, "user_id": text, "event_attributes": {"type": "flat_object"}}
    fields = {"ubi-1": {"mappings": {"properties": first}}, "ubi-2": {"mappings": {"properties": second}}}
    journal, cluster = told({QUERIES: {}}, fields, {}, {"items": [DONE]})
    await journal.write([], [event("e1")])
    [(path, added)] = [(path, orjson.loads(body or b"")) for method, path, body, _ in cluster.asked if method == "PUT"]
    attributes = {"properties": {"experiment": KEYWORD, "model": KEYWORD}}
    assert path == "/ubi-1/_mapping"
    assert added == {"properties": {"user_id": KEYWORD, "event_attributes": attributes}}


def test_an_index_that_has_every_field_lacks_none() -> None:
    fields = MAPPINGS[EVENTS]["properties"]
    assert missing(fields, fields) == {}


async def test_a_query_that_would_be_refused_for_ever_holds_up_nothing(
    told: Callable[..., Told], caplog: pytest.LogCaptureFixture
) -> None:
    journal, _ = told(*OPENED, {"items": [WRONG, DONE]})
    assert await journal.write([query("q1"), query("q2")], []) == []
    assert "mapper_parsing_exception" in caplog.text


async def test_much_is_written_in_several_requests(told: Callable[..., Told]) -> None:
    long = tuple(ShownItem(f"job_{at}", at, 0.5) for at in range(40_000))
    journal, cluster = told(*OPENED, {"items": [DONE] * 3}, {"items": [DONE]})
    await journal.write([query(f"q{at}", long) for at in range(4)], [])
    sizes = [len(body or b"") for _, _, body, _ in cluster.asked[2:]]
    assert len(sizes) == 2
    assert max(sizes) < 1.5 * MOST_BULK_BYTES


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (["<html>"], "cannot be read"),
        ([*OPENED, "<html>"], "cannot be read"),
        ([*OPENED, {"items": [{"index": {"status": 201}}]}], "cannot be read"),
        ([*OPENED, {"items": []}], "does not say what has become"),
    ],
    ids=["instead of the fields", "instead of items", "of something else", "too few items"],
)
async def test_an_answer_that_is_none_is_an_error_of_ours(
    told: Callable[..., Told], answers: Sequence[Any], said: str
) -> None:
    journal, _ = told(*answers)
    with pytest.raises(SourceError, match=said):
        await journal.write([], [event("e1")])


@pytest.mark.parametrize("answer", ["<html>", {"docs": [{"found": True, "_source": 1}]}, {"docs": [{"error": "x"}]}])
async def test_queries_that_cannot_be_read_are_an_error_of_ours(told: Callable[..., Told], answer: Any) -> None:
    journal, _ = told(answer)
    with pytest.raises(SourceError, match="cannot be read"):
        await journal.find(["q1"])


async def test_a_journal_that_was_never_used_has_nothing_to_close(told: Callable[..., Told]) -> None:
    journal, cluster = told()
    assert await journal.find(["", "half of a pair \ud800"]) == {}
    await journal.close()
    assert cluster.asked == []


async def test_queries_of_others_are_not_found(told: Callable[..., Told]) -> None:
    mine, others = query_document(query("q1"), "shop"), query_document(query("q2"), "another")
    by_hand = {"application": "shop", "query_id": "q3"}
    found = [{"found": True, "_source": one} for one in (mine, others, by_hand)]
    journal, _ = told({"docs": [*found, {"found": False}]})
    assert list(await journal.find(["q1", "q2", "q3", "q4"])) == ["q1"]


def test_a_cluster_that_is_not_there_is_an_error_of_ours() -> None:
    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        list(ClusterFeedbackLog(NOWHERE, "shop").all_events())


@pytest.fixture
def names(opensearch_server: OpenSearchAccess) -> Iterator[dict[str, str]]:
    """Names of indexes of the test's own."""
    prefix = f"test-{token_hex(6)}"
    yield {"queries": f"{prefix}-queries", "events": f"{prefix}-events"}
    opensearch_server.ask("DELETE", f"/{prefix}-*")


@pytest.mark.parametrize("made_by_ubi", [False, True])
async def test_texts_that_look_like_dates_or_numbers_are_texts(
    opensearch_server: OpenSearchAccess, names: dict[str, str], made_by_ubi: bool
) -> None:
    if made_by_ubi:
        opensearch_server.ask("PUT", f"/{names['events']}", {"mappings": {"properties": {"action_name": KEYWORD}}})
    odd = [
        event("2026-05-01")._replace(session="2026-05-01", viewer="2026-05-01", arm="2026-05-01"),
        event("e2")._replace(session="not a day", viewer="17", arm="2026/05/01", model="1.5"),
    ]
    options = ClusterOptions((opensearch_server.address,))
    journal = ClusterJournal(options, "shop", timedelta(days=36_500), **names)
    assert await journal.write([], odd) == [True, True]
    await journal.close()
    assert sorted(ClusterFeedbackLog(options, "shop", **names).all_events()) == odd
    made = opensearch_server.ask("GET", f"/{names['events']}/_mapping")[names["events"]]["mappings"]["properties"]
    assert (made["session_id"], made["event_attributes"]["properties"]["arm"]) == (KEYWORD, KEYWORD)


async def test_an_event_that_the_cluster_refuses_holds_up_no_other(
    opensearch_server: OpenSearchAccess, names: dict[str, str]
) -> None:
    """An index in which a text has made a field one of dates, before its fields were mapped."""
    fields = {"session_id": {"type": "date"}}
    opensearch_server.ask("PUT", f"/{names['events']}", {"mappings": {"properties": fields}})
    options = ClusterOptions((opensearch_server.address,))
    journal = ClusterJournal(options, "shop", timedelta(days=36_500), **names)
    fits = event("e2")._replace(session="2026-05-01")
    refused, taken = await journal.write([], [event("e1"), fits])
    await journal.close()
    assert isinstance(refused, SourceError)
    assert taken is True
    assert list(ClusterFeedbackLog(options, "shop", **names).all_events()) == [fits]


async def test_a_shard_that_is_missing_is_no_query_that_nobody_has_shown(
    opensearch_server: OpenSearchAccess, names: dict[str, str]
) -> None:
    nowhere = {"index.routing.allocation.require._name": "nobody", "number_of_replicas": 0}
    opensearch_server.ask("PUT", f"/{names['queries']}?wait_for_active_shards=0", {"settings": nowhere})
    journal = ClusterJournal(ClusterOptions((opensearch_server.address,)), "shop", YEAR, **names)
    with pytest.raises(SourceUnavailable, match="cannot answer at the moment"):
        await journal.find(["q1"])
    await journal.close()


async def test_where_nothing_was_ever_kept_no_query_is_known(
    opensearch_server: OpenSearchAccess, names: dict[str, str]
) -> None:
    journal = ClusterJournal(ClusterOptions((opensearch_server.address,)), "shop", YEAR, **names)
    assert await journal.find(["q1"]) == {}
    await journal.close()


async def test_applications_share_indexes_and_each_has_its_own_and_old_ones_go(
    opensearch_server: OpenSearchAccess, names: dict[str, str]
) -> None:
    options = ClusterOptions((opensearch_server.address,))
    for application in ("shop", "another"):
        journal = ClusterJournal(options, application, timedelta(days=36_500), **names)
        assert await journal.write([query(f"{application}-q")], [event("e1")]) == [True]
        await journal.close()
    log = ClusterFeedbackLog(options, "shop", **names)
    assert [one.id for one in log.all_queries()] == ["shop-q"]
    assert list(log.all_events()) == [event("e1")]
    made = opensearch_server.ask("GET", f"/{names['queries']}/_mapping")[names["queries"]]["mappings"]
    assert made == {**MAPPINGS[QUERIES], "dynamic": "false"}
    soon = ClusterJournal(options, "shop", timedelta(days=1), **names)
    await soon.write([query("shop-later")], [])
    while list(log.all_events()):
        await asyncio.sleep(0.05)
    await soon.close()
    assert len(list(ClusterFeedbackLog(options, "another", **names).all_events())) == 1
