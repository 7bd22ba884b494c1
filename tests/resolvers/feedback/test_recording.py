"""Queries are written in the background, and events before whoever reports them is told so."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from resolvers.errors import SourceError
from resolvers.sources.feedback import Event, Recorded, ShownItem, ShownQuery
from resolvers.sources.recording import MOST_AT_ONCE, Recording
from tests.support.feedback import FULL, Counted, RememberedJournal, event, query

NEVER = 3_600.0


@pytest.fixture
def journal() -> RememberedJournal:
    return RememberedJournal()


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
async def recording(journal: RememberedJournal, counted: Counted) -> AsyncIterator[Recording]:
    """A recording whose queries wait for events, or for its end."""
    store = Recording(journal, counted, flush_seconds=NEVER, retry_seconds=NEVER, most_waiting=10)
    await store.start()
    yield store
    await store.close()


async def test_those_who_report_while_a_write_is_under_way_share_the_next_one(
    recording: Recording, journal: RememberedJournal
) -> None:
    recording.shown(query("q1"))
    found = await asyncio.gather(*(recording.record([event(f"e{at}"), event("same")]) for at in range(20)))
    assert found == [[True, True], *[[True, False]] * 19]
    assert journal.writes == [(1, 40)]


async def test_a_query_is_written_by_itself_after_a_while(journal: RememberedJournal, counted: Counted) -> None:
    store = Recording(journal, counted, flush_seconds=0)
    store.shown(query("q1"))
    store.shown(query("q2"))
    assert journal.writes == []
    while not counted.queries:
        await asyncio.sleep(0)
    assert (journal.writes, counted.queries) == ([(2, 0)], {"kept": 2})
    await store.close()


async def test_an_event_takes_its_own_query_along_and_the_oldest_others(journal: RememberedJournal) -> None:
    store = Recording(journal, flush_seconds=NEVER)
    for at in range(MOST_AT_ONCE + 20):
        store.shown(query(f"q{at}"))
    await store.record([event("e1", f"q{MOST_AT_ONCE + 10}")])
    assert journal.writes == [(MOST_AT_ONCE + 1, 1)]
    assert f"q{MOST_AT_ONCE + 10}" in journal.known
    assert len(await store.queries([f"q{MOST_AT_ONCE + 15}"])) == 1
    await store.close()
    assert journal.writes == [(MOST_AT_ONCE + 1, 1), (19, 0)]


async def test_what_could_not_be_written_is_told_and_its_queries_are_kept_for_the_next_write(
    recording: Recording, journal: RememberedJournal, caplog: pytest.LogCaptureFixture
) -> None:
    recording.shown(query("q1"))
    journal.failure = FULL
    for _ in range(2):
        with pytest.raises(SourceError, match="the disk is full"):
            await recording.record([event("e1")])
    assert [record.getMessage() for record in caplog.records] == ["feedback cannot be written: the disk is full"]
    journal.failure = None
    assert await recording.record([event("e1")]) == [True]
    assert "q1" in journal.known


async def test_a_query_that_failed_to_be_written_is_tried_again(journal: RememberedJournal, counted: Counted) -> None:
    store = Recording(journal, counted, flush_seconds=0, retry_seconds=0)
    journal.failure = FULL
    store.shown(query("q1"))
    while len(journal.writes) < 2:
        await asyncio.sleep(0)
    journal.failure = None
    while not counted.queries:
        await asyncio.sleep(0)
    assert list(journal.known) == ["q1"]
    await store.close()


async def test_queries_that_too_many_wait_in_front_of_are_dropped_counted_and_logged_once(
    recording: Recording, counted: Counted, caplog: pytest.LogCaptureFixture
) -> None:
    many = tuple(ShownItem(f"job_{at}", at, 0.0) for at in range(1, 7))
    for at in range(3):
        recording.shown(query(f"q{at}", many))
    assert counted.queries == {"dropped": 2}
    assert list(await recording.queries(["q0", "q1", "q2"])) == ["q0"]
    assert len(caplog.records) == 1


async def test_what_cannot_be_written_at_the_end_is_dropped(journal: RememberedJournal, counted: Counted) -> None:
    store = Recording(journal, counted, flush_seconds=NEVER)
    await store.start()
    store.shown(query("q1"))
    journal.failure = FULL
    await store.close()
    assert (counted.queries, journal.is_open) == ({"dropped": 1}, False)


async def test_a_journal_that_does_not_open_keeps_nobody_from_starting(
    journal: RememberedJournal, caplog: pytest.LogCaptureFixture
) -> None:
    journal.failure = FULL
    store = Recording(journal)
    await store.start()
    assert [record.getMessage() for record in caplog.records] == ["feedback cannot be recorded: the disk is full"]
    await store.close()


async def test_whoever_gives_up_waiting_disturbs_nobody(recording: Recording, journal: RememberedJournal) -> None:
    gone = asyncio.create_task(recording.record([event("e1")]))
    stays = asyncio.create_task(recording.record([event("e2")]))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == [True]
    journal.failure = FULL
    gone, stays = (asyncio.create_task(recording.record([event(id_)])) for id_ in ("e3", "e4"))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(SourceError):
        await stays


class Broken(RememberedJournal):
    """Has a defect."""

    tried = 0

    async def write(self, queries: Sequence[ShownQuery], events: Sequence[Event]) -> list[Recorded]:  # noqa: ARG002
        self.tried += 1
        raise ZeroDivisionError


class Hanging(RememberedJournal):
    """Never comes back from a write."""

    async def write(self, queries: Sequence[ShownQuery], events: Sequence[Event]) -> list[Recorded]:
        await asyncio.Event().wait()
        return await super().write(queries, events)


async def test_a_defect_leaves_nobody_waiting_and_is_logged_once_with_its_cause(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = Recording(Broken(), flush_seconds=NEVER)
    for _ in range(2):
        with pytest.raises(SourceError, match="report them again"):
            await store.record([event("e1")])
    [told] = caplog.records
    assert told.exc_info is not None
    assert isinstance(told.exc_info[1], ZeroDivisionError)


async def test_what_a_defect_has_kept_from_being_written_is_tried_again_after_a_pause() -> None:
    journal = Broken()
    store = Recording(journal, flush_seconds=0, retry_seconds=NEVER)
    store.shown(query("q1"))
    while not journal.tried:
        await asyncio.sleep(0)
    for _ in range(10):
        await asyncio.sleep(0)
    assert journal.tried == 1
    await store.close()


async def test_a_defect_keeps_no_server_from_ending(counted: Counted) -> None:
    journal = Broken()
    store = Recording(journal, counted, flush_seconds=NEVER)
    await store.start()
    store.shown(query("q1"))
    await store.close()
    assert (counted.queries, journal.is_open) == ({"dropped": 1}, False)


async def test_a_write_that_is_cancelled_leaves_nobody_waiting() -> None:
    store = Recording(Hanging(), flush_seconds=NEVER)
    waiting = asyncio.create_task(store.record([event("e1")]))
    await asyncio.sleep(0)
    [writing] = [task for task in asyncio.all_tasks() if task.get_name() == "write feedback"]
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(SourceError, match="report them again"):
        await waiting
