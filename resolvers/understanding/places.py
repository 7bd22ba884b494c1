"""Places: `in Berlin`, `from India`."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from resolvers.catalog.codes import COUNTRIES, TIMEZONES, country_name
from resolvers.catalog.kind import Kind
from resolvers.understanding.condition import Condition, OneOf, Phrase

ZONE = r"time[ -]?zones?"
_LEAD = r"(?:based in|located in|living in|who lives? in|in|from|near)"
CONTINENTS = {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
_COUNTRY_OF = {Kind.JOB: ("client", "country"), Kind.TALENT: ("country",)}


@cache
def table() -> dict[str, dict[str, list[str]]]:
    """Names of our own for time zones and countries."""
    return tomllib.loads((files("resolvers.understanding") / "cities.toml").read_text(encoding="utf-8"))


@cache
def zones_by_name() -> dict[str, str]:
    """Time zones by the cities in them, and each by its own name, in small letters."""
    zones: dict[str, str] = {}
    for zone in sorted(TIMEZONES.known()):
        continent, *rest = zone.split("/")
        if rest and continent in CONTINENTS:
            zones[zone.lower()] = zone
            zones.setdefault(rest[-1].replace("_", " ").lower(), zone)
    return zones | {city.lower(): zone for zone, cities in table()["zones"].items() for city in cities}


@cache
def countries_by_name() -> dict[str, str]:
    """The codes of countries by what they are called, in small letters."""
    names = {country_name(code).lower(): code for code in COUNTRIES.known()}
    return names | {name.lower(): code for code, given in table()["countries"].items() for name in given}


@cache
def _places() -> re.Pattern[str]:
    names = sorted({*zones_by_name(), *countries_by_name()}, key=len, reverse=True)
    return re.compile(rf"\b{_LEAD}\s+(?P<place>{'|'.join(map(re.escape, names))})(?!\w)(?!\s{ZONE})", re.IGNORECASE)


def place_phrases(kind: Kind, text: str) -> Iterator[Phrase]:
    """Countries and cities of a text behind a word such as `in`. The catalog knows no cities, but their time zones."""
    if kind not in _COUNTRY_OF:
        return
    for found in _places().finditer(text):
        name = found["place"].lower()
        # A country before a city of its name: Mexico, Singapore.
        country, zone = countries_by_name().get(name), zones_by_name().get(name)
        if country is not None:
            yield _phrase(found, Condition(_COUNTRY_OF[kind], OneOf((country,))))
        elif zone is not None:
            yield _phrase(found, Condition(("timezone",), OneOf((zone,))))


def _phrase(found: re.Match[str], condition: Condition) -> Phrase:
    return Phrase(found.start(), found.end(), (condition,))
