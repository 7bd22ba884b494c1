"""The documents that hold copies of facts that a batch has changed."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence

from indexing.changes.records import Records, references
from indexing.changes.writing import Item, RecordWriter
from indexing.ready import made_ready
from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.catalog.kinds import KINDS
from resolvers.catalog.values import Record
from resolvers.sources.base import AnyOf, Filter, Terms
from resolvers.sources.changes import ChangeBatch, Fate

CAUSES_AT_ONCE = 500
"""For how many changed entities of a kind their dependents are looked for in one search."""
Causes = Mapping[Ref, Record | None]
"""What has changed, with its record as it was before; None where there was none.

Where others write too, nobody knows of which record the copies are, and none is looked at.
"""
log = logging.getLogger(__name__)


class Dependents:
    """Makes documents ready again. `records` knows what has become of the causes."""

    def __init__(self, index: ChangeBatch, records: Records, writer: RecordWriter, *, exclusive: bool) -> None:
        self._index, self._records, self._writer, self._exclusive = index, records, writer, exclusive

    def rewrite(self, causes: Causes, done: Collection[Ref]) -> list[Ref]:
        """Write again, with the versions that they have, the documents that the causes make different.

        Those in `done` are left out. Returns the refs of those that were written.
        """
        rewritten: list[Ref] = []
        for kind, wanted in _searches(causes):
            seen = {*done, *rewritten}
            for page in self._index.passing(kind, wanted):
                versions = {one.ref: one.version for one in page}
                found = [one.document for one in page if one.document is not None and one.ref not in seen]
                rewritten += self._rewrite(found, versions, causes)
        return rewritten

    def _rewrite(self, found: Sequence[Document], versions: Mapping[Ref, int], causes: Causes) -> list[Ref]:
        self._records.load(ref for one in found for ref in references(one.ref.kind, one.record))
        items = [
            Item(one.ref, versions[one.ref], one.record, rewrites=True) for one in found if self._differs(one, causes)
        ]
        written = self._writer.write(items)
        self._writer.settle(written, exclusive=self._exclusive)
        for one in written:
            if one.outcome.fate is Fate.REFUSED:
                log.error("%s could not be written again and is outdated: %s", one.item.ref.id, one.outcome.reason)
        return [one.item.ref for one in written]

    def _differs(self, document: Document, causes: Causes) -> bool:
        """Whether what has changed shows in a document: most facts are copied nowhere."""
        if not self._exclusive:
            return True
        kind, record = document.ref.kind, document.record
        now = self._records.related(kind, record)
        before = {**now, **{ref.id: causes[ref] for ref in references(kind, record) if ref in causes}}
        then = {id_: other for id_, other in before.items() if other is not None}
        return made_ready(KINDS[kind], record, now) != made_ready(KINDS[kind], record, then)


def _searches(causes: Causes) -> Iterator[tuple[Kind, Filter]]:
    """Where to look for those who refer to the causes."""
    for kind in KINDS:
        ids = [ref.id for ref in causes if ref.kind is kind]
        for start in range(0, len(ids), CAUSES_AT_ONCE):
            some = tuple(ids[start : start + CAUSES_AT_ONCE])
            for spec in KINDS.values():
                fields = [field.name for field in spec.fields if field.refers_to is kind]
                if fields:
                    yield spec.kind, AnyOf(tuple(Terms(field, some) for field in fields))
