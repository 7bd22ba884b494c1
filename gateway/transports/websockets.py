"""The WebSockets of `/graphql`: whether a handshake is taken, and what is spoken then."""

from collections.abc import Mapping
from contextlib import ExitStack
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from gateway import request_id
from gateway.accept import JSON
from gateway.answering import WRITING
from gateway.answers import Part, encoded, refused
from gateway.cors import ANY
from gateway.operation import head_of, names_of
from gateway.refusals import Refused
from gateway.tracing import trace
from gateway.transports.closing import Closing, Code
from gateway.transports.connection import Connection
from gateway.transports.connections import ORIGIN as REFUSED_ORIGIN
from gateway.transports.connections import Transport
from gateway.transports.limits import ConnectionLimits
from gateway.transports.messages import PROTOCOL
from gateway.transports.serving import Serving
from gateway.transports.socket import Socket

ORIGIN, HOST = "origin", "host"
NO_SUBPROTOCOL = Closing(Code.NO_SUBPROTOCOL, f"Subprotocol not acceptable: this is {PROTOCOL}")


class OriginRefused(Refused):
    """A page of another site opens a WebSocket, which browsers let it do without asking this API first."""

    code = "ORIGIN_NOT_ALLOWED"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__("pages of this origin may not use this API; GATEWAY_CORS_ORIGINS has those that may")


class WebSocketEndpoint:
    """Takes WebSockets of pages of its own host, of `origins` (None: of no others), and of whoever is no browser."""

    def __init__(self, serving: Serving, limits: ConnectionLimits, origins: str | None) -> None:
        self._serving, self._limits = serving, limits
        self._origins = frozenset(one.strip().lower() for one in (origins or "").split(",") if one.strip())
        edge = serving.edge
        traced = [trace.HEADER] if edge.tells_traces else []
        self._names = names_of(request_id.HEADER, ORIGIN, HOST, *traced, *edge.admission.header_names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A message may have any operation, as a POST.
        head = head_of({**scope, "method": WRITING}, self._names)
        name = request_id.begin(head.headers.get(request_id.HEADER))
        headers = [(b"x-request-id", name.encode())]
        socket = Socket(receive, send, self._limits.message_bytes, self._limits.stalled_seconds)
        connection = Connection(socket, head, self._serving, self._limits, name)
        await receive()
        with ExitStack() as held:
            try:
                self._check_origin(head.headers)
                held.enter_context(self._serving.connections.held(Transport.WEBSOCKET, connection.leave))
            except Refused as error:
                await _refuse(scope, send, refused(error), headers)
                return
            chosen = PROTOCOL if PROTOCOL in scope.get("subprotocols", ()) else None
            await send({"type": "websocket.accept", "subprotocol": chosen, "headers": headers})
            if chosen is None:
                await socket.close(NO_SUBPROTOCOL)
            closing = NO_SUBPROTOCOL if chosen is None else await connection.run()
            self._serving.connections.closed[closing.code or 0] += 1

    def _check_origin(self, headers: Mapping[str, str]) -> None:
        origin = headers.get(ORIGIN)
        if origin is None or ANY in self._origins or origin.lower() in self._origins:
            return
        # Not the scheme: a proxy may have ended TLS.
        if origin.lower().partition("://")[2] != headers.get(HOST, "").lower():
            self._serving.connections.refused[REFUSED_ORIGIN] += 1
            raise OriginRefused


async def _refuse(scope: Scope, send: Send, part: Part, headers: list[tuple[bytes, bytes]]) -> None:
    """Answer a handshake as a request, where the server can; else it answers 403 by itself."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    answered = encoded(part.body, part.status, JSON, (*headers, *part.headers))
    await send({"type": "websocket.http.response.start", "status": answered.status, "headers": [*answered.headers]})
    await send({"type": "websocket.http.response.body", "body": answered.body})
