"""Documents out of the cache: what is asked of the engine, how old an answer may be, and what breaks nothing."""

import asyncio
from typing import Any

import pytest

from resolvers.deadline import Deadline
from resolvers.errors import DeadlineExceeded, SourceError, SourceUnavailable
from resolvers.sources.base import Call
from resolvers.sources.cached.lifetimes import Jitter, Lifetimes
from resolvers.sources.cached.source import CachedSource
from resolvers.sources.counting import Event
from tests.support.caching import (
    FakeEngine,
    FakeRemote,
    Tally,
    Time,
    fetch,
    find,
    search_for,
    settled,
    skill_ref,
    turns,
)


async def test_what_was_fetched_once_is_not_asked_for_again(alone: CachedSource, engine: FakeEngine) -> None:
    assert await fetch(alone, "a", "none", "a") == [1, None, 1]
    assert await fetch(alone, "b", "none", "a") == [1, None, 1]
    assert engine.asked == [[skill_ref("a"), skill_ref("none")], [skill_ref("b")]]


async def test_what_this_process_has_is_at_hand(
    alone: CachedSource, engine: FakeEngine, time: Time, tally: Tally
) -> None:
    here, there = [skill_ref("a"), skill_ref("none"), skill_ref("a")], skill_ref("b")
    assert alone.snapshot().at_hand(here) is None
    await fetch(alone, "a", "none")
    found = alone.snapshot().at_hand(here)
    assert found is not None
    assert [one and one.ref for one in found] == [here[0], None, here[0]]
    counted = tally[Event.LOCAL_HIT]
    assert alone.snapshot().at_hand([*here, there]) is None
    # Whoever asks for all of them then counts what is here.
    assert tally[Event.LOCAL_HIT] == counted
    time.now += 61
    assert alone.snapshot().at_hand(here) is None
    assert len(engine.asked) == 1


async def test_a_batch_is_one_look_up_in_the_shared_cache_and_one_engine_call(
    shared: CachedSource, engine: FakeEngine, remote: FakeRemote, open_cache: Any
) -> None:
    assert await fetch(shared, "a", "b", "none") == [1, 1, None]
    await settled(shared)
    other = await open_cache(remote)
    assert await fetch(other, "a", "b", "c", "none") == [1, 1, 1, None]
    assert [len(keys) for keys in remote.reads] == [3, 4]
    assert engine.asked == [[skill_ref("a"), skill_ref("b"), skill_ref("none")], [skill_ref("c")]]
    await settled(shared)
    assert [len(keys) for keys in remote.writes] == [3, 1]


async def test_a_document_is_given_until_its_time_is_over(alone: CachedSource, engine: FakeEngine, time: Time) -> None:
    assert await fetch(alone, "a") == [1]
    engine.change("a", 2)
    time.now += 47.9
    assert await fetch(alone, "a") == [1]
    assert len(engine.asked) == 1
    time.now += 12.1
    assert await fetch(alone, "a") == [2]


async def test_a_missing_document_is_looked_for_again_soon(alone: CachedSource, engine: FakeEngine, time: Time) -> None:
    assert await fetch(alone, "new") == [None]
    engine.change("new", 1)
    time.now += 3.9
    assert await fetch(alone, "new") == [None]
    time.now += 1.1
    assert await fetch(alone, "new") == [1]


@pytest.mark.parametrize("with_remote", [False, True])
async def test_near_its_end_a_document_is_given_and_asked_for_again_once(
    open_cache: Any, remote: FakeRemote, engine: FakeEngine, time: Time, with_remote: bool
) -> None:
    source = await open_cache(remote if with_remote else None)
    await fetch(source, "a")
    await settled(source)
    engine.change("a", 2)
    engine.gate.clear()
    time.now += 48
    assert [await fetch(source, "a") for _ in range(3)] == [[1]] * 3
    await turns()
    assert len(engine.asked) == 2
    engine.gate.set()
    await settled(source)
    time.now += 47
    assert await fetch(source, "a") == [2]
    assert len(engine.asked) == 2


