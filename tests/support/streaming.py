"""A gateway with subscriptions, served in this process, and its clients."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import strawberry
import uvicorn
from graphql import GraphQLSchema
from starlette.types import ASGIApp
from strawberry.types import Info
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from gateway import request_id
from gateway.admission import Admission, Visit
from gateway.app import Gateway, build_app
from gateway.head import Head
from gateway.server import options
from gateway.settings import Settings
from gateway.transports.building import limits_of
from gateway.transports.serving import Serving
from gateway.transports.websockets import WebSocketEndpoint
from resolvers.viewer import Viewer
from tests.support.engines import answering_each

PATIENCE_SECONDS = 60
BIG = "x" * 200_000


@dataclass
class Feed:
    """What a test tells the resolvers, and what they tell the test."""

    news: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    begun: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    notes: list[str] = field(default_factory=list)
    pulled: int = 0

    async def wait(self, name: str) -> None:
        """Say that a resolver is there, and wait until the test lets it go on."""
        self.begun.put_nowait(name)
        try:
            await self.go_on.wait()
        finally:
            self.ended.put_nowait(name)


@dataclass(frozen=True)
class Streamed:
    """A schema as the gateway takes it."""

    core: GraphQLSchema


def streamed(feed: Feed) -> Streamed:  # noqa: C901  several small resolvers
    """A small schema of each kind of operation, whose resolvers go by the feed."""

    @strawberry.type
    class Item:
        text: str

        @strawberry.field
        def viewer(self, info: Info) -> str | None:
            return info.context.viewer.id

        @strawberry.field
        def visitor(self, info: Info) -> str | None:
            return info.context.visitor.viewer

        @strawberry.field
        def request(self) -> str | None:
            return request_id.current()

        @strawberry.field
        async def waits(self) -> bool:
            await feed.wait(self.text)
            return True

        @strawberry.field
        def breaks(self) -> str | None:
            raise ZeroDivisionError

    @strawberry.type
    class Query:
        @strawberry.field
        def item(self) -> Item:
            return Item(text="one")

        @strawberry.field
        def big(self) -> str:
            return BIG

    @strawberry.type
    class Mutation:
        @strawberry.mutation
        async def note(self, text: str, waits: bool = False) -> int:
            if waits:
                await feed.wait(text)
            feed.notes.append(text)
            return len(feed.notes)

    @strawberry.type
    class Subscription:
        @strawberry.subscription
        async def count(self, to: int) -> AsyncGenerator[int, None]:
            for number in range(to):
                yield number

        @strawberry.subscription
        async def news(self) -> AsyncGenerator[Item, None]:
            feed.begun.put_nowait("news")
            try:
                while text := await feed.news.get():
                    yield Item(text=text)
            finally:
                feed.ended.put_nowait("news")

        @strawberry.subscription
        async def flood(self) -> AsyncGenerator[str, None]:
            while True:
                feed.pulled += 1
                yield BIG

        @strawberry.subscription
        async def fails(self) -> AsyncGenerator[int, None]:
            yield 1
            raise ZeroDivisionError

        @strawberry.subscription
        async def begins_late(self) -> AsyncGenerator[int, None]:
            await feed.wait("begins late")
            yield 1

        @strawberry.subscription
        async def hangs(self) -> AsyncGenerator[int, None]:
            never: AsyncGenerator[int, None] = await asyncio.get_running_loop().create_future()
            return never

    schema = strawberry.Schema(Query, Mutation, Subscription)
    return Streamed(schema._schema)


@dataclass
class Live:
    """A gateway that is served, and what its resolvers go by."""

    app: Gateway
    server: uvicorn.Server
    feed: Feed
    port: int

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def socket(
        self, params: Any = None, *, subprotocol: str | None = "graphql-transport-ws", init: bool = True, **more: Any
    ) -> AsyncIterator["Client"]:
        """A client that has been acknowledged; without `init` one that has said nothing yet."""
        subprotocols = None if subprotocol is None else [Subprotocol(subprotocol)]
        address = f"ws://127.0.0.1:{self.port}/graphql"
        async with connect(address, subprotocols=subprotocols, compression=None, **more) as connection:
            client = Client(connection)
            if init:
                await client.send(type="connection_init", **({} if params is None else {"payload": params}))
                assert await client.next() == {"type": "connection_ack"}
            yield client


@dataclass(frozen=True)
class Client:
    """One WebSocket."""

    connection: ClientConnection

    async def send(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def subscribe(self, query: str, id_: str = "1", **payload: Any) -> None:
        await self.send(id=id_, type="subscribe", payload={"query": query, **payload})

    async def next(self) -> Any:
        return json.loads(await asyncio.wait_for(self.connection.recv(), PATIENCE_SECONDS))

    async def answered(self, query: str, id_: str = "1", **payload: Any) -> list[Any]:
        """All messages of an operation; each has its id, which is left out."""
        await self.subscribe(query, id_, **payload)
        found: list[Any] = []
        while not found or found[-1]["type"] == "next":
            message = await self.next()
            assert message.pop("id") == id_
            found.append(message)
        return found

    async def closed(self) -> tuple[int | None, str | None]:
        """The code and the reason of the server's close frame, once it has come. Messages before are left out."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            with suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
            await self.connection.wait_closed()
        return self.connection.close_code, self.connection.close_reason


