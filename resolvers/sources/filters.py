"""Filters: which documents may be found, as every engine understands them."""

from dataclasses import dataclass
from datetime import datetime

FilterValue = str | float | bool | datetime


@dataclass(frozen=True)
class Terms:
    """Documents whose field has one of the values, or all of them. No values with `every=False`: nothing."""

    field: str
    values: tuple[FilterValue, ...]
    every: bool = False


@dataclass(frozen=True)
class Range:
    """Documents whose field lies between the bounds that are given. A missing value lies in no range."""

    field: str
    gt: float | datetime | None = None
    gte: float | datetime | None = None
    lt: float | datetime | None = None
    lte: float | datetime | None = None


@dataclass(frozen=True)
class Exists:
    """Documents that have a value in the field."""

    field: str


@dataclass(frozen=True)
class AllOf:
    """Documents that pass every part. No parts: every document."""

    parts: tuple["Filter", ...] = ()


@dataclass(frozen=True)
class AnyOf:
    """Documents that pass at least one part. No parts: no document."""

    parts: tuple["Filter", ...] = ()


@dataclass(frozen=True)
class Not:
    """Documents that do not pass the part."""

    part: "Filter"


Filter = Terms | Range | Exists | AllOf | AnyOf | Not
EVERYTHING = AllOf()
