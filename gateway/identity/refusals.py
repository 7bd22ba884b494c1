"""Refusals of who asks, and how they are told over HTTP (RFC 6750, 3)."""

from http import HTTPStatus

from gateway.refusals import Refused
from resolvers.errors import Unauthenticated

SCHEME = "Bearer"
RETRY_SECONDS = b"10"


class Unknown(Refused):
    """Nobody has said who asks, or not in a way that can be believed. `reason` goes into a header too."""

    code = Unauthenticated.code
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self, message: str, reason: str | None = None) -> None:
        challenge = SCHEME
        if reason is not None:
            challenge += f' error="invalid_token", error_description="{reason}"'
        super().__init__(message, ((b"www-authenticate", challenge.encode()),))


class KeysUnavailable(Refused):
    """No key of the issuer's is known, so no token can be checked. Nothing is wrong with the request."""

    code = "KEYS_UNAVAILABLE"
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, message: str) -> None:
        super().__init__(message, ((b"retry-after", RETRY_SECONDS),))


def refused(reason: str) -> Unknown:
    """The refusal of a token."""
    return Unknown(f"the token is not taken: {reason}; send another one", reason)
