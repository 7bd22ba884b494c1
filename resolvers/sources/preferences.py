"""What a search would rather find, and how many hits of a group it shows: what an order by relevance takes into account
beside a text. Neither changes what a search matches."""

from dataclasses import dataclass, replace
from datetime import datetime

from resolvers.sources.filters import Filter


@dataclass(frozen=True)
class Preference:
    """Documents that pass a filter are preferred by so much. `weight` is above 0; 1 is all that relevance can give."""

    filter: Filter
    weight: float


@dataclass(frozen=True)
class Recency:
    """Documents are preferred by `weight` at the time `at`, and by half of it for every half-life before.

    `field` holds the document's time. One of later than `at` counts as of `at`, and one without a time by nothing.
    """

    field: str
    weight: float
    half_life_days: float
    at: datetime


@dataclass(frozen=True)
class Preferences:
    """What puts a document further in front; a document that has none of it stays where it is in the order."""

    matching: tuple[Preference, ...] = ()
    recency: Recency | None = None

    def as_of(self, time: datetime) -> "Preferences":
        """The same preferences at another time."""
        return self if self.recency is None else replace(self, recency=replace(self.recency, at=time))


@dataclass(frozen=True)
class Diversity:
    """At most so many hits that have the same value in a field; documents without a value are not limited."""

    field: str
    at_most: int
