"""How fast is our bulk loading of ready-made documents, beside opensearch-py's `parallel_bulk`?"""

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from clusters import opensearch, options
from common import ReadyMade, Size, interleaved, parser, report, seconds, size, spread, table, tell, workshop
from opensearchpy.helpers import parallel_bulk

from gateway.embedders import embedder
from indexing.run import index_catalog
from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from resolvers.sources.building import IndexedDocument
from resolvers.sources.changes import FULL_INDEX_VERSION
from resolvers.sources.opensearch.bulk import LOADERS, BulkLoader, bulk_line
from resolvers.sources.opensearch.connection import ClusterOptions, blocking_client
from resolvers.sources.opensearch.indices import Indices
from resolvers.sources.opensearch.manifest import FORMAT, Manifest
from resolvers.sources.opensearch.mapping import content_of
from resolvers.sources.opensearch.names import Names, new_generation
from resolvers.sources.opensearch.sending import Line, posting

OURS = "our bulk loading"
OF_DICTS, OF_JSON = "parallel_bulk of dicts", "parallel_bulk of JSON"
THREADS = 4
"""The default of `parallel_bulk`."""
NAMES = Names("bulk-rate")


class BulkLines(ReadyMade[Line]):
    """What OpenSearch is given."""

    def make(self, kind: Kind, documents: Sequence[IndexedDocument], first_row: int) -> Iterator[Line]:  # noqa: ARG002
        return (
            bulk_line(one.document.ref, content_of(KINDS[kind], one, with_vector=True), FULL_INDEX_VERSION)
            for one in documents
        )


def ready_made(catalog: Path) -> BulkLines:
    """What OpenSearch is given of a catalog, with embeddings."""
    made = BulkLines()
    with TemporaryDirectory() as folder:
        index_catalog([catalog], made, embedder(), staging=Path(folder))
    return made


Json = tuple[bytes, bytes]
"""A document as its two lines of a bulk request."""


def as_json(made: BulkLines) -> dict[Kind, list[Json]]:
    found: dict[Kind, list[Json]] = {}
    for kind, lines in made.made.items():
        parts = (line.content.split(b"\n") for line in lines)
        found[kind] = [(action, content) for action, content, _ in parts]
    return found


class Loading:
    """Loads documents in some way, each time into new indexes with the gateway's mappings and loading settings."""

    def __init__(self, where: ClusterOptions, made: BulkLines) -> None:
        self._made, self._json = made, as_json(made)
        self._client = blocking_client(where, threads=LOADERS + 2)
        self._theirs = blocking_client(where, threads=THREADS)

    def ours(self) -> float:
        """As `index --to opensearch` loads them."""

        def load(generation: str) -> None:
            loader = BulkLoader(posting(self._client))
            for kind, lines in self._made.made.items():
                loader.write(NAMES.index(kind, generation), lines)
            refused = loader.finish()
            loader.close()
            if refused:
                raise RuntimeError(f"{len(refused)} documents were refused, such as {refused[0]}")

        return self._seconds(load)

    def of_dicts(self) -> float:
        """As opensearch-py's documentation shows it: actions that have the documents in them."""
        actions = {
            kind: [orjson.loads(action)["index"] | {"_source": orjson.loads(content)} for action, content in documents]
            for kind, documents in self._json.items()
        }
        return self._seconds(lambda generation: self._parallel_bulk(generation, actions))

    def of_json(self) -> float:
        """With nothing left to encode but the action."""
        actions = {
            kind: [(orjson.loads(action), content.decode()) for action, content in documents]
            for kind, documents in self._json.items()
        }
        return self._seconds(
            lambda generation: self._parallel_bulk(generation, actions, expand_action_callback=lambda pair: pair)
        )

    def _parallel_bulk(self, generation: str, actions: dict[Kind, list[Any]], **how: Any) -> None:
        for kind, documents in actions.items():
            index = NAMES.index(kind, generation)
            # It is lazy, and raises for a document that is not taken.
            deque(parallel_bulk(self._theirs, documents, thread_count=THREADS, index=index, **how), maxlen=0)

    def _seconds(self, load: Any) -> float:
        indices = Indices(self._client, NAMES)
        manifest = Manifest(FORMAT, new_generation(), 1, embedder().name, embedder().dimension)
        indices.create(manifest)
        try:
            taken = seconds(lambda: load(manifest.generation))
            indexes = ",".join(NAMES.indexes(manifest.generation))
            self._client.indices.refresh(index=indexes)
            there = self._client.count(index=indexes)["count"]
            if there != self._made.count:
                raise RuntimeError(f"{there} documents were indexed instead of {self._made.count}")
            return taken
        finally:
            indices.remove(manifest.generation)


def measure(where: ClusterOptions, made: BulkLines, runs: int) -> list[list[str]]:
    """The rows of the table. A load in each way, by which the server warms up, is not counted."""
    loading = Loading(where, made)
    ways = {OF_JSON: loading.of_json, OF_DICTS: loading.of_dicts, OURS: loading.ours}
    tell("warming up")
    for load in ways.values():
        load()
    taken = interleaved(ways, runs)
    beside = {name: [made.count / each for each in times] for name, times in taken.items()}
    return [
        [
            name,
            spread(rates),
            spread(taken[name], ".1f"),
            *(f"{median(rates) / median(beside[other]):.0%}" for other in (OF_JSON, OF_DICTS)),
        ]
        for name, rates in beside.items()
    ]


QUESTION = "How fast is our bulk loading of ready-made documents, beside opensearch-py's `parallel_bulk`?"
HEADER = ["what", "documents a second", "seconds", f"of {OF_JSON}", f"of {OF_DICTS}"]
EXPLANATION = f"""\
The same documents, with vectors, made ready before the clock starts, into new indexes with the gateway's mappings and
loading settings; until the last one is taken. Ours sends {LOADERS} batches at a time whose size follows the cluster.
`parallel_bulk` has its defaults, {THREADS} threads and 500 documents in a batch, and a
connection a thread; it is given actions with the documents as dicts, as its documentation shows, or documents that are
JSON already. Every document has the same version in each way. Medians, with the lowest and the highest run; ways take
turns, and each run begins with another one. The goal is 70 %."""


def main() -> None:
    made = parser(QUESTION, runs=5)
    made.add_argument("--size", type=size, default=Size(2_000, 4_000), help="JOBS+TALENT of the demo (%(default)s)")
    asked = made.parse_args()
    with workshop(asked.keep) as shop, opensearch() as server:
        documents = ready_made(shop.catalog(asked.size))
        rows = measure(options(server), documents, asked.runs)
    loaded = f"{documents.count:,} documents, {asked.runs} runs; a demo catalog of {asked.size.shown}."
    report(__file__, QUESTION, [table(HEADER, rows), EXPLANATION, loaded], write=asked.write)


if __name__ == "__main__":
    main()
