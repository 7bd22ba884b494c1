"""Conditions and values in words, for people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from resolvers.catalog.codes import country_name, language_name
from schema.conditions import Bounds, Ordered
from schema.languages import NeededLanguagesFilter
from schema.scalars import plain
from schema.timezone_wording import clocks_in_words
from schema.timezones import TimeZoneFilter

SIDES = {"gt": "above", "gte": "at least", "lt": "below", "lte": "at most"}
COUNTRIES = ("country", "preferred_countries")


def title_of(name: str) -> str:
    """The name of a field or an enum's value as a heading: `client_rating` is "Client rating"."""
    return name.replace("timezone", "time zone").replace("_", " ").capitalize().removesuffix(" id").removesuffix(" ids")


def value_of(field: str, value: Any, names: Mapping[str, str]) -> str:
    """A value of a field. `names` are those of entities by their ids."""
    match value:
        case bool():
            said = "yes" if value else "no"
        case Enum():
            said = title_of(value.name)
        case Decimal():
            said = plain(value)
        case float():
            said = f"{value:g}"
        case datetime():
            said = value.isoformat(timespec="minutes").replace("+00:00", "Z")
        case _:
            said = _text(field, str(value), names)
    return said


def _text(field: str, text: str, names: Mapping[str, str]) -> str:
    if field in COUNTRIES:
        return country_name(text)
    return names.get(text) or (language_name(text) if field == "languages" else text)


def condition_of(field: str, condition: Any, names: Mapping[str, str]) -> str:
    """What a condition asks for, to stand behind the name of its field."""
    if isinstance(condition, Bounds):
        return _range(field, condition)
    if isinstance(condition, list):
        return " and ".join(_spoken(one, names) for one in condition)
    if hasattr(condition, "any_of"):
        return _choice(field, condition, names)
    return value_of(field, condition, names)


def _range(field: str, bounds: Bounds) -> str:
    said = [
        f"{words} {value_of(field, bound, {})}"
        for side, words in SIDES.items()
        if (bound := getattr(bounds, side)) is not None
    ]
    if bounds.exists is not None:
        said.append("known" if bounds.exists else "not known")
    return " and ".join(said)


def _choice(field: str, condition: Any, names: Mapping[str, str]) -> str:
    def listed(values: Sequence[Any], between: str) -> str:
        return f" {between} ".join(value_of(field, value, names) for value in values)

    said = []
    if condition.any_of is not None:
        said.append(listed(condition.any_of, "or") or "nothing at all")
    if getattr(condition, "all_of", None):
        said.append(listed(condition.all_of, "and"))
    if condition.none_of:
        said.append(f"not {listed(condition.none_of, 'or')}")
    match condition:
        case Ordered():
            said += _bounds(condition)
        case TimeZoneFilter():
            said += clocks_in_words(condition)
        case NeededLanguagesFilter(only_of=list(allowed)):
            said.append(f"only {listed(allowed, 'or')}" if allowed else "none")
    return ", ".join(said)


def _bounds(condition: Ordered[Any]) -> list[str]:
    bounds = {"at least": condition.at_least, "at most": condition.at_most}
    said = [f"{side} {value_of('', bound, {}).lower()}" for side, bound in bounds.items() if bound is not None]
    return [" and ".join(said)] if said else []


def _spoken(one: Any, names: Mapping[str, str]) -> str:
    level = f" at least {value_of('level', one.at_least, names).lower()}" if one.at_least else ""
    return value_of("languages", one.code, names) + level
