"""Numbers that are known at once, or when the variables are: what an estimate is put together from.

Whatever does not depend on variables is a number from the start, so that of most operations little is left to compute.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

Variables: TypeAlias = Mapping[str, Any]
"""The coerced values of an operation's variables."""
Later: TypeAlias = Callable[[Variables], int]
Number: TypeAlias = int | Later


def value_of(number: Number, variables: Variables) -> int:
    """The number, now that the variables are known."""
    return number if isinstance(number, int) else number(variables)


def total(parts: Sequence[Number]) -> Number:
    """All parts added up."""
    known = sum(part for part in parts if isinstance(part, int))
    later = [part for part in parts if not isinstance(part, int)]
    if not later:
        return known
    if len(later) > 1:
        return lambda variables: known + sum([part(variables) for part in later])
    [only] = later
    return (lambda variables: known + only(variables)) if known else only


def times(count: Number, each: Number) -> Number:
    """So many times the same."""
    if count == 1:
        return each
    if each == 0 or count == 0:
        return 0
    if isinstance(count, int):
        return count * each if isinstance(each, int) else lambda variables: count * each(variables)
    if isinstance(each, int):
        return lambda variables: each * count(variables)
    return lambda variables: count(variables) * each(variables)


def largest(parts: Sequence[Number]) -> Number:
    """The largest of the parts, 0 without any."""
    known = max((part for part in parts if isinstance(part, int)), default=0)
    later = [part for part in parts if not isinstance(part, int)]
    if len(later) > 1:
        return lambda variables: max(known, *[part(variables) for part in later])
    if not later:
        return known
    [only] = later
    return lambda variables: max(known, only(variables))


def where(holds: Callable[[Variables], bool] | None, number: Number) -> Number:
    """The number where a condition holds, else 0. Without a condition it always does."""
    if holds is None or number == 0:
        return number
    return lambda variables: value_of(number, variables) if holds(variables) else 0
