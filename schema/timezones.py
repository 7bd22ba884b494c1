"""Time zones by how near they are to another, and by how long working days there overlap.

Zones are a known set, so each such condition is the list of those that fulfil it on a day (ADR 0031).
"""

from datetime import date, time, timedelta

import strawberry

from resolvers.catalog.clocks import FIRST_DAY, LAST_DAY, Workday, most_shared, zones_near, zones_sharing
from resolvers.catalog.kind import Kind
from resolvers.errors import InvalidFilter
from resolvers.sources.base import Filter, Terms
from schema import scalars
from schema.conditions import Reading, terms
from schema.contradictions import Path

HALF_DAY_HOURS, DAY_HOURS = 12, 24
ON = (
    "The day whose clocks count, since they are changed in spring and autumn: the offset from UTC at midday UTC. null: "
    "today, in UTC."
)


@strawberry.input(description="How near a time zone has to be to another.")
class TimeZoneDistance:
    of: scalars.TimeZone = strawberry.field(description="The zone that it has to be near to.")
    hours: float = strawberry.field(
        description="By how many hours clocks may differ at the most, from 0 (the same time) to below 12. Dates do not "
        "count: where one is 23 hours ahead, clocks differ by one."
    )
    on: date | None = strawberry.field(default=None, description=ON)

    def zones(self, today: date, path: Path) -> frozenset[str]:
        """The zones that are so near. Raises InvalidFilter for a distance or a day that cannot be meant."""
        if not 0 <= self.hours < HALF_DAY_HOURS:
            message = f"`hours` is {self.hours:g}, and may be 0 to below {HALF_DAY_HOURS}; no clocks differ by more"
            raise InvalidFilter(message, (*path, "hours"))
        day = _day(self.on, today, path)
        return zones_near(self.of, timedelta(hours=self.hours), day)


@strawberry.input(description="Working hours by the clock of a place.")
class WorkingHours:
    start: time = strawberry.field(description='When work begins, such as "09:00".')
    end: time = strawberry.field(description='When it ends, such as "17:00"; before `start`: on the next day.')


@strawberry.input(description="How long a working day in a time zone has to run beside one in another.")
class WorkingHoursOverlap:
    with_: scalars.TimeZone = strawberry.field(name="with", description="The zone to work together with.")
    hours: float = strawberry.field(
        description="For how many hours of a day both work at the same time at the least: above 0, up to 24."
    )
    workday: WorkingHours | None = strawberry.field(
        default=None, description="The working hours in `with`, by its clock; null: 09:00 to 17:00."
    )
    their_workday: WorkingHours | None = strawberry.field(
        default=None,
        description="The working hours of those that are searched for, by their own clock; null: 09:00 to 17:00.",
    )
    on: date | None = strawberry.field(default=None, description=ON)

    def zones(self, today: date, path: Path) -> frozenset[str]:
        """The zones with such an overlap. Raises InvalidFilter for hours or a day that cannot be meant, or reached."""
        if not 0 < self.hours <= DAY_HOURS:
            message = f"`hours` is {self.hours:g}, and has to be above 0, up to {DAY_HOURS}"
            raise InvalidFilter(message, (*path, "hours"))
        day = _day(self.on, today, path)
        ours = _workday(self.workday, (*path, "workday"))
        theirs = _workday(self.their_workday, (*path, "theirWorkday"))
        found = zones_sharing(self.with_, timedelta(hours=self.hours), ours, theirs, day)
        if not found:
            most = most_shared(self.with_, ours, theirs, day) / timedelta(hours=1)
            message = f"in no time zone a working day overlaps by {self.hours:g} hours; the most is {most:g}"
            raise InvalidFilter(message, (*path, "hours"))
        return found


@strawberry.input(description="Restricts a time zone. All that is asked of it has to hold.")
class TimeZoneFilter:
    any_of: list[scalars.TimeZone] | None = strawberry.field(
        default=None, description="One of these zones; `[]` matches nothing."
    )
    none_of: list[scalars.TimeZone] | None = strawberry.field(default=None, description="None of these zones.")
    within: TimeZoneDistance | None = strawberry.field(
        default=None, description="A zone whose clocks differ from those of another by so many hours at the most."
    )
    overlap: WorkingHoursOverlap | None = strawberry.field(
        default=None, description="A zone whose working hours overlap with those of another for so long at the least."
    )

    def restriction(self, field: str, refers_to: Kind | None, path: Path, reading: Reading) -> Filter:  # noqa: ARG002
        today = reading.now.date()
        asked = [] if self.within is None else [self.within.zones(today, (*path, "within"))]
        asked += [] if self.overlap is None else [self.overlap.zones(today, (*path, "overlap"))]
        if not asked or self.any_of == []:
            return terms(field, self.any_of, self.none_of, path)
        return Terms(field, self._left(frozenset.intersection(*asked), path))

    def _left(self, zones: frozenset[str], path: Path) -> tuple[str, ...]:
        """Of these zones those that the lists let pass, in order, so that equal filters are the same request."""
        if not zones:
            raise InvalidFilter(
                "no time zone is so near and overlaps for so long; leave `within` or `overlap` out", path
            )
        if self.any_of is not None:
            zones &= frozenset(self.any_of)
            if not zones:
                message = "no zone of `anyOf` is as near as `within`, or overlaps for as long as `overlap`, asks for"
                raise InvalidFilter(message, (*path, "anyOf"))
        zones -= frozenset(self.none_of or ())
        if not zones:
            raise InvalidFilter("`noneOf` excludes everything that is left", (*path, "noneOf"))
        return tuple(sorted(zones))


def _day(given: date | None, today: date, path: Path) -> date:
    if given is not None and not FIRST_DAY <= given <= LAST_DAY:
        raise InvalidFilter(f"`on` is {given}, and may be {FIRST_DAY} to {LAST_DAY}", (*path, "on"))
    return given or today


def _workday(given: WorkingHours | None, path: Path) -> Workday:
    if given is None:
        return Workday()
    for name, moment in (("start", given.start), ("end", given.end)):
        if moment.tzinfo is not None:
            message = "working hours are told by the clock of their place; leave the offset from UTC out"
            raise InvalidFilter(message, (*path, name))
    if given.start == given.end:
        raise InvalidFilter("a working day that ends when it begins has no hours; change one of them", path)
    return Workday(given.start, given.end)
