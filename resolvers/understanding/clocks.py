"""Time zones near to another: `4 hours overlap with New York`, `within 3 hours of Berlin`, `European time zone`."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache

from resolvers.catalog.clocks import zone_of_country
from resolvers.catalog.kind import Kind
from resolvers.understanding.condition import Condition, Near, Overlaps, Phrase
from resolvers.understanding.places import ZONE, countries_by_name, table, unmarked, zones_by_name

_KINDS = (Kind.JOB, Kind.TALENT)
MOST_AWAY, MOST_OVERLAP = 11.5, 8.0
"""Clocks differ by less than 12 hours, and two working days of 8 have no more in common."""
EUROPE = Near("Europe/Berlin", 1)
"""European time is from that of London to that of Athens."""

_HOURS = r"(?P<hours>\d{1,2}(?:\.\d)?)\+?[\s-]?(?:hours?|hrs?|h)(?:\s(?:or|and)\smore)?"
_LEAST = r"(?:at\sleast|min(?:imum|\.)?(?:\sof)?|over)\s"
_A_DAY = r"(?:\s(?:a|per)\sday|\sdaily|/day)?"
_SHARED = rf"(?:of\s)?(?:(?:working|work|business|office|daily|{ZONE})\s)?(?:hours?\s)?overlap(?:ping)?"
_LED = r"(?:(?:who\s)?(?:has|have|having)\s|with\s)?"


@cache
def _clocks() -> dict[str, str]:
    return {name.lower(): zone for zone, names in table()["clocks"].items() for name in names}


@cache
def _named() -> str:
    names = sorted({*_clocks(), *zones_by_name(), *countries_by_name()}, key=len, reverse=True)
    return rf"(?:the\s)?(?P<place>{'|'.join(map(re.escape, names))})(?:['\u2019]s)?"


def _place() -> str:
    return rf"{_named()}(?:\s(?:time(?:[ -]?zone)?|(?:(?:working|business|office)\s)?hours))?"


@cache
def _patterns() -> list[tuple[type[Near] | type[Overlaps], re.Pattern[str]]]:
    named, place = _named(), _place()
    overlap = [
        rf"{_LED}(?:{_LEAST})?{_HOURS}{_A_DAY}\s{_SHARED}\s(?:with|to)\s{place}",
        rf"overlap(?:s|ping)?\s(?:(?:for|of|by)\s)?(?:{_LEAST})?{_HOURS}{_A_DAY}\swith\s{place}",
        rf"overlap(?:s|ping)?\swith\s{place}\s(?:for|of|by)\s(?:{_LEAST})?{_HOURS}{_A_DAY}",
    ]
    clock = "|".join(map(re.escape, sorted(_clocks(), key=len, reverse=True)))
    near = [
        rf"(?:within|\u00b1|\+/-)\s?{_HOURS}\s(?:(?:time\s)?difference\s)?(?:of|from|to)\s{place}",
        rf"(?:at\smost|up\sto|no\smore\sthan|max(?:imum|\.)?)\s{_HOURS}\s(?:time\s)?difference\s(?:with|from|to)\s{place}",
        rf"(?:(?:in|from)\s)?(?:the\s)?same\s{ZONE}\sas\s{place}",
        # By itself "UTC time zone" may be what a bug is about.
        rf"(?:in|from|on)\s{named}\s{ZONE}",
        rf"(?:in|from|on)\s(?:the\s)?(?P<place>{clock})\szone",
    ]
    return [(meaning, _compiled(one)) for meaning, some in ((Overlaps, overlap), (Near, near)) for one in some]


@cache
def _give_or_take() -> re.Pattern[str]:
    hours = r"(?P<hours>\d{1,2}(?:\.\d)?)(?:\s?(?:hours?|hrs?|h))?"
    return _compiled(rf"(?:(?:in|from)\s)?(?:(?:the\s)?{ZONE}:?\s)?{_place()}\s?{_PLUS_MINUS}\s?{hours}")


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.])(?:{pattern})(?!\w)", re.IGNORECASE)


_PLUS_MINUS = r"(?:\u00b1|\+/?-)"
_IS_GIVEN_OR_TAKEN = re.compile(_PLUS_MINUS)
_EUROPEAN = _compiled(rf"(?:in\s)?(?:an?\s|the\s)?(?:european|europe|eu)\s{ZONE}")


def clock_phrases(kind: Kind, text: str, now: datetime) -> Iterator[Phrase]:
    """What a text says of how near a time zone has to be, or for how long working days have to overlap."""
    if kind not in _KINDS:
        return
    text = unmarked(text)
    for found in _EUROPEAN.finditer(text):
        yield _phrase(found, EUROPE)
    # It looks for a place at every word, so only where there is the sign that it needs.
    others = [(Near, _give_or_take())] if _IS_GIVEN_OR_TAKEN.search(text) else []
    for meaning, pattern in [*_patterns(), *others]:
        for found in pattern.finditer(text):
            hours = float(found["hours"]) if "hours" in pattern.groupindex else 0.0
            zone = _zone(found["place"], now.date())
            sensible = 0 < hours <= MOST_OVERLAP if meaning is Overlaps else hours <= MOST_AWAY
            if zone is not None and sensible:
                yield _phrase(found, meaning(zone, hours))


def _zone(name: str, day: date) -> str | None:
    """The one time zone of a place; None for a country that has several."""
    found = _clocks().get(name)
    if found is None and name in countries_by_name():
        return zone_of_country(countries_by_name()[name], day)
    return found or zones_by_name().get(name)


def _phrase(found: re.Match[str], meaning: Near | Overlaps) -> Phrase:
    return Phrase(found.start(), found.end(), (Condition(("timezone",), meaning),))
