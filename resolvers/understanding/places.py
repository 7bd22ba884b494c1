"""Places: `in Berlin`, `from India`, `in London, Paris or Berlin`."""

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
    words = {word.lower() for word in table()["words"]["zones"]}
    zones: dict[str, str] = {}
    for zone in sorted(TIMEZONES.known()):
        continent, *rest = zone.split("/")
        if rest and continent in CONTINENTS:
            zones[zone.lower()] = zone
            if (city := rest[-1].replace("_", " ").lower()) not in words:
                zones.setdefault(city, zone)
    return zones | {city.lower(): zone for zone, cities in table()["zones"].items() for city in cities}


@cache
def countries_by_name() -> dict[str, str]:
    """The codes of countries by what they are called, in small letters."""
    names = {country_name(code).lower(): code for code in COUNTRIES.known()}
    return names | {name.lower(): code for code, given in table()["countries"].items() for name in given}


@cache
def _places() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A phrase of one place or of several, and one place in it."""
    names = sorted({*zones_by_name(), *countries_by_name()}, key=len, reverse=True)
    name = rf"(?:{'|'.join(map(re.escape, names))})(?!\w)(?!\s{ZONE})"
    # With a comma alone it may be "in Paris, Texas".
    others = rf"(?:(?:,\s*{name})*(?:,?\s+(?:or|and)\s+|\s*[/&]\s*)(?:{_LEAD}\s+)?{name})*"
    return re.compile(rf"\b{_LEAD}\s+{name}{others}", re.IGNORECASE), re.compile(rf"\b{name}", re.IGNORECASE)


def place_phrases(kind: Kind, text: str) -> Iterator[Phrase]:
    """Countries and cities of a text behind a word such as `in`. The catalog knows no cities, but their time zones.

    Of several places it may be any one. Countries and cities are different facts, and so are no alternatives.
    """
    if kind not in _COUNTRY_OF:
        return
    phrases, places = _places()
    for found in phrases.finditer(text):
        names = [place[0].lower() for place in places.finditer(found[0])]
        # A country before a city of its name: Mexico, Singapore.
        for place, known in ((_COUNTRY_OF[kind], countries_by_name()), (("timezone",), zones_by_name())):
            if all(name in known for name in names):
                values = tuple(dict.fromkeys(known[name] for name in names))
                yield Phrase(found.start(), found.end(), (Condition(place, OneOf(values)),))
                break
