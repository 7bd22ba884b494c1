"""What a search would rather find, as clients say it, and how many items of one group it shows."""

from datetime import datetime, timedelta
from typing import Annotated, Any

import strawberry

from resolvers.catalog.kind import Kind
from resolvers.errors import InvalidPreference, InvalidRequest
from resolvers.ranking.reranking import WINDOW
from resolvers.sources.preferences import Diversity, Preference, Preferences, Recency
from schema.conditions import Reading
from schema.contradictions import Path
from schema.facets.kinds import FacetsOf
from schema.filters import JobFilter, TalentFilter

TIMES = {Kind.JOB: "published_at", Kind.TALENT: "last_active_at"}
"""The fact that says how recent an entity is."""
MOST_WEIGHT, MOST_PREFERENCES = 10.0, 20
SHORTEST_DAYS, LONGEST_DAYS = 0.25, 3_650.0
HOUR = timedelta(hours=1)
EFFECT = (
    "What to move up. Nothing is left out, so `totalCount` and facets stay as they are. An item's score, from 0 to 1 "
    "while there are preferences, gets the weights of all that it matches and its recency added. With a query the "
    f"first {WINDOW:,} items by relevance are put in order again and the others stay behind them; without one all are, "
    "those that score alike {order}. It has no effect beside another `sort` than RELEVANCE."
)
WEIGHT = (
    "How much it counts: what is added to the score, above 0 and at most 10. 0.1 decides between items that match "
    "about as well; 1 is as much as the whole difference between the best and the worst match."
)


@strawberry.input(description="Prefers recent items.")
class RecencyPreference:
    weight: float = strawberry.field(default=0.2, description=f"Of an item of this very moment: {WEIGHT}")
    half_life_days: float = strawberry.field(
        default=14.0,
        description="After so many days half of the weight is left, after twice as many a quarter. From 0.25 to 3650.",
    )


@strawberry.input(description="Prefers the jobs that a filter matches.")
class JobPreference:
    filter: JobFilter = strawberry.field(description="Which jobs. An unknown id is an error, as in a filter.")
    weight: float = strawberry.field(default=0.2, description=WEIGHT)


@strawberry.input(description="Which jobs to move up.")
class JobPreferences:
    matching: list[JobPreference] | None = strawberry.field(
        default=None,
        description="What the jobs had better be, 20 filters at most. The weights of all that match add up.",
    )
    recency: RecencyPreference | None = strawberry.field(default=None, description="By how long ago `publishedAt` was.")


@strawberry.input(description="Prefers the talent that a filter matches.")
class TalentPreference:
    filter: TalentFilter = strawberry.field(description="Which talent. An unknown id is an error, as in a filter.")
    weight: float = strawberry.field(default=0.2, description=WEIGHT)


@strawberry.input(description="Which talent to move up.")
class TalentPreferences:
    matching: list[TalentPreference] | None = strawberry.field(
        default=None,
        description="What the talent had better be, 20 filters at most. The weights of all that match add up.",
    )
    recency: RecencyPreference | None = strawberry.field(
        default=None, description="By how long ago `lastActiveAt` was."
    )


PreferJobs = Annotated[
    JobPreferences | None, strawberry.argument(description=EFFECT.format(order="with the newest first"))
]
PreferTalent = Annotated[
    TalentPreferences | None, strawberry.argument(description=EFFECT.format(order="with the last active first"))
]
AT_MOST = (
    "Shows so many items of one {group} at most, over all pages: those that come first in the order, whatever it is. "
    "The others are left out of the pages, and still counted by `totalCount` and facets. Null: no limit.{more}"
)
MaxPerClient = Annotated[
    int | None,
    strawberry.argument(
        description=AT_MOST.format(group="client", more=" The rest are found by a filter on `clientId`.")
    ),
]
MaxPerOccupation = Annotated[
    int | None,
    strawberry.argument(
        description=AT_MOST.format(group="occupation", more=" The rest are found by a filter on `occupationId`.")
    ),
]
MaxPerOccupationOfAny = Annotated[
    int | None,
    strawberry.argument(
        description=AT_MOST.format(
            group="occupation",
            more=" Jobs and talent count together; skills and occupations themselves are not limited.",
        )
    ),
]


def preferences(of: FacetsOf, given: Any, reading: Reading) -> Preferences | None:
    """A `prefer` argument as the engines understand it; None where nothing is preferred.

    Raises InvalidPreference for a number out of bounds and InvalidFilter for a filter that cannot be meant.
    """
    if given is None:
        return None
    if len(given.matching or ()) > MOST_PREFERENCES:
        message = f"`matching` has {len(given.matching)} preferences, and may have {MOST_PREFERENCES}; leave some out"
        raise InvalidPreference(message, ("prefer", "matching"))
    matching = tuple(
        Preference(_filter(of, one, at, reading), _weight(one.weight, ("prefer", "matching", at, "weight")))
        for at, one in enumerate(given.matching or ())
    )
    recency = None if given.recency is None else _recency(of.kind, given.recency, reading.now)
    return Preferences(matching, recency) if matching or recency else None


def _filter(of: FacetsOf, one: Any, at: int, reading: Reading) -> Any:
    path: Path = ("prefer", "matching", at, "filter")
    return of.read(one.filter, Reading(reading.now, reading.named, path, reading.needs))


def _recency(kind: Kind, given: RecencyPreference, now: datetime) -> Recency:
    days, path = given.half_life_days, ("prefer", "recency", "halfLifeDays")
    if not SHORTEST_DAYS <= days <= LONGEST_DAYS:
        message = f"`halfLifeDays` is {days:g}; give a number from {SHORTEST_DAYS:g} to {LONGEST_DAYS:g}"
        raise InvalidPreference(message, path)
    return Recency(TIMES[kind], _weight(given.weight, ("prefer", "recency", "weight")), days, full_hour(now))


def _weight(weight: float, path: Path) -> float:
    if not 0 < weight <= MOST_WEIGHT:
        hint = "; to prefer what a filter does not match, put it under `not`" if weight < 0 else ""
        message = f"`weight` is {weight:g}; give a number above 0 and at most {MOST_WEIGHT:g}{hint}"
        raise InvalidPreference(message, path)
    return weight


def full_hour(now: datetime) -> datetime:
    """The full hour that ends the one of a time: nothing is later, and an hour's searches are the same."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    return hour if hour == now else hour + HOUR


def diversity(argument: str, field: str, at_most: int | None) -> Diversity | None:
    """An argument that limits the items with the same value in a field. Raises InvalidRequest for less than one."""
    if at_most is None:
        return None
    if at_most < 1:
        raise InvalidRequest(f"`{argument}` is {at_most}, which would leave nothing; give 1 or more, or leave it out")
    return Diversity(field, at_most)
