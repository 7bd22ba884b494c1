"""What an engine is to the rest of the gateway: values that go in and out, and the protocols it fulfils.

A `Source` answers; `building` has what fills the index that it answers from. Both know nothing of GraphQL.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.deadline import Deadline
from resolvers.errors import SourceError
from resolvers.ranking.fusion import Fused
from resolvers.ranking.occupations import NOTHING_USUAL, OccupationStatistics
from resolvers.ranking.skills import NOTHING_KNOWN, SkillStatistics
from resolvers.sources.aggregations import Aggregate, Aggregation
from resolvers.sources.filters import EVERYTHING, AllOf, AnyOf, Exists, Filter, FilterValue, Not, Range, Terms
from resolvers.sources.preferences import Diversity, Preferences
from resolvers.sources.typeahead import Suggested, SuggestRequest

__all__ = ["EVERYTHING", "AllOf", "AnyOf", "Exists", "Filter", "FilterValue", "Not", "Range", "Terms"]
"""What is said elsewhere and belongs to what is said here."""


class RetrievalMode(StrEnum):
    """How a text is matched."""

    LEXICAL = "LEXICAL"
    SEMANTIC = "SEMANTIC"
    HYBRID = "HYBRID"


@dataclass(frozen=True)
class Position:
    """A place in a listing, which a page starts after or ends before: the engine's own sort key of the hit there.

    `number` is how many hits were shown up to it and with it; None where that is not known, as to every engine.
    """

    key: str
    number: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Seen:
    """Hits that somebody has had already. Equal where the names are, which stand for the refs."""

    name: bytes = b""
    refs: frozenset[Ref] = field(default=frozenset(), compare=False, repr=False)


NOTHING_SEEN = Seen()


class Concept(NamedTuple):
    """A skill or an occupation that a text names, by whatever name: documents about it match the text.

    It is scored by BM25 like a word of its own; `weight` multiplies that.
    """

    id: str
    weight: float = 1.0


@dataclass(frozen=True)
class SearchRequest:
    """One search. Equal requests have equal answers, so it is also the key of a batch.

    `sort` is RELEVANCE or the name of one of the kind's orders. Without text, RELEVANCE is the kind's default order.
    `limit` 0 asks for the count alone. `backward` takes the last `limit` hits instead of the first. `concepts` are what
    the text names. A listing has places, which a page lies behind (`after`) and in front of (`before`); a ranking by
    relevance has none, and leaves out what was `seen`. A count counts that too.

    `preferences` reorder RELEVANCE: the head of a text's ranking, whose scores are then from 0 to 1 in every mode, or
    without a text everything, ties in the default order. `diversity` leaves out of any order what has too many of its
    group in front of it. Neither changes the count. `meaning` is the share of meaning in a HYBRID score, from 0 to 1;
    None: that of `matching.semantic_weight`. `written_out` is the text as it is matched by meaning, where that is
    another one.
    """

    kinds: tuple[Kind, ...]
    text: str | None = None
    filter: Filter = EVERYTHING
    mode: RetrievalMode = RetrievalMode.HYBRID
    sort: str = "RELEVANCE"
    limit: int = 20
    after: Position | None = None
    before: Position | None = None
    backward: bool = False
    count: bool = False
    seen: Seen = NOTHING_SEEN
    concepts: tuple[Concept, ...] = ()
    preferences: Preferences | None = None
    diversity: Diversity | None = None
    meaning: float | None = None
    written_out: str | None = None

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # Computed once, of what differs most: enums have their hash in Python.
        return hash((self.text, self.limit, self.filter, self.sort, self.count, self.after, self.before))

    def but(self, **changes: Any) -> "SearchRequest":
        """The same with other values of some fields: as `dataclasses.replace`, in a sixth of its time."""
        if not changes.keys() <= FIELDS:
            raise TypeError(f"a search has no {', '.join(sorted(changes.keys() - FIELDS))}")
        made = object.__new__(SearchRequest)
        values = vars(made)
        values.update(vars(self))
        values.update(changes)
        values.pop("_hash", None)
        return made

    @property
    def is_ranked(self) -> bool:
        """Whether its hits are ranked by a text or by preference; else they are listed by a fact."""
        return self.sort == "RELEVANCE" and (bool((self.text or "").strip()) or self.preferences is not None)


FIELDS = frozenset(one.name for one in fields(SearchRequest))


Score = Fused
"""Why a hit is where it is: the total that ranks it, and what that is made of."""


class Hit(NamedTuple):
    """One document that a search found, with its facts: in a listing with its place, by relevance with its score."""

    document: Document
    position: Position | None = None
    score: Score | None = None


class Degradation(StrEnum):
    """Why an answer is less than it would be with everything in order."""

    MEANING_UNAVAILABLE = "MEANING_UNAVAILABLE"
    PARTIAL = "PARTIAL"
    STALE = "STALE"


@dataclass(frozen=True)
class SearchResult:
    """The answer to one request.

    `total` is None unless the request asked for it. `mode` is None when no text was matched. `degraded` says what is
    missing from it because something behind the gateway is broken or late.
    """

    hits: tuple[Hit, ...]
    has_next: bool
    has_previous: bool
    total: int | None
    mode: RetrievalMode | None
    took_seconds: float
    degraded: frozenset[Degradation] = frozenset()


@dataclass(frozen=True)
class AggregationRequest:
    """Figures about everything that a search matches, on all of its pages: the matching set of `matching`."""

    kind: Kind
    text: str | None = None
    filter: Filter = EVERYTHING
    mode: RetrievalMode = RetrievalMode.HYBRID
    aggregations: tuple[Aggregation, ...] = ()
    concepts: tuple[Concept, ...] = ()
    written_out: str | None = None


@dataclass(frozen=True)
class AggregationResult:
    """The answer to one request: the size of the matching set, and the figures in the order of the request.

    `mode`, `took_seconds` and `degraded` are those of a `SearchResult`.
    """

    total: int
    aggregates: tuple[Aggregate, ...]
    mode: RetrievalMode | None
    took_seconds: float
    degraded: frozenset[Degradation] = frozenset()


@dataclass(frozen=True)
class SourceInfo:
    """Which engine answers, from which index.

    `skills` and `occupations` are what the catalog said of these when the index was built as a whole.
    """

    engine: str
    generation: str
    created_at: datetime
    counts: dict[Kind, int] = field(default_factory=dict)
    skills: SkillStatistics = field(default=NOTHING_KNOWN, compare=False, repr=False)
    occupations: OccupationStatistics = field(default=NOTHING_USUAL, compare=False, repr=False)


@dataclass(frozen=True)
class Call:
    """What an engine is told of the operation that it works for.

    `label` names the client and the operation in the engine's own logs. `viewer` names who looks where the answers to
    searches depend on that, and is None where everybody sees the same.
    """

    deadline: Deadline = field(default_factory=Deadline)
    label: str | None = None
    viewer: str | None = None


class Snapshot(Protocol):
    """One unchanging view of an index, which an operation uses from its start to its end."""

    def info(self) -> SourceInfo:
        """Which index this is a view of."""

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        """The documents of the refs, in their order: None for one that is not there, an error for one that failed."""

    async def search(self, requests: Sequence[SearchRequest]) -> Sequence[SearchResult | SourceError]:
        """The answers to the requests, in their order: an error for one that failed."""

    async def aggregate(self, requests: Sequence[AggregationRequest]) -> Sequence[AggregationResult | SourceError]:
        """The figures that the requests ask for, in their order: an error for one that failed."""

    async def suggest(self, requests: Sequence[SuggestRequest]) -> Sequence[tuple[Suggested, ...] | SourceError]:
        """What completes each typed text, the best first, in the order of the requests: an error for one that failed.

        See `typeahead` for what matches, and in which order.
        """


class Source(Protocol):
    """An engine."""

    def snapshot(self, call: Call = ...) -> Snapshot:
        """A view of the index in use, for one operation; raises SourceUnavailable when there is none."""

    async def start(self) -> None:
        """Open what is needed to answer."""

    async def close(self) -> None:
        """Release everything."""
