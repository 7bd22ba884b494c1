"""The codes that facts are told in: countries, languages, currencies and time zones, each by its standard."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

import pycountry


@dataclass(frozen=True)
class CodeSet:
    """The codes of one standard. `meaning` says what such a code is, to stand behind "is" and "is not"."""

    meaning: str
    known: Callable[[], frozenset[str]]

    def check(self, field: str, code: str) -> None:
        """Raise ValueError when the standard has no such code; the message begins with the field."""
        if code not in self.known():
            raise ValueError(f"{field}: {code!r} is not {self.meaning}")

    def check_each(self, field: str, codes: Iterable[str]) -> None:
        """The same for every code of a field that is a list."""
        for at, code in enumerate(codes):
            self.check(f"{field}[{at}]", code)


@cache
def _countries() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries)


@cache
def _languages() -> frozenset[str]:
    return frozenset(language.alpha_2 for language in pycountry.languages if hasattr(language, "alpha_2"))


@cache
def _currencies() -> frozenset[str]:
    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


@cache
def _timezones() -> frozenset[str]:
    # These two name no place, and what `localtime` is depends on the machine.
    return frozenset(available_timezones()) - {"localtime", "Factory"}


COUNTRIES = CodeSet("an ISO 3166-1 alpha-2 country code in capitals, such as DE", _countries)
LANGUAGES = CodeSet("an ISO 639-1 language code in small letters, such as en", _languages)
CURRENCIES = CodeSet("an ISO 4217 currency code in capitals, such as USD", _currencies)
TIMEZONES = CodeSet("an IANA time zone name, such as Europe/Berlin", _timezones)


@cache
def country_name(code: str) -> str:
    """What a country is called in English; the code where nobody knows."""
    found = pycountry.countries.get(alpha_2=code)
    return str(getattr(found, "common_name", None) or found.name) if found else code


@cache
def language_name(code: str) -> str:
    """What a language is called in English; the code where nobody knows."""
    found = pycountry.languages.get(alpha_2=code)
    return str(found.name) if found else code


def states_of(code: str) -> list[str]:
    """What the states and other parts of a country are called, as its standard writes them."""
    return [str(part.name) for part in pycountry.subdivisions if part.country_code == code]
