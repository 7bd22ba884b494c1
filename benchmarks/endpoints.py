"""Servers that give one ready answer through more or less of an HTTP path: `python endpoints.py NAME FILE`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
from load import ANNOUNCEMENT
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.accept import GRAPHQL_JSON, JSON, accepted
from gateway.app import Gateway
from gateway.edge import Edge
from gateway.endpoint import GraphQLEndpoint
from gateway.executing import Executed
from gateway.parameters import Parameters, from_body
from gateway.server import options
from gateway.settings import Settings
from resolvers.context import Context, PageSizes
from resolvers.errors import SourceUnavailable
from resolvers.sources.base import Call
from resolvers.sources.unavailable import UnavailableSnapshot

NOTHING = UnavailableSnapshot(SourceUnavailable("there is no index here"))
DEADLINE_SECONDS = 10.0


def bare(answer: bytes) -> ASGIApp:
    """Nothing but the server, uvicorn."""
    headers = [(b"content-length", str(len(answer)).encode()), (b"content-type", b"application/json; charset=utf-8")]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    return app


def starlette(answer: bytes) -> ASGIApp:
    """The floor: Starlette, one route, ready bytes."""

    async def respond(request: Request) -> Response:
        await request.body()
        return Response(answer, media_type="application/json; charset=utf-8")

    return Starlette(routes=[Route("/graphql", respond, methods=["POST"])])


def context(call: Call, viewer: Any, _: Any) -> Context:
    return Context(NOTHING, PageSizes(), call.deadline, viewer=viewer)


class Executing(NamedTuple):
    """An operation that does what it is told, whatever was asked."""

    run: Callable[[Context], Executed | Awaitable[Executed]]

    def execute(self, context: Context, trace: object = None) -> Executed | Awaitable[Executed]:  # noqa: ARG002
        return self.run(context)


def gateway(execute: Callable[[Context], Executed | Awaitable[Executed]]) -> Gateway:
    def prepare(asked: Parameters, *, only_reads: bool) -> Executing:  # noqa: ARG001
        return Executing(execute)

    return Gateway(GraphQLEndpoint(prepare, context, Edge(deadline_seconds=DEADLINE_SECONDS)))


def gateway_at_once(answer: bytes) -> ASGIApp:
    """The gateway around an operation that is executed without waiting for anything."""

    return gateway(lambda _: answer)


def gateway_waiting(answer: bytes) -> ASGIApp:
    """The gateway around an operation that waits for one turn of the loop."""

    async def execute(_: Context) -> Executed:
        await asyncio.sleep(0)
        return answer

    return gateway(execute)


def usual(answer: bytes) -> ASGIApp:
    """The same by Starlette's means, as the gateway had it: request, response, routing, two tasks an operation."""

    async def execute() -> bytes:
        await asyncio.sleep(0)
        return answer

    async def respond(request: Request) -> Response:
        accept = request.headers.get("accept", "")
        newer, older = accepted(accept, GRAPHQL_JSON), accepted(accept, JSON)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
        asked = from_body(request.headers.get("content-type", ""), bytes(body))
        name = "".join(sign if sign.isascii() and sign.isprintable() else "?" for sign in _client(request.headers))
        label = f"{name}/{sha256(asked.query.encode()).hexdigest()[:12]}"
        operation = context(Call(label=label), None, None)
        # Every loader was made for every operation.
        loaders = operation.documents, operation.searches, operation.aggregations, operation.suggestions
        found = await _while_connected(request, execute())
        del loaders
        media_type = GRAPHQL_JSON if newer.quality > older.quality else JSON
        return Response(found, media_type=f"{media_type}; charset=utf-8")

    return Starlette(routes=[Route("/", respond), Route("/graphql", respond, methods=["GET", "POST"])])


def _client(headers: Mapping[str, str]) -> str:
    return headers.get("graphql-client-name") or headers.get("apollographql-client-name") or "unnamed"


async def _while_connected(request: Request, work: Any) -> bytes:
    async def hung_up() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    working, waiting = asyncio.create_task(work), asyncio.create_task(hung_up())
    await asyncio.wait([working, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not working.done():
        raise ClientDisconnect
    found: bytes = working.result()
    return found


APPLICATIONS: dict[str, Callable[[bytes], ASGIApp]] = {
    made.__name__: made for made in (starlette, bare, gateway_at_once, gateway_waiting, usual)
}


class Announcing(uvicorn.Server):
    """Prints its port when it takes requests."""

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        print(f"{ANNOUNCEMENT}{self.servers[0].sockets[0].getsockname()[1]}", flush=True)


def serve(app: ASGIApp) -> None:
    """Serve with the options of the gateway, on a free port."""
    Announcing(uvicorn.Config(app, **options(Settings(port=0, log_level="warning")))).run()


if __name__ == "__main__":
    serve(APPLICATIONS[sys.argv[1]](Path(sys.argv[2]).read_bytes()))
