"""The servers in Python: `python python_servers.py NAME FILE`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

sys.path.insert(0, str(Path(__file__).parent.parent))

import strawberry.federation
from endpoints import DEADLINE_SECONDS, serve
from memory_source import InMemory
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp
from strawberry.asgi import GraphQL
from strawberry.schema.config import StrawberryConfig

from gateway.app import build_app
from gateway.garbage import settled
from gateway.settings import Settings
from resolvers.context import Context, PageSizes
from resolvers.deadline import Deadline
from schema.client import Client
from schema.facets.types import VALUE_TYPES
from schema.job import Job
from schema.occupation import Occupation
from schema.query import Query
from schema.scalars import SCALARS
from schema.sdl import Names
from schema.skill import Skill
from schema.talent import Talent

Given = dict[str, Any]


def gateway(catalog: Given) -> ASGIApp:
    """The gateway, whole, on an engine that has everything in memory."""
    # The others do not tell how long they took, which is not as many bytes each time.
    return settled(build_app(Settings(server_timing=False), InMemory(catalog)))


def plain(catalog: Given) -> ASGIApp:
    """The gateway's types, resolvers and loaders, served by Strawberry alone."""
    source = InMemory(catalog)

    class Plain(GraphQL[Context, None]):
        async def get_context(self, request: Any, response: Any) -> Context:  # noqa: ARG002
            return Context(source, PageSizes(), Deadline(DEADLINE_SECONDS))

    schema = strawberry.federation.Schema(
        query=Query,
        types=[Job, Talent, Client, Skill, Occupation, *VALUE_TYPES],
        federation_version="2.9",
        config=StrawberryConfig(name_converter=Names(), scalar_map=SCALARS),
    )
    return Starlette(routes=[Route("/graphql", Plain(schema))])


def starlette(answers: Given) -> ASGIApp:
    """The floor: Starlette with ready bytes, by the request's body."""
    ready = {body.encode(): answer.encode() for body, answer in answers.items()}

    async def respond(request: Request) -> Response:
        return Response(ready[await request.body()], media_type="application/json; charset=utf-8")

    return Starlette(routes=[Route("/graphql", respond, methods=["POST"])])


APPLICATIONS: dict[str, Callable[[Given], ASGIApp]] = {one.__name__: one for one in (gateway, plain, starlette)}

if __name__ == "__main__":
    serve(APPLICATIONS[sys.argv[1]](orjson.loads(Path(sys.argv[2]).read_bytes())))
