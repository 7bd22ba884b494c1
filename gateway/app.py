"""The composition root: the only place that knows which engine, which cache and which model there is."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import cache, partial
from pathlib import Path
from socket import gethostname
from threading import Event

from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import Route

from gateway.endpoint import GraphQLEndpoint
from gateway.graphiql.page import graphiql_routes
from gateway.health import Ready, live
from gateway.metrics import Metrics
from gateway.settings import Settings, SettingsError
from gateway.settings.model import Engine
from indexing.changes.files import apply_files
from indexing.changes.follow import Follower
from indexing.changes.log import ChangeLog, NoChangeLog
from indexing.changes.redis_calls import RedisCalls
from indexing.changes.stream import RedisStream
from indexing.changes.stream_log import StreamLog
from indexing.changes.summary import ChangesSummary
from indexing.memory import give_freed_memory_back
from indexing.progress import Progress
from indexing.run import index_catalog
from indexing.summary import IndexSummary
from resolvers.context import Context, PageSizes
from resolvers.errors import IndexingError, SourceUnavailable
from resolvers.sources.base import Call, Snapshot, Source, SourceInfo, Target
from resolvers.sources.cached.blocking import BlockingInvalidator
from resolvers.sources.cached.keys import channel_of
from resolvers.sources.cached.lifetimes import Lifetimes
from resolvers.sources.cached.redis_remote import RedisRemote
from resolvers.sources.cached.source import CachedSource
from resolvers.sources.changes import Changeable, Invalidator, NoCopies
from resolvers.sources.counting import Counting, Uncounted
from resolvers.sources.embedded.changing import EmbeddedChanges
from resolvers.sources.embedded.source import EmbeddedSource
from resolvers.sources.embedded.writer import EmbeddedTarget
from resolvers.sources.embedding import WordLlamaEmbedder
from resolvers.sources.opensearch.changing import OpenSearchChanges
from resolvers.sources.opensearch.connection import ClusterOptions
from resolvers.sources.opensearch.source import OpenSearchSource
from resolvers.sources.opensearch.target import OpenSearchTarget
from resolvers.sources.unavailable import UnavailableSnapshot
from schema.sdl import graph

LOCK_PATIENCE_SECONDS = 10.0
"""How long a run waits for another one to let go of the index. A batch of changes has it for less than a second."""
MISSING_SECONDS = 5.0
"""How long an id that led nowhere is not looked for again, at the most."""


@cache
def embedder() -> WordLlamaEmbedder:
    """The process's embedding model, loaded when it is first needed."""
    return WordLlamaEmbedder()


def build_engine(settings: Settings) -> Source:
    """The engine that the settings ask for."""
    if settings.engine == "opensearch":
        return opensearch_source(settings)
    return EmbeddedSource(
        settings.data_dir, embedder, threads=settings.search_threads, reload_seconds=settings.reload_seconds
    )


def build_source(settings: Settings, counting: Counting = Uncounted()) -> Source:  # noqa: B008  a constant
    """The engine behind a cache, or alone when the settings leave nothing for a cache. Raises SettingsError."""
    engine = build_engine(settings)
    if not settings.cache_bytes and settings.redis_url is None:
        return engine
    return CachedSource(
        engine,
        local_bytes=settings.cache_bytes,
        remote=build_shared_cache(settings),
        timeout_seconds=settings.redis_timeout_seconds,
        prefix=settings.cache_prefix,
        lifetimes=lifetimes(settings),
        counting=counting,
    )


def build_shared_cache(settings: Settings) -> RedisRemote | None:
    """The Redis of the settings, if they name one. Raises SettingsError for a URL that cannot be meant."""
    return None if settings.redis_url is None else shared_cache(settings)


def shared_cache(settings: Settings) -> RedisRemote:
    """The Redis of the settings. Raises SettingsError for a URL that cannot be meant, or none."""
    try:
        return RedisRemote(settings.redis_url or "", channel_of(settings.cache_prefix))
    except ValueError as error:
        raise SettingsError([f"{settings.variables()['redis_url']}: {error}"]) from error