@pytest.mark.parametrize(("drawn", "seconds"), [(0.0, 60), (0.5, 57), (1.0, 54)])
async def test_what_was_filled_together_does_not_run_out_together(
    open_cache: Any, engine: FakeEngine, time: Time, drawn: float, seconds: float
) -> None:
    source = await open_cache(jitter=Jitter(lambda: drawn))
    await fetch(source, "a")
    engine.change("a", 2)
    time.now += seconds - 0.1
    assert await fetch(source, "a") == [1]
    await settled(source)
    time.now += 0.1
    engine.change("a", 3)
    assert await fetch(source, "a") == [2]


async def test_errors_are_not_remembered(shared: CachedSource, engine: FakeEngine, remote: FakeRemote) -> None:
    engine.error = SourceError("this one failed")
    assert [type(one) for one in await fetch(shared, "a")] == [SourceError]
    engine.error = None
    assert await fetch(shared, "a") == [1]
    engine.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await fetch(shared, "b")
    engine.error = None
    assert await fetch(shared, "b") == [1]
    await settled(shared)
    assert len(remote.writes) == 2


async def test_an_engine_that_fails_as_a_whole_fails_what_it_was_asked_for(
    alone: CachedSource, engine: FakeEngine
) -> None:
    await fetch(alone, "a")
    engine.error, engine.raises = SourceUnavailable("it is down"), True
    assert await fetch(alone, "a", "b") == [1, engine.error]
    assert await find(alone, search_for("x")) is engine.error


