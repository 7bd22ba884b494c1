"""The composition root: the only place that knows which engine and which model there is."""

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
from gateway.settings import Settings
from indexing.memory import give_freed_memory_back
from indexing.progress import Progress
from indexing.run import index_catalog
from indexing.summary import IndexSummary
from resolvers.context import Context, PageSizes
from resolvers.errors import SourceUnavailable
from resolvers.sources.base import Call, Snapshot, Source
from resolvers.sources.embedded.source import EmbeddedSource
from resolvers.sources.embedded.writer import EmbeddedTarget
from resolvers.sources.embedding import WordLlamaEmbedder
from resolvers.sources.unavailable import UnavailableSnapshot
from schema.sdl import graph


@cache
def embedder() -> WordLlamaEmbedder:
    """The process's embedding model, loaded when it is first needed."""
    return WordLlamaEmbedder()


def build_source(settings: Settings) -> Source:
    """The engine that the settings ask for."""
    return EmbeddedSource(
        settings.data_dir, embedder, threads=settings.search_threads, reload_seconds=settings.reload_seconds
    )


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


def index(paths: Sequence[Path], data_dir: Path, *, strict: bool, embeddings: bool, progress: Progress) -> IndexSummary:
    """Index a catalog for the embedded engine. Raises IndexingError."""
    give_freed_memory_back()
    target = EmbeddedTarget(data_dir)
    model = embedder() if embeddings else None
    return index_catalog(paths, target, model, staging=data_dir, strict=strict, progress=progress)
