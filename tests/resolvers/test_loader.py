"""Answers by key: how many batches they take, and what one that fails does to the others."""

import asyncio
from collections.abc import Sequence
from weakref import ref

import pytest

from resolvers.loaders.loader import Loader
from tests.support.garbage import collected_by_hand


class Doubled(Loader[int, int]):
    """Doubles numbers up to 9, has an error for each above, and fails altogether where -1 is among them."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Sequence[int]] = []

    async def fetch(self, keys: Sequence[int]) -> Sequence[int | Exception]:
        self.asked.append(keys)
        await asyncio.sleep(0)
        if -1 in keys:
            raise ConnectionError("gone")
        return [key * 2 if key < 10 else ValueError(f"{key} is too much") for key in keys]


async def test_what_neighbours_ask_for_is_one_batch_with_each_key_once() -> None:
    loader = Doubled()
    found = await asyncio.gather(loader.load_all([1, 2, 1]), loader.load(3), loader.load_many([2, 4]))
    assert found == [[2, 4, 2], 6, [4, 8]]
    assert loader.asked == [[1, 2, 3, 4]]


async def test_what_is_known_or_under_way_is_not_asked_for_again() -> None:
    loader = Doubled()
    loader.prime({5: 50})
    first = asyncio.ensure_future(loader.load_all([1, 2]))
    while not loader.asked:
        await asyncio.sleep(0)
    assert await loader.load_all([2, 5, 6]) == [4, 50, 12]
    loader.prime({1: 7})
    assert (await first, await loader.load(1)) == ([2, 4], 2)
    assert loader.asked == [[1, 2], [6]]


async def test_an_error_stands_in_its_own_place_and_is_raised_where_one_answer_is_wanted() -> None:
    loader = Doubled()
    [good, bad] = await loader.load_all([1, 11])
    assert (good, str(bad)) == (2, "11 is too much")
    with pytest.raises(ValueError, match="11 is too much"):
        await loader.load_many([1, 11])
    assert loader.asked == [[1, 11]]


async def test_a_batch_that_fails_is_an_error_for_its_keys_which_may_be_asked_for_again() -> None:
    loader = Doubled()
    await loader.load(3)
    [known, failed, lost] = await loader.load_all([3, -1, 4])
    assert (known, type(failed), lost) == (6, ConnectionError, failed)
    assert await loader.load(4) == 8
    assert loader.asked == [[3], [-1, 4], [4]]


async def test_who_gives_up_waiting_takes_nothing_from_the_others() -> None:
    loader = Doubled()
    one, other = asyncio.ensure_future(loader.load(1)), asyncio.ensure_future(loader.load(1))
    await asyncio.sleep(0)
    one.cancel()
    assert await other == 2
    assert one.cancelled()


class Handy(Doubled):
    """Has even numbers at hand."""

    def at_hand(self, keys: Sequence[int]) -> list[int] | None:
        return [key * 2 for key in keys] if all(key % 2 == 0 for key in keys) else None


async def test_what_is_at_hand_is_not_waited_for() -> None:
    loader = Handy()
    assert loader.known([2, 4, 2]) == [4, 8, 4]
    assert loader.known([1, 2]) is None
    assert await loader.load_all([1, 2, 6]) == [2, 4, 12]
    assert loader.asked == [[1, 6]]
    assert loader.known([1, 6, 8]) == [2, 12, 16]
    assert loader.known([]) == []
    assert Doubled().known([2]) is None


async def test_a_loader_is_gone_when_nobody_has_it_any_more() -> None:
    loader = Doubled()
    is_left = ref(loader)
    with collected_by_hand():
        assert await loader.load_all([1, 2]) == [2, 4]
        del loader
        assert is_left() is None
