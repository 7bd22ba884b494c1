"""The two directions of a WebSocket."""

import asyncio
from contextlib import suppress

from starlette.types import Receive, Send

from gateway.transports.closing import Closing, Code, invalid

CLOSE_SECONDS = 1.0
"""How long a close frame may wait behind what was sent before."""


class Socket:
    """Sends one message behind the other, each when there is room for it: so a slow reader holds up who sends.

    A reader that takes nothing for `stalled_seconds` has gone.
    """

    def __init__(self, receive: Receive, send: Send, message_bytes: int, stalled_seconds: float) -> None:
        self._receive, self._send = receive, send
        self._message_bytes, self._stalled_seconds = message_bytes, stalled_seconds
        self._sending = asyncio.Lock()

    async def read(self) -> str:
        """The next message of the client. Raises Closing."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise Closing(None)
        text: str | None = message.get("text")
        if text is None:
            raise invalid("it is binary")
        # A character has a byte at least. Servers that count bytes come before this.
        if len(text) > self._message_bytes:
            raise Closing(Code.TOO_BIG, f"a message has {self._message_bytes} bytes at most")
        return text

    async def put(self, text: str) -> None:
        """Send a message. Raises Closing for a client that has gone."""
        async with self._sending:
            try:
                async with asyncio.timeout(self._stalled_seconds):
                    await self._send({"type": "websocket.send", "text": text})
            except OSError as error:  # which a TimeoutError is
                raise Closing(None) from error

    async def ready(self) -> None:
        """Return when nothing waits to be sent."""
        if self._sending.locked():
            async with self._sending:
                return

    async def close(self, closing: Closing) -> None:
        """Send the close frame, if there is still somebody to read it."""
        if closing.code is None:
            return
        # The frame is a courtesy: whoever does not take it has gone, or is given up.
        with suppress(OSError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._send({"type": "websocket.close", "code": int(closing.code), "reason": closing.reason})
