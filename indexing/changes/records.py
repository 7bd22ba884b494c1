"""The records of an index as they are once a batch is applied, as far as the batch has to know them."""

from collections.abc import Iterable

from resolvers.catalog.kind import Kind, Ref, Related
from resolvers.catalog.kinds import KINDS
from resolvers.catalog.values import Record
from resolvers.sources.changes import ChangeBatch

LOADED_AT_ONCE = 1000


def references(kind: Kind, record: Record | None) -> list[Ref]:
    """What a record refers to; nothing when there is no record."""
    declared = KINDS[kind].references if record is not None else ()
    return [Ref(reference.kind, id_) for reference in declared for id_ in reference.ids(record)]


class Records:
    """Records by ref; None for an entity that is not there."""

    def __init__(self, index: ChangeBatch) -> None:
        self._index = index
        self._known: dict[Ref, Record | None] = {}

    def put(self, ref: Ref, record: Record | None) -> None:
        """What the batch makes of an entity."""
        self._known[ref] = record

    def record(self, ref: Ref) -> Record | None:
        """The record of an entity that was put or loaded."""
        return self._known[ref]

    def load(self, refs: Iterable[Ref]) -> None:
        """Ask the index for those that are not known yet, in one go."""
        self._ask([ref for ref in dict.fromkeys(refs) if ref not in self._known])

    def load_again(self, refs: Iterable[Ref]) -> None:
        """Ask the index for these, known or not: somebody else may have changed them."""
        self._ask(list(dict.fromkeys(refs)))

    def _ask(self, refs: list[Ref]) -> None:
        for start in range(0, len(refs), LOADED_AT_ONCE):
            asked = refs[start : start + LOADED_AT_ONCE]
            for ref, stored in zip(asked, self._index.stored(asked), strict=True):
                self._known[ref] = stored.document.record if stored is not None and stored.document else None

    def related(self, kind: Kind, record: Record | None) -> Related:
        """The records that a record refers to, which have been loaded; without those that are not there."""
        found = ((ref.id, self._known[ref]) for ref in references(kind, record))
        return {id_: other for id_, other in found if other is not None}
