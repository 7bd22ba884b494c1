"""Amounts of money: `under $60/h`, `$40-60 an hour`, `at least 5k EUR`."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from itertools import chain
from typing import NamedTuple

from resolvers.catalog.kind import Kind
from resolvers.understanding.condition import Between, Condition, OneOf, Phrase

CURRENCIES = {"$": "USD", "usd": "USD", "dollar": "USD", "€": "EUR", "eur": "EUR", "£": "GBP", "gbp": "GBP"}
_UPPER = (
    r"under|below|less than|cheaper than|up to|at most|(?:no|not) more than|not (?:over|above)"
    r"|max\.?|maximum(?: of)?|<=?"
)
_LOWER = (
    r"over|above|more than|at least|(?:no|not) less than|not (?:under|below)|from|starting at"
    r"|min\.?|minimum(?: of)?|>=?"
)
_STRICT = ("under", "below", "less than", "cheaper than", "<", "over", "above", "more than", ">")
_NO_RATE = 1_000
"""So much is not asked for an hour, unless the text says that it is."""
_SIGN = r"[$€£]|\b(?:usd|eur|gbp)\b"
_NAME = r"usd|eur|gbp|dollars?|euros?|€|£|\$"
# No money has three decimals: "5.000" is how much of Europe writes "5,000".
_WITH_DOTS = r"[1-9]\d{0,2}(?:\.\d{3})+"
_DIGITS = rf"\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|{_WITH_DOTS}(?![\d.])|\d+(?:\.\d+)?"


def _amount(name: str) -> str:
    return (
        rf"(?P<{name}_sign>{_SIGN})?\s?(?P<{name}>{_DIGITS})\s?(?P<{name}_k>k\b)?"
        rf"(?:\s?(?P<{name}_name>{_NAME})(?![a-z]))?"
    )


_AN_HOUR = r"(?:\s?(?:/|per\s|an\s|a\s)\s?(?:hours?|hrs?|h)\b|\shourly\b)"
_HOUR = rf"(?P<hour>{_AN_HOUR})"
_HOURLY = re.compile(r"(?<![\w-])(?:hourly|paid by the hour)(?![\w-])", re.IGNORECASE)
_NOT_HOURLY = re.compile(r"(?<![\w-])(?:no[nt]?[\s-]+hourly|fixed|budget)(?![\w-])", re.IGNORECASE)
_MORE, _LESS = r"or (?:more|higher|above)|and (?:up|above)", r"or (?:less|lower|below|under|cheaper)"
# What the amount is of. "Fixed budget" and a job's "hourly" are conditions of their own.
_OF = r"(?:(?<!fixed[\s-])(?<!hourly\s)(?:budget|rate|price)s?(?:\s(?:of|is))?:?\s)?"
_OF_TALENT = r"(?:(?:(?:hourly\s)?(?:budget|rate|price)s?(?:\s(?:of|is))?|hourly):?\s)?"
_BUDGET = r"(?:\s(?:budget|rate)(?=\s*(?:[,;.]|$|(?:and|for|in|with)\b)))?"


class _Patterns(NamedTuple):
    bounded: re.Pattern[str]
    """A word that makes it a bound, and the amount."""
    bounded_behind: re.Pattern[str]
    """The amount, and a word that makes it a bound."""
    range: re.Pattern[str]
    open: re.Pattern[str]


@cache
def _patterns(kind: Kind) -> _Patterns:
    of = _OF_TALENT if kind is Kind.TALENT else _OF
    one = rf"{_amount('one')}{_HOUR}?(?![\w%])"
    low = rf"{_amount('low')}(?P<low_hour>{_AN_HOUR})?"
    patterns = (
        rf"{of}(?:(?P<upper>{_UPPER})|(?P<lower>{_LOWER}))\s?{_OF_TALENT}{one}(?:\s(?:{_MORE}|{_LESS})(?!\w))?",
        # In "$50/h, max 3 weeks" the word belongs to what follows.
        rf"{of}{one}\s(?:(?P<upper>max(?:imum)?|{_LESS})|(?P<lower>min(?:imum)?|{_MORE}))(?!\w)\.?(?!\s(?:of\s|\W?\d))",
        rf"{of}(?:between\s|from\s)?{low}\s?(?:-|\u2013|to|and)\s?{_amount('high')}{_HOUR}?(?![\w%])",
        rf"{of}{_amount('one')}\s?\+{_HOUR}?(?![\w%])",
    )
    return _Patterns(*(re.compile(rf"(?<!\w){pattern}{_BUDGET}", re.IGNORECASE) for pattern in patterns))


def money_phrases(kind: Kind, text: str) -> Iterator[Phrase]:
    """The amounts of a text that are bounds. One without `per hour` is talent's rate, and a job's where the text says
    that it is hourly, else its budget.

    An amount has to be told by the hour or with a currency: a bare number may be anything. Thousands are no rate; they
    may be what somebody has earned.
    """
    is_hourly = kind is Kind.TALENT or (_HOURLY.search(text) is not None and _NOT_HOURLY.search(text) is None)
    patterns = _patterns(kind)
    for found in patterns.range.finditer(text):
        low, high = _value(found, "low"), _value(found, "high")
        if found["high_k"] and not found["low_k"] and low * 1_000 < high:
            # "5-10k" is five to ten thousand, and "500-1k" is not half a million.
            low *= 1_000
        if low <= high:
            yield from _phrase(is_hourly, found, ("low", "high"), Between(gte=low, lte=high))
    for found in chain(patterns.bounded.finditer(text), patterns.bounded_behind.finditer(text)):
        amount, word = _value(found, "one"), (found["upper"] or found["lower"]).lower()
        if word in _STRICT:
            bounds = Between(lt=amount) if found["upper"] else Between(gt=amount)
        else:
            bounds = Between(lte=amount) if found["upper"] else Between(gte=amount)
        yield from _phrase(is_hourly, found, ("one",), bounds)
    for found in patterns.open.finditer(text):
        yield from _phrase(is_hourly, found, ("one",), Between(gte=_value(found, "one")))


def _phrase(is_hourly: bool, found: re.Match[str], amounts: tuple[str, ...], bounds: Between) -> Iterator[Phrase]:
    currencies = {name for amount in amounts if (name := _currency(found, amount))}
    said_hour = found["hour"] or found.groupdict().get("low_hour")
    if len(currencies) > 1 or not (currencies or said_hour):
        return
    is_rate = said_hour is not None or is_hourly
    if is_rate and not said_hour and max(_value(found, amount) for amount in amounts) >= _NO_RATE:
        return
    conditions = [Condition(("hourly_rate" if is_rate else "budget",), bounds)]
    conditions += [Condition(("currency",), OneOf((currency,))) for currency in currencies]
    yield Phrase(found.start(), found.end(), tuple(conditions))


def _value(found: re.Match[str], amount: str) -> Decimal:
    between_thousands = "." if re.fullmatch(_WITH_DOTS, found[amount]) else ","
    return Decimal(found[amount].replace(between_thousands, "")) * (1_000 if found[f"{amount}_k"] else 1)


def _currency(found: re.Match[str], amount: str) -> str | None:
    said = (found[f"{amount}_sign"] or found[f"{amount}_name"] or "").lower().removesuffix("s")
    return CURRENCIES.get({"euro": "eur"}.get(said, said))
