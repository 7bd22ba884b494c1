"""A gateway with subscriptions, served in this process, and its clients."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import strawberry
import uvicorn
from graphql import GraphQLSchema
from strawberry.types import Info
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from gateway import request_id
from gateway.app import Gateway, build_app
from gateway.server import options
from gateway.settings import Settings
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


NEXT, COMPLETE = "next", "complete"


def nexts(*results: Any) -> list[Any]:
    """The messages of an operation that ends well."""
    return [*({"type": NEXT, "payload": {"data": one}} for one in results), {"type": COMPLETE}]
