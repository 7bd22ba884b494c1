"""Codes of international standards as scalars that check what they are given."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.schema.types.base_scalars import DecimalDefinition
from strawberry.types.scalar import ScalarDefinition

from resolvers.catalog.codes import COUNTRIES, CURRENCIES, LANGUAGES, TIMEZONES

CountryCode = NewType("CountryCode", str)
LanguageCode = NewType("LanguageCode", str)
CurrencyCode = NewType("CurrencyCode", str)
TimeZone = NewType("TimeZone", str)


def _checked(known: Callable[[], frozenset[str]], what: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in known():
            raise GraphQLError(f"{value!r} is not {what}", extensions={"code": "INVALID_REQUEST"})
        return value

    return parse


def _scalar(name: str, known: Callable[[], frozenset[str]], what: str, url: str) -> ScalarDefinition:
    return strawberry.scalar(
        name=name, serialize=str, parse_value=_checked(known, what), description=f"{what}.", specified_by_url=url
    )


def plain(amount: Decimal) -> str:
    """All digits of a number: `str` would say 1E+3 for what a feed has written so."""
    return format(amount, "f")


SCALARS: dict[object, ScalarDefinition] = {
    CountryCode: _scalar(
        "CountryCode",
        COUNTRIES.known,
        COUNTRIES.meaning,
        "https://www.iso.org/iso-3166-country-codes.html",
    ),
    LanguageCode: _scalar(
        "LanguageCode",
        LANGUAGES.known,
        LANGUAGES.meaning,
        "https://www.iso.org/iso-639-language-code",
    ),
    CurrencyCode: _scalar(
        "CurrencyCode",
        CURRENCIES.known,
        CURRENCIES.meaning,
        "https://www.iso.org/iso-4217-currency-codes.html",
    ),
    TimeZone: _scalar(
        "TimeZone",
        TIMEZONES.known,
        TIMEZONES.meaning,
        "https://www.iana.org/time-zones",
    ),
    Decimal: replace(DecimalDefinition, serialize=plain),
}
