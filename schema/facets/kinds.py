"""What a kind's facets are made of, and the shapes that facets commonly have."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from itertools import pairwise
from typing import Any, NamedTuple

from resolvers.catalog.kind import Kind
from resolvers.sources.base import Filter
from schema import inputs
from schema.conditions import DateTimeRange, OneOf, Ordered, Reading
from schema.facets.shapes import TYPES, Band, Bands, Choices, Shape
from schema.inputs import Place
from schema.wording import condition_of

Read = Callable[[Any, Reading], Filter]
DAYS = {1: "Last 24 hours", 3: "Last 3 days", 7: "Last 7 days", 14: "Last 14 days", 30: "Last 30 days"}
TOLERANCE = 0.05
"""A moment that was so many days ago is still taken for it when it is asked for somewhat later: by this share."""


class Taken(NamedTuple):
    """What a facet is made for: the filter that is given, and the time."""

    given: Any
    read: Read
    empty: Callable[[], Any]
    now: datetime


@dataclass(frozen=True)
class Facet:
    """A facet: what it is called, and how it takes the filter apart."""

    label: str
    shape: Callable[[Taken], Shape]


@dataclass(frozen=True)
class FacetsOf:
    """The facets of a kind, with its filter input and what that means to the engines."""

    kind: Kind
    empty: Callable[[], Any]
    read: Read
    facets: Mapping[Enum, Facet]

    def shape(self, field: Enum, given: Any, now: datetime) -> Shape:
        return self.facets[field].shape(Taken(given, self.read, self.empty, now))


def always(label: str, shape: Shape) -> Facet:
    """A facet that is the same whatever is given."""
    return Facet(label, lambda _: shape)


def ranges(label: str, place: Place, condition: type, bounds: Sequence[tuple[Any, Any]]) -> Facet:
    """A facet of ranges, each from its first bound up to below its second; None leaves a side open."""
    own = [condition(gte=low, lt=high) for low, high in bounds]
    return Facet(label, lambda taken: _bands(taken, place, own))


def amounts(*edges: int) -> list[tuple[Decimal | None, Decimal | None]]:
    """Bounds of ranges of money that touch each other, the first and the last open."""
    known = [None, *map(Decimal, edges), None]
    return list(pairwise(known))


def one_of(label: str, name: str, condition: type = OneOf) -> Facet:
    """A facet of the values of a field whose condition has its name."""
    return always(label, Choices((name,), name, condition))


def level(label: str, name: str) -> Facet:
    """The same of values that have an order."""
    return one_of(label, name, Ordered)


def posted_within(label: str, place: Place) -> Facet:
    """A facet of how long ago something was, to the minute."""

    def shape(taken: Taken) -> Bands:
        chosen = inputs.conditions(taken.given, place)
        minute = taken.now.astimezone(UTC).replace(second=0, microsecond=0)
        ages = {days: minute - timedelta(days=days) for days in DAYS}
        own = {
            days: next((one for one in chosen if _is_about(one, moment, days)), DateTimeRange(gte=moment))
            for days, moment in ages.items()
        }
        return _bands(taken, place, list(own.values()), list(DAYS.values()))

    return Facet(label, shape)


def _is_about(condition: DateTimeRange, moment: datetime, days: int) -> bool:
    gte = condition.gte
    if gte is None or condition != DateTimeRange(gte=gte):
        return False
    return abs(gte - moment) <= TOLERANCE * timedelta(days=days)


def _bands(taken: Taken, place: Place, own: list[Any], labels: Sequence[str] = ()) -> Bands:
    """Bands of our conditions, and of those that are chosen beside them."""
    others = [one for one in inputs.conditions(taken.given, place) if one not in own]
    given = [*labels, *(condition_of(place[-1], one, {}) for one in [*own, *others][len(labels) :])]
    bands = (
        Band(label, condition, taken.read(inputs.put(taken.empty(), place, condition, TYPES), Reading(taken.now)))
        for label, condition in zip(given, [*own, *others], strict=True)
    )
    return Bands(place, tuple(bands))
