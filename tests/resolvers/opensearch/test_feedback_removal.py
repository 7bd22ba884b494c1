"""What is too old goes every day, and the log says how much that was."""

import asyncio
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any, cast

import orjson
import pytest

from resolvers.errors import SourceUnavailable
from resolvers.sources.opensearch.connection import Cluster, ClusterOptions
from resolvers.sources.opensearch.feedback.journal import ClusterJournal
from resolvers.sources.opensearch.feedback.removal import AGAIN_SECONDS, AT_ONCE, DAY_SECONDS, Removal
from tests.servers.opensearch.access import OpenSearchAccess
from tests.support.clusters_made_up import Scripted
from tests.support.feedback import event, query

YEAR = timedelta(days=365)
BOTH = "ubi_queries,ubi_events"


class Enough(Exception):
    """The test has seen what it is about."""


async def removed_daily(*answers: Any) -> tuple[list[float], Scripted]:
    """How long is waited between the days that the cluster answers so, and what it was asked."""
    cluster, pauses = Scripted(answers), list[float]()

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == len(answers):
            raise Enough

    removal = Removal(cast("Cluster", cluster), BOTH, "shop", YEAR, sleep=sleep)
    with pytest.raises(Enough):
        await removal.daily()
    return pauses, cluster


async def test_what_is_too_old_of_the_application_goes_every_day_and_is_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    pauses, cluster = await removed_daily({"total": 3, "deleted": 3}, {"total": 0, "deleted": 0})
    assert pauses == [DAY_SECONDS, DAY_SECONDS]
    method, path, body, parameters = cluster.asked[0]
    assert (method, path) == ("POST", "/ubi_queries,ubi_events/_delete_by_query")
    assert (parameters["conflicts"], parameters["max_docs"]) == ("proceed", str(AT_ONCE))
    application, before = orjson.loads(body or b"")["query"]["bool"]["filter"]
    assert application == {"term": {"application": "shop"}}
    moment = datetime.fromisoformat(before["range"]["timestamp"]["lt"])
    assert abs(datetime.now(UTC) - YEAR - moment) < timedelta(minutes=1)
    [said] = caplog.messages
    assert said.startswith("3 queries and events of before 20")


async def test_what_cannot_be_removed_is_tried_again_within_the_day(caplog: pytest.LogCaptureFixture) -> None:
    pauses, _ = await removed_daily(SourceUnavailable("busy"), ZeroDivisionError(), "<html>", {"deleted": 0})
    assert pauses == [AGAIN_SECONDS, AGAIN_SECONDS, AGAIN_SECONDS, DAY_SECONDS]
    assert caplog.messages[0] == "feedback that is too old could not be removed: busy"
    assert len(caplog.messages) == 3


async def test_much_is_removed_in_parts_until_nothing_is_left_or_others_remove_it() -> None:
    parts = [{"total": AT_ONCE, "deleted": AT_ONCE}, {"total": AT_ONCE, "deleted": 7}, {"total": AT_ONCE, "deleted": 0}]
    cluster = Scripted(parts)
    assert await Removal(cast("Cluster", cluster), BOTH, "shop", YEAR).once() == AT_ONCE + 7
    assert len(cluster.asked) == 3


async def test_it_goes_in_a_real_cluster(opensearch_server: OpenSearchAccess) -> None:
    prefix, options = f"test-{token_hex(6)}", ClusterOptions((opensearch_server.address,))
    names = {"queries": f"{prefix}-queries", "events": f"{prefix}-events"}
    for application in ("shop", "another"):
        journal = ClusterJournal(options, application, timedelta(days=36_500), **names)
        await journal.write([query(f"{application}-q")], [event("e1"), event("e2")])
        await journal.close()
    cluster = Cluster(options)
    opensearch_server.ask("POST", f"/{prefix}-*/_refresh")
    removal = Removal(cluster, ",".join(names.values()), "shop", timedelta(days=1))
    found = [await removal.once(), await removal.once()]
    await cluster.close()
    left = opensearch_server.ask("GET", f"/{prefix}-*/_count")["count"]
    opensearch_server.ask("DELETE", f"/{prefix}-*")
    assert (found, left) == ([3, 0], 3)


async def test_a_journal_removes_from_its_first_write_until_it_is_closed() -> None:
    running, ended = list[Removal](), asyncio.Event()

    async def remove(removal: Removal) -> None:
        running.append(removal)
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    cluster = Scripted([{"ubi_queries": {}}, {"ubi_events": {}}, {}, {"items": [{"create": {"status": 201}}]}] * 2)
    options = ClusterOptions(("http://127.0.0.1:1",))
    journal = ClusterJournal(options, "shop", YEAR, connect=lambda _: cast("Cluster", cluster), remove=remove)
    await journal.open()
    await journal.write([], [event("e1")])
    await asyncio.sleep(0)
    assert len(running) == 1
    await journal.close()
    assert ended.is_set()
