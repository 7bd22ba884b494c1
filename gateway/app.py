"""The composition root: the only place that knows which engine and which model there is."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import Route

from gateway.endpoint import GraphQLEndpoint
from gateway.graphiql.page import graphiql_routes
from gateway.health import Ready, live
from gateway.settings import Settings, SettingsError
from gateway.settings.model import Engine
from indexing.memory import give_freed_memory_back
from indexing.progress import Progress
from indexing.run import index_catalog
from indexing.summary import IndexSummary
from resolvers.context import Context, PageSizes
from resolvers.errors import SourceUnavailable
from resolvers.sources.base import Call, Snapshot, Source, Target
from resolvers.sources.embedded.source import EmbeddedSource
from resolvers.sources.embedded.writer import EmbeddedTarget
from resolvers.sources.embedding import WordLlamaEmbedder
from resolvers.sources.opensearch.connection import ClusterOptions
from resolvers.sources.opensearch.source import OpenSearchSource
from resolvers.sources.opensearch.target import OpenSearchTarget
from resolvers.sources.unavailable import UnavailableSnapshot
from schema.sdl import graph


@cache
def embedder() -> WordLlamaEmbedder:
    """The process's embedding model, loaded when it is first needed."""
    return WordLlamaEmbedder()


def build_source(settings: Settings) -> Source:
    """The engine that the settings ask for."""
    if settings.engine == "opensearch":
        return opensearch_source(settings)
    return EmbeddedSource(
        settings.data_dir, embedder, threads=settings.search_threads, reload_seconds=settings.reload_seconds
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
    """Raise SourceUnavailable when the engine that the settings ask for cannot be reached, or refuses."""
    if settings.engine == "opensearch":
        asyncio.run(opensearch_source(settings).check())


def build_app(settings: Settings, source: Source | None = None) -> Starlette:
    """The gateway as an ASGI application. `source` stands in for the engine of the settings."""
    engine = source or build_source(settings)
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
        return EmbeddedTarget(settings.data_dir)
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
    paths: Sequence[Path], settings: Settings, engine: Engine, *, strict: bool, embeddings: bool, progress: Progress
) -> IndexSummary:
    """Index a catalog for an engine. Raises IndexingError, and SettingsError."""
    target = build_target(settings, engine)
    return index(paths, settings.data_dir, strict=strict, embeddings=embeddings, progress=progress, target=target)


def index(
    paths: Sequence[Path],
    data_dir: Path,
    *,
    strict: bool,
    embeddings: bool,
    progress: Progress,
    target: Target | None = None,
) -> IndexSummary:
    """Index a catalog for the embedded engine, or into another target. Raises IndexingError."""
    give_freed_memory_back()
    model = embedder() if embeddings else None
    target = target or EmbeddedTarget(data_dir)
    return index_catalog(paths, target, model, staging=data_dir, strict=strict, progress=progress)


def roll_back(settings: Settings) -> str:
    """Make OpenSearch answer from the index before the one in use, and return its generation. Raises IndexingError."""
    return opensearch_target(settings).roll_back()
