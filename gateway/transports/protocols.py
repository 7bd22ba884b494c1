"""uvicorn's protocols, but for how connections end.

uvicorn tells an application nothing of its stop until all connections are closed: it closes WebSockets by itself, and
waits for answers that have no end. And whoever does not read is never cut off, as what was sent is to go out first.
"""

import logging
from typing import Any, ClassVar, Protocol, runtime_checkable

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode

log = logging.getLogger(__name__)
# A line for each connection, which uvicorn writes whatever is said of its access log.
log.setLevel(logging.WARNING)


@runtime_checkable
class Leaving(Protocol):
    """An application that has connections without an end."""

    def leave(self) -> None:
        """Have them come to their end. May be called again."""


def leave(app: object) -> bool:
    """Tell an application that the server stops. False for one that is nothing to be told."""
    if not isinstance(app, Leaving):
        return False
    app.leave()
    return True


class HttpProtocol(HttpToolsProtocol):
    """HTTP, of which some answers are streams."""

    def shutdown(self) -> None:
        leave(self.config.loaded_app)
        super().shutdown()


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """WebSockets that their application closes when the server stops."""

    cut_seconds: ClassVar[float] = 10.0
    """How long one that its application has done with may take to be gone."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.logger = self.conn.logger = log

    def shutdown(self) -> None:
        is_told = leave(self.config.loaded_app)
        if not is_told or self.close_sent or not self.handshake_complete:
            super().shutdown()

    def send_receive_event_to_app(self) -> None:
        # uvicorn closes by the same code, and writes a stack trace into the log for whoever wants one there.
        if self.curr_msg_data_type == "text" and not _is_text(self.frames):
            self.conn.send_close(CloseCode.INVALID_DATA)
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()

    async def run_asgi(self) -> None:
        try:
            await super().run_asgi()
        finally:
            self.loop.call_later(self.cut_seconds, self.transport.abort)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()


def _is_text(frames: list[bytes]) -> bool:
    try:
        b"".join(frames).decode()
    except UnicodeDecodeError:
        return False
    return True
