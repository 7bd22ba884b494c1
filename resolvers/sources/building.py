"""What an engine is to those who fill it: a `Writer` builds the index that a source answers from."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from resolvers.catalog.kind import Document, Kind, Ref, Texts
from resolvers.ranking.occupations import OccupationStatistics
from resolvers.ranking.skills import SkillStatistics
from resolvers.sources.embedding import Vectors
from resolvers.sources.filters import FilterValue


@dataclass(frozen=True)
class IndexedDocument:
    """A document made ready for an engine: its facts, its text by role, its filterable values, and its vector."""

    document: Document
    texts: Texts
    fields: dict[str, tuple[FilterValue, ...]]
    sorts: dict[str, float | datetime | None]
    vector: Vectors | None


@dataclass(frozen=True)
class Refused:
    """A document that the engine would not take, and why."""

    ref: Ref
    reason: str


class Writer(Protocol):
    """Builds one new index beside the one in use. Its methods raise IndexingError when the engine fails."""

    def write(self, kind: Kind, documents: Sequence[IndexedDocument]) -> None:
        """Add documents of one kind. Documents of a kind come in the order of their ids."""

    def adapt(self, adaptation: bytes) -> None:
        """Keep what the model has learned from the catalog with the index; called before anything is written."""

    def relate(self, skills: SkillStatistics, occupations: OccupationStatistics) -> None:
        """Keep what the catalog says of skills and of occupations with the index.

        Called before anything is written.
        """

    def begin_at(self, place: str) -> None:
        """Keep with the index the place in the log of changes behind which it lacks them; empty without a log."""

    def complete(self) -> Sequence[Refused]:
        """Finish the index, which stays unused, and return what the engine refused of it."""

    def publish(self) -> str:
        """Switch to the index that has been completed, and return the name of its generation."""


class Site(Protocol):
    """The sole right to build an index in a target, once."""

    def build(self, counts: dict[Kind, int], embedder: str | None, dimension: int) -> AbstractContextManager[Writer]:
        """Open a writer for so many documents at most. Leaving it before `publish` leaves no trace."""


class Target(Protocol):
    """Where an index can be built."""

    def reserve(self) -> AbstractContextManager[Site]:
        """Keep everybody else from writing there until it is left; raises IndexingError when somebody else is."""


class Earlier(Protocol):
    """The index before the one in use, while nobody else may write."""

    @property
    def place(self) -> str:
        """The place in the log of changes behind which it lacked them when it was built; empty if nobody knows."""

    def publish(self) -> str:
        """Switch to it, and return the name of its generation. Raises IndexingError."""
