"""Refusals of who asks, and how they are told over HTTP (RFC 6750, 3)."""

from resolvers.errors import InvalidRequest, Unauthenticated

SCHEME = "Bearer"


class InvalidToken(Unauthenticated):
    """A token, or what a router says of the viewer, that cannot be believed. `reason` goes into a header too."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class KeysUnavailable(InvalidRequest):
    """No key of the issuer's is known, so no token can be checked. Nothing is wrong with the request."""

    code = "KEYS_UNAVAILABLE"


def refused(reason: str) -> InvalidToken:
    """The refusal of a token."""
    return InvalidToken(f"the token is not taken: {reason}; send another one", reason)


def challenge(error: Unauthenticated) -> str:
    """The value of `WWW-Authenticate` that goes with a refusal."""
    if not isinstance(error, InvalidToken):
        return SCHEME
    return f'{SCHEME} error="invalid_token", error_description="{error.reason}"'
