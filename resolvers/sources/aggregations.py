"""Aggregations: figures about the documents that a search matches, as every engine understands them.

Each may look at a part of the matching set alone, `within` a filter that has no part in what is matched: the nearest
documents of a text are those of the search, whatever is counted among them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import ceil
from typing import NamedTuple

from resolvers.sources.filters import EVERYTHING, Filter

MOST_VALUES = 20_000
"""How many different values of a field are told apart at the most; the rarest are left out beyond that."""


@dataclass(frozen=True)
class Count:
    """How many documents there are."""

    within: Filter = EVERYTHING


@dataclass(frozen=True)
class TermCounts:
    """The `size` most frequent values of a field, each with how many documents have it; ties in the order of values.

    Also how many different values there are: exact in the embedded engine, and an estimate in OpenSearch, which is off
    by a few in a thousand from some ten thousand values on.
    """

    field: str
    size: int
    within: Filter = EVERYTHING


@dataclass(frozen=True)
class Percentiles:
    """The values of a number that so many percent of the documents with the fact do not exceed.

    By nearest rank, so that each is a value that some document has (Hyndman and Fan's definition 1). Exact up to
    MOST_VALUES different values, in every engine.
    """

    field: str
    percents: tuple[float, ...]
    within: Filter = EVERYTHING


class Interval(StrEnum):
    """A piece of the calendar in UTC. Weeks begin on Mondays."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


@dataclass(frozen=True)
class Histogram:
    """How many documents have a time in each interval of the calendar; intervals without any are left out.

    A bucket's value is the date at which the interval begins, such as 2026-11-01.
    """

    field: str
    interval: Interval
    within: Filter = EVERYTHING


Aggregation = Count | TermCounts | Percentiles | Histogram


@dataclass(frozen=True, slots=True)
class Bucket:
    """A value and how many documents have it."""

    value: str | float | bool
    count: int


@dataclass(frozen=True)
class Aggregate:
    """The answer to an aggregation.

    `count` is how many documents it is about: those within, and of percentiles those that have the fact. `distinct` is
    None where nobody asked for it, and `percentiles` is empty where there is no value.
    """

    count: int
    buckets: tuple[Bucket, ...] = ()
    distinct: int | None = None
    percentiles: tuple[float, ...] = ()


def percentiles(values: Iterable[tuple[float, int]], percents: Sequence[float]) -> Aggregate:
    """Percentiles out of the different values, each with how often it is there."""
    ordered = sorted(values)
    count = sum(times for _, times in ordered)
    if not count:
        return Aggregate(0)
    ranks = {percent: max(1, ceil(count * percent / 100)) for percent in percents}
    found: dict[float, float] = {}
    seen, waiting = 0, sorted(ranks, reverse=True)
    for value, times in ordered:
        seen += times
        while waiting and ranks[waiting[-1]] <= seen:
            found[waiting.pop()] = value
    return Aggregate(count, percentiles=tuple(found[percent] for percent in percents))


DAY_MICROSECONDS = 86_400_000_000
MONDAY = 4
"""The first Monday of 1970 is so many days behind the first day, from which an engine counts."""
_FIRST_DAY = date(1970, 1, 1).toordinal()


class Grid(NamedTuple):
    """Even intervals that an engine can count by, in microseconds since 1970: their length, and where one begins."""

    length: int
    offset: int


def grid_of(interval: Interval) -> Grid:
    """The intervals to ask an engine for; those of a month are its days, which `histogram` puts together."""
    if interval is Interval.WEEK:
        return Grid(7 * DAY_MICROSECONDS, MONDAY * DAY_MICROSECONDS)
    return Grid(DAY_MICROSECONDS, 0)


def histogram(found: Iterable[tuple[float, int]], interval: Interval) -> Aggregate:
    """A histogram out of the beginnings of a grid's intervals, in microseconds since 1970, each with its count."""
    counts: dict[str, int] = {}
    for start, count in sorted(found):
        day = date.fromordinal(_FIRST_DAY + round(start / DAY_MICROSECONDS))
        begins = (day.replace(day=1) if interval is Interval.MONTH else day).isoformat()
        counts[begins] = counts.get(begins, 0) + count
    return Aggregate(sum(counts.values()), tuple(Bucket(begins, count) for begins, count in counts.items()))


def most_frequent(found: Iterable[Bucket], size: int) -> tuple[Bucket, ...]:
    """The `size` buckets that count most, ties in the order of their values."""
    return tuple(sorted(found, key=lambda bucket: (-bucket.count, bucket.value))[:size])
