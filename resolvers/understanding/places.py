"""Places and languages: `in Berlin`, `from India`, `German-speaking`."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from resolvers.catalog.codes import COUNTRIES, LANGUAGES, TIMEZONES, country_name, language_name
from resolvers.catalog.kind import Kind
from resolvers.catalog.values import LanguageLevel
from resolvers.understanding.condition import Condition, OneOf, Phrase, Speaks

_LEAD = r"(?:based in|located in|living in|who lives? in|in|from|near)"
CONTINENTS = {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
_COUNTRY_OF = {Kind.JOB: ("client", "country"), Kind.TALENT: ("country",)}


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((files("resolvers.understanding") / "cities.toml").read_text(encoding="utf-8"))


@cache
def _zones() -> dict[str, str]:
    """Time zones by the cities in them, in small letters; and each by its own name."""
    zones: dict[str, str] = {}
    for zone in sorted(TIMEZONES.known()):
        continent, *rest = zone.split("/")
        if rest and continent in CONTINENTS:
            zones[zone.lower()] = zone
            zones.setdefault(rest[-1].replace("_", " ").lower(), zone)
    return zones | {city.lower(): zone for zone, cities in _table()["zones"].items() for city in cities}


@cache
def _countries() -> dict[str, str]:
    names = {country_name(code).lower(): code for code in COUNTRIES.known()}
    return names | {name.lower(): code for code, given in _table()["countries"].items() for name in given}


@cache
def _languages() -> dict[str, str]:
    # The first name of several, without what sets it apart from older forms: "Modern Greek (1453-)".
    names = {code: re.split(r"[,;(]", language_name(code))[0].strip().lower() for code in sorted(LANGUAGES.known())}
    return {name.removeprefix("modern "): code for code, name in names.items()}


@cache
def _places() -> re.Pattern[str]:
    names = sorted({*_zones(), *_countries()}, key=len, reverse=True)
    return re.compile(rf"\b{_LEAD}\s+(?P<place>{'|'.join(map(re.escape, names))})(?!\w)", re.IGNORECASE)


@cache
def _spoken() -> re.Pattern[str]:
    names = "|".join(map(re.escape, sorted(_languages(), key=len, reverse=True)))
    return re.compile(
        rf"\b(?P<native>native\s)?(?P<first>{names})[\s-](?:speaking|speakers?)\b"
        rf"|\b(?:who\s)?(?:speaks?|speaking|(?P<fluent>fluent(?:\sin)?))\s(?P<last>{names})\b",
        re.IGNORECASE,
    )


def place_phrases(kind: Kind, text: str) -> Iterator[Phrase]:
    """Countries and cities of a text behind a word such as `in`. The catalog knows no cities, but their time zones."""
    if kind not in _COUNTRY_OF:
        return
    for found in _places().finditer(text):
        name = found["place"].lower()
        # A country before a city of its name: Mexico, Singapore.
        country, zone = _countries().get(name), _zones().get(name)
        if country is not None:
            yield _phrase(found, Condition(_COUNTRY_OF[kind], OneOf((country,))))
        elif zone is not None:
            yield _phrase(found, Condition(("timezone",), OneOf((zone,))))


def language_phrases(kind: Kind, text: str) -> Iterator[Phrase]:
    """Languages of a text that are to be spoken."""
    if kind not in _COUNTRY_OF:
        return
    for found in _spoken().finditer(text):
        code = _languages()[(found["first"] or found["last"]).lower()]
        if kind is Kind.JOB:
            yield _phrase(found, Condition(("languages",), OneOf((code,))))
        else:
            level = LanguageLevel.NATIVE if found["native"] else LanguageLevel.FLUENT if found["fluent"] else None
            yield _phrase(found, Condition(("languages",), Speaks(code, level)))


def _phrase(found: re.Match[str], condition: Condition) -> Phrase:
    return Phrase(found.start(), found.end(), (condition,))
