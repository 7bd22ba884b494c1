"""The gateway as an ASGI application: its routes, and what answers behind them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from gateway.cors import behind_cors
from gateway.endpoint import METHODS, GraphQLEndpoint
from gateway.engines import behind_cache, build_buckets, build_engine, build_rankings
from gateway.execution.executor import PlannedExecution
from gateway.execution.operations import Operations
from gateway.graphiql.page import graphiql_routes
from gateway.health import Ready, live
from gateway.identity.building import build_authentication
from gateway.limits.building import build_doorkeeper, limited
from gateway.metrics import Metrics
from gateway.settings import Settings
from gateway.wiring import client_documents, edge_of, rules_of
from resolvers.context import Context, PageSizes
from resolvers.errors import SourceUnavailable
from resolvers.sources.base import Call, Snapshot, Source
from resolvers.sources.unavailable import UnavailableSnapshot
from resolvers.viewer import Viewer
from resolvers.vocabulary.following import Vocabularies
from schema.sdl import graph

GRAPHQL = "/graphql"


class Gateway(Starlette):
    """The application. What is sent to the one address that nearly every request is for goes past the routing."""

    def __init__(self, endpoint: GraphQLEndpoint, cors_origins: str | None = None, **described: Any) -> None:
        super().__init__(**described)
        self._endpoint = endpoint
        self._outermost = behind_cors(self._answer, cors_origins) if cors_origins else self._answer
        # For other methods, and for who serves this below another path.
        self.router.routes.append(Route(GRAPHQL, endpoint, methods=METHODS))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._outermost(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == GRAPHQL and scope["method"] in METHODS:
            await self._endpoint(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def build_app(settings: Settings, source: Source | None = None, names: Source | None = None) -> Starlette:
    """The gateway as an ASGI application.

    `source` stands in for the engine of the settings, and for its cache. `names` is where the names of skills and
    occupations are read then, if not there.
    """
    metrics = Metrics()
    engine = source or build_engine(settings)
    answering = source or behind_cache(engine, settings, metrics)
    rankings = build_rankings(answering, settings, metrics)
    # Past the cache, which would keep every skill and occupation for it.
    vocabularies = Vocabularies(
        names or engine, seconds=settings.vocabulary_seconds, look_seconds=settings.reload_seconds
    )
    authentication = build_authentication(settings)
    documents = client_documents(settings, answering)
    sizes = PageSizes(settings.page_size_default, settings.page_size_max)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await answering.start()
        try:
            await vocabularies.start()
            await authentication.start()
            await documents.start()
            yield
        finally:
            await documents.close()
            await authentication.close()
            await vocabularies.close()
            await rankings.close()
            await answering.close()

    def context(call: Call, viewer: Viewer) -> Context:
        snapshot = snapshot_of(answering, call)
        return Context(snapshot, sizes, call.deadline, vocabularies.current, rankings=rankings, viewer=viewer)

    schema = graph(PlannedExecution)
    keeper = build_doorkeeper(settings, authentication, schema.core, build_buckets(answering, settings))
    edge = edge_of(settings, documents, keeper)
    metrics.watch(edge.capacity)
    operations = Operations(schema, limited(rules_of(settings), settings, keeper.prices))
    endpoint = GraphQLEndpoint(operations, context, edge)
    routes = other_routes(answering, metrics, has_page=edge.has_page)
    return Gateway(endpoint, settings.cors_origins, routes=routes, lifespan=lifespan)


def other_routes(source: Source, metrics: Metrics, *, has_page: bool) -> list[BaseRoute]:
    """Everything but the graph. `has_page`: with the files of GraphiQL."""
    return [
        Route("/", RedirectResponse(GRAPHQL)),
        Route("/health/live", live),
        Route("/health/ready", Ready(source).respond),
        Route("/metrics", metrics.respond),
        *(graphiql_routes() if has_page else ()),
    ]


def snapshot_of(source: Source, call: Call) -> Snapshot:
    """The source's view of its index, or one that fails every question where there is no index."""
    try:
        return source.snapshot(call)
    except SourceUnavailable as error:
        return UnavailableSnapshot(error)
