"""What a process holds itself, how much of it, and whether it counts."""

import pytest

from resolvers.sources.cached.entries import Entry
from resolvers.sources.cached.local import Local
from resolvers.sources.cached.validity import MOST_KEYS, Validity
from resolvers.sources.counting import Event
from tests.support.caching import Tally


def entry(value: str, cost: int = 10) -> Entry[str]:
    return Entry(value, b"", 0, 0, cost)


@pytest.fixture
def validity() -> Validity:
    return Validity(listens=False)


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def local(validity: Validity, tally: Tally) -> Local:
    return Local(30, validity, tally)


def put(local: Local, key: str, cost: int = 10, began: int = 1) -> None:
    local.put(key.encode(), entry(key, cost), began, (key.encode(),))


def held(local: Local, keys: str) -> str:
    return "".join(key for key in keys if local.kept(key.encode()))


def test_what_was_used_longest_ago_goes_first(local: Local, tally: Tally) -> None:
    for key in "abc":
        put(local, key)
    assert local.current(b"a") == entry("a")
    put(local, "d")
    assert (held(local, "abcd"), local.size_bytes) == ("acd", 30)
    put(local, "e", cost=25)
    assert (held(local, "abcde"), local.size_bytes) == ("e", 25)
    assert tally[Event.LOCAL_BYTES] == 25


def test_what_is_put_again_counts_once(local: Local, tally: Tally) -> None:
    put(local, "a", cost=10)
    put(local, "a", cost=20)
    assert (local.size_bytes, tally[Event.LOCAL_BYTES]) == (20, 20)


def test_what_does_not_fit_at_all_is_not_held_and_takes_no_other_along(local: Local) -> None:
    put(local, "a")
    put(local, "b", cost=31)
    assert (held(local, "ab"), local.size_bytes) == ("a", 10)
    put(local, "a", cost=31)
    assert (held(local, "ab"), local.size_bytes) == ("", 0)


def test_without_room_nothing_is_held(validity: Validity, tally: Tally) -> None:
    local = Local(0, validity, tally)
    put(local, "a")
    assert local.current(b"a") is None


def test_a_change_ends_what_began_to_be_read_before_it(local: Local, validity: Validity) -> None:
    before = validity.now()
    put(local, "a", began=before)
    put(local, "b", began=before)
    validity.touch([b"a"])
    assert (local.current(b"a"), local.kept(b"a")) == (None, None)
    assert local.current(b"b") == entry("b")
    put(local, "a", began=before)
    assert local.current(b"a") is None
    put(local, "a", began=validity.now())
    assert local.current(b"a") == entry("a")


def test_doubt_ends_everything_that_was_read_before_it_but_for_an_emergency(local: Local, validity: Validity) -> None:
    put(local, "a", began=validity.now())
    validity.doubt()
    assert (local.current(b"a"), local.kept(b"a")) == (None, entry("a"))
    put(local, "a", began=validity.now())
    assert local.current(b"a") == entry("a")


def test_who_listens_trusts_nothing_before_being_heard_and_after() -> None:
    validity = Validity(listens=True)
    began = validity.now()
    assert not validity.holds(began, ())
    validity.hear_again()
    assert not validity.holds(began, ())
    began = validity.now()
    assert validity.holds(began, ())
    validity.lose_touch()
    assert not validity.holds(began, ())
    validity.hear_again()
    assert not validity.holds(began, ())
    assert validity.holds(validity.now(), ())


def test_more_changes_than_can_be_remembered_are_doubt(validity: Validity) -> None:
    began = validity.now()
    validity.touch(str(number).encode() for number in range(MOST_KEYS))
    assert validity.holds(began, [b"other"])
    validity.touch([b"one more"])
    assert not validity.holds(began, [b"other"])
    assert validity.is_touched(began, [b"other"])
    assert validity.holds(validity.now(), [b"0"])


def test_doubt_forgets_nothing_that_is_known(validity: Validity) -> None:
    began = validity.now()
    validity.touch([b"a"])
    validity.doubt()
    assert (validity.is_touched(began, [b"a"]), validity.is_touched(began, [b"b"])) == (True, False)