def lifetimes(settings: Settings) -> Lifetimes:
    """How long answers are given from the cache. The first half of a search's time is without a look at the engine."""
    half = settings.cache_search_seconds / 2
    return Lifetimes(
        document=settings.cache_document_seconds,
        missing=min(MISSING_SECONDS, settings.cache_document_seconds),
        search=half,
        revalidate=half,
        stale=settings.cache_stale_seconds,
        call=settings.deadline_seconds,
    )


def opensearch_source(settings: Settings) -> OpenSearchSource:
    """The cluster that the settings name."""
    return OpenSearchSource(
        cluster_options(settings),
        embedder,
        prefix=settings.opensearch_prefix,
        reload_seconds=settings.reload_seconds,
    )


def cluster_options(settings: Settings) -> ClusterOptions:
    """How to get into the cluster that the settings name. Raises SettingsError when they name none."""
    if settings.opensearch_url is None:
        raise SettingsError([f"{settings.variables()['opensearch_url']} is not set, so it is not known where to go"])
    password = settings.opensearch_password
    return ClusterOptions(
        urls=tuple(url.strip() for url in settings.opensearch_url.split(",")),
        username=settings.opensearch_username,
        password=password.get_secret_value() if password else None,
        ca_file=settings.opensearch_ca_file,
        verify_certs=settings.opensearch_verify_certs,
        aws_region=settings.opensearch_aws_region,
        pool_size=settings.opensearch_pool_size,
    )


def check_source(settings: Settings) -> None:
    """Raise SourceUnavailable when the engine that the settings ask for cannot be reached, or refuses.

    Raises SettingsError when the data directory is none. One that is not there yet may come.
    """
    build_shared_cache(settings)
    if settings.engine == "opensearch":
        asyncio.run(opensearch_source(settings).check())
    elif settings.data_dir.exists() and not settings.data_dir.is_dir():
        name = settings.variables()["data_dir"]
        raise SettingsError([f"{name} is {settings.data_dir}, which is a file; name a directory"])


def build_app(settings: Settings, source: Source | None = None) -> Starlette:
    """The gateway as an ASGI application. `source` stands in for the engine of the settings, and for its cache."""
    metrics = Metrics()
    engine = source or build_source(settings, metrics)
    sizes = PageSizes(settings.page_size_default, settings.page_size_max)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await engine.start()
        try:
            yield
        finally:
            await engine.close()

    def context(call: Call) -> Context:
        return Context(snapshot_of(engine, call), sizes, call.deadline)

    endpoint = GraphQLEndpoint(graph(), context, settings.deadline_seconds)
    return Starlette(
        routes=[
            Route("/", RedirectResponse("/graphql")),
            Route("/graphql", endpoint.respond, methods=["GET", "POST"]),
            Route("/health/live", live),
            Route("/health/ready", Ready(engine).respond),
            Route("/metrics", metrics.respond),
            *graphiql_routes(),
        ],
        lifespan=lifespan,
    )


def snapshot_of(source: Source, call: Call) -> Snapshot:
    """The source's view of its index, or one that fails every question where there is no index."""
    try:
        return source.snapshot(call)
    except SourceUnavailable as error:
        return UnavailableSnapshot(error)


def build_target(settings: Settings, engine: Engine) -> Target:
    """Where an index for an engine is built.

    Raises SettingsError when the settings do not say where that is, and IndexingError when it cannot be reached: a
    wrong password is told before the feed is read.
    """
    if engine == "embedded":
        return EmbeddedTarget(settings.data_dir, LOCK_PATIENCE_SECONDS)
    target = opensearch_target(settings)
    target.check()
    return target


def opensearch_target(settings: Settings) -> OpenSearchTarget:
    """Where an index for OpenSearch is built."""
    return OpenSearchTarget(
        cluster_options(settings),
        prefix=settings.opensearch_prefix,
        shards=settings.opensearch_shards,
        replicas=settings.opensearch_replicas,
    )


