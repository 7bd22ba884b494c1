"""What every store of feedback keeps, in any number of processes that use one place."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex

import pytest

from resolvers.sources.embedded.feedback.files import FeedbackFiles
from resolvers.sources.embedded.feedback.journal import EmbeddedJournal
from resolvers.sources.embedded.feedback.log import EmbeddedFeedbackLog
from resolvers.sources.feedback import Action, FeedbackLog, FeedbackStore
from resolvers.sources.opensearch.connection import ClusterOptions
from resolvers.sources.opensearch.feedback.journal import ClusterJournal
from resolvers.sources.opensearch.feedback.log import ClusterFeedbackLog
from resolvers.sources.recording import Recording
from tests.contract.conftest import ENGINES, SERVERS
from tests.support.feedback import event, query

LONG_AGO = timedelta(days=36_500)


@dataclass(frozen=True)
class Kept:
    """A place of feedback: opens it as a server process does, and reads it as a command does."""

    open: Callable[[], AbstractAsyncContextManager[FeedbackStore]]
    log: Callable[[], FeedbackLog]


@pytest.fixture(params=ENGINES)
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    if request.param == "embedded":
        data_dir = tmp_path_factory.mktemp("feedback") / "index"
        seconds = LONG_AGO.total_seconds()
        yield Kept(
            lambda: opened(Recording(EmbeddedJournal(FeedbackFiles(data_dir, keep_seconds=seconds)))),
            lambda: EmbeddedFeedbackLog(data_dir),
        )
        return
    server = request.getfixturevalue(SERVERS[request.param])
    options = ClusterOptions((server.address,), server.username, server.password, server.ca_file)
    prefix = f"test-{token_hex(6)}"
    names = {"queries": f"{prefix}-queries", "events": f"{prefix}-events"}
    yield Kept(
        lambda: opened(Recording(ClusterJournal(options, "discovery", LONG_AGO, **names))),
        lambda: ClusterFeedbackLog(options, "discovery", **names),
    )
    server.ask("DELETE", f"/{prefix}-*")


@asynccontextmanager
async def opened(store: FeedbackStore) -> AsyncIterator[FeedbackStore]:
    await store.start()
    try:
        yield store
    finally:
        await store.close()


async def test_what_was_shown_is_found_at_once_and_by_other_processes_once_it_is_written(kept: Kept) -> None:
    async with kept.open() as store, kept.open() as other:
        store.shown(query("q1"))
        assert repr(await store.queries(["q1", "q2"])) == repr({"q1": query("q1")})
        await store.record([event("e1")])
        odd = ["", "x" * 1_000, "half of a pair \ud800"]
        assert repr(await other.queries(["q1", "q2", "q1", *odd])) == repr({"q1": query("q1")})
        assert repr(await store.queries(["q1"])) == repr({"q1": query("q1")})


async def test_an_event_is_recorded_once_whoever_reports_it_and_the_first_counts(kept: Kept) -> None:
    async with kept.open() as store, kept.open() as other:
        store.shown(query("q1"))
        events = [event("e1"), event("e2"), event("e1", action=Action.HIRE)]
        assert await store.record(events) == [True, True, False]
        assert await other.record([event("e2"), event("e3")]) == [False, True]
        assert await store.record([]) == []
        recorded = sorted(await asyncio.to_thread(lambda: list(kept.log().all_events())))
        assert recorded == [event("e1"), event("e2"), event("e3")]


async def test_two_processes_that_are_told_the_same_at_once_record_it_once(kept: Kept) -> None:
    async with kept.open() as store, kept.open() as other:
        reports = [one.record([event(f"e{at}")]) for at in range(10) for one in (store, other)]
        found = await asyncio.gather(*reports)
        assert sum(is_new for [is_new] in found) == 10
        assert len(await asyncio.to_thread(lambda: list(kept.log().all_events()))) == 10


async def test_everything_is_written_when_a_store_is_closed(kept: Kept) -> None:
    async with kept.open() as store:
        for at in range(3):
            store.shown(query(f"q{at}"))
    found = sorted(await asyncio.to_thread(lambda: list(kept.log().all_queries())))
    assert repr(found) == repr([query("q0"), query("q1"), query("q2")])


async def test_what_nobody_has_written_is_not_there(kept: Kept) -> None:
    assert [*kept.log().all_queries(), *kept.log().all_events()] == []
    async with kept.open() as store:
        assert await store.queries(["", "q"]) == {}
