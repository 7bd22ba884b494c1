"""Builds indexes in a cluster."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime

import msgspec
from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError, OpenSearchException

from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from resolvers.errors import IndexingError, SourceError
from resolvers.ranking.occupations import OccupationStatistics
from resolvers.ranking.skills import SkillStatistics
from resolvers.sources.building import IndexedDocument, Refused
from resolvers.sources.changes import FULL_INDEX_VERSION
from resolvers.sources.opensearch.bulk import LOADERS, BulkLoader, bulk_line
from resolvers.sources.opensearch.connection import ClusterOptions, blocking_client
from resolvers.sources.opensearch.errors import explained
from resolvers.sources.opensearch.indices import Indices
from resolvers.sources.opensearch.kept import ADAPTATION, STATISTICS, USUAL
from resolvers.sources.opensearch.lock import EXPIRES_SECONDS, WriteLock
from resolvers.sources.opensearch.manifest import FORMAT, Generation, Manifest
from resolvers.sources.opensearch.mapping import content_of
from resolvers.sources.opensearch.names import Names, new_generation
from resolvers.sources.opensearch.sending import posting

log = logging.getLogger(__name__)


class OpenSearchWriter:
    """Loads one generation; `publish` makes it the one in use."""

    def __init__(
        self, indices: Indices, loader: BulkLoader, lock: WriteLock, names: Names, manifest: Manifest, replicas: int
    ) -> None:
        self._indices, self._loader, self._lock, self._names = indices, loader, lock, names
        self._manifest, self._replicas = manifest, replicas
        self._written = Counter[Kind]()
        self._adaptation: bytes | None = None
        self._related: tuple[SkillStatistics, OccupationStatistics] | None = None
        self._place = ""
        self.published = False

    def adapt(self, adaptation: bytes) -> None:
        self._adaptation = adaptation

    def relate(self, skills: SkillStatistics, occupations: OccupationStatistics) -> None:
        self._related = skills, occupations

    def begin_at(self, place: str) -> None:
        self._place = place

    def write(self, kind: Kind, documents: Sequence[IndexedDocument]) -> None:
        spec, with_vector = KINDS[kind], bool(self._manifest.dimension)
        lines = [
            bulk_line(document.document.ref, content_of(spec, document, with_vector=with_vector), FULL_INDEX_VERSION)
            for document in documents
        ]
        self._loader.write(self._names.index(kind, self._manifest.generation), lines)
        self._written[kind] += len(documents)

    def complete(self) -> Sequence[Refused]:
        refused = self._loader.finish()
        self._written.subtract(one.ref.kind for one in refused)
        kept = self._adaptation if self._manifest.dimension else None
        completed = msgspec.structs.replace(
            self._manifest,
            created_at=datetime.now(UTC),
            place=self._place,
            adapted=kept is not None,
            related=self._related is not None,
        )
        manifests = {kind: msgspec.structs.replace(completed, count=self._written[kind]) for kind in KINDS}
        with indexing_errors():
            self._indices.complete(manifests, self._replicas)
            if kept is not None:
                self._indices.keep(self._manifest.generation, ADAPTATION, kept)
            if self._related is not None:
                skills, occupations = self._related
                self._indices.keep(self._manifest.generation, STATISTICS, skills.content)
                self._indices.keep(self._manifest.generation, USUAL, occupations.content)
        return refused

    def publish(self) -> str:
        with indexing_errors():
            self._lock.check()
            self._indices.switch(self._manifest.generation)
            self.published = True
        with left_to_the_next_run():
            self._indices.remove_unused()
        return self._manifest.generation


class OpenSearchSite:
    """Where one generation is built, while the lock is held."""

    def __init__(self, client: OpenSearch, lock: WriteLock, names: Names, shards: int, replicas: int) -> None:
        self._client, self._lock, self._names = client, lock, names
        self._shards, self._replicas = shards, replicas

    @contextmanager
    def build(self, counts: dict[Kind, int], embedder: str | None, dimension: int) -> Iterator[OpenSearchWriter]:  # noqa: ARG002  the cluster need not know how many will come
        indices = Indices(self._client, self._names)
        manifest = self._manifest(indices, embedder, dimension)
        indices.remove_unused()
        indices.create(manifest)
        loader = BulkLoader(posting(self._client))
        writer = OpenSearchWriter(indices, loader, self._lock, self._names, manifest, self._replicas)
        try:
            yield writer
        finally:
            loader.close()
            if not writer.published:
                with left_to_the_next_run():
                    indices.remove(manifest.generation)

    def _manifest(self, indices: Indices, embedder: str | None, dimension: int) -> Manifest:
        has_vectors = bool(dimension) and indices.has_vectors()
        if dimension and not has_vectors:
            log.warning("OpenSearch has no k-NN plugin: texts will be matched by words alone")
        name, dimension = (embedder, dimension) if has_vectors else (None, 0)
        return Manifest(FORMAT, new_generation(), self._shards, name, dimension)


class EarlierGeneration:
    """The generation before the one in use, while the lock is held; `publish` makes it the one in use again."""

    def __init__(self, indices: Indices, lock: WriteLock, generation: Generation) -> None:
        self._indices, self._lock, self._name = indices, lock, generation.name
        self.place = generation.place

    def publish(self) -> str:
        self._lock.check()
        self._indices.switch(self._name)
        return self._name


class OpenSearchTarget:
    """Builds generations in a cluster, under the names of a prefix.

    `replicas` is how many copies of a shard there are beside the first, in a cluster that has enough nodes.
    `lock_seconds` is how long an interrupted run keeps others waiting.
    """

    def __init__(
        self,
        options: ClusterOptions,
        *,
        prefix: str,
        shards: int = 1,
        replicas: int = 1,
        lock_seconds: float = EXPIRES_SECONDS,
    ) -> None:
        self._options, self._names = options, Names(prefix)
        self._shards, self._replicas, self._lock_seconds = shards, replicas, lock_seconds

    @contextmanager
    def reserve(self) -> Iterator[OpenSearchSite]:
        with self._locked() as (client, lock):
            yield OpenSearchSite(client, lock, self._names, self._shards, self._replicas)

    def check(self) -> None:
        """Look whether the cluster can be reached and lets us in. Raises IndexingError."""
        with self._connected() as client, suppress(NotFoundError):
            # Not whether it exists, which is answered without a body: nobody would know why not.
            client.indices.get_alias(index=self._names.everything, name=self._names.aliases)

    @contextmanager
    def earlier(self) -> Iterator["EarlierGeneration"]:
        """The generation before the one in use, to go back to. Raises IndexingError."""
        with self._locked() as (client, lock):
            indices = Indices(client, self._names)
            yield EarlierGeneration(indices, lock, indices.previous())

    @contextmanager
    def _locked(self) -> Iterator[tuple[OpenSearch, WriteLock]]:
        with self._connected() as client:
            lock = WriteLock(client, self._names, expires_seconds=self._lock_seconds)
            with lock.held():
                yield client, lock

    @contextmanager
    def _connected(self) -> Iterator[OpenSearch]:
        try:
            client = blocking_client(self._options, threads=LOADERS + 2)
        except SourceError as error:
            raise IndexingError(error.message) from error
        with closing(client), indexing_errors():
            yield client


@contextmanager
def left_to_the_next_run() -> Iterator[None]:
    """Removing what is not needed any more is no reason to fail: the next run does it too."""
    try:
        yield
    except OpenSearchException as error:
        log.warning("old indexes could not be removed, the next run will: %s", explained(error))


@contextmanager
def indexing_errors() -> Iterator[None]:
    """What the client raises becomes an IndexingError."""
    try:
        yield
    except OpenSearchException as error:
        raise IndexingError(explained(error)) from error
