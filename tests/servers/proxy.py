"""A TCP proxy in front of one server that a test makes slow, silent or broken, in the test's own event loop."""

import asyncio
import socket
import struct
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Self
from urllib.parse import urlsplit

from tests.servers.ports import HOST

PIECE_BYTES = 65_536
# Closing then sends a reset in place of what was not delivered.
RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Passes connections on to a server of the loopback address, from `async with` on.

    While `delay_seconds` is above 0, every piece that the server sends, of 64 KiB at most, is held back that long.
    """

    def __init__(self, address: str) -> None:
        self._parts = urlsplit(address)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._admits = True
        self._answer_bytes: int | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.delay_seconds = 0.0
        self.accepted = 0
        """How many connections there have been."""

    @property
    def address(self) -> str:
        """The server's address, with a password if it has one, and the proxy's port."""
        login, at, _ = self._parts.netloc.rpartition("@")
        return self._parts._replace(netloc=f"{login}{at}{HOST}:{self.port}").geturl()

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._connections)

    def stall(self) -> None:
        """Keep every connection open and pass nothing on, in either direction, until `go_on`."""
        self._flowing.clear()

    def go_on(self) -> None:
        self._flowing.set()

    def cut(self) -> None:
        """Reset every connection that is open. New ones are served."""
        for connection in self._connections:
            connection.cancel()

    def cut_answers(self, after_bytes: int | None) -> None:
        """Pass on this much more of what the server answers, then end each connection that it answers on.

        None: pass everything on again.
        """
        self._answer_bytes = after_bytes

    def refuse(self) -> None:
        """Reset every connection that is open, and new ones as soon as they are made, until `admit`."""
        self._admits = False
        self.cut()

    def admit(self) -> None:
        self._admits = True

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        connection = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._connections.add(connection)

        def ended(task: asyncio.Task[None]) -> None:
            self._connections.discard(task)
            # A task that is cancelled before its first step has closed nothing.
            writer.transport.abort()

        connection.add_done_callback(ended)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            if not self._admits:
                raise ConnectionResetError
            server_reader, server_writer = await asyncio.open_connection(HOST, self._parts.port)
            ends.append(server_writer)
            await _first_of(self._ask(reader, server_writer), self._answer(server_reader, writer))
            for end in ends:
                end.close()
                await end.wait_closed()
        except (OSError, asyncio.CancelledError):
            for end in ends:
                await _reset(end)

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE_BYTES):
            await self._flowing.wait()
            writer.write(piece)
            await writer.drain()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE_BYTES):
            await asyncio.sleep(self.delay_seconds)
            await self._flowing.wait()
            writer.write(self._let_through(piece))
            await writer.drain()
            if self._answer_bytes == 0:
                return

    def _let_through(self, piece: bytes) -> bytes:
        if self._answer_bytes is None:
            return piece
        passed = piece[: self._answer_bytes]
        self._answer_bytes -= len(passed)
        return passed


async def _first_of(*works: Coroutine[Any, Any, None]) -> None:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def _reset(end: asyncio.StreamWriter) -> None:
    # The socket may be closed already.
    with suppress(OSError):
        end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    end.transport.abort()
    with suppress(OSError):
        await end.wait_closed()
