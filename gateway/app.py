"""The gateway as an ASGI application: its routes, and what answers behind them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from gateway.caching.building import build_operations, build_responses
from gateway.contexts import Contexts
from gateway.cors import behind_cors
from gateway.endpoint import METHODS, GraphQLEndpoint
from gateway.engines import behind_cache, build_buckets, build_engine, build_feedback, build_models, build_rankings
from gateway.execution.executor import PlannedExecution
from gateway.execution.operations import Graph
from gateway.experimenting import build_experiments
from gateway.graphiql.page import graphiql_routes
from gateway.health import Ready, live
from gateway.identity.building import build_authentication
from gateway.limits.building import build_doorkeeper
from gateway.metrics import Metrics
from gateway.models import FollowedModels
from gateway.popularity import follow_popularity
from gateway.services import Closed, Service, lifespan_of
from gateway.settings import Settings
from gateway.transports.building import Transports, build_transports
from gateway.wiring import client_documents, edge_of
from resolvers.context import PageSizes
from resolvers.sources.base import Source
from resolvers.sources.feedback import Feedback, FeedbackStore
from resolvers.vocabulary.following import Vocabularies
from schema.references import neighbours
from schema.sdl import graph

GRAPHQL = "/graphql"


class Gateway(Starlette):
    """The application. What is sent to the one address that nearly every request is for goes past the routing."""

    def __init__(
        self,
        endpoint: GraphQLEndpoint,
        cors_origins: str | None = None,
        transports: Transports | None = None,
        **described: Any,
    ) -> None:
        super().__init__(**described)
        self._endpoint, self._transports = endpoint, transports
        self._websockets = transports.websockets if transports else None
        self._outermost = behind_cors(self._answer, cors_origins) if cors_origins else None
        # For other methods, and for who serves this below another path.
        self.router.routes.append(Route(GRAPHQL, endpoint, methods=METHODS))
        if self._websockets is not None:
            self.router.routes.append(WebSocketRoute(GRAPHQL, self._websockets))

    def leave(self) -> None:
        """The server stops: have connections without an end come to one."""
        if self._transports is not None:
            self._transports.connections.leave()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._outermost or self._answer)(scope, receive, send)

    def _answer(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "http" and scope["path"] == GRAPHQL and scope["method"] in METHODS:
            return self._endpoint(scope, receive, send)
        if scope["type"] == "websocket" and scope["path"] == GRAPHQL and self._websockets is not None:
            return self._websockets(scope, receive, send)
        return super().__call__(scope, receive, send)


def now_in_utc() -> datetime:
    """The time now."""
    return datetime.now(UTC)


def build_app(
    settings: Settings,
    source: Source | None = None,
    names: Source | None = None,
    store: FeedbackStore | None = None,
    now: Callable[[], datetime] = now_in_utc,
    schema: Graph | None = None,
    execution: type[PlannedExecution] = PlannedExecution,
) -> Starlette:
    """The gateway as an ASGI application.

    `source` stands in for the engine of the settings with its cache; `names`, if given, is where names are read then.
    `store` stands in for where feedback is kept, `now` for the clock of operations, `schema` for the marketplace's, and
    `execution` for what executes its operations.
    """
    metrics = Metrics()
    engine = source or build_engine(settings)
    answering = source or behind_cache(engine, settings, metrics)
    rankings = build_rankings(answering, settings, metrics)
    feedback = kept_feedback(settings, metrics, store)
    # Past the cache, which would keep every skill and occupation for it.
    vocabularies = follow_names(settings, names or engine)
    documents = client_documents(settings, answering)
    authentication, responses = build_authentication(settings), build_responses(settings, answering)
    models = FollowedModels(build_models(settings), settings.reload_seconds)
    experiments, popularity = build_experiments(settings, models.named), follow_popularity(settings)
    sizes = PageSizes(settings.page_size_default, settings.page_size_max, settings.entities_max)
    schema = schema or marketplace(settings)
    context = Contexts(answering, vocabularies, sizes, now, rankings, models, experiments, popularity, feedback)
    keeper = build_doorkeeper(settings, authentication, schema.core, build_buckets(answering, settings))
    edge = edge_of(settings, documents, keeper)
    metrics.watch(edge.capacity)
    operations = build_operations(settings, schema, keeper.prices, responses, execution)
    transports = build_transports(settings, operations, context, edge)
    metrics.watch_connections(transports.connections)
    endpoint = GraphQLEndpoint(operations, context, edge, transports.events)
    routes = other_routes(answering, metrics, has_page=edge.has_page)
    services: list[Service] = [answering, Closed(rankings.close), vocabularies, documents, authentication]
    services += [experiments, models, popularity, responses, *([feedback.store] if feedback else ())]
    return Gateway(endpoint, settings.cors_origins, transports, routes=routes, lifespan=lifespan_of(services))


def follow_names(settings: Settings, source: Source) -> Vocabularies:
    """The names of a source, read again as often as the settings say."""
    return Vocabularies(source, seconds=settings.vocabulary_seconds, look_seconds=settings.reload_seconds)


def marketplace(settings: Settings) -> Graph:
    """The schema of the marketplace, as the settings want it."""
    beside = neighbours(settings.neighbours)
    return graph(PlannedExecution, beside, incremental=settings.incremental_delivery)


def kept_feedback(settings: Settings, metrics: Metrics, store: FeedbackStore | None) -> Feedback | None:
    """What the settings say of feedback, kept in `store` if that is given."""
    feedback = build_feedback(settings, metrics)
    return replace(feedback, store=store) if feedback is not None and store is not None else feedback


def other_routes(source: Source, metrics: Metrics, *, has_page: bool) -> list[BaseRoute]:
    """Everything but the graph. `has_page`: with the files of GraphiQL."""
    return [
        Route("/", RedirectResponse(GRAPHQL)),
        Route("/health/live", live),
        Route("/health/ready", Ready(source).respond),
        Route("/metrics", metrics.respond),
        *(graphiql_routes() if has_page else ()),
    ]
