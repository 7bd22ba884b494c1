"""Changes reach every process at once, whatever is under way, and a broken connection makes nobody trust old values."""

import asyncio
from typing import Any

import msgspec
import pytest

from resolvers.catalog.kind import Kind
from resolvers.sources.cached.keys import affected
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

SEARCH = search_for("x", count=True)


async def test_a_change_reaches_this_and_other_processes(
    shared: CachedSource, engine: FakeEngine, remote: FakeRemote, open_cache: Any, tally: Tally
) -> None:
    other = await open_cache(remote)
    assert [await fetch(source, "a", "b", "none") for source in (shared, other)] == [[1, 1, None]] * 2
    for name in ("a", "none"):
        engine.change(name, 2)
    assert await shared.invalidate([skill_ref("a"), skill_ref("none")]) is True
    await settled(shared, other)
    assert [await fetch(source, "a", "b", "none") for source in (shared, other)] == [[2, 1, 2]] * 2
    assert tally[Event.INVALIDATION] == 2


async def test_without_a_shared_cache_a_change_reaches_this_process(alone: CachedSource, engine: FakeEngine) -> None:
    await fetch(alone, "a")
    await find(alone, SEARCH)
    engine.change("a", 2)
    assert await alone.invalidate([skill_ref("a")]) is True
    assert await fetch(alone, "a") == [2]
    await find(alone, SEARCH)
    assert len(engine.searched) == 2


async def test_searches_of_a_changed_kind_are_not_fresh_any_more(
    shared: CachedSource, engine: FakeEngine, remote: FakeRemote, open_cache: Any
) -> None:
    other = await open_cache(remote)
    for source in (shared, other):
        await find(source, SEARCH)
        await settled(source)
    assert len(engine.searched) == 1
    engine.change("d", 1)
    await shared.invalidate([skill_ref("d")])
    await settled(shared, other)
    assert [(await find(source, SEARCH)).total for source in (shared, other)] == [4, 4]


async def test_searches_of_other_kinds_stay(shared: CachedSource, engine: FakeEngine) -> None:
    await find(shared, SEARCH)
    await settled(shared)
    await shared.invalidate([], [Kind.JOB])
    await find(shared, SEARCH)
    assert len(engine.searched) == 1


def test_a_change_affects_searches_of_the_kinds_that_refer_to_its_own() -> None:
    assert affected([Kind.SKILL]) == [Kind.SKILL, Kind.JOB, Kind.TALENT]
    assert affected([Kind.CLIENT]) == [Kind.CLIENT, Kind.JOB]
    assert affected([Kind.JOB]) == [Kind.JOB]
    assert affected([]) == []


@pytest.mark.parametrize("with_remote", [False, True])
async def test_what_was_being_read_during_a_change_is_not_stored(
    open_cache: Any, remote: FakeRemote, engine: FakeEngine, with_remote: bool
) -> None:
    source = await open_cache(remote if with_remote else None)
    engine.gate.clear()
    reading = asyncio.create_task(fetch(source, "a"))
    searching = asyncio.create_task(find(source, SEARCH))
    await turns()
    engine.change("a", 2)
    engine.change("d", 1)
    await source.invalidate([skill_ref("a"), skill_ref("d")])
    engine.gate.set()
    assert (await reading, (await searching).total) == ([1], 3)
    await settled(source)
    assert await fetch(source, "a") == [2]
    assert (await find(source, SEARCH)).total == 4
    if with_remote:
        other = await open_cache(remote)
        assert (await fetch(other, "a"), (await find(other, SEARCH)).total) == ([2], 4)


async def test_who_asks_after_a_change_does_not_get_what_was_being_read_before(
    alone: CachedSource, engine: FakeEngine
) -> None:
    engine.gate.clear()
    before = asyncio.create_task(fetch(alone, "a"))
    await turns()
    engine.change("a", 2)
    await alone.invalidate([skill_ref("a")])
    after = asyncio.create_task(fetch(alone, "a"))
    await turns()
    engine.gate.set()
    assert (await before, await after) == ([1], [2])


async def test_who_asks_after_a_gap_does_not_get_what_was_being_read_before(
    shared: CachedSource, engine: FakeEngine, remote: FakeRemote
) -> None:
    engine.gate.clear()
    before = asyncio.create_task(fetch(shared, "a"))
    await turns()
    remote.cut_off()
    while remote.listeners:
        await turns()
    engine.change("a", 2)
    while not remote.listeners:
        await asyncio.sleep(0.01)
    await turns()
    after = asyncio.create_task(fetch(shared, "a"))
    await turns()
    engine.gate.set()
    assert (await before, await after) == ([1], [2])


async def test_another_process_does_not_put_back_what_it_has_read_before_a_change(
    shared: CachedSource, engine: FakeEngine, remote: FakeRemote, open_cache: Any
) -> None:
    deaf = await open_cache(remote)
    remote.cut_off()
    await turns()
    engine.gate.clear()
    reading = asyncio.create_task(fetch(deaf, "a"))
    await turns()
    engine.change("a", 2)
    await shared.invalidate([skill_ref("a")])
    engine.gate.set()
    assert await reading == [1]
    await settled(deaf)
    assert await fetch(await open_cache(remote), "a") == [2]


