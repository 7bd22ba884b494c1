"""Sort keys and stored values: their order is the order of what they stand for."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from resolvers.sources.sort_keys import id_sort_key, microseconds, sort_key, stored_value

numbers = st.floats(allow_nan=False, allow_infinity=False)
ids = st.text(min_size=1, max_size=20).filter(lambda text: not any("\ud800" <= char <= "\udfff" for char in text))


@given(numbers, numbers)
def test_sort_keys_are_in_the_order_of_numbers(one: float, other: float) -> None:
    assert (sort_key(one, "a", descending=False) < sort_key(other, "a", descending=False)) is (one < other)
    assert (sort_key(one, "a", descending=True) < sort_key(other, "a", descending=True)) is (one > other)


@given(ids, ids)
def test_ties_are_in_the_order_of_ids(one: str, other: str) -> None:
    for descending in (True, False):
        keys = sort_key(1.5, one, descending=descending), sort_key(1.5, other, descending=descending)
        assert (keys[0] < keys[1]) is (one.encode() < other.encode())


@given(numbers)
def test_what_is_missing_is_last(number: float) -> None:
    for descending in (True, False):
        assert sort_key(number, "z", descending=descending) < sort_key(None, "a", descending=descending)


def test_zero_has_one_sort_key() -> None:
    assert sort_key(0.0, "a", descending=True) == sort_key(-0.0, "a", descending=True)
    assert sort_key(0, "a", descending=False) == sort_key(-0.0, "a", descending=False)


@given(st.datetimes(), st.datetimes())
def test_times_are_exact_to_the_microsecond(one: datetime, other: datetime) -> None:
    one, other = one.replace(tzinfo=UTC), other.replace(tzinfo=UTC)
    assert timedelta(microseconds=microseconds(one) - microseconds(other)) == one - other


def test_a_time_is_the_same_in_every_zone() -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert microseconds(noon.astimezone(timezone(timedelta(hours=9)))) == microseconds(noon) == 1_777_636_800_000_000
    assert microseconds(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


def test_stored_values_are_as_they_are_but_for_times() -> None:
    assert [stored_value(value) for value in ("x", 1.5, True)] == ["x", 1.5, True]
    assert stored_value(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1_000_000


def test_an_id_sorts_by_its_bytes() -> None:
    assert id_sort_key("job_é") == "6a6f625fc3a9"
