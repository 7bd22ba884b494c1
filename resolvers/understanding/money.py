"""Amounts of money: `under $60/h`, `$40-60 an hour`, `at least 5k EUR`."""

import re
from collections.abc import Iterator
from decimal import Decimal

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


_HOUR = r"(?P<hour>\s?(?:/|per\s|an\s|a\s)\s?(?:hours?|hrs?|h)\b|\shourly\b)"
_HOURLY = re.compile(r"(?<![\w-])(?:hourly|paid by the hour)(?![\w-])", re.IGNORECASE)
_NOT_HOURLY = re.compile(r"(?<![\w-])(?:no[nt]?[\s-]+hourly|fixed|budget)(?![\w-])", re.IGNORECASE)
_BOUNDED = re.compile(
    rf"(?<!\w)(?:(?P<upper>{_UPPER})|(?P<lower>{_LOWER}))\s?{_amount('one')}{_HOUR}?(?![\w%])", re.IGNORECASE
)
_RANGE = re.compile(
    rf"(?<!\w)(?:between\s|from\s)?{_amount('low')}\s?(?:-|\u2013|to|and)\s?{_amount('high')}{_HOUR}?(?![\w%])",
    re.IGNORECASE,
)
_OPEN = re.compile(rf"(?<!\w){_amount('one')}\s?\+{_HOUR}?(?![\w%])", re.IGNORECASE)


def money_phrases(kind: Kind, text: str) -> Iterator[Phrase]:
    """The amounts of a text that are bounds. One without `per hour` is talent's rate, and a job's where the text says
    that it is hourly, else its budget.

    An amount has to be told by the hour or with a currency: a bare number may be anything. Thousands are no rate; they
    may be what somebody has earned.
    """
    is_hourly = kind is Kind.TALENT or (_HOURLY.search(text) is not None and _NOT_HOURLY.search(text) is None)
    for found in _RANGE.finditer(text):
        low, high = _value(found, "low"), _value(found, "high")
        if found["high_k"] and not found["low_k"] and low * 1_000 < high:
            # "5-10k" is five to ten thousand, and "500-1k" is not half a million.
            low *= 1_000
        if low <= high:
            yield from _phrase(is_hourly, found, ("low", "high"), Between(gte=low, lte=high))
    for found in _BOUNDED.finditer(text):
        amount, word = _value(found, "one"), (found["upper"] or found["lower"]).lower()
        if word in _STRICT:
            bounds = Between(lt=amount) if found["upper"] else Between(gt=amount)
        else:
            bounds = Between(lte=amount) if found["upper"] else Between(gte=amount)
        yield from _phrase(is_hourly, found, ("one",), bounds)
    for found in _OPEN.finditer(text):
        yield from _phrase(is_hourly, found, ("one",), Between(gte=_value(found, "one")))


def _phrase(is_hourly: bool, found: re.Match[str], amounts: tuple[str, ...], bounds: Between) -> Iterator[Phrase]:
    currencies = {name for amount in amounts if (name := _currency(found, amount))}
    if len(currencies) > 1 or not (currencies or found["hour"]):
        return
    is_rate = found["hour"] is not None or is_hourly
    if is_rate and not found["hour"] and max(_value(found, amount) for amount in amounts) >= _NO_RATE:
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
