"""The responses of the GraphQL endpoint, as an ASGI server takes them."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson
from starlette.types import Send
from strawberry.types import ExecutionResult

from gateway.accept import GRAPHQL_JSON, JSON
from gateway.errors import formatted
from gateway.executing import Executed
from gateway.refusals import Headers, Refused
from gateway.tracing.trace import FTV1, Error, Trace
from resolvers.errors import InvalidRequest

VALIDATION_CODE = "GRAPHQL_VALIDATION_FAILED"
CONTENT_TYPES = {one: (b"content-type", f"{one}; charset=utf-8".encode()) for one in (GRAPHQL_JSON, JSON)}
CLIENT_CLOSED_REQUEST = 499
"""nginx's status for a request that nobody waits for any more; it is in a log at most."""


class Answer(NamedTuple):
    """A response: its status, its headers, and its whole body."""

    status: int
    headers: Headers
    body: bytes

    async def send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": [*self.headers]})
        await send({"type": "http.response.body", "body": self.body})


class Part(NamedTuple):
    """What is answered to one operation.

    `status` is the response's if it is the only one; `status_json` where its media type is `application/json`.
    """

    body: bytes
    status: HTTPStatus = HTTPStatus.OK
    status_json: HTTPStatus = HTTPStatus.OK
    headers: Headers = ()


GONE = Answer(CLIENT_CLOSED_REQUEST, ((b"content-length", b"0"),), b"")
"""To a client that has hung up."""


def part(
    executed: Executed, extensions: Mapping[str, Any], trace: Trace | None = None, *, tells_causes: bool = True
) -> Part:
    """What is answered to an operation that was executed, or failed before that: then `data` is absent.

    A trace ends here, and has the errors as they are answered. `tells_causes`: see `formatted`.
    """
    if isinstance(executed, bytes):
        extensions = _traced(extensions, trace, ())
        return Part(b'%b,"extensions":%b}' % (executed[:-1], orjson.dumps(extensions)) if extensions else executed)
    content: dict[str, Any] = {"data": executed.data}
    status = _with_errors(content, executed, tells_causes=tells_causes) if executed.errors else HTTPStatus.OK
    extensions = _traced(extensions, trace, content.get("errors", ()))
    if extensions:
        content["extensions"] = extensions
    # GraphQL over HTTP, 6.4.1: with application/json, intermediaries may have made any other status, so it is 200.
    return Part(orjson.dumps(content), status)


def _traced(extensions: Mapping[str, Any], trace: Trace | None, errors: Sequence[Error]) -> Mapping[str, Any]:
    return extensions if trace is None else {**extensions, FTV1: trace.told(errors)}


def _with_errors(content: dict[str, Any], result: ExecutionResult, *, tells_causes: bool) -> HTTPStatus:
    """Put the errors to what is answered, and return the status."""
    errors = result.errors or []
    refused = result.data is None and all(error.path is None for error in errors)
    if refused:
        del content["data"]
    code = VALIDATION_CODE if refused else InvalidRequest.code
    content["errors"] = formatted(errors, code, tells_causes=tells_causes)
    return HTTPStatus.BAD_REQUEST if refused else HTTPStatus.OK


def shown(error: InvalidRequest) -> dict[str, Any]:
    """A refusal as an error of GraphQL."""
    return {"message": error.message, "extensions": {"code": error.code, **error.extensions}}


def refused(error: InvalidRequest) -> Part:
    """What is answered to a request that is no GraphQL request, or must not be executed."""
    body = orjson.dumps({"errors": [shown(error)]})
    if not isinstance(error, Refused):
        return Part(body, HTTPStatus.BAD_REQUEST, HTTPStatus.BAD_REQUEST)
    return Part(body, error.status, error.status_json or error.status, error.headers)


def answer(parts: Part | Sequence[Part], media_type: str, headers: Headers = ()) -> Answer:
    """The response: to one operation, or to a batch of them, in their order."""
    if isinstance(parts, Part):
        status = parts.status if media_type == GRAPHQL_JSON else parts.status_json
        return encoded(parts.body, status, media_type, (*headers, *parts.headers))
    return encoded(b"[%b]" % b",".join(one.body for one in parts), HTTPStatus.OK, media_type, headers)


def encoded(body: bytes, status: HTTPStatus, media_type: str, headers: Headers = ()) -> Answer:
    """A response with a body of JSON."""
    return Answer(status, (*headers, (b"content-length", b"%d" % len(body)), CONTENT_TYPES[media_type]), body)
