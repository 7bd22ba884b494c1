"""Filter inputs as values: told as JSON, and changed in one place.

What has to hold at once lies in an input itself and in the filters of its `all`, and of theirs. A condition under
`any` or `not` belongs to these, and is left as it is.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import StrawberryObjectDefinition

from schema.scalars import plain

NAMES = NameConverter()
T = TypeVar("T")
Place = tuple[str, ...]
"""The way to a condition from an input: the Python names of the fields, such as `("client", "rating")`."""
Change = Callable[[Any], Any]
HAS_EFFECT_WHEN_EMPTY = ("any", "not", "anyOf", "onlyOf", "recency")
"""Fields whose empty value says something; `recency` has a weight and a half-life of its own where none are given."""


def fields_of(given: Any) -> Iterator[tuple[str, str, Any]]:
    """The fields of an input that are not null: their names in Python and in GraphQL, and their values."""
    definition: StrawberryObjectDefinition = given.__strawberry_definition__
    for field in definition.fields:
        value = getattr(given, field.python_name)
        if value is not None:
            yield field.python_name, NAMES.get_graphql_name(field), value


def as_json(given: Any) -> Any:
    """An input as a variable of a GraphQL request has it."""
    match given:
        case list():
            return [as_json(one) for one in given]
        case Enum():
            return given.name
        case Decimal():
            return plain(given)
        case date() | time():
            return clock_time(given) if isinstance(given, time) else given.isoformat().replace("+00:00", "Z")
        case bool() | int() | float() | str():
            return given
    return {name: as_json(value) for _, name, value in fields_of(given)}


def without_empties(told: Any) -> Any:
    """An input that is told as JSON without its parts that restrict nothing; `{}` where that is all of it."""
    if isinstance(told, dict):
        bare = {name: one if name in HAS_EFFECT_WHEN_EMPTY else without_empties(one) for name, one in told.items()}
        return {name: one for name, one in bare.items() if name in HAS_EFFECT_WHEN_EMPTY or one not in ({}, [])}
    if isinstance(told, list):
        return [bare for one in told if (bare := without_empties(one)) != {}]
    return told


def clock_time(given: time) -> str:
    """A time of day, without the seconds where it has none."""
    return given.isoformat("auto" if given.second or given.microsecond else "minutes")


def conditions(given: Any, place: Place) -> list[Any]:
    """All that an input asks for at a place, and the filters that have to hold beside it."""
    own = _at(given, place)
    nested = [found for one in given.all or () for found in conditions(one, place)]
    return nested if own is None else [own, *nested]


def changed(given: T, place: Place, change: Change) -> T:
    """The input with each of these conditions changed; one that becomes None is left out."""
    own = _at(given, place)
    made = given if own is None else put(given, place, change(own))
    nested = made.all  # type: ignore[attr-defined]
    if not nested:
        return made
    return replace(made, all=[changed(one, place, change) for one in nested])  # type: ignore[type-var]


def put(given: T, place: Place, condition: Any, types: Mapping[str, type] | None = None) -> T:
    """The input with a condition at a place. What lies on the way is made of `types` where it is not there.

    Where nothing is left of what lies on the way, that is left out too.
    """
    name, *rest = place
    if rest:
        on_the_way = getattr(given, name)
        if on_the_way is None:
            on_the_way = (types or {})[name]()
        condition = put(on_the_way, tuple(rest), condition)
        if not any(fields_of(condition)):
            condition = None
    return replace(given, **{name: condition})  # type: ignore[type-var]


def _at(given: Any, place: Place) -> Any:
    for name in place:
        given = None if given is None else getattr(given, name)
    return given
