"""The facts of a generation: those of its full index, and over them those of what has changed since."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.sources.changes import FULL_INDEX_VERSION, Stored
from resolvers.sources.embedded.documents import Documents
from resolvers.sources.embedded.overlay import OVERLAY_FILE, Overlay

DOCUMENTS_FILE = "documents.lmdb"


class Facts:
    """Looks documents up by id and by row. Safe in any number of threads and processes at once."""

    def __init__(self, folder: Path) -> None:
        self.full = Documents(folder / DOCUMENTS_FILE)
        changed = folder / OVERLAY_FILE
        self.overlay = Overlay(changed) if changed.exists() else None

    def fetch(self, refs: Iterable[Ref]) -> list[Document | None]:
        """The documents of the refs, in their order; None for one that is not there."""
        if self.overlay is None:
            return self.full.fetch(refs)
        return [found and found.document for found in self.stored(list(refs))]

    def stored(self, refs: Sequence[Ref]) -> list[Stored | None]:
        """The documents with their versions, in the order of the refs; None for what never was."""
        entries = [None] * len(refs) if self.overlay is None else self.overlay.entries(refs)
        unchanged = iter(self.full.fetch(ref for ref, entry in zip(refs, entries, strict=True) if entry is None))
        found: list[Stored | None] = []
        for ref, entry in zip(refs, entries, strict=True):
            if entry is not None:
                record = entry.record
                found.append(Stored(ref, entry.version, None if record is None else Document(ref, record)))
            else:
                document = next(unchanged)
                found.append(None if document is None else Stored(ref, FULL_INDEX_VERSION, document))
        return found

    def at_rows(self, kind: Kind, rows: Sequence[int]) -> list[Document]:
        """The documents with these rows, in their order."""
        if self.overlay is None:
            return self.full.at_rows(kind, rows)
        found = self.fetch([Ref(kind, id_) for id_ in self.ids(kind, rows)])
        return [document for document in found if document is not None]

    def ids(self, kind: Kind, rows: Sequence[int]) -> list[str]:
        """The ids of the documents with these rows, in their order."""
        if self.overlay is None:
            return self.full.ids(kind, rows)
        full = self.full.count(kind)
        unchanged = iter(self.full.ids(kind, [row for row in rows if row < full]))
        changed = iter(self.overlay.ids(kind, [row - full for row in rows if row >= full]))
        return [next(unchanged) if row < full else next(changed) for row in rows]