async def test_a_changed_document_can_be_stored_again(
    shared: CachedSource, engine: FakeEngine, remote: FakeRemote, open_cache: Any
) -> None:
    await fetch(shared, "a")
    await settled(shared)
    await shared.invalidate([skill_ref("a")])
    await settled(shared)
    await fetch(shared, "a")
    await settled(shared)
    await fetch(await open_cache(remote), "a")
    assert len(engine.asked) == 2


async def test_while_nothing_is_heard_this_process_trusts_nothing_that_it_holds(
    shared: CachedSource, engine: FakeEngine, remote: FakeRemote, open_cache: Any, tally: Tally
) -> None:
    other = await open_cache(remote)
    await fetch(shared, "a")
    await find(shared, SEARCH)
    await settled(shared)
    remote.cut_off()
    await turns()
    engine.change("a", 2)
    await other.invalidate([skill_ref("a")])
    assert await fetch(shared, "a") == [2]
    assert (await find(shared, SEARCH)).hits[0].document.record.name == "v2"
    assert tally.counts[Event.REMOTE_ERROR, "connection"] == 2


async def test_after_a_gap_what_was_held_before_is_not_trusted(shared: CachedSource, remote: FakeRemote) -> None:
    await fetch(shared, "a")
    await settled(shared)
    remote.cut_off()
    await turns()
    assert remote.listeners == 0
    while not remote.listeners:
        await asyncio.sleep(0.01)
    remote.reads.clear()
    assert await fetch(shared, "a") == [1]
    assert len(remote.reads) == 1
    assert await fetch(shared, "a") == [1]
    assert len(remote.reads) == 1


@pytest.mark.parametrize("message", [b"", b"junk", msgspec.msgpack.encode(["fake", "g1", [["NO_KIND", b"x"]], []])])
async def test_a_message_that_means_nothing_makes_everything_doubtful(
    shared: CachedSource, remote: FakeRemote, message: bytes
) -> None:
    await fetch(shared, "a")
    await settled(shared)
    remote.reads.clear()
    await remote.publish(message)
    await turns()
    await fetch(shared, "a")
    assert len(remote.reads) == 1


async def test_an_error_that_nobody_has_foreseen_does_not_leave_the_process_deaf(
    open_cache: Any, engine: FakeEngine, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    class Breaking(FakeRemote):
        async def messages(self) -> Any:
            async for message in super().messages():
                if message is not None:
                    raise ZeroDivisionError
                yield message

    remote = Breaking(time)
    source = await open_cache(remote, retry_seconds=0.01)
    await remote.publish(b"")
    async with asyncio.timeout(10):
        while not caplog.records:
            await turns()
        engine.change("a", 2)
        assert not source._documents._tiers.validity.hears
        while not remote.listeners:
            await asyncio.sleep(0.01)
    assert await fetch(source, "a") == [2]


async def test_a_shared_cache_that_does_not_end_well_keeps_nobody_from_ending(
    shared: CachedSource, engine: FakeEngine, remote: FakeRemote, caplog: pytest.LogCaptureFixture
) -> None:
    remote.ends_badly = True
    await shared.close()
    assert not engine.is_open
    [record] = caplog.records
    assert record.getMessage() == "the connections to the shared cache did not end well (timeout)"
    remote.ends_badly = False


async def test_changes_of_another_index_concern_nobody(shared: CachedSource, engine: FakeEngine) -> None:
    await fetch(shared, "a")
    await settled(shared)
    engine.generation = "g2"
    await shared.invalidate([skill_ref("a")])
    await settled(shared)
    engine.generation = "g1"
    await fetch(shared, "a")
    assert len(engine.asked) == 1


async def test_who_invalidates_learns_that_the_shared_cache_could_not_be_told(
    shared: CachedSource, engine: FakeEngine, remote: FakeRemote, time: Time, open_cache: Any
) -> None:
    await fetch(shared, "a")
    await settled(shared)
    engine.change("a", 2)
    remote.broken = "connection"
    assert await shared.invalidate([skill_ref("a")]) is False
    assert await fetch(shared, "a") == [2]
    remote.broken = None
    other = await open_cache(remote)
    assert await fetch(other, "a") == [1]
    time.now += 60
    assert await fetch(other, "a") == [2]


async def test_a_full_cache_forgets_what_has_changed(
    shared: CachedSource, engine: FakeEngine, remote: FakeRemote, open_cache: Any
) -> None:
    await fetch(shared, "a")
    await find(shared, SEARCH)
    await settled(shared)
    remote.full = True
    engine.change("a", 2)
    assert await shared.invalidate([skill_ref("a")]) is True
    other = await open_cache(remote)
    assert await fetch(other, "a") == [2]
    assert (await find(other, SEARCH)).hits[0].document.record.name == "v2"


async def test_many_changes_are_told_in_parts(shared: CachedSource, remote: FakeRemote) -> None:
    names = [str(number) for number in range(1_001)]
    await fetch(shared, *names)
    await settled(shared)
    assert await shared.invalidate([skill_ref(name) for name in names]) is True
    assert all(len(remote.values[key][0]) == 8 for key in remote.values if b"SKILL:" in key)
    assert len(remote.values) == 1_001
