"""Codes of international standards as scalars that check what they are given; and where a wrong literal stands."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NewType, cast

import pycountry
import strawberry
from graphql import GraphQLError, ValueNode, value_from_ast_untyped
from strawberry.schema.types.base_scalars import DateTimeDefinition, DecimalDefinition
from strawberry.types.scalar import ScalarDefinition

from resolvers.catalog.values import timezone_names

CountryCode = NewType("CountryCode", str)
LanguageCode = NewType("LanguageCode", str)
CurrencyCode = NewType("CurrencyCode", str)
TimeZone = NewType("TimeZone", str)


@cache
def country_codes() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries)


@cache
def language_codes() -> frozenset[str]:
    return frozenset(language.alpha_2 for language in pycountry.languages if hasattr(language, "alpha_2"))


@cache
def currency_codes() -> frozenset[str]:
    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


def _checked(known: Callable[[], frozenset[str]], what: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in known():
            raise GraphQLError(f"{value!r} is not {what}", extensions={"code": "INVALID_REQUEST"})
        return value

    return parse


def _scalar(name: str, known: Callable[[], frozenset[str]], what: str, url: str) -> ScalarDefinition:
    return located(
        strawberry.scalar(
            name=name, serialize=str, parse_value=_checked(known, what), description=f"{what}.", specified_by_url=url
        )
    )


def located(scalar: ScalarDefinition) -> ScalarDefinition:
    """The scalar with errors that say where in the document the wrong literal stands.

    graphql-core gives an error the place of its node, except one that the scalar itself has made a GraphQLError.
    """
    parse_value = cast("Callable[[object], object]", scalar.parse_value)

    def parse_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> object:
        try:
            return parse_value(value_from_ast_untyped(node, variables))
        except GraphQLError as error:
            raise GraphQLError(error.message, node, extensions=error.extensions) from error

    return replace(scalar, parse_literal=parse_literal)


SCALARS: dict[object, ScalarDefinition] = {
    Decimal: located(DecimalDefinition),
    datetime: located(DateTimeDefinition),
    CountryCode: _scalar(
        "CountryCode",
        country_codes,
        "an ISO 3166-1 alpha-2 country code in capitals, such as DE",
        "https://www.iso.org/iso-3166-country-codes.html",
    ),
    LanguageCode: _scalar(
        "LanguageCode",
        language_codes,
        "an ISO 639-1 language code in small letters, such as en",
        "https://www.iso.org/iso-639-language-code",
    ),
    CurrencyCode: _scalar(
        "CurrencyCode",
        currency_codes,
        "an ISO 4217 currency code in capitals, such as USD",
        "https://www.iso.org/iso-4217-currency-codes.html",
    ),
    TimeZone: _scalar(
        "TimeZone",
        timezone_names,
        "an IANA time zone name, such as Europe/Berlin",
        "https://www.iana.org/time-zones",
    ),
}