@asynccontextmanager
async def live(settings: Settings | None = None, **of_uvicorn: Any) -> AsyncIterator[Live]:
    """A gateway with subscriptions, served by uvicorn in this event loop from here to the end."""
    feed, told = Feed(), settings or Settings(port=0)
    app = build_app(told, answering_each(None), schema=streamed(feed))
    assert isinstance(app, Gateway)
    config = uvicorn.Config(app, **{**options(told), "port": 0, "loop": "none", "log_config": None, **of_uvicorn})
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield Live(app, server, feed, server.servers[0].sockets[0].getsockname()[1])
    finally:
        feed.go_on.set()
        await asyncio.wait_for(server.shutdown(), PATIENCE_SECONDS)


class Guard:
    """Lets somebody in for as long as the test wants."""

    header_names = ()

    def __init__(self) -> None:
        self.refusal: Exception | None = None
        self.asked = 0

    def __call__(self, head: Head) -> Visit:  # noqa: ARG002  everybody is the same to it
        self.asked += 1
        if self.refusal is not None:
            raise self.refusal
        visit = Visit()
        visit.viewer = Viewer("user-1")
        return visit


class Wire:
    """One WebSocket over ASGI: what its client has sent, and what it was told while it read."""

    def __init__(self, **headers: str) -> None:
        self.sent: list[Any] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self._coming: asyncio.Queue[Any] = asyncio.Queue()
        self._coming.put_nowait({"type": "websocket.connect"})
        self._told = asyncio.Event()
        self.scope = {
            "type": "websocket",
            "path": "/graphql",
            "query_string": b"",
            "subprotocols": ["graphql-transport-ws"],
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("192.0.2.1", 1),
        }

    def say(self, *messages: Any) -> None:
        """The client sends messages: texts as they are, others as JSON."""
        for one in messages:
            text = one if isinstance(one, str) else json.dumps(one)
            self._coming.put_nowait({"type": "websocket.receive", "text": text})

    def hang_up(self) -> None:
        self._coming.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def receive(self) -> Any:
        return await self._coming.get()

    async def send(self, message: Any) -> None:
        await self.reads.wait()
        self.sent.append(message)
        self._told.set()

    @property
    def messages(self) -> list[Any]:
        """What was sent as messages."""
        return [json.loads(one["text"]) for one in self.sent if one["type"] == "websocket.send"]

    @property
    def close(self) -> tuple[int, str] | None:
        """How it was closed by the server, if it was."""
        return next(((one["code"], one["reason"]) for one in self.sent if one["type"] == "websocket.close"), None)

    async def told(self, count: int) -> list[Any]:
        """The messages, once there are so many."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.messages) < count:
                self._told.clear()
                await self._told.wait()
        return self.messages


INIT = {"type": "connection_init"}


@asynccontextmanager
async def wired(endpoint: ASGIApp, wire: Wire) -> AsyncIterator["asyncio.Task[None]"]:
    """The connection of a wire, which has to have ended, or is hung up, at the end."""
    serving = asyncio.create_task(endpoint(wire.scope, wire.receive, wire.send))
    try:
        yield serving
    finally:
        wire.hang_up()
        wire.reads.set()
        await asyncio.wait_for(serving, PATIENCE_SECONDS)


async def settle() -> None:
    """Let everything run that has nothing to wait for."""
    for _ in range(200):
        await asyncio.sleep(0)


def at_seam(
    settings: Settings | None = None, admission: Admission | None = None, **limits: Any
) -> tuple[WebSocketEndpoint, Feed]:
    """The WebSockets of a gateway without a server, with an admission and limits of the test's own."""
    feed, told = Feed(), settings or Settings()
    app = build_app(told, answering_each(None), schema=streamed(feed))
    assert isinstance(app, Gateway)
    assert app._transports is not None
    assert app._transports.websockets is not None
    given = app._transports.websockets._serving
    edge = given.edge if admission is None else replace(given.edge, admission=admission)
    serving = Serving(given.subscriptions._prepare, given.subscriptions._context, edge, app._transports.connections)
    return WebSocketEndpoint(serving, replace(limits_of(told), **limits), told.cors_origins), feed


NEXT, COMPLETE, ERROR = "next", "complete", "error"


def nexts(*results: Any) -> list[Any]:
    """The messages of an operation that ends well."""
    return [*({"type": NEXT, "payload": {"data": one}} for one in results), {"type": COMPLETE}]
