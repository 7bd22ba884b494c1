"""Rankings that were handed out are kept for some time, in the process and where processes share them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest

from resolvers.sources.base import Score
from resolvers.sources.cached.breaker import Breaker
from resolvers.sources.cached.guarded import Guarded
from resolvers.sources.cached.rankings import PIECE_HITS, RankingStore
from resolvers.sources.counting import Event
from resolvers.sources.rankings import KeptRanking, Shown
from tests.support.caching import FakeRemote, Tally, Time, skill_ref, turns

SECONDS = 900
OpenStore = Callable[..., RankingStore]


def ranking(count: int = 3, **facts: Any) -> KeptRanking:
    hits = tuple(Shown(skill_ref(f"{at}"), Score(0.1 * at, None, -1.0) if at % 2 else None) for at in range(count))
    return replace(KeptRanking(b"search", "a text \ud800", hits=hits), **facts)


@pytest.fixture
async def open_store(time: Time, remote: FakeRemote, tally: Tally) -> AsyncIterator[OpenStore]:
    """Opens a store as one process has it, which shares the cache with the others unless it is told not to."""
    async with AsyncExitStack() as opened:

        def opening(*, shares: bool = True, most_bytes: int = 1_000_000) -> RankingStore:
            breakers = Breaker(failures=3, clock=time), Breaker(failures=1, clock=time)
            guarded = Guarded(remote, *breakers, tally, 0.02) if shares else None
            store = RankingStore(
                seconds=SECONDS, most_bytes=most_bytes, remote=guarded, clock=time.clock, counting=tally
            )
            opened.push_async_callback(store.close)
            return store

        yield opening


async def found(store: RankingStore, *wanted: KeptRanking) -> list[KeptRanking | None]:
    return await store.find([one.name for one in wanted])


@pytest.mark.parametrize("shares", [False, True])
async def test_a_ranking_comes_back_as_it_was(open_store: OpenStore, shares: bool) -> None:
    store = open_store(shares=shares)
    some = [ranking(), ranking(from_end=True), ranking(0), ranking(PIECE_HITS), ranking(2 * PIECE_HITS + 1)]
    for one in some:
        store.keep(one)
    await turns()
    there = store if not shares else open_store()
    unknown = ranking(4)
    assert await found(there, *some, unknown) == [*some, None]


async def test_it_is_gone_when_its_time_is_over_unless_it_was_handed_out_again(
    open_store: OpenStore, time: Time
) -> None:
    store, other, one = open_store(), open_store(), ranking()
    store.keep(one)
    await turns()
    time.now += SECONDS / 2 - 1
    store.keep(one)
    await turns()
    time.now += SECONDS
    assert await found(store, one) == await found(other, one) == [one]
    store.keep(one)
    await turns()
    time.now += 1.5 * SECONDS - 1
    assert await found(store, one) == await found(other, one) == [one]
    time.now += 1
    assert await found(store, one) == await found(other, one) == [None]


async def test_what_many_are_shown_is_written_once_in_a_while(
    open_store: OpenStore, time: Time, remote: FakeRemote
) -> None:
    store = open_store()
    for _ in range(3):
        store.keep(ranking())
    await turns()
    assert len(remote.writes) == 1
    time.now += SECONDS / 2
    store.keep(ranking())
    await turns()
    assert len(remote.writes) == 2


async def test_a_page_more_of_a_deep_ranking_is_one_write_and_a_look_up_of_two_round_trips(
    open_store: OpenStore, remote: FakeRemote, tally: Tally
) -> None:
    store, deep = open_store(), ranking(3 * PIECE_HITS)
    store.keep(deep)
    await turns()
    further = ranking(3 * PIECE_HITS + 20)
    store.keep(further)
    await turns()
    assert [len(keys) for keys in remote.writes] == [3, 1]
    assert await found(open_store(), further) == [further]
    assert [len(keys) for keys in remote.reads] == [1, 3]
    assert await found(store, deep, further) == [deep, further]
    assert len(remote.reads) == 2
    assert tally[Event.MISS] == 0


async def test_a_ranking_of_which_a_piece_is_gone_is_gone(open_store: OpenStore, remote: FakeRemote) -> None:
    open_store(most_bytes=0).keep(ranking(2 * PIECE_HITS + 1))
    await turns()
    del remote.values[remote.writes[0][0]]
    assert await found(open_store(), ranking(2 * PIECE_HITS + 1)) == [None]


async def test_this_process_keeps_so_many_bytes_those_that_were_used_last(open_store: OpenStore, tally: Tally) -> None:
    store = open_store(shares=False, most_bytes=2_000)
    rankings = [ranking(20, text=f"{at}") for at in range(9)]
    for one in rankings:
        store.keep(one)
    kept = await found(store, *rankings)
    assert kept[0] is None
    assert kept[-1] == rankings[-1]
    assert 0 < tally[Event.LOCAL_BYTES] <= 2_000


@pytest.mark.parametrize("trouble", ["broken", "hanging", "full"])
async def test_whatever_is_wrong_with_the_shared_cache_is_a_ranking_not_found(
    open_store: OpenStore, remote: FakeRemote, trouble: str
) -> None:
    store, one = open_store(), ranking()
    setattr(remote, trouble, "connection" if trouble == "broken" else True)
    store.keep(one)
    await turns()
    assert await found(store, one, ranking(4)) == [one, None]
    assert await found(open_store(), one) == [None]


async def test_what_cannot_be_read_is_a_ranking_not_found(
    open_store: OpenStore, remote: FakeRemote, tally: Tally
) -> None:
    open_store().keep(ranking())
    await turns()
    [(key, (_, until))] = remote.values.items()
    remote.values[key] = b"\xc1 of another make", until
    assert await found(open_store(), ranking()) == [None]
    assert tally.counts[Event.REMOTE_ERROR, "unreadable"] == 1


async def test_closing_waits_for_no_write(open_store: OpenStore, remote: FakeRemote) -> None:
    store = open_store()
    remote.hanging = True
    store.keep(ranking())
    await turns()
    await store.close()
    assert remote.writes == []
