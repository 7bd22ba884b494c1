"""An engine in memory that several write at the same time, as they do a search server."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from resolvers.catalog.kind import Kind, Ref
from resolvers.sources.base import AnyOf, Filter, Terms
from resolvers.sources.building import IndexedDocument
from resolvers.sources.changes import Change, Fate, Outcome, Stored


class SharedIndex:
    """An index in memory that anybody writes at any time, as a search server is; its own batch.

    `between` is called in front of each of its steps. The ids in `refused` are not taken.
    """

    exclusive = False
    embedder, dimension = None, 0

    def __init__(self, documents: dict[Ref, tuple[int, IndexedDocument | None]]) -> None:
        self.documents = documents
        self.between: Callable[[], None] = lambda: None
        self.refused: set[tuple[str, int]] = set()
        self.steps = 0

    @contextmanager
    def changing(self) -> Iterator["SharedIndex"]:
        yield self

    def stored(self, refs: Sequence[Ref]) -> list[Stored | None]:
        self._step()
        return [self._stored(ref) for ref in refs]

    def _stored(self, ref: Ref) -> Stored | None:
        if ref not in self.documents:
            return None
        version, document = self.documents[ref]
        return Stored(ref, version, None if document is None else document.document)

    def passing(self, kind: Kind, wanted: Filter) -> Iterator[list[Stored]]:
        assert isinstance(wanted, AnyOf)
        self._step()
        found = [ref for ref, (_, one) in self.documents.items() if ref.kind is kind and one and passes(wanted, one)]
        for ref in sorted(found):
            self._step()
            stored = self._stored(ref)
            yield [] if stored is None else [stored]

    def write(self, changes: Sequence[Change]) -> list[Outcome]:
        return [self._write(one) for one in changes]

    def _write(self, one: Change) -> Outcome:
        self._step()
        version = self.documents[one.ref][0] if one.ref in self.documents else -1
        if one.version < version or (one.version == version and not one.rewrites):
            return Outcome(Fate.STALE)
        if (one.ref.id, one.version) in self.refused:
            return Outcome(Fate.REFUSED, "not to the engine's taste")
        self.documents[one.ref] = one.version, one.document
        return Outcome(Fate.APPLIED)

    def publish(self) -> None:
        self._step()

    def _step(self) -> None:
        self.steps += 1
        self.between()


def passes(wanted: AnyOf, document: IndexedDocument) -> bool:
    terms = [one for one in wanted.parts if isinstance(one, Terms)]
    assert len(terms) == len(wanted.parts)
    return any(value in document.fields[one.field] for one in terms for value in one.values)
