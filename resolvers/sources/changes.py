"""How an engine takes changes of single entities, beside being built as a whole.

Versions are external: they come with the changes, and of one entity the highest wins in whatever order they arrive
(as OpenSearch's `version_type=external`). What was deleted keeps its version, so that an older change cannot bring it
back. A full index writes FULL_INDEX_VERSION, which every change is above.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import NamedTuple, Protocol

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.sources.base import Filter
from resolvers.sources.building import IndexedDocument

FULL_INDEX_VERSION = 0
LAST_VERSION = 2**63 - 1


class Stored(NamedTuple):
    """What an index has of an entity: a version, and the facts; no document where it was deleted."""

    ref: Ref
    version: int
    document: Document | None


class Change(NamedTuple):
    """A change made ready for an engine: what an entity becomes, or no document where it is deleted.

    It is applied when its version is above the one that the index has. One that `rewrites` is also applied when they
    are equal: the entity is the same, but facts of others that are copied into its document have changed.
    """

    ref: Ref
    version: int
    document: IndexedDocument | None
    rewrites: bool = False


class Fate(StrEnum):
    """What became of a change."""

    APPLIED = "applied"
    STALE = "stale"
    REFUSED = "refused"


class Outcome(NamedTuple):
    """What became of a change, and why the engine refused it."""

    fate: Fate
    reason: str = ""


class ChangeBatch(Protocol):
    """Some changes that are applied together. Its methods block, and raise IndexingError when the engine fails."""

    @property
    def embedder(self) -> str | None:
        """The model whose vectors the index has."""

    @property
    def dimension(self) -> int:
        """The length of its vectors; 0 without vectors."""

    @property
    def adaptation(self) -> bytes | None:
        """What that model has learned from the catalog that was indexed; None when it has learned nothing."""

    def stored(self, refs: Sequence[Ref]) -> Sequence[Stored | None]:
        """What the index has of the refs, in their order, with what others have written; None for what never was."""

    def passing(self, kind: Kind, wanted: Filter) -> Iterator[Sequence[Stored]]:
        """The documents of a kind that pass the filter, in pages.

        With everything that others have written up to now; what this batch has written may be missing.
        """

    def write(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Write changes, and say what became of each, in their order. An entity is among them once at most."""

    def publish(self) -> None:
        """Make everything that was written durable, and have it answered from."""


class Changeable(Protocol):
    """An index that takes changes."""

    @property
    def exclusive(self) -> bool:
        """Whether nobody else writes during a batch, and a batch that is not published leaves no trace."""

    def changing(self) -> AbstractContextManager[ChangeBatch]:
        """Begin a batch.

        Raises SourceUnavailable when there is no index or the engine is down, IndexingError when it cannot be written.
        """


class Invalidator(Protocol):
    """Whoever keeps copies of documents."""

    def invalidate(self, refs: Sequence[Ref]) -> bool:
        """Forget the copies, and that there was none: these entities have changed, and the engine answers with it.

        False when that was not possible; what is copied is then given until its time is over.
        """


class NoCopies:
    """Nobody keeps copies that outlive a change."""

    def invalidate(self, refs: Sequence[Ref]) -> bool:  # noqa: ARG002
        return True
