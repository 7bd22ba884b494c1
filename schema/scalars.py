"""Codes of international standards as scalars that check what they are given; and where a wrong literal stands."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NewType, cast

import strawberry
from graphql import GraphQLError, ValueNode, value_from_ast_untyped
from strawberry.schema.types.base_scalars import (
    DateDefinition,
    DateTimeDefinition,
    DecimalDefinition,
    TimeDefinition,
)
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


def plain(amount: Decimal) -> str:
    """All digits of a number: `str` would say 1E+3 for what a feed has written so."""
    return format(amount, "f")


_read_instant = cast("Callable[[object], datetime]", DateTimeDefinition.parse_value)


def instant(value: object) -> datetime:
    """A time as ISO 8601 writes it. Raises GraphQLError for anything else."""
    try:
        return _read_instant(value)
    except GraphQLError as error:
        # What the parser says is how it has failed to read a text, and not what it takes.
        message = f"Value cannot represent a DateTime: {value!r}. Write it by ISO 8601, such as 2026-06-01T12:00:00Z"
        raise GraphQLError(message, extensions=error.extensions) from error


SCALARS: dict[object, ScalarDefinition] = {
    Decimal: located(replace(DecimalDefinition, serialize=plain)),
    datetime: located(replace(DateTimeDefinition, parse_value=instant)),
    date: located(DateDefinition),
    time: located(TimeDefinition),
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
}
