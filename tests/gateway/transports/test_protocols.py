"""Connections whose other end does not do its part are cut."""

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.frames import Frame, Opcode

from gateway.transports.limits import ConnectionLimits
from gateway.transports.protocols import WebSocketProtocol, leave
from tests.support.streaming import PATIENCE_SECONDS, Live, live


class Hasty(WebSocketProtocol):
    """Cuts at once what does not go by itself."""

    cut_seconds = 0.01


class Rude:
    """A client that speaks and does not listen."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def say(self, **message: Any) -> None:
        await self.send(Frame(Opcode.TEXT, json.dumps(message).encode()))

    async def send(self, *frames: Frame) -> None:
        for frame in frames:
            self._writer.write(frame.serialize(mask=True))
        await self._writer.drain()

    async def hear(self, count: int) -> bytes:
        """The next bytes."""
        return await asyncio.wait_for(self._reader.readexactly(count), PATIENCE_SECONDS)


@asynccontextmanager
async def rude(gateway: Live) -> AsyncIterator[Rude]:
    """A client that has shaken hands."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port, limit=1_000)
    key = base64.b64encode(b"0" * 16).decode()
    lines = [
        "GET /graphql HTTP/1.1",
        "Host: gateway.test",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Protocol: graphql-transport-ws",
    ]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
    try:
        yield Rude(reader, writer)
    finally:
        writer.transport.abort()


async def gone(gateway: Live) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while gateway.server.server_state.connections:
            await asyncio.sleep(0)


async def test_who_does_not_answer_pings_is_cut() -> None:
    quickly: Any = {"ws_ping_interval": 0.01, "ws_ping_timeout": 0.01}
    async with live(**quickly) as gateway, rude(gateway) as client:
        await client.say(type="connection_init")
        await client.say(id="1", type="subscribe", payload={"query": "subscription { news { text } }"})
        await gone(gateway)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while gateway.app._transports.connections.open.total():  # type: ignore[union-attr]
                await asyncio.sleep(0)
        # It may have been cut before it was heard.
        assert gateway.feed.ended.qsize() == gateway.feed.begun.qsize()


async def test_who_does_not_read_is_cut_with_all_that_waits_for_it() -> None:
    async with live(ws=Hasty) as gateway, rude(gateway) as client:
        websockets = gateway.app._websockets
        assert websockets is not None
        websockets._limits = ConnectionLimits(stalled_seconds=0.01)
        # For connections that come from now on.
        async with rude(gateway) as other:
            await other.say(type="connection_init")
            await other.say(id="1", type="subscribe", payload={"query": "subscription { flood }"})
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(gateway.server.server_state.connections) > 1:
                    await asyncio.sleep(0)
            assert gateway.feed.pulled > 0
        await client.say(type="nothing")
        await gone(gateway)


async def test_a_handshake_that_is_no_websocket_does_not_hold_up_the_stop() -> None:
    async with live() as gateway:
        _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(b"GET /graphql HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        await asyncio.wait_for(gateway.server.shutdown(), PATIENCE_SECONDS)
        writer.transport.abort()


async def test_an_application_that_has_nothing_to_end_is_not_told_and_uvicorn_closes_by_itself() -> None:
    assert leave(object()) is False
    async with live() as gateway, gateway.socket() as client:
        gateway.server.config.loaded_app = object()
        await asyncio.wait_for(gateway.server.shutdown(), PATIENCE_SECONDS)
        assert (await client.closed())[0] == 1012


@pytest.mark.parametrize(
    "frames",
    [
        [Frame(Opcode.TEXT, b"\xff")],
        [Frame(Opcode.TEXT, '{"type": "ä'.encode()[:-1], fin=False), Frame(Opcode.CONT, b'"}')],
    ],
)
async def test_text_that_is_none_closes_without_a_stack_trace(
    frames: list[Frame], caplog: pytest.LogCaptureFixture
) -> None:
    async with live() as gateway, rude(gateway) as client:
        await client.send(*frames)
        assert await client.hear(4) == b"\x88\x02" + (1007).to_bytes(2)
        await gone(gateway)
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


async def test_a_text_may_come_in_pieces() -> None:
    ping = '{"type": "ping", "payload": {"a": "ä"}}'.encode()
    async with live() as gateway, rude(gateway) as client:
        at = ping.index("ä".encode()) + 1
        await client.send(Frame(Opcode.TEXT, ping[:at], fin=False), Frame(Opcode.CONT, ping[at:]))
        pong = '{"type":"pong","payload":{"a":"ä"}}'.encode()
        assert await client.hear(2 + len(pong)) == bytes([0x81, len(pong)]) + pong
