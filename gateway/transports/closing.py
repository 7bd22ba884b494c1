"""Why a WebSocket is closed, with the codes of graphql-transport-ws and of RFC 6455, 7.4."""

from enum import IntEnum

LONGEST_REASON = 123
"""Bytes that a close frame has for its reason (RFC 6455, 5.5)."""


class Code(IntEnum):
    """Codes from 4000 on are the protocol's; its client tries again after those that it does not hold to be fatal."""

    NORMAL = 1000
    GOING_AWAY = 1001
    TOO_BIG = 1009
    TRY_AGAIN_LATER = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    NO_SUBPROTOCOL = 4406
    INIT_TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY_INITS = 4429
    INTERNAL_ERROR = 4500


class Closing(Exception):
    """The end of a connection, with what the client is told. Without a code it has gone, and is told nothing."""

    def __init__(self, code: Code | None, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code, self.reason = code, shortened(reason)


def invalid(reason: str) -> Closing:
    """The end that a message brings which is none of the protocol's."""
    return Closing(Code.BAD_REQUEST, f"Invalid message: {reason}")


def shortened(reason: str) -> str:
    """A reason that fits into a close frame."""
    return reason.encode()[:LONGEST_REASON].decode(errors="ignore")
