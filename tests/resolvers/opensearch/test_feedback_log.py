"""Feedback is read from a cluster as a whole, or not at all: what is learned of a part would mislead."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from secrets import token_hex
from typing import Any

import orjson
import pytest

from resolvers.errors import SourceError, SourceUnavailable
from resolvers.sources.opensearch.connection import ClusterOptions
from resolvers.sources.opensearch.feedback.journal import ClusterJournal
from resolvers.sources.opensearch.feedback.log import ClusterFeedbackLog
from resolvers.sources.opensearch.feedback.ubi import event_document
from tests.servers.opensearch.access import OpenSearchAccess
from tests.support.answering import Request, answering
from tests.support.feedback import event

NOWHERE = "http://127.0.0.1:1"


class Paging:
    """A cluster whose pages these are: each has the ids of its events, or is what the cluster says instead."""

    def __init__(self, pages: Sequence[Any], total: int) -> None:
        self._pages, self._total = iter(pages), total

    def __call__(self, request: Request) -> tuple[int, bytes]:
        if "_refresh" in request.path or request.body == b'{"size":0}' or request.method == "DELETE":
            return 200, b"{}"
        page = next(self._pages)
        if isinstance(page, Exception):
            raise page
        if isinstance(page, list):
            hits = [{"_source": event_document(event(id_), "shop")} for id_ in page]
            page = {"hits": {"hits": hits}}
        about = {"_scroll_id": "s", "hits": {}, "_shards": {"failed": 0}} | page
        about["hits"]["total"] = {"value": self._total}
        return 200, orjson.dumps(about)


def scrolled(requests: Sequence[Request]) -> int:
    return sum(one.method == "POST" and one.path.startswith("/_search/scroll") for one in requests)


def ids(log: ClusterFeedbackLog) -> list[str]:
    return [one.id for one in log.all_events()]


def test_every_page_is_asked_for_once_and_the_walk_is_given_back() -> None:
    with answering(Paging([["e1", "e2"], ["e3"], []], 3)) as server:
        assert ids(ClusterFeedbackLog(ClusterOptions((server.address,)), "shop")) == ["e1", "e2", "e3"]
    assert scrolled(server.requests) == 2
    assert server.requests[-1].method == "DELETE"
    assert "allow_partial_search_results=false" in server.requests[2].path


@pytest.mark.parametrize(
    "pages",
    [
        [["e1"], {"_shards": {"failed": 1}}],
        [["e1"], {"timed_out": True}],
        [["e1"], []],
    ],
    ids=["a shard fails", "a shard is late", "a page is skipped"],
)
def test_a_part_of_the_feedback_is_an_error(pages: Sequence[Any]) -> None:
    with (
        answering(Paging(pages, 3)) as server,
        pytest.raises(SourceUnavailable, match="has not given all of the feedback"),
    ):
        ids(ClusterFeedbackLog(ClusterOptions((server.address,)), "shop"))
    assert server.requests[-1].method == "DELETE"


def test_a_walk_that_begins_without_a_shard_is_an_error() -> None:
    with answering(Paging([{"_shards": {"failed": 1}}], 0)) as server, pytest.raises(SourceUnavailable):
        ids(ClusterFeedbackLog(ClusterOptions((server.address,)), "shop"))


def test_an_answer_that_is_none_is_an_error_of_ours() -> None:
    with answering(lambda _: (200, b"<html>")) as server, pytest.raises(SourceError, match="cannot be read"):
        ids(ClusterFeedbackLog(ClusterOptions((server.address,)), "shop"))


def test_a_page_whose_answer_is_lost_is_not_asked_for_again_since_that_would_be_the_next_one() -> None:
    lost = ConnectionResetError("as if")
    with (
        answering(Paging([["e1"], lost, ["e3"], []], 3)) as server,
        pytest.raises(SourceUnavailable, match="cannot be reached"),
    ):
        ids(ClusterFeedbackLog(ClusterOptions((server.address,)), "shop"))
    assert scrolled(server.requests) == 1


def test_a_node_that_is_away_keeps_nobody_from_reading() -> None:
    for _ in range(4):
        with answering(Paging([["e1"], ["e2"], []], 2)) as server:
            assert ids(ClusterFeedbackLog(ClusterOptions((NOWHERE, server.address)), "shop")) == ["e1", "e2"]


def test_where_no_node_is_there_that_is_said() -> None:
    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        ids(ClusterFeedbackLog(ClusterOptions((NOWHERE, "http://127.0.0.1:2")), "shop"))


@pytest.fixture
def prefix(opensearch_server: OpenSearchAccess) -> Iterator[str]:
    """The beginning of the names of the test's own indexes."""
    made = f"test-{token_hex(6)}"
    yield made
    opensearch_server.ask("DELETE", f"/{made}-*")


async def test_feedback_of_which_a_shard_is_missing_is_an_error(
    opensearch_server: OpenSearchAccess, prefix: str
) -> None:
    options, names = ClusterOptions((opensearch_server.address,)), {"queries": f"{prefix}-q", "events": f"{prefix}-1"}
    journal = ClusterJournal(options, "shop", timedelta(days=36_500), **names)
    await journal.write([], [event("e1")])
    await journal.close()
    nowhere = {"index.routing.allocation.require._name": "nobody", "number_of_replicas": 0}
    opensearch_server.ask("PUT", f"/{prefix}-2?wait_for_active_shards=0", {"settings": nowhere})
    actions = [{"add": {"index": f"{prefix}-{part}", "alias": f"{prefix}-both"}} for part in (1, 2)]
    opensearch_server.ask("POST", "/_aliases", {"actions": actions})
    with pytest.raises(SourceUnavailable, match="cannot answer at the moment"):
        ids(ClusterFeedbackLog(options, "shop", events=f"{prefix}-both"))
    assert ids(ClusterFeedbackLog(options, "shop", events=f"{prefix}-1")) == ["e1"]
