"""Records are made ready and written, until none was made ready with facts of others that are not so any more."""

from collections.abc import Sequence
from typing import NamedTuple

from indexing.changes.records import Records, references
from indexing.ready import Ready, made_ready, with_vectors, without_vectors
from resolvers.catalog.kind import Ref, Related
from resolvers.catalog.kinds import KINDS
from resolvers.catalog.values import Record
from resolvers.sources.adaptation import Model
from resolvers.sources.building import IndexedDocument
from resolvers.sources.changes import Change, ChangeBatch, Outcome

WRITTEN_AT_ONCE = 512


class Item(NamedTuple):
    """What is to be written of an entity; without a record, it is deleted. As in a Change."""

    ref: Ref
    version: int
    record: Record | None
    rewrites: bool = False


class Written(NamedTuple):
    """What was written, what of others went into it, and what became of it."""

    item: Item
    others: Related
    outcome: Outcome


class RecordWriter:
    """Writes records into an index. `records` has to know what else the batch changes."""

    def __init__(self, index: ChangeBatch, records: Records, model: Model | None) -> None:
        self._index, self._records, self._model = index, records, model

    def write(self, items: Sequence[Item]) -> list[Written]:
        """Write items, and say what became of each, in their order."""
        found: list[Written] = []
        for start in range(0, len(items), WRITTEN_AT_ONCE):
            found += self._write(items[start : start + WRITTEN_AT_ONCE])
        return found

    def settle(self, written: Sequence[Written], *, exclusive: bool) -> None:
        """Write again what was made ready with records that are others by now.

        Where others write too, the index is asked for them again: whoever changes a record looks for those who refer
        to it after having written it, and we look at the record after having written who refers to it. So one of the
        two sees the other.
        """
        while written:
            if not exclusive:
                self._records.load_again(
                    ref for one in written for ref in references(one.item.ref.kind, one.item.record)
                )
            outdated = [one.item for one in written if self._others(one.item) != one.others]
            written = self.write([item._replace(rewrites=True) for item in outdated])

    def _write(self, items: Sequence[Item]) -> list[Written]:
        self._records.load(ref for item in items for ref in references(item.ref.kind, item.record))
        others = [self._others(item) for item in items]
        ready = [
            made_ready(KINDS[item.ref.kind], item.record, one)
            for item, one in zip(items, others, strict=True)
            if item.record is not None
        ]
        documents = iter(self._documents(ready))
        changes = [
            Change(item.ref, item.version, None if item.record is None else next(documents), item.rewrites)
            for item in items
        ]
        outcomes = self._index.write(changes)
        return [Written(*one) for one in zip(items, others, outcomes, strict=True)]

    def _documents(self, ready: list[Ready]) -> list[IndexedDocument]:
        if self._model is None or not ready:
            return without_vectors(ready)
        return with_vectors(ready, self._model.document_vectors([one.texts for one in ready]))

    def _others(self, item: Item) -> Related:
        return self._records.related(item.ref.kind, item.record)
