"""The composition root: the only place that knows which engine, which cache and which model there is."""

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
from gateway.metrics import Metrics
from gateway.settings import Settings, SettingsError
from indexing.memory import give_freed_memory_back
from indexing.progress import Progress
from indexing.run import index_catalog
from indexing.summary import IndexSummary
from resolvers.context import Context, PageSizes
from resolvers.errors import SourceUnavailable
from resolvers.sources.base import Call, Snapshot, Source
from resolvers.sources.cached.keys import channel_of
from resolvers.sources.cached.lifetimes import Lifetimes
from resolvers.sources.cached.redis_remote import RedisRemote
from resolvers.sources.cached.source import CachedSource
from resolvers.sources.counting import Counting, Uncounted
from resolvers.sources.embedded.source import EmbeddedSource
from resolvers.sources.embedded.writer import EmbeddedTarget
from resolvers.sources.embedding import WordLlamaEmbedder
from resolvers.sources.unavailable import UnavailableSnapshot
from schema.sdl import graph

MISSING_SECONDS = 5.0
"""How long an id that led nowhere is not looked for again, at the most."""


@cache
def embedder() -> WordLlamaEmbedder:
    """The process's embedding model, loaded when it is first needed."""
    return WordLlamaEmbedder()


def build_engine(settings: Settings) -> Source:
    """The engine that the settings ask for."""
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
    if settings.redis_url is None:
        return None
    try:
        return RedisRemote(settings.redis_url, channel_of(settings.cache_prefix))
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


def index(paths: Sequence[Path], data_dir: Path, *, strict: bool, embeddings: bool, progress: Progress) -> IndexSummary:
    """Index a catalog for the embedded engine. Raises IndexingError."""
    give_freed_memory_back()
    target = EmbeddedTarget(data_dir)
    model = embedder() if embeddings else None
    return index_catalog(paths, target, model, staging=data_dir, strict=strict, progress=progress)
