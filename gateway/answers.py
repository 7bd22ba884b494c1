"""The responses of the GraphQL endpoint, as an ASGI server takes them."""

from http import HTTPStatus
from typing import Any, NamedTuple

import orjson
from starlette.types import Send
from strawberry.types import ExecutionResult

from gateway.accept import GRAPHQL_JSON, JSON
from gateway.errors import formatted
from gateway.executing import Executed
from gateway.parameters import BodyTooLarge, MethodRefused, UnsupportedBody
from resolvers.errors import InvalidRequest

VALIDATION_CODE = "GRAPHQL_VALIDATION_FAILED"
CONTENT_TYPES = {one: (b"content-type", f"{one}; charset=utf-8".encode()) for one in (GRAPHQL_JSON, JSON)}
CLIENT_CLOSED_REQUEST = 499
"""nginx's status for a request that nobody waits for any more; it is in a log at most."""
Headers = tuple[tuple[bytes, bytes], ...]


class Answer(NamedTuple):
    """A response: its status, its headers, and its whole body."""

    status: int
    headers: Headers
    body: bytes

    async def send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": [*self.headers]})
        await send({"type": "http.response.body", "body": self.body})


GONE = Answer(CLIENT_CLOSED_REQUEST, ((b"content-length", b"0"),), b"")
"""To a client that has hung up."""

REFUSALS: dict[type[InvalidRequest], tuple[HTTPStatus, Headers]] = {
    UnsupportedBody: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, ()),
    BodyTooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, ()),
    MethodRefused: (HTTPStatus.METHOD_NOT_ALLOWED, ((b"allow", b"POST"),)),
}
"""Status and headers of the refusals that are not plain bad requests."""


def answer(executed: Executed, media_type: str) -> Answer:
    """The response to a request that was executed, or failed before that: then `data` is absent."""
    if isinstance(executed, bytes):
        return encoded(executed, HTTPStatus.OK, media_type)
    errors = executed.errors
    if not errors:
        return encoded(orjson.dumps({"data": executed.data}), HTTPStatus.OK, media_type)
    return _with_errors(executed, media_type)


def _with_errors(result: ExecutionResult, media_type: str) -> Answer:
    errors = result.errors or []
    refused = result.data is None and all(error.path is None for error in errors)
    code = VALIDATION_CODE if refused else InvalidRequest.code
    content: dict[str, Any] = {} if refused else {"data": result.data}
    content["errors"] = formatted(errors, code)
    # GraphQL over HTTP, 6.4.1: with application/json, intermediaries may have made any other status, so it is 200.
    status = HTTPStatus.BAD_REQUEST if refused and media_type == GRAPHQL_JSON else HTTPStatus.OK
    return encoded(orjson.dumps(content), status, media_type)


def refusal(error: InvalidRequest, media_type: str) -> Answer:
    """The response to a request that is no GraphQL request."""
    status, headers = REFUSALS.get(type(error), (HTTPStatus.BAD_REQUEST, ()))
    shown = {"message": error.message, "extensions": {"code": error.code, **error.extensions}}
    return encoded(orjson.dumps({"errors": [shown]}), status, media_type, headers)


def encoded(body: bytes, status: HTTPStatus, media_type: str, headers: Headers = ()) -> Answer:
    """A response with a body of JSON."""
    return Answer(status, (*headers, (b"content-length", b"%d" % len(body)), CONTENT_TYPES[media_type]), body)
