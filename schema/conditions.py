"""The inputs that a filter's fields take, and what each means as a filter of the engines.

`null` is no restriction, everywhere. An empty `anyOf` matches nothing; an empty `allOf` or `noneOf` restricts nothing.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar

import strawberry

from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS, ref_of
from resolvers.errors import InvalidFilter
from resolvers.search.search import NamedId
from resolvers.sources.base import EVERYTHING, AllOf, Exists, Filter, FilterValue, Not, Range, Terms
from schema.access import Need
from schema.contradictions import Path, empty

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


@dataclass
class Reading:
    """One filter being read, at a time: the ids that it names are collected, to be looked up together.

    `path` leads to it from the arguments. `needs` are the scopes that whoever sent it needs for it.
    """

    now: datetime
    named: list[NamedId] = field(default_factory=list)
    path: Path = ("filter",)
    needs: list[Need] = field(default_factory=list)

    def name(self, ids: list[strawberry.ID] | None, kind: Kind, path: Path) -> None:
        for index, id_ in enumerate(ids or ()):
            ref = ref_of(id_)
            if ref is None or ref.kind is not kind:
                prefix = KINDS[kind].prefix
                message = f"{id_!r} is no {kind.lower()} id; such an id begins with {prefix!r}"
                raise InvalidFilter(message, (*path, index))
            self.named.append(NamedId(ref, (*path, index)))


class Condition(Protocol):
    """An input that restricts one indexed field."""

    def restriction(self, field: str, refers_to: Kind | None, path: Path, reading: Reading) -> Filter:
        """What it means; raises InvalidFilter when it cannot be meant."""


def both(*parts: Filter) -> Filter:
    """All of the parts that restrict anything."""
    real = tuple(part for part in parts if part != EVERYTHING)
    return real[0] if len(real) == 1 else AllOf(real)


def terms(field: str, any_of: list[T] | None, none_of: list[T] | None, path: Path) -> Filter:
    """`anyOf` and `noneOf` together. Raises InvalidFilter when the one excludes all of the other."""
    if any_of and none_of and set(any_of) <= set(none_of):
        raise InvalidFilter("`noneOf` excludes everything that `anyOf` asks for", (*path, "noneOf"))
    wanted = EVERYTHING if any_of is None else Terms(field, _values(any_of))
    unwanted = Not(Terms(field, _values(none_of))) if none_of else EVERYTHING
    return both(wanted, unwanted)


def _values(given: list[T]) -> tuple[FilterValue, ...]:
    return tuple(str(value) for value in given)


@strawberry.input(description="Restricts a reference to one other entity by its id. An unknown id is an error.")
class ReferenceFilter:
    any_of: list[strawberry.ID] | None = strawberry.field(default=None, description="One of these ids; `[]`: nothing.")
    none_of: list[strawberry.ID] | None = strawberry.field(default=None, description="None of these ids.")

    def restriction(self, field: str, refers_to: Kind | None, path: Path, reading: Reading) -> Filter:
        if refers_to is not None:
            reading.name(self.any_of, refers_to, (*path, "anyOf"))
            reading.name(self.none_of, refers_to, (*path, "noneOf"))
        return terms(field, self.any_of, self.none_of, path)


@strawberry.input(description="Restricts references to other entities by their ids. An unknown id is an error.")
class IdFilter:
    any_of: list[strawberry.ID] | None = strawberry.field(
        default=None, description="At least one of these ids; `[]` matches nothing."
    )
    all_of: list[strawberry.ID] | None = strawberry.field(default=None, description="Every one of these ids.")
    none_of: list[strawberry.ID] | None = strawberry.field(default=None, description="None of these ids.")

    def restriction(self, field: str, refers_to: Kind | None, path: Path, reading: Reading) -> Filter:
        if refers_to is not None:
            reading.name(self.all_of, refers_to, (*path, "allOf"))
        if self.all_of and self.none_of and set(self.all_of) & set(self.none_of):
            raise InvalidFilter("`noneOf` excludes an id that `allOf` asks for", (*path, "noneOf"))
        every = Terms(field, _values(self.all_of), every=True) if self.all_of else EVERYTHING
        others = ReferenceFilter(any_of=self.any_of, none_of=self.none_of)
        return both(others.restriction(field, refers_to, path, reading), every)


@strawberry.input(name="Filter", description="Restricts a fact to some values.")
class OneOf(Generic[T]):
    any_of: list[T] | None = strawberry.field(default=None, description="One of these values; `[]` matches nothing.")
    none_of: list[T] | None = strawberry.field(default=None, description="None of these values.")

    def restriction(self, field: str, refers_to: Kind | None, path: Path, reading: Reading) -> Filter:  # noqa: ARG002
        return terms(field, self.any_of, self.none_of, path)


@strawberry.input(
    name="Filter",
    description="Restricts a fact whose values have an order: that in which the enum lists them, lowest first.",
)
class Ordered(Generic[E]):
    any_of: list[E] | None = strawberry.field(default=None, description="One of these values; `[]` matches nothing.")
    none_of: list[E] | None = strawberry.field(default=None, description="None of these values.")
    at_least: E | None = strawberry.field(default=None, description="This value or a higher one.")
    at_most: E | None = strawberry.field(default=None, description="This value or a lower one.")

    def listed(self) -> "Ordered[E]":
        """The same as a list of the values that it lets pass, where it has a bound."""
        if self.at_least is None and self.at_most is None:
            return self
        return Ordered(any_of=[value for value in self._within_bounds() if value not in (self.none_of or ())])

    def restriction(self, field: str, refers_to: Kind | None, path: Path, reading: Reading) -> Filter:  # noqa: ARG002
        listed = self.listed()
        if listed is self or self.any_of == []:
            return terms(field, self.any_of, self.none_of, path)
        if not listed.any_of:
            raise self._emptied(path)
        return Terms(field, _values(listed.any_of))

    def _within_bounds(self) -> list[E]:
        bound = self.at_least or self.at_most
        order = [] if bound is None else list(type(bound))
        low = order.index(self.at_least) if self.at_least else 0
        high = order.index(self.at_most) if self.at_most else len(order)
        allowed = order[low : high + 1]
        return allowed if self.any_of is None else [value for value in self.any_of if value in allowed]

    def _emptied(self, path: Path) -> InvalidFilter:
        """What leaves no value."""
        if self._within_bounds():
            return InvalidFilter("`noneOf` excludes everything that is left", (*path, "noneOf"))
        if self.any_of:
            return InvalidFilter("`anyOf` has no value within the bounds", (*path, "anyOf"))
        low, high = (bound.name if bound else "" for bound in (self.at_least, self.at_most))
        return InvalidFilter(f"nothing is at least {low} and at most {high}", path)


class Bounds:
    """What the inputs of ranges have in common: their bounds, and what those mean as a filter."""

    gt: Any
    gte: Any
    lt: Any
    lte: Any
    exists: bool | None

    def restriction(self, field: str, refers_to: Kind | None, path: Path, reading: Reading) -> Filter:  # noqa: ARG002
        return between(field, self, path)


def between(field: str, bounds: Bounds, path: Path) -> Filter:
    """A range as a filter. Raises InvalidFilter for two bounds on one side, and for a range that nothing can be in."""
    _check_bounds(bounds, path)
    low, high = bounds.gte if bounds.gt is None else bounds.gt, bounds.lte if bounds.lt is None else bounds.lt
    if bounds.gt is not None and bounds.gte is not None:
        raise InvalidFilter("`gt` and `gte` exclude each other", (*path, "gt"))
    if bounds.lt is not None and bounds.lte is not None:
        raise InvalidFilter("`lt` and `lte` exclude each other", (*path, "lt"))
    known = EVERYTHING if bounds.exists is None else Exists(field) if bounds.exists else Not(Exists(field))
    if low is None and high is None:
        return known
    if bounds.exists is False:
        raise InvalidFilter("a missing value lies in no range; leave out `exists: false` or the bounds", path)
    found = _range(field, bounds)
    if empty([found]):
        raise InvalidFilter(f"the range is empty: nothing is above {low} and below {high}", path)
    return found


def _range(field: str, bounds: Bounds) -> Range:
    gt, gte, lt, lte = (_number(bound) for bound in (bounds.gt, bounds.gte, bounds.lt, bounds.lte))
    if isinstance(bounds, IntRange):
        # Between 4 and 5 there is no whole number.
        gt, gte = None, gte if gt is None else gt + 1
        lt, lte = None, lte if lt is None else lt - 1
    return Range(field, gt=gt, gte=gte, lt=lt, lte=lte)


def _check_bounds(bounds: Bounds, path: Path) -> None:
    for side in ("gt", "gte", "lt", "lte"):
        bound = getattr(bounds, side)
        if isinstance(bound, Decimal) and not bound.is_finite():
            raise InvalidFilter(f"{bound} is no number to compare with", (*path, side))
        if isinstance(bound, datetime) and bound.utcoffset() is None:
            raise InvalidFilter("give the time with its offset from UTC, such as a final Z", (*path, side))
        if isinstance(bound, datetime) and not _is_in_utc(bound):
            raise InvalidFilter("in UTC this time lies outside of the years 1 to 9999; leave it out", (*path, side))


def _is_in_utc(moment: datetime) -> bool:
    """Whether a time can be told in UTC, in which times are compared and kept."""
    try:
        moment.astimezone(UTC)
    except OverflowError:
        return False
    return True


def _number(bound: Any) -> Any:
    return float(bound) if isinstance(bound, Decimal | int) else bound


LOWER = "Above this value."
LOWEST = "This value or above."
UPPER = "Below this value."
UPMOST = "This value or below."
KNOWN = "true: only where the fact is known; false: only where it is not."


@strawberry.input(description="Restricts an exact decimal number. A missing value lies in no range.")
class DecimalRange(Bounds):
    gt: Decimal | None = strawberry.field(default=None, description=LOWER)
    gte: Decimal | None = strawberry.field(default=None, description=LOWEST)
    lt: Decimal | None = strawberry.field(default=None, description=UPPER)
    lte: Decimal | None = strawberry.field(default=None, description=UPMOST)
    exists: bool | None = strawberry.field(default=None, description=KNOWN)


@strawberry.input(description="Restricts a number. A missing value lies in no range.")
class FloatRange(Bounds):
    gt: float | None = strawberry.field(default=None, description=LOWER)
    gte: float | None = strawberry.field(default=None, description=LOWEST)
    lt: float | None = strawberry.field(default=None, description=UPPER)
    lte: float | None = strawberry.field(default=None, description=UPMOST)
    exists: bool | None = strawberry.field(default=None, description=KNOWN)


@strawberry.input(description="Restricts a whole number. A missing value lies in no range.")
class IntRange(Bounds):
    gt: int | None = strawberry.field(default=None, description=LOWER)
    gte: int | None = strawberry.field(default=None, description=LOWEST)
    lt: int | None = strawberry.field(default=None, description=UPPER)
    lte: int | None = strawberry.field(default=None, description=UPMOST)
    exists: bool | None = strawberry.field(default=None, description=KNOWN)


@strawberry.input(description="Restricts a point in time. A missing value lies in no range.")
class DateTimeRange(Bounds):
    gt: datetime | None = strawberry.field(default=None, description="After this moment.")
    gte: datetime | None = strawberry.field(default=None, description="At this moment or after.")
    lt: datetime | None = strawberry.field(default=None, description="Before this moment.")
    lte: datetime | None = strawberry.field(default=None, description="At this moment or before.")
    exists: bool | None = strawberry.field(default=None, description=KNOWN)
