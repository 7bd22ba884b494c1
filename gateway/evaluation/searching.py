"""A labelled set in a throw-away index, searched as the API searches."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

from gateway.evaluation.dataset import Query
from gateway.evaluation.documents import Corpus
from gateway.evaluation.measures import Rankings
from indexing.progress import Progress
from indexing.ready import with_vectors
from resolvers.context import Context, PageSizes
from resolvers.errors import SourceError, SourceUnavailable
from resolvers.sources.adaptation import model_of_index, model_with
from resolvers.sources.base import RetrievalMode, SearchRequest, SearchResult, Snapshot, Source
from resolvers.sources.embedded.layout import Layout
from resolvers.sources.embedded.manifest import Manifest, kept_adaptation
from resolvers.sources.embedded.source import EmbeddedSource
from resolvers.sources.embedded.writer import EmbeddedTarget
from resolvers.sources.embedding import Embedder
from resolvers.vocabulary.following import vocabulary_in
from resolvers.vocabulary.vocabulary import Vocabulary

BATCH_DOCUMENTS = 512
DEPTH = 1_000
"""How deep rankings are measured, as by trec_eval."""


class Ranked(NamedTuple):
    """The rankings of all queries in one mode, and the median time of a search."""

    rankings: Rankings
    median_seconds: float


@contextmanager
def indexed(corpus: Corpus, embedder: Embedder, adaptation: bytes | None, progress: Progress) -> Iterator[Path]:
    """A data directory with the documents of a corpus, which is removed at the end."""
    with TemporaryDirectory(prefix="discovery-evaluation-") as folder:
        _index(corpus, Path(folder), embedder, adaptation, progress)
        yield Path(folder)


def _index(corpus: Corpus, data_dir: Path, embedder: Embedder, adaptation: bytes | None, progress: Progress) -> None:
    model, counts = model_with(embedder, adaptation), {corpus.kind: len(corpus.documents)}
    progress.start("Indexing", len(corpus.documents), "documents")
    with (
        EmbeddedTarget(data_dir).reserve() as site,
        site.build(counts, model.name, model.dimension) as writer,
    ):
        if adaptation is not None:
            writer.adapt(adaptation)
        ready = corpus.ready()
        while batch := list(islice(ready, BATCH_DOCUMENTS)):
            vectors = model.document_vectors([one.texts for one in batch])
            writer.write(corpus.kind, with_vectors(batch, vectors))
            progress.advance(len(batch))
        writer.complete()
        writer.publish()
    progress.finish()


def adaptation_of_index(data_dir: Path, embedder: Embedder) -> bytes | None:
    """What the model has learned from the catalog that is indexed there.

    Raises SourceUnavailable without an index, and for one of another model.
    """
    layout = Layout(data_dir)
    name = layout.current()
    if name is None:
        raise SourceUnavailable(f"{data_dir} has no index: index a catalog there first")
    remembered, adaptation = Manifest.load(layout.path(name)).embedder, kept_adaptation(layout.path(name))
    if remembered is None:
        raise SourceUnavailable(f"the index in {data_dir} has no vectors: index its catalog with embeddings")
    model_of_index(embedder, remembered, adaptation)
    return adaptation


def ranked_by_modes(
    data_dir: Path,
    corpus: Corpus,
    queries: Sequence[Query],
    modes: Sequence[RetrievalMode],
    embedder: Embedder,
    progress: Progress,
) -> dict[RetrievalMode, Ranked]:
    """The rankings of all queries by mode."""

    async def ranked() -> dict[RetrievalMode, Ranked]:
        source = EmbeddedSource(data_dir, lambda: embedder, threads=1, reload_seconds=3_600)
        await source.start()
        try:
            vocabulary = await vocabulary_in(source.snapshot())
            return {mode: await _ranked(source, vocabulary, corpus, queries, mode, progress) for mode in modes}
        finally:
            await source.close()

    return asyncio.run(ranked())


async def _ranked(
    source: Source,
    vocabulary: Vocabulary,
    corpus: Corpus,
    queries: Sequence[Query],
    mode: RetrievalMode,
    progress: Progress,
) -> Ranked:
    progress.start(f"Searching {mode}", len(queries), "queries")
    rankings: dict[str, list[str]] = {}
    seconds: list[float] = []
    snapshot = source.snapshot()
    for query in queries:
        started = perf_counter()
        found = await _found(snapshot, vocabulary, SearchRequest((corpus.kind,), query.text, mode=mode, limit=DEPTH))
        seconds.append(perf_counter() - started)
        rankings[query.id] = names_of(found, corpus.records)
        progress.advance(1)
    progress.finish()
    return Ranked(rankings, median(seconds))


async def _found(snapshot: Snapshot, vocabulary: Vocabulary, request: SearchRequest) -> SearchResult:
    """One search as an operation of its own, which is what a client of the API has."""
    context = Context(snapshot, PageSizes(), vocabulary=vocabulary)
    found = await context.searches.load(context.saying(request, request.text))
    if found.mode is not request.mode:
        raise SourceError(f"a search in the mode {request.mode} was answered in {found.mode}")
    return found


def names_of(found: SearchResult, records: Mapping[str, Sequence[str]]) -> list[str]:
    """The records that the hits stand for, in their order; all records of one hit are one behind the other."""
    ranked = (id_ for hit in found.hits for id_ in records[hit.document.ref.id])
    return list(islice(ranked, DEPTH))
