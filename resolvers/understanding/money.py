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


def _amount(name: str) -> str:
    return (
        rf"(?P<{name}_sign>{_SIGN})?\s?(?P<{name}>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)\s?(?P<{name}_k>k\b)?"
        rf"(?:\s?(?P<{name}_name>{_NAME})(?![a-z]))?"
    )


_HOUR = r"(?P<hour>\s?(?:/|per\s|an\s|a\s)\s?(?:hours?|hrs?|h)\b)"
_BOUNDED = re.compile(
    rf"(?<!\w)(?:(?P<upper>{_UPPER})|(?P<lower>{_LOWER}))\s?{_amount('one')}{_HOUR}?(?![\w%])", re.IGNORECASE
)
_RANGE = re.compile(
    rf"(?<!\w)(?:between\s|from\s)?{_amount('low')}\s?(?:-|\u2013|to|and)\s?{_amount('high')}{_HOUR}?(?![\w%])",
    re.IGNORECASE,
)
_OPEN = re.compile(rf"(?<!\w){_amount('one')}\s?\+{_HOUR}?(?![\w%])", re.IGNORECASE)


def money_phrases(kind: Kind, text: str) -> Iterator[Phrase]:
    """The amounts of a text that are bounds. One without `per hour` is a job's budget, and talent's rate.

    An amount has to be told by the hour or with a currency: a bare number may be anything. Thousands are no rate; they
    may be what somebody has earned.
    """
    for found in _RANGE.finditer(text):
        low, high = _value(found, "low"), _value(found, "high")
        if low <= high:
            yield from _phrase(kind, found, ("low", "high"), Between(gte=low, lte=high))
    for found in _BOUNDED.finditer(text):
        amount, word = _value(found, "one"), (found["upper"] or found["lower"]).lower()
        if word in _STRICT:
            bounds = Between(lt=amount) if found["upper"] else Between(gt=amount)
        else:
            bounds = Between(lte=amount) if found["upper"] else Between(gte=amount)
        yield from _phrase(kind, found, ("one",), bounds)
    for found in _OPEN.finditer(text):
        yield from _phrase(kind, found, ("one",), Between(gte=_value(found, "one")))


def _phrase(kind: Kind, found: re.Match[str], amounts: tuple[str, ...], bounds: Between) -> Iterator[Phrase]:
    currencies = {name for amount in amounts if (name := _currency(found, amount))}
    if len(currencies) > 1 or not (currencies or found["hour"]):
        return
    is_rate = found["hour"] is not None or kind is Kind.TALENT
    if is_rate and not found["hour"] and max(_value(found, amount) for amount in amounts) >= _NO_RATE:
        return
    conditions = [Condition(("hourly_rate" if is_rate else "budget",), bounds)]
    conditions += [Condition(("currency",), OneOf((currency,))) for currency in currencies]
    yield Phrase(found.start(), found.end(), tuple(conditions))


def _value(found: re.Match[str], amount: str) -> Decimal:
    return Decimal(found[amount].replace(",", "")) * (1_000 if found[f"{amount}_k"] else 1)


def _currency(found: re.Match[str], amount: str) -> str | None:
    said = (found[f"{amount}_sign"] or found[f"{amount}_name"] or "").lower().removesuffix("s")
    return CURRENCIES.get({"euro": "eur"}.get(said, said))
