"""What was shown to whom, and what they did with it: the values, and where they are kept.

The names are those of OpenSearch's User Behavior Insights, https://docs.opensearch.org/latest/search-plugins/ubi/,
where it has them: a query is what was asked together with what was shown, an event what somebody did with one of its
items.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeAlias

from resolvers.errors import SourceError


class Surface(StrEnum):
    """Where something was shown."""

    SEARCH_JOBS = "searchJobs"
    SEARCH_TALENT = "searchTalent"
    SEARCH = "search"
    RECOMMENDED_TALENT = "recommendedTalent"
    """For a job, or for the open jobs of a client."""
    RECOMMENDED_JOBS = "recommendedJobs"
    SIMILAR_JOBS = "similarJobs"
    SIMILAR_TALENT = "similarTalent"


class Action(StrEnum):
    """What somebody did with an item."""

    IMPRESSION = "impression"
    CLICK = "click"
    SAVE = "save"
    DISMISS = "dismiss"
    INVITE = "invite"
    APPLY = "apply"
    INTERVIEW = "interview"
    HIRE = "hire"


class ShownItem(NamedTuple):
    """An item of a page. `features` are what a ranker has judged it by, in the order of the query's `feature_names`.

    `job_id` is the job that talent is recommended for where that is not the query's subject: one of a client's.
    """

    id: str
    position: int
    """From 1 on, over all pages of the ranking."""
    score: float
    features: tuple[float, ...] = ()
    job_id: str | None = None


class ShownQuery(NamedTuple):
    """What was asked, and the page that was shown: each page of a ranking is a query of its own."""

    id: str
    at: datetime
    surface: Surface
    subject: str
    """The text that was searched for, or the id of what something is recommended for."""
    items: tuple[ShownItem, ...]
    feature_names: tuple[str, ...] = ()
    model: str | None = None
    """The name and version of the ranker, where one has ranked the items."""
    experiment: str | None = None
    arm: str | None = None
    viewer: str | None = None
    """Who has asked, as far as that is known: an opaque id that the frontend gives."""
    session: str | None = None
    client: str | None = None
    """The application that has asked, by its header."""


class Event(NamedTuple):
    """What somebody did with an item of a query. Of two events with the same id the first counts."""

    id: str
    query_id: str
    action: Action
    item_id: str
    position: int
    at: datetime
    viewer: str | None = None
    session: str | None = None
    experiment: str | None = None
    arm: str | None = None
    model: str | None = None


Recorded: TypeAlias = bool | SourceError
"""What became of an event: whether it is new, or why it can never be kept as it is."""


class FeedbackStore(Protocol):
    """Where queries and events are kept. Every method raises SourceError when that fails."""

    async def start(self) -> None:
        """Get ready, inside of the event loop that the other methods are called in."""

    async def close(self) -> None:
        """Write down everything that was given."""

    def shown(self, query: ShownQuery) -> None:
        """Keep a query, soon: never waits, and writes in the background. What was given can be found at once.

        Called inside of the running event loop.
        """

    async def queries(self, ids: Sequence[str]) -> dict[str, ShownQuery]:
        """The queries with these ids that are known, whichever process has shown them."""

    async def record(self, events: Sequence[Event]) -> list[Recorded]:
        """Keep events, and the queries that they are of, durably: they are on disk when this returns.

        Says of each whether it is new; False where an event of that id was recorded before, or earlier in the list.
        An event that the store refuses, and always will, is an error in its place.
        """


class FeedbackCounting(Protocol):
    """Takes note of what becomes of queries and events. Outcomes are out of a small set."""

    def count_queries(self, outcome: str, amount: int = 1) -> None:
        """Queries that were `kept`, or `dropped` because too many of them wait to be written."""

    def count_events(self, outcome: str, amount: int = 1) -> None:
        """Events that were reported, by what became of them."""


class Uncounted:
    """Takes no note."""

    def count_queries(self, outcome: str, amount: int = 1) -> None:
        """Forget it."""

    def count_events(self, outcome: str, amount: int = 1) -> None:
        """Forget it."""


UNCOUNTED = Uncounted()


@dataclass(frozen=True)
class Feedback:
    """Where feedback goes, and what is taken: so many events at once, of queries that were shown within `kept`."""

    store: FeedbackStore
    most_events: int = 100
    kept: timedelta = timedelta(days=365)
    counting: FeedbackCounting = UNCOUNTED


class FeedbackLog(Protocol):
    """All that is kept, for commands. Its methods block, and raise SourceError."""

    def all_queries(self) -> Iterator[ShownQuery]:
        """Every query, in no order."""

    def all_events(self) -> Iterator[Event]:
        """Every event once, in no order."""
