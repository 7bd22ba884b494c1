"""A batch of changes becomes documents of an index.

Some documents hold copies of others' facts: a job has its client's rating, a talent the names of its skills. When a
client, a skill or an occupation changes, the documents that refer to it are made ready again and written with the
version that they have.

A reference to what is not there is no error, or else the order in which changes arrive would decide what the index
holds in the end: who refers to it is made ready again when it comes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from indexing.changes.dependents import Dependents
from indexing.changes.given import GivenChange
from indexing.changes.records import Records, references
from indexing.changes.writing import Item, RecordWriter, Written
from resolvers.catalog.kind import Ref
from resolvers.catalog.kinds import KINDS
from resolvers.catalog.values import Record
from resolvers.errors import SourceUnavailable
from resolvers.sources.adaptation import Model, model_of_index
from resolvers.sources.changes import ChangeBatch, Fate, Outcome, Stored
from resolvers.sources.embedding import Embedder

STALE = Outcome(Fate.STALE)
ORDER = {kind: at for at, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class BatchResult:
    """What became of a batch: an outcome for each change, in their order.

    `rewritten` counts other documents that were made ready again, `dangling` references of what was applied that lead
    nowhere yet, and `concerned` names every entity whose document may be another one now.
    """

    outcomes: Sequence[Outcome] = ()
    rewritten: int = 0
    dangling: int = 0
    concerned: Sequence[Ref] = ()

    def count(self, fate: Fate) -> int:
        """How many changes had this fate."""
        return sum(outcome.fate is fate for outcome in self.outcomes)


def apply_batch(
    index: ChangeBatch, changes: Sequence[GivenChange], embedder: Embedder, *, exclusive: bool
) -> BatchResult:
    """Apply changes and publish them. Of several of one entity the newest counts; the others are stale.

    Raises IndexingError when the engine fails, and SourceUnavailable when its vectors are of another model or the model
    does not answer.
    """
    return _Batch(index, checked_model(index, embedder), exclusive=exclusive).apply(changes)


def checked_model(index: ChangeBatch, embedder: Embedder) -> Model | None:
    """The model that embeds changes of an index; None for one without vectors.

    Raises SourceUnavailable when the index has vectors of another model, or the model does not answer.
    """
    if index.embedder is None:
        return None
    model = model_of_index(embedder, index.embedder, index.adaptation)
    if model.dimension != index.dimension:
        raise SourceUnavailable(
            f"the vectors of the index have {index.dimension} numbers, and those of {model.name} have "
            f"{model.dimension} now: it is another model, so index the catalog again"
        )
    return model


class _Batch:
    """One batch while it is applied. `_stored` has what the index had of its entities before."""

    def __init__(self, index: ChangeBatch, model: Model | None, *, exclusive: bool) -> None:
        self._index, self._exclusive = index, exclusive
        self._records = Records(index)
        self._writer = RecordWriter(index, self._records, model)
        self._stored: dict[Ref, Stored | None] = {}

    def apply(self, changes: Sequence[GivenChange]) -> BatchResult:
        refs = list(dict.fromkeys(change.ref for change in changes))
        self._stored = dict(zip(refs, self._index.stored(refs), strict=True))
        for ref in refs:
            self._records.put(ref, self._earlier(ref))
        outcomes, applied = self._write_newest(changes)
        done = {one.item.ref for one in applied}
        again = {change.ref for change in changes if self._is_repeated(change)} - done
        self._writer.settle([*applied, *self._write_again(again)], exclusive=self._exclusive)
        dependents = Dependents(self._index, self._records, self._writer, exclusive=self._exclusive)
        rewritten = dependents.rewrite(self._causes(applied, again), done)
        self._index.publish()
        return BatchResult(outcomes, len(rewritten), self._dangling(applied), [*done, *again, *rewritten])

    def _earlier(self, ref: Ref) -> Record | None:
        stored = self._stored[ref]
        return stored.document.record if stored is not None and stored.document is not None else None

    def _is_newer(self, change: GivenChange) -> bool:
        stored = self._stored[change.ref]
        return stored is None or change.version > stored.version

    def _is_repeated(self, change: GivenChange) -> bool:
        stored = self._stored[change.ref]
        return stored is not None and change.version == stored.version

    def _write_newest(self, changes: Sequence[GivenChange]) -> tuple[list[Outcome], list[Written]]:
        """Write the newest change of each entity, or the next one where the engine refuses it."""
        outcomes, applied = [STALE] * len(changes), []
        waiting = self._newest_first(changes)
        while waiting:
            positions = [candidates.pop(0) for candidates in waiting]
            written = self._write_by_kind([Item(*changes[position]) for position in positions])
            for position, one in zip(positions, written, strict=True):
                outcomes[position] = one.outcome
            applied += [one for one in written if one.outcome.fate is Fate.APPLIED]
            left = zip(waiting, written, strict=True)
            waiting = [candidates for candidates, one in left if candidates and one.outcome.fate is Fate.REFUSED]
        return outcomes, applied

    def _newest_first(self, changes: Sequence[GivenChange]) -> list[list[int]]:
        """Where the changes of each entity are that are above what the index has; those referred to come first."""
        found: dict[Ref, list[int]] = {}
        for position in sorted(range(len(changes)), key=lambda at: -changes[at].version):
            if self._is_newer(changes[position]):
                found.setdefault(changes[position].ref, []).append(position)
        return [found[ref] for ref in sorted(found, key=lambda ref: ORDER[ref.kind])]

    def _write_by_kind(self, items: Sequence[Item]) -> list[Written]:
        written: list[Written] = []
        for _, group in groupby(items, key=lambda item: item.ref.kind):
            of_kind = list(group)
            for item in of_kind:
                self._records.put(item.ref, item.record)
            for one in self._writer.write(of_kind):
                if one.outcome.fate is not Fate.APPLIED:
                    self._records.put(one.item.ref, self._earlier(one.item.ref))
                written.append(one)
        return written

    def _write_again(self, repeated: Iterable[Ref]) -> list[Written]:
        """Write what the index has with the same version: whoever wrote it may have died before it was settled."""
        found = [] if self._exclusive else [self._stored[ref] for ref in repeated]
        return self._writer.write(
            [Item(one.ref, one.version, one.document.record, rewrites=True) for one in found if one and one.document]
        )

    def _causes(self, applied: Iterable[Written], again: Iterable[Ref]) -> dict[Ref, Record | None]:
        """What others may have copies of, with the records that the copies were made of."""
        if not self._exclusive:
            # Whoever wrote these before may have died before it came to those who refer to them.
            return dict.fromkeys([*(one.item.ref for one in applied), *again])
        earlier = {one.item.ref: self._earlier(one.item.ref) for one in applied}
        return {ref: record for ref, record in earlier.items() if record != self._records.record(ref)}

    def _dangling(self, applied: Iterable[Written]) -> int:
        refs = (ref for one in applied for ref in references(one.item.ref.kind, one.item.record))
        return sum(self._records.record(ref) is None for ref in refs)
