"""Requests that are refused before anything is executed, with a status of their own.

InvalidRequest
├── BatchTooLarge           400: more operations in one request than are taken
└── Refused                 a status and headers that say why
    ├── UnsupportedBody     415: the body is not JSON
    ├── BodyTooLarge        413
    ├── BodyTooSlow         408
    ├── MethodRefused       405: a GET that asks for more than to read
    ├── NotAcceptable       406: asks for an answer in parts, and takes none
    ├── CrossSiteRefused    400: may come from another site's page without its user's knowledge
    ├── Overloaded          503: more requests than are executed in time
    └── …                   of `documents`: see gateway/documents/errors.py
"""

from http import HTTPStatus
from typing import ClassVar, TypeAlias

from resolvers.errors import InvalidRequest

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]
"""Header fields of a response as ASGI has them: names in small letters."""


class Refused(InvalidRequest):
    """A request that is answered with `status`, and with `headers` beside the usual ones."""

    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST
    status_json: ClassVar[HTTPStatus | None] = None
    """The status with `application/json`, where it is another one."""

    def __init__(self, message: str, headers: Headers = (), **extensions: object) -> None:
        super().__init__(message, **extensions)
        self.headers = headers


class BatchTooLarge(InvalidRequest):
    """An array of more operations than are taken in one request."""

    code = "BATCH_TOO_LARGE"

    def __init__(self, actual: int, limit: int) -> None:
        said = f"an array has {limit} operations at most, and this one {actual}; send several requests"
        super().__init__(
            said if limit else "an array of operations is not taken here; send each operation in a request of its own",
            limit=limit,
            actual=actual,
        )


class UnsupportedBody(Refused):
    """The body's content type is not JSON."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class BodyTooLarge(Refused):
    """The body is longer than any that is read."""

    code = "BODY_TOO_LARGE"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class BodyTooSlow(Refused):
    """The body does not arrive in the time that an operation may take."""

    code = "BODY_TOO_SLOW"
    status = HTTPStatus.REQUEST_TIMEOUT

    def __init__(self, seconds: float) -> None:
        message = f"the body did not arrive in {seconds:g} seconds; send it again"
        # RFC 9110, 15.5.9: the rest of it would be taken for the next request.
        super().__init__(message, ((b"connection", b"close"),))


class MethodRefused(Refused):
    """A GET that asks for more than to read."""

    code = "METHOD_NOT_ALLOWED"
    status = HTTPStatus.METHOD_NOT_ALLOWED

    def __init__(self) -> None:
        super().__init__("a GET only reads; send any other operation by POST", ((b"allow", b"POST"),))


class NotAcceptable(Refused):
    """An operation asks by `@defer` or `@stream` for an answer in parts, and its request does not take one."""

    code = "NOT_ACCEPTABLE"
    status = HTTPStatus.NOT_ACCEPTABLE


class CrossSiteRefused(Refused):
    """A request that any page may make a browser send, with its user's rights, without asking this API first."""

    code = "CSRF_PREVENTED"

    def __init__(self) -> None:
        super().__init__(
            "this may be a Cross-Site Request Forgery (CSRF), which any page can make a browser send; send it with the "
            "header `Apollo-Require-Preflight: true`, or as a POST with `Content-Type: application/json`"
        )


class Overloaded(Refused):
    """More requests than are executed in time."""

    code = "OVERLOADED"
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, retry_seconds: int) -> None:
        super().__init__(
            f"there are more requests than can be answered now; try again in {retry_seconds} s",
            ((b"retry-after", b"%d" % retry_seconds),),
        )
