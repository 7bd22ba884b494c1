"""An OpenSearch cluster as a source: connected, and picking up new indexes while serving."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from resolvers.catalog.kinds import KINDS
from resolvers.deadline import Deadline
from resolvers.errors import SourceError, SourceUnavailable
from resolvers.repeating import Repeating
from resolvers.sources.adaptation import check_model, model_of_index
from resolvers.sources.base import Call, SourceInfo
from resolvers.sources.embedding import AwaitedEmbedder, Embedder
from resolvers.sources.opensearch.asks import Search
from resolvers.sources.opensearch.connection import Cluster, ClusterOptions
from resolvers.sources.opensearch.errors import IndexGone
from resolvers.sources.opensearch.exchange import ClusterExchange
from resolvers.sources.opensearch.kept import ADAPTATION, STATISTICS, USUAL, Kept
from resolvers.sources.opensearch.manifest import Generation
from resolvers.sources.opensearch.names import Names
from resolvers.sources.opensearch.queries import counting, present_query
from resolvers.sources.opensearch.responses import degradations, good, read_indexes, read_metas
from resolvers.sources.opensearch.snapshot import OpenSearchSnapshot

T = TypeVar("T")
log = logging.getLogger(__name__)
NOBODY = Call()
NOTHING_INDEXED = "nothing has been indexed yet: run `python -m gateway index` on a catalog first"
LOOK_SECONDS = 10
"""How long a look for a new index may take."""


class OpenSearchSource:
    """Answers from the indexes that the aliases of a prefix lead to, and follows when these are switched.

    `reload_seconds` is how often the aliases are looked at. `connect` makes the connection, inside the running event
    loop.
    """

    def __init__(
        self,
        options: ClusterOptions,
        embedder: Callable[[], Embedder],
        *,
        prefix: str,
        reload_seconds: float,
        connect: Callable[[ClusterOptions], Cluster] = Cluster,
    ) -> None:
        self._options, self._connect, self._names = options, connect, Names(prefix)
        self._load_embedder = embedder
        self._cluster: Cluster | None = None
        self._generation: Generation | None = None
        self._embedder: Embedder | None = None
        self._queries: Embedder | None = None
        self._gone = asyncio.Event()
        self._watch = Repeating("watching for a new index", self._follow, reload_seconds, sooner=self._gone)
        self._said: str | None = None

    def snapshot(self, call: Call = NOBODY) -> OpenSearchSnapshot:
        if self._generation is None or self._cluster is None:
            raise SourceUnavailable(NOTHING_INDEXED)
        exchange = ClusterExchange(self._cluster, self._generation, call)
        return OpenSearchSnapshot(self._generation, exchange, self._queries, self._gone.set, call.deadline)

    async def start(self) -> None:
        """Connect, and watch for indexes. Raises SourceUnavailable when the cluster cannot be reached or refuses."""
        self._cluster = self._connect(self._options)
        try:
            await self.reload()
        except SourceError:
            await self.close()
            raise
        self._watch.start()

    async def check(self) -> None:
        """Look whether the cluster can be reached and lets us in. Raises SourceUnavailable."""
        cluster = self._connect(self._options)
        try:
            await self._in_use(cluster)
        finally:
            await cluster.close()

    async def look(self) -> SourceInfo:
        """Which index is in use, to one who does not answer from it. Raises SourceError, also when there is none."""
        cluster = self._connect(self._options)
        try:
            indexes = await self._in_use(cluster)
            if not indexes:
                raise SourceUnavailable(NOTHING_INDEXED)
            return (await self._found(cluster, indexes)).info()
        finally:
            await cluster.close()

    async def close(self) -> None:
        await self._watch.close()
        self._generation = None
        if isinstance(self._embedder, AwaitedEmbedder):
            await self._embedder.close()
        if self._cluster is not None:
            await self._cluster.close()

    async def reload(self) -> None:
        """Look which generation is in use. What runs on the old one goes on with it. Raises SourceError."""
        cluster = self._cluster
        if cluster is None:
            return
        indexes = await self._in_use(cluster)
        if not indexes:
            if self._generation is not None:
                log.error(
                    "nothing is served any more: not all of the aliases %s are there", ", ".join(self._names.aliases)
                )
            self._generation = None
            return
        if self._generation is None or set(self._names.indexes(self._generation.name)) != set(indexes):
            await self._open(cluster, indexes)
        await self._count(cluster)

    async def _in_use(self, cluster: Cluster) -> list[str]:
        """The indexes that the aliases lead to; none when some alias is missing."""
        # Of our own indexes, since a user may have no right to ask of others.
        path = f"/{self._names.everything}/_alias/{','.join(self._names.aliases)}"
        try:
            return read_indexes(await cluster.ask("GET", path, call=_looking()))
        except IndexGone:
            return []

    async def _found(self, cluster: Cluster, indexes: list[str]) -> Generation:
        params = {"filter_path": "*.mappings._meta"}
        answer = await cluster.ask("GET", f"/{','.join(indexes)}/_mapping", call=_looking(), params=params)
        return Generation.of(self._names, read_metas(answer))

    async def _open(self, cluster: Cluster, indexes: list[str]) -> None:
        generation = await self._found(cluster, indexes)
        if generation.has_statistics:
            skills = await self._kept(cluster, generation, STATISTICS)
            occupations = await self._kept(cluster, generation, USUAL)
            generation = replace(generation, skills=skills, occupations=occupations)
        self._queries = await self._model(cluster, generation)
        self._generation = generation
        log.info("serving index generation %s", generation.name)
        if self._queries is None:
            log.warning("texts are matched by words alone: index generation %s has no vectors", generation.name)

    async def _model(self, cluster: Cluster, generation: Generation) -> Embedder | None:
        """The model of the vectors; None without vectors. Raises SourceUnavailable when another model is at hand."""
        if generation.embedder is None:
            return None
        if self._embedder is None:
            self._embedder = await asyncio.to_thread(self._load_embedder)
        check_model(self._embedder, generation.embedder)
        adaptation = None
        if generation.is_adapted:
            adaptation = await self._kept(cluster, generation, ADAPTATION)
        model = await asyncio.to_thread(model_of_index, self._embedder, generation.embedder, adaptation)
        return model.queries

    async def _kept(self, cluster: Cluster, generation: Generation, kept: Kept[T]) -> T:
        """What is known of the whole catalog. Raises SourceUnavailable when it is damaged."""
        answer = await cluster.ask("GET", kept.path(generation.index(kept.kind)), call=_looking())
        return await asyncio.to_thread(kept.read, answer)

    async def _count(self, cluster: Cluster) -> None:
        """Count the documents, which changes add and delete."""
        if self._generation is None:
            return
        exchange = ClusterExchange(cluster, self._generation, _looking())
        searches = [Search(kind, counting(present_query())) for kind in KINDS]
        # Only the state of health tells them, and that is no reason to answer nothing.
        with suppress(SourceError):
            found = good(await exchange.search(searches))
            if not degradations(found):
                counts = {kind: hits.total or 0 for kind, hits in zip(KINDS, found, strict=True)}
                self._generation = replace(self._generation, counts=counts)

    async def _follow(self) -> None:
        try:
            await self.reload()
            self._said = None
        except SourceError as error:
            self._say(error.message)

    def _say(self, message: str) -> None:
        """Log why the current index is not known, or not used, once as long as the reason is the same."""
        if message != self._said:
            log.error("the current index cannot be read: %s", message)
        self._said = message


def _looking() -> Call:
    return Call(Deadline(LOOK_SECONDS))
