"""How many documents a second does `index` take, beside a bare loop that feeds ready-made tantivy documents?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from common import GIVEN_CATALOG, MEDIUM, ReadyMade, interleaved, parser, report, seconds, size, spread, table, workshop
from tantivy import Document, Index

from gateway.embedders import embedder
from indexing.run import index_catalog
from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from resolvers.sources.analysis import know_words
from resolvers.sources.building import IndexedDocument
from resolvers.sources.embedded.mapping import kind_schema, row_of
from resolvers.sources.embedded.writer import WRITER_HEAP_BYTES, WRITER_THREADS, EmbeddedTarget

BARE, LEXICAL, EMBEDDED = "bare tantivy loop", "index, lexical only", "index, with embeddings"


class TantivyDocuments(ReadyMade[Document]):
    """What tantivy is given."""

    def make(self, kind: Kind, documents: Sequence[IndexedDocument], first_row: int) -> Iterator[Document]:
        spec = KINDS[kind]
        rows = (row_of(spec, row, document) for row, document in enumerate(documents, first_row))
        return (Document.from_dict(row, kind_schema(spec)) for row in rows)


def feed(made: TantivyDocuments) -> None:
    """The bare loop: the same schema, words and settings of the engine, and nothing but ready-made documents."""
    for kind, documents in made.made.items():
        with TemporaryDirectory() as folder:
            index = Index(kind_schema(KINDS[kind]), path=folder)
            know_words(index)
            writer = index.writer(heap_size=WRITER_HEAP_BYTES, num_threads=WRITER_THREADS)
            for document in documents:
                writer.add_document(document)
            writer.commit()
            writer.wait_merging_threads()


@dataclass(frozen=True)
class Catalog:
    """A catalog and what to call it."""

    shown: str
    folder: Path

    def index(self, *, embeddings: bool) -> None:
        """Read, validate, embed, write and switch, as `python -m gateway index` does once it has started."""
        with TemporaryDirectory() as folder:
            target = EmbeddedTarget(Path(folder))
            index_catalog([self.folder], target, embedder() if embeddings else None, staging=Path(folder))


def ready_made(catalog: Catalog) -> TantivyDocuments:
    """What tantivy is given of a catalog."""
    made = TantivyDocuments()
    with TemporaryDirectory() as folder:
        index_catalog([catalog.folder], made, None, staging=Path(folder))
    return made


def measure(catalog: Catalog, runs: int) -> list[list[str]]:
    """The rows of the table for one catalog."""
    made = ready_made(catalog)
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
            catalog.shown,
            what,
            spread([made.count / each for each in times]),
            spread(times, ".1f"),
            f"{bare / median(times):.2f}",
        ]
        for what, times in taken.items()
    ]


QUESTION = "How many documents a second does `index` take, lexical only and with embeddings?"
EXPLANATION = f"""\
The whole run counts: reading the gzipped feed, validating, staging, embedding, writing and switching to the index. The
{BARE} feeds the same documents, made ready before the clock starts, into the same schema with the same analyser,
buffer and threads, and stores no facts: it is what the engine alone takes. Medians, with the lowest and the highest
run; each run measures the three after each other."""


def main() -> None:
    made = parser(QUESTION, runs=3)
    made.add_argument("--catalog", type=Path, help="a catalog folder, instead of the demo and the given catalog")
    made.add_argument("--size", type=size, default=MEDIUM, help="JOBS+TALENT of the demo catalog (%(default)s)")
    asked = made.parse_args()
    # The model is loaded once a process; start_up.py measures it.
    embedder()
    with workshop(asked.keep) as shop:
        if asked.catalog:
            catalogs = [Catalog(asked.catalog.name, asked.catalog)]
        else:
            catalogs = [Catalog(f"demo, {asked.size.shown}", shop.catalog(asked.size))]
            catalogs += [Catalog("given, `../shared/data`", GIVEN_CATALOG)] if GIVEN_CATALOG.is_dir() else []
        rows = [row for catalog in catalogs for row in measure(catalog, asked.runs)]
    header = ["catalog", "what", "documents a second", "seconds", "ratio to the bare loop"]
    report(__file__, QUESTION, [table(header, rows), EXPLANATION], write=asked.write)


if __name__ == "__main__":
    main()
