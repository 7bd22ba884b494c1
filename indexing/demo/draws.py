"""Seeded chance: streams, lotteries, amounts and times before the demo catalog's present."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

Record = dict[str, object]
T = TypeVar("T")

PRESENT = datetime(2026, 11, 1, tzinfo=UTC)
"""The catalog's "now" unless another is given: with it, the same seed gives the same bytes on any day."""


class Lottery(Generic[T]):
    """Draws items in proportion to their weights (any positive numbers)."""

    def __init__(self, weighted: Iterable[tuple[T, float]]) -> None:
        pairs = list(weighted)
        self.items = [item for item, _ in pairs]
        self._cumulative = list(accumulate(weight for _, weight in pairs))

    def draw(self, rng: Random) -> T:
        return rng.choices(self.items, cum_weights=self._cumulative)[0]


def stream(seed: int, name: str) -> Random:
    """An independent stream of chance, so that the size of one kind never changes the records of another."""
    return Random(f"{seed}/{name}")  # noqa: S311 - a reproducible catalog, not a secret


def chance(rng: Random, share: float) -> bool:
    return rng.random() < share


def near(rng: Random, middle: float, spread: float) -> float:
    """Log-normal around the median `middle`; `spread` is the standard deviation of the logarithm."""
    return middle * math.exp(rng.gauss(0, spread))


def days(rng: Random, mean: float, fewest: int, most: int = 3_900) -> int:
    """Whole days, exponentially distributed above `fewest`, never more than `most`."""
    return min(most, fewest + int(rng.expovariate(1 / mean)))


def instant(present: datetime, minutes_ago: int) -> str:
    """RFC 3339 in UTC, so many minutes before the catalog's present."""
    return (present - timedelta(minutes=minutes_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def usd(amount: float) -> Record:
    return {"amount": round(amount, 2), "currency": "USD"}
