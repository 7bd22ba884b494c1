"""Time zones as clocks: how far they are apart on a day, and how long working days overlap."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.catalog.clocks import (
    FIRST_DAY,
    LAST_DAY,
    Workday,
    distance,
    most_shared,
    offset_of,
    shared,
    zone_of_country,
    zones_near,
    zones_sharing,
)
from resolvers.catalog.codes import TIMEZONES

WINTER, SUMMER = date(2026, 1, 15), date(2026, 7, 15)
HOUR = timedelta(hours=1)
DAY_MINUTES = 24 * 60

offsets = st.integers(-14 * 4, 14 * 4).map(lambda quarters: quarters * HOUR / 4)
minutes = st.integers(0, DAY_MINUTES - 1)
workdays = st.tuples(minutes, minutes).filter(lambda ends: ends[0] != ends[1])


def hours(one: str, other: str, day: date) -> float:
    return distance(offset_of(one, day), offset_of(other, day)) / HOUR


@pytest.mark.parametrize(
    ("one", "other", "day", "apart"),
    [
        ("Europe/Berlin", "Europe/Berlin", WINTER, 0),
        ("Europe/Berlin", "America/New_York", WINTER, 6),
        # In America clocks are changed two weeks earlier in spring, on 8 March, and a week later in autumn.
        ("Europe/Berlin", "America/New_York", date(2026, 3, 7), 6),
        ("Europe/Berlin", "America/New_York", date(2026, 3, 8), 5),
        ("Europe/Berlin", "America/New_York", date(2026, 3, 29), 6),
        ("Europe/Berlin", "Africa/Lagos", WINTER, 0),
        ("Europe/Berlin", "Africa/Lagos", SUMMER, 1),
        ("Asia/Kolkata", "Europe/London", WINTER, 5.5),
        ("Asia/Kathmandu", "Asia/Kolkata", WINTER, 0.25),
        ("Australia/Lord_Howe", "Australia/Sydney", WINTER, 0),
        ("Australia/Lord_Howe", "Australia/Sydney", SUMMER, 0.5),
        # 24 hours ahead, and 23: clocks show the same, and one hour's difference.
        ("Pacific/Kiritimati", "Pacific/Honolulu", WINTER, 0),
        ("Pacific/Auckland", "Pacific/Honolulu", WINTER, 1),
        ("Etc/GMT+12", "Pacific/Kiritimati", WINTER, 2),
        ("Asia/Kolkata", "Pacific/Honolulu", WINTER, 8.5),
    ],
)
def test_clocks_are_apart_by_the_shorter_way_around_the_day(one: str, other: str, day: date, apart: float) -> None:
    assert hours(one, other, day) == hours(other, one, day) == apart


def test_the_zones_near_to_another_are_those_of_the_day() -> None:
    assert "Africa/Lagos" in zones_near("Europe/Berlin", timedelta(), WINTER)
    assert "Africa/Lagos" not in zones_near("Europe/Berlin", timedelta(), SUMMER)
    assert zones_near("Asia/Kathmandu", timedelta(), WINTER) == {"Asia/Kathmandu", "Asia/Katmandu"}
    assert zones_near("Europe/Berlin", 12 * HOUR, WINTER) == TIMEZONES.known()


@pytest.mark.parametrize(("zone", "wide"), [("Europe/Berlin", 3.0), ("Asia/Kolkata", 0.5), ("Pacific/Apia", 1.0)])
@pytest.mark.parametrize("day", [WINTER, SUMMER, FIRST_DAY, LAST_DAY])
def test_the_zones_near_to_another_are_all_that_are_so_near(zone: str, wide: float, day: date) -> None:
    expected = {other for other in TIMEZONES.known() if hours(zone, other, day) <= wide}
    assert zones_near(zone, wide * HOUR, day) == expected
    assert zone in expected


@pytest.mark.parametrize(
    ("ours", "theirs", "apart", "common"),
    [
        (Workday(), Workday(), 0, 8),
        (Workday(), Workday(), 6, 2),
        (Workday(), Workday(), -6, 2),
        (Workday(), Workday(), 5.75, 2.25),
        (Workday(), Workday(), 8, 0),
        (Workday(), Workday(), 12, 0),
        (Workday(), Workday(), 23, 7),
        (Workday(time(8), time(20)), Workday(), 6, 3),
        (Workday(time(8), time(20)), Workday(), -6, 5),
        # A night shift runs past midnight; what is left of a shift of 20 hours on both of its sides counts.
        (Workday(time(22), time(6)), Workday(), 0, 0),
        (Workday(time(22), time(6)), Workday(), 12, 7),
        (Workday(time(14), time(10)), Workday(), 0, 4),
        (Workday(time(9), time(9, 30)), Workday(time(9, 15), time(0)), 0, 0.25),
    ],
)
def test_working_days_have_in_common_when_both_work(
    ours: Workday, theirs: Workday, apart: float, common: float
) -> None:
    assert shared(ours, timedelta(), theirs, apart * HOUR) == common * HOUR


@given(workdays, offsets, workdays, offsets)
def test_what_working_days_have_in_common_is_what_counting_minutes_gives(
    one: tuple[int, int], here: timedelta, other: tuple[int, int], there: timedelta
) -> None:
    def at_work(ends: tuple[int, int], offset: timedelta) -> set[int]:
        ahead = round(offset / timedelta(minutes=1))
        length = (ends[1] - ends[0]) % DAY_MINUTES
        return {(ends[0] + minute - ahead) % DAY_MINUTES for minute in range(length)}

    def workday(ends: tuple[int, int]) -> Workday:
        return Workday(*(time(end // 60, end % 60) for end in ends))

    expected = timedelta(minutes=len(at_work(one, here) & at_work(other, there)))
    assert shared(workday(one), here, workday(other), there) == expected
    assert shared(workday(other), there, workday(one), here) == expected


def test_the_zones_whose_working_days_overlap_are_those_of_the_day() -> None:
    nine_to_five = Workday()
    spring = date(2026, 3, 20)
    assert "Europe/Berlin" not in zones_sharing("America/New_York", 3 * HOUR, nine_to_five, nine_to_five, WINTER)
    assert "Europe/Berlin" in zones_sharing("America/New_York", 3 * HOUR, nine_to_five, nine_to_five, spring)
    late = Workday(time(12), time(20))
    found = zones_sharing("America/New_York", 5 * HOUR, nine_to_five, late, WINTER)
    assert {"Europe/Berlin", "America/New_York", "Africa/Lagos"} <= found
    assert "Asia/Kolkata" not in found


def test_the_longest_overlap_is_that_of_the_shorter_day_where_some_zone_has_it() -> None:
    assert most_shared("Asia/Kathmandu", Workday(), Workday(), WINTER) == 8 * HOUR
    # Nobody's clock is ten minutes off that of Berlin.
    assert most_shared("Europe/Berlin", Workday(time(9, 10), time(17, 10)), Workday(), WINTER) == 8 * HOUR - HOUR / 6


@pytest.mark.parametrize(
    ("code", "zone"),
    [("IN", "Asia/Kolkata"), ("DE", "Europe/Berlin"), ("US", None), ("PT", None), ("AQ", None), ("XX", None)],
)
def test_a_country_has_a_time_zone_where_its_clocks_agree(code: str, zone: str | None) -> None:
    assert zone_of_country(code, WINTER) == zone


def test_no_zone_is_whatever_the_machine_has() -> None:
    assert {"localtime", "Factory"} & TIMEZONES.known() == set()
