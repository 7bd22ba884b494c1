"""Time zones as filters: which day's clocks count, and that a request stays the same while they do."""

from datetime import UTC, date, datetime, timedelta

from resolvers.sources.base import Filter, SearchRequest, Terms
from resolvers.sources.cached.canonical import canonical
from schema.conditions import Reading
from schema.facets.talent import TALENT_FACETS
from schema.filters import TalentFilter
from schema.scalars import TimeZone
from schema.timezones import TimeZoneDistance, TimeZoneFilter, WorkingHoursOverlap

BERLIN, NEW_YORK = TimeZone("Europe/Berlin"), TimeZone("America/New_York")
EVE = datetime(2026, 3, 7, 0, 30, tzinfo=UTC)
CHANGED = datetime(2026, 3, 8, 0, 30, tzinfo=UTC)
"""In America clocks were put forward on that day, at 07:00 UTC in New York."""


def read(given: TimeZoneFilter, now: datetime) -> Filter:
    return TALENT_FACETS.read(TalentFilter(timezone=given), Reading(now))


def near_new_york(on: date | None = None) -> TimeZoneFilter:
    return TimeZoneFilter(within=TimeZoneDistance(of=NEW_YORK, hours=5, on=on))


def test_the_clocks_of_today_count_unless_a_day_is_given() -> None:
    before, after = read(near_new_york(), EVE), read(near_new_york(), CHANGED)
    assert isinstance(before, Terms)
    assert isinstance(after, Terms)
    assert BERLIN not in before.values
    assert BERLIN in after.values
    assert read(near_new_york(CHANGED.date()), EVE) == after
    assert read(near_new_york(EVE.date()), CHANGED) == before


def test_a_request_stays_the_same_for_a_day_and_until_clocks_are_changed() -> None:
    given = TimeZoneFilter(overlap=WorkingHoursOverlap(with_=NEW_YORK, hours=3))
    winter = datetime(2026, 1, 12, tzinfo=UTC)
    moments = [winter, winter + timedelta(hours=23, minutes=59), winter + timedelta(days=30)]
    requests = {canonical(SearchRequest((TALENT_FACETS.kind,), filter=read(given, now))) for now in moments}
    assert len(requests) == 1


def test_all_that_is_asked_of_a_zone_is_one_list_in_order() -> None:
    given = near_new_york()
    given.overlap = WorkingHoursOverlap(with_=BERLIN, hours=3)
    given.none_of = [TimeZone("Atlantic/Azores")]
    found = read(given, CHANGED)
    assert isinstance(found, Terms)
    assert list(found.values) == sorted(found.values)
    assert {"Europe/Berlin", "Europe/London"} <= set(found.values)
    assert not {"Atlantic/Azores", "America/Chicago", "Europe/Kyiv"} & set(found.values)
