"""Who asks over a WebSocket: by the headers of its handshake, and by what stands for headers in `connection_init`.

Browsers cannot set headers of a WebSocket, so clients of Apollo and others send them as the message's payload, known as
connectionParams: `{"Authorization": "Bearer …"}`.
"""

from collections.abc import Mapping
from typing import Any

from gateway.head import Head
from gateway.identity.authentication import TOKEN_HEADER
from gateway.limits.visits import COST_HEADER
from gateway.operation import CLIENT_HEADERS, TIMEOUT
from gateway.transports.closing import Closing, invalid
from gateway.visitors import SESSION, VIEWER

TAKEN = frozenset({TOKEN_HEADER, VIEWER, SESSION, TIMEOUT, COST_HEADER, *CLIENT_HEADERS})
"""What clients may say of themselves. Headers that proxies and routers write are believed of the handshake alone: a
proxy that takes them out of requests does not look into messages."""


def with_params(head: Head, payload: Mapping[str, Any] | None) -> Head:
    """The head of the operations of a connection. What the handshake has said stays. Raises Closing."""
    said = {name.lower(): value for name, value in (payload or {}).items() if name.lower() in TAKEN}
    for name, value in said.items():
        if not isinstance(value, str):
            raise _no_text(name)
    return head._replace(headers={**said, **head.headers})


def _no_text(name: str) -> Closing:
    return invalid(f"`payload.{name}` is not a string")
