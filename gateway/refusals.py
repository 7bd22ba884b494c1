"""Requests that are refused before anything is executed, with a status of their own.

InvalidRequest
└── Refused                 a status and headers that say why
    ├── UnsupportedBody     415: the body is not JSON
    ├── BodyTooLarge        413
    └── MethodRefused       405: a GET that asks for more than to read
"""

from http import HTTPStatus
from typing import ClassVar, TypeAlias

from resolvers.errors import InvalidRequest

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]
"""Header fields of a response as ASGI has them: names in small letters."""


class Refused(InvalidRequest):
    """A request that is answered with `status`, and with `headers` beside the usual ones."""

    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST

    def __init__(self, message: str, headers: Headers = (), **extensions: object) -> None:
        super().__init__(message, **extensions)
        self.headers = headers


class UnsupportedBody(Refused):
    """The body's content type is not JSON."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class BodyTooLarge(Refused):
    """The body is longer than any that is read."""

    code = "BODY_TOO_LARGE"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class MethodRefused(Refused):
    """A GET that asks for more than to read."""

    code = "METHOD_NOT_ALLOWED"
    status = HTTPStatus.METHOD_NOT_ALLOWED

    def __init__(self) -> None:
        super().__init__("a GET only reads; send any other operation by POST", ((b"allow", b"POST"),))
