"""Results of searches out of the cache: how old they may be, whose they are, and what an engine that is down leaves."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from resolvers.deadline import Deadline
from resolvers.errors import DeadlineExceeded, SourceError, SourceUnavailable
from resolvers.sources.base import Call, Degradation, SearchResult
from resolvers.sources.cached.lifetimes import Lifetimes
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
    version_of,
)

SEARCH = search_for("x", count=True)
STALE = frozenset({Degradation.STALE})
DOWN = SourceUnavailable("it is down")


def versions(result: Any) -> list[int | None]:
    return [version_of(hit.document) for hit in result.hits]


async def test_an_answer_out_of_the_cache_is_the_engines(
    shared: CachedSource, engine: FakeEngine, remote: FakeRemote, open_cache: Any
) -> None:
    first = await find(shared, SEARCH)
    [direct] = await engine.snapshot().search([SEARCH])
    assert first == replace(direct, took_seconds=0)
    await settled(shared)
    other = await open_cache(remote)
    assert [await find(source, SEARCH) for source in (shared, other, other)] == [first] * 3
    assert len(engine.searched) == 2
    assert engine.asked == []


async def test_a_cached_answer_took_as_long_as_its_look_up(alone: CachedSource) -> None:
    [first] = await alone.snapshot().search([SEARCH])
    [second] = await alone.snapshot().search([SEARCH])
    assert (first.took_seconds, second.took_seconds) == (0.125, 0)  # type: ignore[union-attr]


async def test_what_this_process_has_found_is_at_hand(alone: CachedSource, engine: FakeEngine, time: Time) -> None:
    assert alone.snapshot().answered(SEARCH) is None
    found = await find(alone, SEARCH)
    assert alone.snapshot().answered(SEARCH) == found
    assert alone.snapshot().answered(search_for("y")) is None
    engine.down = DOWN
    # There may be another index meanwhile, which is for `search` to say.
    assert alone.snapshot().answered(SEARCH) is None
    engine.down = None
    time.now += 10_000
    assert alone.snapshot().answered(SEARCH) is None
    assert len(engine.searched) == 1


async def test_a_batch_asks_the_engine_for_what_is_not_cached_in_one_call(
    alone: CachedSource, engine: FakeEngine
) -> None:
    requests = [search_for(text) for text in "abc"]
    await find(alone, requests[1])
    answers = await alone.snapshot().search([*requests, requests[0]])
    assert all(isinstance(answer, SearchResult) for answer in answers)
    assert engine.searched == [[requests[1]], [requests[0], requests[2]]]


async def test_what_a_search_has_found_is_not_fetched(
    shared: CachedSource, engine: FakeEngine, remote: FakeRemote, open_cache: Any
) -> None:
    await find(shared, SEARCH)
    assert await fetch(shared, "a", "b", "c") == [1, 1, 1]
    await settled(shared)
    assert await fetch(await open_cache(remote), "a", "b", "c") == [1, 1, 1]
    assert engine.asked == []


async def test_out_of_the_shared_cache_a_search_is_two_look_ups(
    shared: CachedSource, remote: FakeRemote, open_cache: Any
) -> None:
    await find(shared, SEARCH)
    await settled(shared)
    remote.reads.clear()
    other = await open_cache(remote)
    await find(other, SEARCH)
    assert [len(keys) for keys in remote.reads] == [2, 3]
    await find(other, SEARCH)
    assert len(remote.reads) == 2


async def test_a_result_is_fresh_then_given_while_it_is_asked_for_again_then_gone(
    open_cache: Any, remote: FakeRemote, engine: FakeEngine, time: Time
) -> None:
    for source in (await open_cache(), await open_cache(remote)):
        await find(source, SEARCH)
        await settled(source)
        engine.searched.clear()
        time.now += 4.9
        await find(source, SEARCH)
        assert engine.searched == []
        engine.gate.clear()
        time.now += 0.1
        del engine.documents[skill_ref("c")]
        assert [(await find(source, SEARCH)).total for _ in range(3)] == [3] * 3
        await turns()
        assert len(engine.searched) == 1
        engine.gate.set()
        await settled(source)
        assert (await find(source, SEARCH)).total == 2
        engine.change("c", 1)
        time.now += 10
        assert (await find(source, SEARCH)).total == 3


async def test_a_result_that_another_process_has_renewed_is_not_asked_for_again(
    open_cache: Any, remote: FakeRemote, engine: FakeEngine, time: Time
) -> None:
    one, other = await open_cache(remote), await open_cache(remote)
    for source in (one, other):
        await find(source, SEARCH)
        await settled(source)
    time.now += 6
    await find(one, SEARCH)
    await settled(one)
    await find(other, SEARCH)
    await settled(other)
    assert len(engine.searched) == 2


async def test_degraded_answers_and_errors_are_not_stored(shared: CachedSource, engine: FakeEngine) -> None:
    engine.degraded = frozenset({Degradation.PARTIAL})
    assert (await find(shared, SEARCH)).degraded == {Degradation.PARTIAL}
    engine.error = SourceError("this one failed")
    assert await find(shared, SEARCH) is engine.error
    engine.error, engine.degraded = None, frozenset()
    assert (await find(shared, SEARCH)).degraded == frozenset()
    assert len(engine.searched) == 3
    engine.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await find(shared, search_for("y"))


@pytest.mark.parametrize("with_remote", [False, True])
@pytest.mark.parametrize("failure", [DOWN, DeadlineExceeded("too slow")])
async def test_while_the_engine_is_down_an_older_result_is_given_and_says_so(
    open_cache: Any, remote: FakeRemote, engine: FakeEngine, time: Time, tally: Tally, with_remote: bool, failure: Any
) -> None:
    source = await open_cache(remote if with_remote else None)
    first = await find(source, SEARCH)
    await settled(source)
    engine.error = failure
    time.now += 304
    expected = replace(first, degraded=STALE)
    assert await find(source, SEARCH) == expected
    if with_remote:
        assert await find(await open_cache(remote), SEARCH) == expected
    assert tally[Event.STALE_HIT] == (2 if with_remote else 1)
    assert await find(source, search_for("never asked")) is failure
    time.now += 1
    assert await find(source, SEARCH) is failure
    engine.error = None
    assert await find(source, SEARCH) == first


async def test_an_error_of_the_one_search_is_not_covered_up(
    alone: CachedSource, engine: FakeEngine, time: Time
) -> None:
    await find(alone, SEARCH)
    time.now += 20
    engine.error = SourceError("this one failed")
    assert await find(alone, SEARCH) is engine.error


async def test_when_the_engine_is_too_slow_for_the_operation_an_older_result_is_given(
    alone: CachedSource, engine: FakeEngine, time: Time
) -> None:
    first = await find(alone, SEARCH)
    time.now += 20
    engine.gate.clear()
    found = await find(alone, SEARCH, Call(Deadline(0.02)))
    assert found == replace(first, degraded=STALE)
    await turns()
    assert engine.cancelled == 1


async def test_while_no_view_can_be_had_the_last_index_answers_and_says_so(
    alone: CachedSource, engine: FakeEngine, time: Time
) -> None:
    first = await find(alone, SEARCH)
    time.now += 1
    engine.down = DOWN
    assert await find(alone, SEARCH) == replace(first, degraded=STALE)
    assert alone.snapshot().info().generation == "g1"
    assert await fetch(alone, "a", "other") == [1, DOWN]
    time.now += 298
    assert await find(alone, SEARCH) == replace(first, degraded=STALE)
    time.now += 1
    with pytest.raises(SourceUnavailable):
        alone.snapshot()


async def test_without_ever_having_seen_an_index_there_is_no_view(alone: CachedSource, engine: FakeEngine) -> None:
    engine.down = DOWN
    with pytest.raises(SourceUnavailable, match="it is down"):
        alone.snapshot()


async def test_a_result_whose_document_has_gone_is_a_miss(
    shared: CachedSource, engine: FakeEngine, remote: FakeRemote, open_cache: Any
) -> None:
    await find(shared, SEARCH)
    await settled(shared)
    remote.values = {key: value for key, value in remote.values.items() if not key.endswith(b"skill_b")}
    other = await open_cache(remote)
    assert (await find(other, SEARCH)).total == 3
    assert (len(engine.asked), len(engine.searched)) == (1, 1)
    remote.values = {key: value for key, value in remote.values.items() if not key.endswith(b"skill_b")}
    del engine.documents[skill_ref("b")]
    assert (await find(await open_cache(remote), SEARCH)).total == 2
    assert (len(engine.asked), len(engine.searched)) == (2, 2)


async def test_a_result_whose_documents_are_not_held_any_more_is_no_search(
    open_cache: Any, engine: FakeEngine, time: Time
) -> None:
    source = await open_cache(lifetimes=Lifetimes(document=2, search=5, revalidate=0))
    first = await find(source, SEARCH)
    time.now += 3
    assert await find(source, SEARCH) == first
    assert (len(engine.searched), len(engine.asked)) == (1, 1)


async def test_a_result_that_cannot_be_read_is_a_miss(
    shared: CachedSource, engine: FakeEngine, remote: FakeRemote, open_cache: Any, tally: Tally
) -> None:
    first = await find(shared, SEARCH)
    await settled(shared)
    [key] = [key for key in remote.values if b":search:" in key]
    raw, until = remote.values[key]
    for broken in (b"junk", raw[:-1], raw[:20] + b"\xc0"):
        remote.values[key] = broken, until
        assert await find(await open_cache(remote), SEARCH) == first
        await settled(shared)
    assert len(engine.searched) == 4
    assert tally.counts[Event.REMOTE_ERROR, "unreadable"] == 2


async def test_viewers_do_not_share_answers(shared: CachedSource, engine: FakeEngine) -> None:
    calls = [Call(), Call(viewer="ann"), Call(viewer="bob"), Call(viewer=""), Call(viewer="ann")]
    for call in calls:
        await find(shared, SEARCH, call)
    assert [call.viewer for call in engine.calls] == [call.viewer for call in calls]
    assert len(engine.searched) == 4


async def test_a_cold_search_under_load_is_one_engine_call(shared: CachedSource, engine: FakeEngine) -> None:
    engine.gate.clear()
    asking = [asyncio.create_task(find(shared, SEARCH)) for _ in range(64)]
    await turns()
    engine.gate.set()
    found = await asyncio.gather(*asking)
    assert found == [found[0]] * 64
    assert len(engine.searched) == 1


async def test_another_index_has_results_of_its_own(alone: CachedSource, engine: FakeEngine) -> None:
    await find(alone, SEARCH)
    engine.generation = "g2"
    engine.change("a", 2)
    found = await find(alone, SEARCH)
    assert versions(found) == [2, 1, 1]


async def test_a_lost_epoch_is_a_miss(
    shared: CachedSource, engine: FakeEngine, remote: FakeRemote, open_cache: Any
) -> None:
    await find(shared, SEARCH)
    await settled(shared)
    remote.values = {key: value for key, value in remote.values.items() if b":epoch:" not in key}
    await find(await open_cache(remote), SEARCH)
    assert len(engine.searched) == 2


async def test_nothing_is_stored_without_an_epoch(shared: CachedSource, remote: FakeRemote) -> None:
    remote.full = True
    await find(shared, SEARCH)
    remote.full = False
    await find(shared, SEARCH)
    assert remote.values == {}


async def test_a_result_is_not_stored_when_the_epoch_of_one_of_its_kinds_is_not_known(
    shared: CachedSource, engine: FakeEngine, remote: FakeRemote
) -> None:
    await find(shared, SEARCH)
    await settled(shared)
    stored = set(remote.values)
    engine.gate.clear()
    remote.full = True
    asking = asyncio.create_task(find(shared, replace(SEARCH, kinds=(Kind.SKILL, Kind.OCCUPATION))))
    await turns()
    remote.full = False
    engine.gate.set()
    await asking
    await settled(shared)
    assert set(remote.values) == stored
    assert len(engine.searched) == 2


async def test_results_are_counted(shared: CachedSource, tally: Tally, open_cache: Any, remote: FakeRemote) -> None:
    await find(shared, SEARCH)
    await find(shared, SEARCH)
    await settled(shared)
    await find(await open_cache(remote), SEARCH)
    search = {event: amount for (event, about), amount in tally.counts.items() if about == "search"}
    assert search == {Event.MISS: 1, Event.ENGINE_CALL: 1, Event.LOCAL_HIT: 1, Event.REMOTE_HIT: 1}


async def test_a_search_of_several_kinds_is_of_the_epochs_of_all(
    shared: CachedSource, engine: FakeEngine, open_cache: Any, remote: FakeRemote
) -> None:
    several = replace(SEARCH, kinds=(Kind.SKILL, Kind.OCCUPATION))
    await find(shared, several)
    await settled(shared)
    await shared.invalidate([], [Kind.OCCUPATION])
    await find(await open_cache(remote), several)
    assert len(engine.searched) == 2