def index_for(
    paths: Sequence[Path],
    settings: Settings,
    engine: Engine,
    *,
    strict: bool,
    embeddings: bool,
    progress: Progress,
    rejections: Path | None = None,
) -> IndexSummary:
    """Index a catalog for an engine. Raises IndexingError, and SettingsError."""
    target = build_target(settings, engine)
    with change_log(settings) as changes:
        return index(
            paths,
            settings.data_dir,
            strict=strict,
            embeddings=embeddings,
            progress=progress,
            rejections=rejections,
            target=target,
            changes=changes,
        )


def index(
    paths: Sequence[Path],
    data_dir: Path,
    *,
    strict: bool,
    embeddings: bool,
    progress: Progress,
    rejections: Path | None = None,
    target: Target | None = None,
    changes: ChangeLog = NoChangeLog(),  # noqa: B008  it has no state
) -> IndexSummary:
    """Index a catalog for the embedded engine, or into another target. Raises IndexingError."""
    give_freed_memory_back()
    model = embedder() if embeddings else None
    target = target or EmbeddedTarget(data_dir, LOCK_PATIENCE_SECONDS)
    return index_catalog(
        paths,
        target,
        model,
        staging=data_dir,
        strict=strict,
        rejections=rejections,
        progress=progress,
        changes=changes,
    )


def build_changeable(settings: Settings) -> Changeable:
    """The index of the settings, to be changed."""
    if settings.engine == "opensearch":
        return OpenSearchChanges(cluster_options(settings), prefix=settings.opensearch_prefix)
    return EmbeddedChanges(settings.data_dir, LOCK_PATIENCE_SECONDS)


def build_invalidator(settings: Settings) -> Invalidator:
    """Whoever has to be told of changes. Copies of the embedded engine's documents belong to one generation."""
    if settings.engine == "embedded" or settings.redis_url is None:
        return NoCopies()
    return BlockingInvalidator(
        partial(shared_cache, settings),
        lambda: asyncio.run(_index_in_use(settings)),
        settings.cache_prefix,
        lifetimes(settings),
    )


async def _index_in_use(settings: Settings) -> SourceInfo:
    source = opensearch_source(settings)
    await source.start()
    try:
        return source.snapshot().info()
    finally:
        await source.close()


def apply_changes(paths: Sequence[Path], settings: Settings, *, strict: bool, progress: Progress) -> ChangesSummary:
    """Apply the changes of files. Raises IndexingError, and SourceUnavailable when there is no index."""
    give_freed_memory_back()
    engine, invalidator = build_changeable(settings), build_invalidator(settings)
    return apply_files(paths, engine, embedder(), invalidator, strict=strict, progress=progress)


def follow_changes(settings: Settings, stop: Event) -> None:
    """Apply the changes of the stream until `stop` is set. Raises IndexingError when its server refuses us."""
    give_freed_memory_back()
    with redis_calls(settings) as calls:
        consumer = settings.changes_consumer or gethostname()
        stream = RedisStream(calls, settings.changes_stream, settings.changes_group, consumer)
        Follower(
            stream,
            build_changeable(settings),
            embedder(),
            build_invalidator(settings),
            stop,
            batch_seconds=settings.changes_batch_seconds,
        ).run()


@contextmanager
def change_log(settings: Settings) -> Iterator[ChangeLog]:
    """The stream of changes, where the settings name a Redis."""
    if settings.redis_url is None:
        yield NoChangeLog()
        return
    with redis_calls(settings) as calls:
        yield StreamLog(calls, settings.changes_stream, settings.changes_group)


def redis_calls(settings: Settings) -> RedisCalls:
    """Calls of the Redis that the settings name. Raises SettingsError when they name none."""
    variable = settings.variables()["redis_url"]
    if settings.redis_url is None:
        raise SettingsError([f"{variable} is not set, so it is not known where the changes come from"])
    try:
        return RedisCalls.at(settings.redis_url)
    except ValueError as error:
        raise SettingsError([f"{variable}: {error}"]) from error


def roll_back(settings: Settings) -> str:
    """Answer from the index before the one in use, and return its generation. Raises IndexingError."""
    if settings.engine == "opensearch":
        return opensearch_target(settings).roll_back()
    raise IndexingError(
        "The embedded engine keeps no earlier index: its changes make a new one all the time. "
        "Index the earlier catalog again; with GATEWAY_REDIS_URL its changes since are applied again."
    )
