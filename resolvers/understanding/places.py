"""Places: `in Berlin`, `from India`, `outside India`, `in London, Paris or Berlin`, `in Paris, Texas`."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple
from unicodedata import normalize

from resolvers.catalog.codes import COUNTRIES, TIMEZONES, country_name, states_of
from resolvers.catalog.kind import Kind
from resolvers.understanding.condition import Condition, NoneOf, OneOf, Phrase

ZONE = r"time[ -]?zones?"
_LEAD = r"(?:based in|located in|living in|who lives? in|in|from|near)"
_OUTSIDE = r"(?:(?:based|located|living)\s+)?outside(?:\s+of)?"
CONTINENTS = {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
_REMOTE = r"(?:(?:fully|work(?:ing)?)\s+)*(?:remote(?:ly)?|anywhere|worldwide|from (?:home|anywhere))(?!\w)"
_OR_REMOTE = re.compile(rf"\s*(?:,?\s+or|/)\s*{_REMOTE}", re.IGNORECASE)
_REMOTE_OR = re.compile(rf"(?<!\w){_REMOTE}\s*(?:,?\s+or|/)\s*\Z", re.IGNORECASE)
_BARE = {"ł": "l", "ø": "o", "đ": "d"}
"""Letters whose marks are a part of them."""
_STATES_OF = {"AU", "CA", "IN", "US"}
"""Countries whose states are known by their names."""
_COUNTRY_OF = {Kind.JOB: ("client", "country"), Kind.TALENT: ("country",)}


def unmarked(text: str) -> str:
    """A text in small letters without marks, each letter where it was: `Zürich` may be written `Zurich`."""
    return text.lower() if text.isascii() else "".join(map(_unmarked, text))


@lru_cache(1 << 12)
def _unmarked(letter: str) -> str:
    if not letter.isalpha():
        return letter
    return _BARE.get(letter.lower()) or normalize("NFKD", letter)[0].lower()


@cache
def table() -> dict[str, dict[str, list[str]]]:
    """Names of our own for time zones and countries."""
    return tomllib.loads((files("resolvers.understanding") / "cities.toml").read_text(encoding="utf-8"))


@cache
def zones_by_name() -> dict[str, str]:
    """Time zones by the cities in them, also with a state, and by their own names; in small letters without marks."""
    words = {unmarked(word) for word in table()["words"]["zones"]}
    zones: dict[str, str] = {}
    for zone in sorted(TIMEZONES.known()):
        continent, *rest = zone.split("/")
        if rest and continent in CONTINENTS:
            zones[zone.lower()] = zone
            if (city := rest[-1].replace("_", " ").lower()) not in words:
                zones.setdefault(city, zone)
    zones |= {unmarked(city): zone for zone, cities in table()["zones"].items() for city in cities}
    within = ((unmarked(city), state.lower()) for state, cities in table()["states"].items() for city in cities)
    return zones | {f"{city}, {state}": zones[city] for city, state in within}


@cache
def countries_by_name() -> dict[str, str]:
    """The codes of countries by what they are called, in small letters without marks."""
    names = {unmarked(country_name(code)): code for code in COUNTRIES.known()}
    names |= {unmarked(name): code for code, given in table()["countries"].items() for name in given}
    return {f"the {name}": code for name, code in names.items()} | names


def is_place(name: str) -> bool:
    """Whether a city or a country that is known is called so."""
    return any(unmarked(name) in known for known in (countries_by_name(), zones_by_name()))


@cache
def _regions_by_name() -> dict[str, frozenset[str]]:
    """The countries that have a part of a name, or that name, in small letters: Georgia is one, and in another."""
    named = [(name, code) for name, code in countries_by_name().items()]
    named += [(unmarked(state), code) for code in _STATES_OF for state in states_of(code)]
    return {name: frozenset(code for _, code in same) for name, same in groupby(sorted(named), key=itemgetter(0))}


@cache
def _country_of_zones() -> dict[str, str]:
    lines = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines()
    return {zone: code for code, _, zone, *_ in (line.split("\t") for line in lines if not line.startswith("#"))}


class _Patterns(NamedTuple):
    phrase: re.Pattern[str]
    """One place or several, of which it may be any."""
    place: re.Pattern[str]
    within: re.Pattern[str]
    """A city, or a part of a country, and the country or state that it is in."""
    another: re.Pattern[str]
    """What makes a place in front of it one of several."""

    def names(self, phrase: str) -> list[str]:
        """The places of a phrase."""
        return [place[0] for place in self.place.finditer(phrase)]


@cache
def _patterns() -> _Patterns:
    name = rf"{_any_of({*zones_by_name(), *countries_by_name()})}(?!\s{ZONE})"
    other = rf"(?:,?\s+(?:or|and)\s+|\s*[/&]\s*)(?:{_LEAD}\s+)?{name}"
    # With a comma alone it may be "in Paris, Texas".
    several = rf"\b(?:{_LEAD}|(?P<outside>{_OUTSIDE}))\s+{name}(?:(?:,\s*{name})*{other})*"
    # Georgia is no city, but may be in another country than the one of that name.
    parts = {name for name, countries in _regions_by_name().items() if len(countries) > 1}
    within = rf"\b{_LEAD}\s+({_any_of({*zones_by_name(), *parts})}),\s*({_any_of(_regions_by_name())})"
    each = several, rf"\b{name}", within, rf",\s*{name}|{other}"
    return _Patterns(*(re.compile(one, re.IGNORECASE) for one in each))


def _any_of(names: Iterable[str]) -> str:
    return rf"(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})(?!\w)"


def place_phrases(kind: Kind, text: str) -> Iterator[Phrase]:
    """Countries and cities of a text behind a word such as `in`. The catalog knows no cities, but their time zones.

    Of several places it may be any one. Countries and cities are different facts, and so are no alternatives. A place
    that somebody need not be in, as in `in Berlin or remote`, is no condition.
    """
    if kind not in _COUNTRY_OF:
        return
    text, patterns = unmarked(text), _patterns()
    for found in patterns.phrase.finditer(text):
        within, end = patterns.within.match(text, found.start()), found.end()
        if found["outside"]:
            # Which of the two is meant by "outside Georgia, USA" is not told by its first word.
            conditions = () if patterns.another.match(text, end) else _outside(kind, patterns.names(found[0]))
        elif within and patterns.another.match(text, within.end()):
            # "In Paris, Texas or Berlin" is more than can be said, unless all are countries: "in Peru, Chile or Spain".
            names = patterns.names(found[0])[_is_part(within[1], of=within[2]) :]
            conditions = () if within.end() > end else _any_place(kind, names)
        elif within:
            conditions, end = _city_within(kind, within[1], within[2]), within.end()
        else:
            conditions = _any_place(kind, patterns.names(found[0]))
        if conditions and not (_OR_REMOTE.match(text, end) or _REMOTE_OR.search(text[: found.start()])):
            yield Phrase(found.start(), end, conditions, is_whole=within is None)


def _any_place(kind: Kind, names: Sequence[str]) -> tuple[Condition, ...]:
    # A country before a city of its name: Mexico, Singapore.
    for place, known in ((_COUNTRY_OF[kind], countries_by_name()), (("timezone",), zones_by_name())):
        if all(name in known for name in names):
            return (Condition(place, OneOf(tuple(dict.fromkeys(known[name] for name in names)))),)
    return ()


def _outside(kind: Kind, names: Sequence[str]) -> tuple[Condition, ...]:
    """None of these countries. Who lives outside of a city may well be in its time zone."""
    codes = tuple(dict.fromkeys(countries_by_name().get(name, "") for name in names))
    return (Condition(_COUNTRY_OF[kind], NoneOf(codes)),) if all(codes) else ()


def _is_part(name: str, *, of: str) -> bool:
    """Whether a place that is no city is a part of another one, as Georgia is of the US."""
    return name not in zones_by_name() and not _regions_by_name()[name].isdisjoint(_regions_by_name()[of])


def _city_within(kind: Kind, city: str, region: str) -> tuple[Condition, ...]:
    """A city and its country. Of a part of a country, and of a city that only has the name of one that is known, as
    Paris in Texas, the country.
    """
    zone, countries = zones_by_name().get(city), _regions_by_name()[region]
    if zone is None:
        countries &= _regions_by_name()[city]
    own = None if zone is None else _country_of_zones().get(zone)
    if zone is not None and own is not None and own in countries:
        return Condition(_COUNTRY_OF[kind], OneOf((own,))), Condition(("timezone",), OneOf((zone,)))
    return (Condition(_COUNTRY_OF[kind], OneOf(tuple(countries))),) if len(countries) == 1 else ()
