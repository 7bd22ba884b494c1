"""How many documents a second does `index` take, beside a bare loop that feeds ready-made tantivy documents?"""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from tantivy import Document, Index
from tantivy import Document as TantivyDocument

from common import GIVEN_CATALOG, MEDIUM, interleaved, parser, report, seconds, size, spread, table, workshop
from gateway.app import embedder
from indexing.run import index_catalog
from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from resolvers.sources.base import IndexedDocument
from resolvers.sources.embedded.analysis import WORDS, document_analyzer
from resolvers.sources.embedded.mapping import kind_schema, row_of
from resolvers.sources.embedded.writer import WRITER_HEAP_BYTES, WRITER_THREADS, EmbeddedTarget

BARE, LEXICAL, EMBEDDED = "bare tantivy loop", "index, lexical only", "index, with embeddings"


class ReadyMade:
    """A target that keeps what tantivy would be given, and builds nothing."""

    def __init__(self) -> None:
        self.documents: dict[Kind, list[Document]] = {}

    @contextmanager
    def build(self, counts: dict[Kind, int], embedder: str | None, dimension: int) -> Iterator["ReadyMade"]:  # noqa: ARG002
        yield self

    def write(self, kind: Kind, documents: Sequence[IndexedDocument]) -> None:
        kept, spec = self.documents.setdefault(kind, []), KINDS[kind]
        rows = (row_of(spec, row, document) for row, document in enumerate(documents, len(kept)))
        kept.extend(TantivyDocument.from_dict(row, kind_schema(spec)) for row in rows)

    def publish(self) -> str:
        return "nothing"

    @property
    def count(self) -> int:
        return sum(map(len, self.documents.values()))


def feed(made: ReadyMade) -> None:
    """The bare loop: the same schema, words and settings of the engine, and nothing but ready-made documents."""
    for kind, documents in made.documents.items():
        with TemporaryDirectory() as folder:
            index = Index(kind_schema(KINDS[kind]), path=folder)
            index.register_tokenizer(WORDS, document_analyzer())
            writer = index.writer(heap_size=WRITER_HEAP_BYTES, num_threads=WRITER_THREADS)
            for document in documents:
                writer.add_document(document)
            writer.commit()
            writer.wait_merging_threads()


class Catalog(NamedTuple):
    """A catalog and what to call it."""

    shown: str
    folder: Path

    def index(self, *, embeddings: bool) -> None:
        """Read, validate, embed, write and switch, as `python -m gateway index` does once it has started."""
        with TemporaryDirectory() as folder:
            target = EmbeddedTarget(Path(folder))
            index_catalog([self.folder], target, embedder() if embeddings else None, staging=Path(folder))


def measure(catalog: Catalog, runs: int) -> list[list[str]]:
    """The rows of the table for one catalog."""
    made: Any = ReadyMade()
    index_catalog([catalog.folder], made, None, staging=catalog.folder.parent if _writable(catalog) else Path())
    taken = interleaved(
        {
            BARE: lambda: seconds(lambda: feed(made)),
            LEXICAL: lambda: seconds(lambda: catalog.index(embeddings=False)),
            EMBEDDED: lambda: seconds(lambda: catalog.index(embeddings=True)),
        },
        runs,
    )
    bare = median(taken[BARE])
    return [
        [
            f"{catalog.shown}, {made.count:,} documents: {what}",
            spread([made.count / each for each in times]),
            spread(times, ".1f"),
            f"{bare / median(times):.2f}",
        ]
        for what, times in taken.items()
    ]
