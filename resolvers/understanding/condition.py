"""A condition that a phrase says."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

Bound = Decimal | float | int | datetime


@dataclass(frozen=True)
class OneOf:
    """The fact is one of the values."""

    values: tuple[StrEnum | str, ...]


@dataclass(frozen=True)
class NoneOf:
    """The fact is none of the values."""

    values: tuple[StrEnum | str, ...]


@dataclass(frozen=True)
class Between:
    """The fact lies between the bounds that are given."""

    gt: Bound | None = None
    gte: Bound | None = None
    lt: Bound | None = None
    lte: Bound | None = None


@dataclass(frozen=True)
class Is:
    """The fact is true, or false."""

    value: bool


@dataclass(frozen=True)
class Level:
    """The fact is at least the one value and at most the other, where they are given."""

    at_least: StrEnum | None = None
    at_most: StrEnum | None = None


@dataclass(frozen=True)
class Near:
    """The time zone is so many hours away from another at the most."""

    zone: str
    hours: float


@dataclass(frozen=True)
class Overlaps:
    """Working hours in the time zone overlap with those in another for so many hours at the least."""

    zone: str
    hours: float


@dataclass(frozen=True)
class Speaks:
    """The language is spoken, at that level at least."""

    code: str
    at_least: StrEnum | None = None


Meaning = OneOf | NoneOf | Between | Is | Level | Near | Overlaps | Speaks
Place = tuple[str, ...]
"""Which fact of the kind's filter a condition is about, such as `("client", "rating")`."""


@dataclass(frozen=True)
class Condition:
    """What a phrase asks of one fact."""

    place: Place
    meaning: Meaning


@dataclass(frozen=True)
class Phrase:
    """A part of a text that says conditions. `start` and `end` are offsets of characters."""

    start: int
    end: int
    conditions: tuple[Condition, ...]
    is_whole: bool = True
    """Whether its conditions are all that it says, so that their opposite is its own."""