@pytest.mark.parametrize("error", [ZeroDivisionError(), TimeoutError()])
async def test_an_error_that_nobody_has_foreseen_is_raised_where_somebody_waits_and_logged_where_nobody_does(
    alone: CachedSource, engine: FakeEngine, time: Time, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    await fetch(alone, "a")
    engine.error = error
    with pytest.raises(type(error)):
        await fetch(alone, "b")
    assert caplog.records == []
    time.now += 50
    assert await fetch(alone, "a") == [1]
    await settled(alone)
    assert [record.message for record in caplog.records] == ["a look-up failed that nobody waits for"]


async def test_a_cache_that_is_closed_answers_nothing_more(alone: CachedSource, engine: FakeEngine) -> None:
    await fetch(alone, "a")
    engine.gate.clear()
    waiting = asyncio.create_task(fetch(alone, "a", "b"))
    await turns()
    await alone.close()
    for found in (await waiting, await fetch(alone, "a", "c")):
        assert found[0] == 1
        assert isinstance(found[1], SourceUnavailable)
    assert engine.cancelled == 1
    assert not engine.is_open


async def test_the_rest_of_a_batch_is_answered_when_the_engine_is_down(
    shared: CachedSource, engine: FakeEngine
) -> None:
    await fetch(shared, "a")
    engine.error = SourceUnavailable("it is down")
    assert await fetch(shared, "a", "b") == [1, engine.error]


async def test_without_the_engine_no_document_is_given_past_its_time(
    shared: CachedSource, engine: FakeEngine, time: Time
) -> None:
    await fetch(shared, "a")
    await settled(shared)
    engine.error = SourceUnavailable("it is down")
    time.now += 60
    assert await fetch(shared, "a") == [engine.error]


@pytest.mark.parametrize("with_remote", [False, True])
async def test_a_cold_key_under_load_is_one_engine_call(
    open_cache: Any, engine: FakeEngine, remote: FakeRemote, with_remote: bool
) -> None:
    source = await open_cache(remote if with_remote else None)
    engine.gate.clear()
    asking = [asyncio.create_task(fetch(source, "a", "b")) for _ in range(64)]
    asking += [asyncio.create_task(fetch(source, "b", "c")) for _ in range(64)]
    await turns()
    engine.gate.set()
    assert await asyncio.gather(*asking) == [[1, 1]] * 128
    assert engine.asked == [[skill_ref("a"), skill_ref("b")], [skill_ref("c")]]
    assert len(remote.reads) == (1 if with_remote else 0)


async def test_a_cold_key_is_one_engine_call_although_nothing_is_remembered_here(
    open_cache: Any, engine: FakeEngine, remote: FakeRemote
) -> None:
    source = await open_cache(remote, local_bytes=0)
    assert await asyncio.gather(*(fetch(source, "a") for _ in range(64))) == [[1]] * 64
    await settled(source)
    assert await fetch(source, "a") == [1]
    assert len(engine.asked) == 1


async def test_who_gives_up_does_not_take_the_call_from_the_others(alone: CachedSource, engine: FakeEngine) -> None:
    engine.gate.clear()
    first, second = (asyncio.create_task(fetch(alone, "a")) for _ in range(2))
    await turns()
    first.cancel()
    await turns()
    assert engine.cancelled == 0
    engine.gate.set()
    assert await second == [1]
    assert len(engine.asked) == 1


async def test_a_call_that_nobody_waits_for_is_cancelled(alone: CachedSource, engine: FakeEngine) -> None:
    engine.gate.clear()
    asking = [asyncio.create_task(fetch(alone, "a")) for _ in range(2)]
    await turns()
    for one in asking:
        one.cancel()
    await turns()
    assert engine.cancelled == 1
    engine.gate.set()
    assert await fetch(alone, "a") == [1]


async def test_an_operation_that_runs_out_of_time_gets_what_is_there_and_leaves_the_rest_to_others(
    alone: CachedSource, engine: FakeEngine
) -> None:
    await fetch(alone, "a")
    engine.gate.clear()
    patient = asyncio.create_task(fetch(alone, "b"))
    await turns()
    there, late = await fetch(alone, "a", "b", call=Call(Deadline(0.02)))
    assert there == 1
    assert isinstance(late, DeadlineExceeded)
    engine.gate.set()
    assert await patient == [1]
    assert len(engine.asked) == 2


async def test_the_engine_is_told_the_operation_and_its_deadline(
    alone: CachedSource, engine: FakeEngine, time: Time
) -> None:
    operation = Call(Deadline(0.5), "web/1234", "ann")
    await fetch(alone, "a", call=operation)
    assert engine.calls == [operation]
    time.now += 50
    await fetch(alone, "a", call=operation)
    await settled(alone)
    assert engine.calls[:2] == [operation] * 2
    [background] = engine.calls[2:]
    assert (background.label, background.viewer, background.deadline.remaining()) == ("web/1234", "ann", 10)


async def test_what_is_due_of_an_index_that_is_out_of_use_is_left_alone(
    alone: CachedSource, engine: FakeEngine, time: Time
) -> None:
    old = alone.snapshot()
    await old.fetch([skill_ref("a")])
    engine.generation = "g2"
    time.now += 50
    await old.fetch([skill_ref("a")])
    await settled(alone)
    assert len(engine.asked) == 1


async def test_who_has_far_more_time_does_not_wait_for_a_call_that_ends_soon(
    alone: CachedSource, engine: FakeEngine
) -> None:
    engine.gate.clear()
    calls = [Call(Deadline(seconds)) for seconds in (0.6, 1, 5, 8)]
    asking = [asyncio.create_task(fetch(alone, "a", call=call)) for call in calls]
    await turns()
    assert len(engine.asked) == 2
    engine.gate.set()
    assert await asyncio.gather(*asking) == [[1]] * 4


async def test_who_has_time_left_when_anothers_deadline_is_over_asks_again(
    alone: CachedSource, engine: FakeEngine
) -> None:
    engine.gate.clear()
    first, second = (asyncio.create_task(fetch(alone, "a", call=Call(Deadline(seconds)))) for seconds in (5, 8))
    await turns()
    engine.error = DeadlineExceeded("the engine has kept to the deadline of the first")
    engine.gate.set()
    assert await first == [engine.error]
    engine.error = None
    assert await second == [1]
    assert len(engine.asked) == 2


async def test_a_shared_call_ends_by_its_own_deadline(open_cache: Any, engine: FakeEngine) -> None:
    source = await open_cache(lifetimes=Lifetimes(call=0.02))
    engine.gate.clear()
    [late] = await fetch(source, "a")
    assert isinstance(late, DeadlineExceeded)
    await settled(source)
    assert engine.cancelled == 1


async def test_another_index_has_documents_of_its_own(alone: CachedSource, engine: FakeEngine) -> None:
    old = alone.snapshot()
    await fetch(alone, "a")
    engine.generation = "g2"
    engine.change("a", 2)
    assert await fetch(alone, "a") == [2]
    [document] = await old.fetch([skill_ref("a")])
    assert document.record.name == "v1"  # type: ignore[union-attr]


async def test_values_that_cannot_be_read_are_misses(
    shared: CachedSource, remote: FakeRemote, tally: Tally, open_cache: Any
) -> None:
    await fetch(shared, "a")
    await settled(shared)
    [key] = remote.values
    raw, until = remote.values[key]
    for broken in (b"", b"junk", raw[:25], raw[:-1], raw[:20] + b"\xc1" * 9):
        remote.values[key] = broken, until
        other = await open_cache(remote)
        assert await fetch(other, "a") == [1]
        await settled(other)
    assert tally.counts[Event.REMOTE_ERROR, "unreadable"] == 3


async def test_a_document_is_not_given_past_its_time_while_it_is_asked_for_again(
    open_cache: Any, remote: FakeRemote, engine: FakeEngine, time: Time
) -> None:
    source = await open_cache(remote, local_bytes=0)
    await fetch(source, "a")
    await settled(source)
    engine.change("a", 2)
    time.now += 50
    engine.gate.clear()
    assert [await fetch(source, "a") for _ in range(3)] == [[1]] * 3
    await turns()
    assert len(engine.asked) == 2
    time.now += 10
    waiting = asyncio.create_task(fetch(source, "a"))
    await turns()
    engine.gate.set()
    assert await waiting == [2]


async def test_nothing_is_put_in_place_of_what_could_not_be_read(
    shared: CachedSource, engine: FakeEngine, remote: FakeRemote
) -> None:
    engine.gate.clear()
    remote.broken = "connection"
    asking = asyncio.create_task(fetch(shared, "a"))
    await turns()
    remote.broken = None
    engine.gate.set()
    assert await asking == [1]
    await settled(shared)
    assert remote.writes == []


async def test_a_value_from_the_future_is_a_miss(
    shared: CachedSource, engine: FakeEngine, time: Time, open_cache: Any, remote: FakeRemote
) -> None:
    await fetch(shared, "a")
    await settled(shared)
    engine.change("a", 2)
    time.now -= 0.9
    assert await fetch(await open_cache(remote), "a") == [1]
    time.now -= 0.2
    assert await fetch(await open_cache(remote), "a") == [2]


async def test_hits_misses_and_calls_are_counted(
    shared: CachedSource, tally: Tally, open_cache: Any, remote: FakeRemote
) -> None:
    await fetch(shared, "a", "none")
    await fetch(shared, "a", "none")
    await settled(shared)
    await fetch(await open_cache(remote), "a")
    document = {event: amount for (event, about), amount in tally.counts.items() if about == "document"}
    assert document == {
        Event.MISS: 2,
        Event.ENGINE_CALL: 1,
        Event.LOCAL_HIT: 1,
        Event.MISSING_HIT: 1,
        Event.REMOTE_HIT: 1,
    }
    written = sum(len(value) for value, _ in remote.values.values())
    assert tally[Event.BYTES_WRITTEN] == written
    assert tally[Event.REMOTE_ERROR] == 0
