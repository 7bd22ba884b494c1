"""Builds a generation of the embedded index."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tantivy import Document as TantivyDocument
from tantivy import Index

from resolvers.catalog.kind import Kind, KindSpec
from resolvers.catalog.kinds import KINDS
from resolvers.ranking.occupations import OccupationStatistics
from resolvers.ranking.skills import SkillStatistics
from resolvers.sources.analysis import know_words
from resolvers.sources.building import IndexedDocument, Refused
from resolvers.sources.embedded.documents import DocumentWriter
from resolvers.sources.embedded.facts import DOCUMENTS_FILE
from resolvers.sources.embedded.failures import told_as_indexing_error
from resolvers.sources.embedded.layout import Layout
from resolvers.sources.embedded.manifest import ADAPTATION_FILE, FORMAT, OCCUPATIONS_FILE, SKILLS_FILE, Manifest
from resolvers.sources.embedded.mapping import kind_schema, row_of
from resolvers.sources.embedded.vectors import VectorWriter

WRITER_HEAP_BYTES = 192_000_000
WRITER_THREADS = 1
"""Each makes segments of its own, and a search has to look every word up in each of them. One is not waited for."""


class KindWriter:
    """Builds the text index and the vectors of one kind."""

    def __init__(self, spec: KindSpec[Any], folder: Path, count: int, dimension: int) -> None:
        self._spec, self._schema, self._next_row = spec, kind_schema(spec), 0
        (folder / "text").mkdir(parents=True)
        index = Index(self._schema, path=str(folder / "text"))
        know_words(index)
        self._text = index.writer(heap_size=WRITER_HEAP_BYTES, num_threads=WRITER_THREADS)
        self._vectors = VectorWriter(folder, count, dimension) if dimension and count else None

    @property
    def count(self) -> int:
        return self._next_row

    def write(self, documents: Sequence[IndexedDocument]) -> None:
        for row, document in enumerate(documents, self._next_row):
            self._text.add_document(TantivyDocument.from_dict(row_of(self._spec, row, document), self._schema))
        if self._vectors is not None:
            self._vectors.write(self._next_row, [document.vector for document in documents])
        self._next_row += len(documents)

    def close(self) -> None:
        self._text.commit()
        self._text.wait_merging_threads()
        if self._vectors is not None:
            self._vectors.close()

    def discard(self) -> None:
        """End the engine's own threads, which would go on writing into a folder that is being removed."""
        self._text.rollback()
        self._text.wait_merging_threads()


class EmbeddedWriter:
    """Builds one generation in a folder; `publish` makes it the current one."""

    def __init__(
        self, layout: Layout, folder: Path, counts: dict[Kind, int], embedder: str | None, dimension: int
    ) -> None:
        self._layout, self._folder = layout, folder
        self._counts, self._embedder, self._dimension = counts, embedder, dimension
        with self._failures():
            self._documents = DocumentWriter(folder / DOCUMENTS_FILE)
        self._open: tuple[Kind, KindWriter] | None = None
        # A kind is completed in the background while the next one begins: committing works outside of Python's lock.
        self._closing = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._closed: list[Future[None]] = []
        self._written = dict.fromkeys(KINDS, 0)

    def write(self, kind: Kind, documents: Sequence[IndexedDocument]) -> None:
        with self._failures():
            writer = self._writer_of(kind)
            self._documents.write(kind, writer.count, [document.document for document in documents])
            writer.write(documents)

    def adapt(self, adaptation: bytes) -> None:
        with self._failures():
            (self._folder / ADAPTATION_FILE).write_bytes(adaptation)

    def relate(self, skills: SkillStatistics, occupations: OccupationStatistics) -> None:
        with self._failures():
            (self._folder / SKILLS_FILE).write_bytes(skills.content)
            (self._folder / OCCUPATIONS_FILE).write_bytes(occupations.content)

    def begin_at(self, place: str) -> None:
        """Nothing is kept: nobody goes back to an earlier generation."""

    def _failures(self) -> AbstractContextManager[None]:
        return told_as_indexing_error(f"the index cannot be written into {self._layout.data_dir}")

    def _writer_of(self, kind: Kind) -> KindWriter:
        """The writer of a kind. Kinds come one after the other, so two text buffers at most are in memory at once."""
        if self._open is None or self._open[0] is not kind:
            self._close_kind()
            folder = self._folder / kind.lower()
            self._open = kind, KindWriter(KINDS[kind], folder, self._counts.get(kind, 0), self._dimension)
        return self._open[1]

    def _close_kind(self) -> None:
        if self._open is not None:
            kind, writer = self._open
            self._closed.append(self._closing.submit(writer.close))
            self._written[kind] = writer.count
            self._open = None

    def complete(self) -> Sequence[Refused]:
        with self._failures():
            self._close_kind()
            for closed in self._closed:
                closed.result()
            for kind in (kind for kind, count in self._written.items() if not count):
                KindWriter(KINDS[kind], self._folder / kind.lower(), 0, 0).close()
            self._documents.close()
            counts = {str(kind): count for kind, count in self._written.items()}
            Manifest(FORMAT, datetime.now(UTC), self._embedder, self._dimension, counts).save(self._folder)
        return ()

    def publish(self) -> str:
        with self._failures():
            return self._layout.switch(self._folder)

    def close(self) -> None:
        """Let go of what is still open; what was not published is lost."""
        if self._open is not None:
            # On a full disk the text index cannot even be thrown away properly; its folder is removed all the same.
            with suppress(ValueError):
                self._open[1].discard()
            self._open = None
        self._closing.shutdown(wait=True)


class EmbeddedSite:
    """A folder for one generation, while the writing lock is held."""

    def __init__(self, layout: Layout, folder: Path) -> None:
        self._layout, self._folder = layout, folder

    def build(
        self, counts: dict[Kind, int], embedder: str | None, dimension: int
    ) -> AbstractContextManager[EmbeddedWriter]:
        return closing(EmbeddedWriter(self._layout, self._folder, counts, embedder, dimension))


class EmbeddedTarget:
    """Builds generations in a data directory.

    `patience_seconds` is how long a reservation waits for another process that is writing.
    """

    def __init__(self, data_dir: Path, patience_seconds: float = 0.0) -> None:
        self._layout, self._patience_seconds = Layout(data_dir), patience_seconds

    @contextmanager
    def reserve(self) -> Iterator[EmbeddedSite]:
        with self._layout.writing(self._patience_seconds) as folder:
            yield EmbeddedSite(self._layout, folder)
