"""The gateway as an ASGI application: its routes, and what answers behind them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from gateway.endpoint import METHODS, GraphQLEndpoint
from gateway.engines import behind_cache, build_engine, build_feedback, build_rankings
from gateway.execution.executor import PlannedExecution
from gateway.execution.operations import Operations
from gateway.experimenting import build_experiments
from gateway.graphiql.page import graphiql_routes
from gateway.health import Ready, live
from gateway.metrics import Metrics
from gateway.popularity import follow_popularity
from gateway.settings import Settings
from resolvers.context import Context, PageSizes
from resolvers.errors import SourceUnavailable
from resolvers.sources.base import Call, Snapshot, Source
from resolvers.sources.feedback import FeedbackStore
from resolvers.sources.unavailable import UnavailableSnapshot
from resolvers.vocabulary.following import Vocabularies
from schema.sdl import graph

GRAPHQL = "/graphql"


class Gateway(Starlette):
    """The application. What is sent to the one address that nearly every request is for goes past the routing."""

    def __init__(self, endpoint: GraphQLEndpoint, **described: Any) -> None:
        super().__init__(**described)
        self._endpoint = endpoint
        # For other methods, and for who serves this below another path.
        self.router.routes.append(Route(GRAPHQL, endpoint, methods=METHODS))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == GRAPHQL and scope["method"] in METHODS:
            await self._endpoint(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def build_app(
    settings: Settings, source: Source | None = None, names: Source | None = None, store: FeedbackStore | None = None
) -> Starlette:
    """The gateway as an ASGI application.

    `source` stands in for the engine of the settings, and for its cache. `names` is where the names of skills and
    occupations are read then, if not there. `store` stands in for where feedback is kept.
    """
    metrics = Metrics()
    engine = source or build_engine(settings)
    answering = source or behind_cache(engine, settings, metrics)
    rankings = build_rankings(answering, settings, metrics)
    feedback = build_feedback(settings, metrics)
    if feedback is not None and store is not None:
        feedback = replace(feedback, store=store)
    # Past the cache, which would keep every skill and occupation for it.
    vocabularies = Vocabularies(
        names or engine, seconds=settings.vocabulary_seconds, look_seconds=settings.reload_seconds
    )
    experiments, popularity = build_experiments(settings), follow_popularity(settings)
    sizes = PageSizes(settings.page_size_default, settings.page_size_max)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await answering.start()
        try:
            await vocabularies.start()
            await experiments.start()
            await popularity.start()
            if feedback is not None:
                await feedback.store.start()
            yield
        finally:
            await popularity.close()
            await experiments.close()
            await vocabularies.close()
            if feedback is not None:
                await feedback.store.close()
            await rankings.close()
            await answering.close()

    def context(call: Call) -> Context:
        return Context(
            snapshot_of(answering, call),
            sizes,
            call.deadline,
            vocabularies.current,
            rankings=rankings,
            visitor=call.visitor,
            experiments=experiments.current,
            popularity=popularity.current,
            feedback=feedback,
        )

    endpoint = GraphQLEndpoint(Operations(graph(PlannedExecution)), context, settings.deadline_seconds)
    return Gateway(endpoint, routes=other_routes(answering, metrics), lifespan=lifespan)


def other_routes(source: Source, metrics: Metrics) -> list[BaseRoute]:
    """Everything but the graph."""
    return [
        Route("/", RedirectResponse(GRAPHQL)),
        Route("/health/live", live),
        Route("/health/ready", Ready(source).respond),
        Route("/metrics", metrics.respond),
        *graphiql_routes(),
    ]


def snapshot_of(source: Source, call: Call) -> Snapshot:
    """The source's view of its index, or one that fails every question where there is no index."""
    try:
        return source.snapshot(call)
    except SourceUnavailable as error:
        return UnavailableSnapshot(error)
