"""WebSockets over ASGI, without a server: what a client sends and reads, one message after another."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from starlette.types import ASGIApp

from gateway.admission import Admission, Visit
from gateway.app import Gateway, build_app
from gateway.head import Head
from gateway.settings import Settings
from gateway.transports.building import limits_of
from gateway.transports.serving import Serving
from gateway.transports.websockets import WebSocketEndpoint
from resolvers.viewer import Viewer
from tests.support.engines import answering_each
from tests.support.streaming import PATIENCE_SECONDS, Feed, streamed


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
