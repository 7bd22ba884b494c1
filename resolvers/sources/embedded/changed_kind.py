"""The text index and the tail of one kind, while changes are written into them."""

from pathlib import Path
from typing import Any

import numpy as np
from tantivy import Document as TantivyDocument
from tantivy import Index

from resolvers.catalog.kind import KindSpec
from resolvers.sources.analysis import know_words
from resolvers.sources.building import IndexedDocument
from resolvers.sources.embedded.mapping import field_column, kind_schema, row_of
from resolvers.sources.embedded.ordinals import insertions, tail_ordinals
from resolvers.sources.embedded.tail import Tail, TailVectorWriter

WRITER_HEAP_BYTES = 32_000_000
ID = field_column("id")


class NotTaken(Exception):
    """The text index does not take a document. The message says why."""


class ChangedKind:
    """Writes changes of one kind. `full` is how many rows its full index has; without vectors `dimension` is 0."""

    def __init__(self, spec: KindSpec[Any], folder: Path, full: int, dimension: int) -> None:
        self._spec, self._folder, self._full, self._schema = spec, folder, full, kind_schema(spec)
        index = Index.open(str(folder / "text"))
        know_words(index)
        # One thread makes one segment of a batch.
        self._text = index.writer(heap_size=WRITER_HEAP_BYTES, num_threads=1)
        tail = Tail.load(folder)
        self._present: list[bool] = tail.present.tolist()
        self._insertions = insertions(tail.ordinals)
        self._replaced: set[int] = set(tail.replaced.tolist())
        self._vectors = TailVectorWriter(folder, dimension) if dimension else None

    def put(self, document: IndexedDocument, row: int | None, full_rows_before: int) -> int:
        """Put a document in the place of what its id had, and return its row in the tail.

        An id that has no row yet gets one; so many ids of the full index come before it. Raises NotTaken, with nothing
        changed.
        """
        at = len(self._present) if row is None else row
        text = self._text_of(document, self._full + at)
        if row is None:
            self._present.append(False)
            self._insertions.append(full_rows_before)
        self._text.delete_documents_by_term(ID, document.document.ref.id)
        self._text.add_document(text)
        self._present[at] = document.vector is not None
        if self._vectors is not None and document.vector is not None:
            self._vectors.write(at, document.vector)
        return at

    def _text_of(self, document: IndexedDocument, row: int) -> TantivyDocument:
        # Of all that may fail in the text index this alone is the document's fault.
        try:
            return TantivyDocument.from_dict(row_of(self._spec, row, document), self._schema)
        except ValueError as error:
            raise NotTaken(str(error)) from error

    def delete(self, id_: str, row: int | None) -> None:
        """Remove what an id had; `row` is its row in the tail."""
        self._text.delete_documents_by_term(ID, id_)
        if row is not None:
            self._present[row] = False

    def replace(self, full_row: int) -> None:
        """The document at a row of the full index has been changed or deleted."""
        self._replaced.add(full_row)

    def close(self, ids: list[str]) -> None:
        """Complete the files. `ids` are those of the tail, in the order of rows."""
        self._text.commit()
        self._text.wait_merging_threads()
        if self._vectors is not None:
            self._vectors.close(len(ids))
        replaced = np.array(sorted(self._replaced), dtype=np.int64)
        Tail(np.array(self._present, dtype=np.bool_), tail_ordinals(self._insertions, ids), replaced).save(self._folder)

    def discard(self) -> None:
        """End the engine's own threads, which would go on writing into a folder that is being removed."""
        self._text.rollback()
        self._text.wait_merging_threads()
        if self._vectors is not None:
            self._vectors.close(len(self._present))
