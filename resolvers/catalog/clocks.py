"""Time zones as clocks: how far they are apart, and how long two working days run side by side.

All of it is about one day, since clocks are changed in spring and autumn, and not everywhere at once.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from resolvers.catalog.codes import TIMEZONES

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2099, 12, 31)
"""Days that clocks are known of: before, towns had times of their own, and nobody knows what will be later."""
MIDDAY = time(12, tzinfo=UTC)
"""When a zone's offset from UTC is looked at, so that it is one for a whole day. Clocks change at night."""
WHOLE_DAY, NONE = timedelta(days=1), timedelta()
KEPT_DAYS, KEPT_ANSWERS = 64, 256


@dataclass(frozen=True)
class Workday:
    """Working hours by the clock on the wall. One that ends before it begins goes on past midnight."""

    start: time = time(9)
    end: time = time(17)

    @property
    def length(self) -> timedelta:
        return (_since_midnight(self.end) - _since_midnight(self.start)) % WHOLE_DAY

    def begins(self, offset: timedelta) -> timedelta:
        """When it begins in UTC where clocks are so far ahead, as the time since some midnight."""
        return _since_midnight(self.start) - offset


def offset_of(zone: str, day: date) -> timedelta:
    """How far a zone's clocks are ahead of UTC on a day."""
    return _offset(_clocks()[zone], day)


def zone_of_country(code: str, day: date) -> str | None:
    """The time zone of a country, the one with most people; None where its clocks differ on the day."""
    zones = _zones_of_countries().get(code, [])
    return zones[0] if len({offset_of(zone, day) for zone in zones}) == 1 else None


@lru_cache(maxsize=KEPT_ANSWERS)
def zones_near(zone: str, most: timedelta, day: date) -> frozenset[str]:
    """The zones whose clocks differ by no more from those of a zone on a day."""
    here = offset_of(zone, day)
    return _zones(day, lambda there: distance(here, there) <= most)


@lru_cache(maxsize=KEPT_ANSWERS)
def zones_sharing(zone: str, least: timedelta, ours: Workday, theirs: Workday, day: date) -> frozenset[str]:
    """The zones where their working day has at least so much in common with ours in a zone on a day."""
    here = offset_of(zone, day)
    return _zones(day, lambda there: shared(ours, here, theirs, there) >= least)


def most_shared(zone: str, ours: Workday, theirs: Workday, day: date) -> timedelta:
    """The most that a working day of theirs has in common with ours in a zone on a day, in whatever zone."""
    here = offset_of(zone, day)
    return max(shared(ours, here, theirs, there) for there in _by_offset(day))


def _zones(day: date, keeps: Callable[[timedelta], bool]) -> frozenset[str]:
    return frozenset(zone for offset, zones in _by_offset(day).items() if keeps(offset) for zone in zones)


@lru_cache(maxsize=KEPT_DAYS)
def _by_offset(day: date) -> Mapping[timedelta, tuple[str, ...]]:
    """All zones by their offset from UTC on a day."""
    zones: dict[timedelta, list[str]] = defaultdict(list)
    for zone, clock in _clocks().items():
        zones[_offset(clock, day)].append(zone)
    return {offset: tuple(some) for offset, some in zones.items()}


def distance(one: timedelta, other: timedelta) -> timedelta:
    """How far two clocks are apart, whatever the date on them: of 23 hours' difference it is one."""
    apart = (one - other) % WHOLE_DAY
    return min(apart, WHOLE_DAY - apart)


def shared(one: Workday, offset: timedelta, other: Workday, other_offset: timedelta) -> timedelta:
    """How much of 24 hours two working days with these offsets from UTC have in common."""
    # Seen from where the one begins, the other begins within a day from then, and did a day before.
    begin = (other.begins(other_offset) - one.begins(offset)) % WHOLE_DAY
    later = min(one.length, begin + other.length) - begin
    earlier = min(one.length, begin + other.length - WHOLE_DAY)
    return max(later, NONE) + max(earlier, NONE)


@cache
def _zones_of_countries() -> Mapping[str, list[str]]:
    """The zones of each country, that with most people first, as `zone.tab` of the time zone database has them."""
    lines = (files("tzdata.zoneinfo") / "zone.tab").read_text(encoding="utf-8").splitlines()
    zones: dict[str, list[str]] = defaultdict(list)
    for country, _, zone, *_ in (line.split("\t") for line in lines if not line.startswith("#")):
        zones[country].append(zone)
    return zones


@cache
def _clocks() -> Mapping[str, ZoneInfo]:
    return {zone: ZoneInfo(zone) for zone in sorted(TIMEZONES.known())}


def _offset(clock: ZoneInfo, day: date) -> timedelta:
    return datetime.combine(day, MIDDAY).astimezone(clock).utcoffset() or NONE


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond)
