"""Conditions on time zones in words."""

from collections.abc import Iterator
from datetime import date

from schema.inputs import clock_time
from schema.timezones import TimeZoneDistance, TimeZoneFilter, WorkingHours, WorkingHoursOverlap


def clocks_in_words(given: TimeZoneFilter) -> Iterator[str]:
    """What is asked of a time zone beside its name: how near it is, and how long working days overlap."""
    if given.within is not None:
        yield _near(given.within)
    if given.overlap is not None:
        yield _overlapping(given.overlap)


def _near(given: TimeZoneDistance) -> str:
    away = f"at most {_hours(given.hours)} from" if given.hours else "the same time as"
    return f"{away} {given.of}{_on(given.on)}"


def _overlapping(given: WorkingHoursOverlap) -> str:
    theirs = f"{_span(given.their_workday)} overlapping" if given.their_workday else "overlapping"
    ours = f" {_span(given.workday)}" if given.workday else ""
    return f"{theirs} at least {_hours(given.hours)} with {given.with_}{ours}{_on(given.on)}"


def _span(given: WorkingHours) -> str:
    return f"{clock_time(given.start)} to {clock_time(given.end)}"


def _hours(hours: float) -> str:
    return f"{hours:g} {'hour' if hours == 1 else 'hours'}"


def _on(day: date | None) -> str:
    return f" on {day}" if day else ""
