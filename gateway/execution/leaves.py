"""Scalars and enums whose values need no look one by one.

Most columns have values of the one Python type that is expected, whose checks hold for the column as a whole. A
shortcut answers such a column, and gives None for any other: graphql-core's own serializers are then asked.
"""

from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from math import isfinite
from types import NoneType
from typing import Any, Final, cast

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)
from strawberry.schema.schema_converter import CustomGraphQLEnumType

Shortcut = Callable[[list[Any], set[type], bool], list[Any] | None]
"""The answer of a column of values of these types, null allowed or not; None for a column that is not the usual one."""
ABSENT: Final = frozenset({NoneType, type(Undefined)})


def shortcut(of: GraphQLLeafType) -> Shortcut | None:
    """The shortcut of a scalar or enum; None where there is none."""
    if isinstance(of, GraphQLEnumType):
        return _enum(of)
    if of is GraphQLString or of is GraphQLID or of.coerce_output_value in (str,):
        return _as_it_is(str)
    if of is GraphQLBoolean:
        return _as_it_is(bool)
    if of is GraphQLInt:
        return _checked(int, _are_32_bits)
    if of is GraphQLFloat:
        return _checked(float, _are_finite)
    return _serialized(of)


def _as_it_is(expected: type) -> Shortcut:
    required, optional = {expected}, {expected, NoneType}

    def take(values: list[Any], types: set[type], nullable: bool) -> list[Any] | None:
        return values if types <= (optional if nullable else required) else None

    return take


def _checked(expected: type, holds: Callable[[list[Any]], bool]) -> Shortcut:
    as_it_is = _as_it_is(expected)

    def take(values: list[Any], types: set[type], nullable: bool) -> list[Any] | None:
        if as_it_is(values, types, nullable) is None:
            return None
        numbers = [value for value in values if value is not None] if NoneType in types else values
        return values if holds(numbers) else None

    return take


def _are_32_bits(values: list[Any]) -> bool:
    return not values or (min(values) >= GRAPHQL_MIN_INT and max(values) <= GRAPHQL_MAX_INT)


def _are_finite(values: list[Any]) -> bool:
    return all(map(isfinite, values))


def _enum(of: GraphQLEnumType) -> Shortcut | None:
    """By the members' identity: they may be compared and hashed by code of their own."""
    if not isinstance(of, CustomGraphQLEnumType):
        return None
    names = _names(of)
    required, optional = {of.wrapped_cls}, {of.wrapped_cls, NoneType}

    def take(values: list[Any], types: set[type], nullable: bool) -> list[Any] | None:
        try:
            if types <= required:
                return list(map(names.__getitem__, map(id, values)))
            if nullable and types <= optional:
                return [None if value is None else names[id(value)] for value in values]
        except KeyError:  # a combination of flags
            pass
        return None

    return take


def _names(of: CustomGraphQLEnumType) -> dict[int, Any]:
    """What members are called, by their identity; without those of which that is an error."""
    names = {}
    for member in cast("type[Enum]", of.wrapped_cls):
        with suppress(Exception):
            names[id(member)] = of.coerce_output_value(member)
    return names


def _serialized(of: GraphQLScalarType) -> Shortcut:
    """Of a scalar with a serializer of its own. Where one value fails, each is looked at, and asked again."""
    serialize = of.coerce_output_value

    def take(values: list[Any], types: set[type], nullable: bool) -> list[Any] | None:
        if any(issubclass(one, Exception) for one in types) or not (nullable or ABSENT.isdisjoint(types)):
            return None
        present = values if ABSENT.isdisjoint(types) else [value for value in values if type(value) not in ABSENT]
        try:
            done = list(map(serialize, present))
        except Exception:  # noqa: BLE001  whatever it is, it is the answer of one value
            return None
        # One that raises what is taken for the end leaves others out.
        if len(done) < len(present) or not ABSENT.isdisjoint(map(type, done)):
            return None
        if present is values:
            return done
        rest = iter(done)
        return [None if type(value) in ABSENT else next(rest) for value in values]

    return take
