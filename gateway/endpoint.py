"""GraphQL over HTTP: one request in, one response out."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from gateway.accept import accepted
from gateway.errors import formatted
from gateway.execution.operations import ALL_OPERATIONS, Operations
from gateway.graphiql.page import graphiql_page
from gateway.operation import call_of, while_connected
from gateway.parameters import BodyTooLarge, Parameters, UnsupportedBody, from_body, from_url
from resolvers.context import Context
from resolvers.errors import InvalidRequest
from resolvers.sources.base import Call

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
HTML = "text/html"
MOST_BODY_BYTES = 1_000_000
VALIDATION_CODE = "GRAPHQL_VALIDATION_FAILED"
READING = {"GET", "HEAD"}
QUERIES_ONLY = frozenset({OperationType.QUERY})
CLIENT_CLOSED_REQUEST = 499
"""nginx's status for a request that nobody waits for any more; it is in a log at most."""


class GraphQLEndpoint:
    """Answers `/graphql`: operations by POST and GET, and GraphiQL for a browser. HEAD is a GET without the body.

    No operation may take longer than `deadline_seconds`.
    """

    def __init__(self, operations: Operations, context: Callable[[Call], Context], deadline_seconds: float) -> None:
        self._operations, self._context, self._deadline_seconds = operations, context, deadline_seconds

    async def respond(self, request: Request) -> Response:
        if request.method in READING and "query" not in request.query_params and wants_page(request):
            return graphiql_page(request)
        media_type = answer_type(request.headers.get("accept", ""))
        try:
            parameters = await self._parameters(request)
            result = await self._result(request, parameters)
        except InvalidRequest as error:
            return refusal(error, media_type)
        except ClientDisconnect:
            return Response(status_code=CLIENT_CLOSED_REQUEST)
        return answer(result, media_type)

    async def _parameters(self, request: Request) -> Parameters:
        if request.method in READING:
            return from_url(request.query_params)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BODY_BYTES:
                raise BodyTooLarge(f"the body is over {MOST_BODY_BYTES} bytes; send less")
        return from_body(request.headers.get("content-type", ""), bytes(body))

    async def _result(self, request: Request, asked: Parameters) -> ExecutionResult:
        context = self._context(call_of(request.headers, asked.query, self._deadline_seconds))
        reads = request.method in READING
        try:
            return await while_connected(request, self._execute(asked, context, only_reads=reads), context.end)
        finally:
            context.end()

    async def _execute(self, asked: Parameters, context: Context, *, only_reads: bool) -> ExecutionResult:
        try:
            result = await self._operations.execute(
                asked.query,
                asked.variables,
                context,
                asked.operation_name,
                QUERIES_ONLY if only_reads else ALL_OPERATIONS,
            )
        except InvalidOperationTypeError as error:
            raise MethodRefused("a GET only reads; send any other operation by POST") from error
        except CannotGetOperationTypeError as error:
            raise InvalidRequest(_which_operation(asked)) from error
        if not isinstance(result, ExecutionResult):
            raise InvalidRequest("this API has no incremental delivery; leave out @defer and @stream")
        return result


class MethodRefused(InvalidRequest):
    """A GET that asks for more than to read."""

    code = "METHOD_NOT_ALLOWED"


def _which_operation(asked: Parameters) -> str:
    if asked.operation_name is None:
        return "the document must have one operation, or `operationName` must say which one to run"
    return f"the document has no operation {asked.operation_name!r}; set `operationName` to one that it has"


def wants_page(request: Request) -> bool:
    """Whether a browser asks, rather than a program: it names HTML and prefers it."""
    accept = request.headers.get("accept", "")
    page = accepted(accept, HTML)
    return page.is_named and page.quality > 0 and page.quality >= accepted(accept, JSON).quality


def answer_type(accept: str) -> str:
    """The media type to answer with. A client that does not prefer or name the newer one gets `application/json`."""
    newer, older = accepted(accept, GRAPHQL_JSON), accepted(accept, JSON)
    if newer.quality == older.quality:
        return GRAPHQL_JSON if newer.is_named and newer.quality > 0 else JSON
    return GRAPHQL_JSON if newer.quality > older.quality else JSON


def answer(result: ExecutionResult, media_type: str) -> Response:
    """A result as a response. `data` is absent when the request failed before it was executed."""
    errors = result.errors or []
    refused = result.data is None and bool(errors) and all(error.path is None for error in errors)
    code = VALIDATION_CODE if refused else InvalidRequest.code
    content: dict[str, Any] = {} if refused else {"data": result.data}
    if errors:
        content["errors"] = formatted(errors, code)
    # GraphQL over HTTP, 6.4.1: with application/json, intermediaries may have made any other status, so it is 200.
    status = HTTPStatus.BAD_REQUEST if refused and media_type == GRAPHQL_JSON else HTTPStatus.OK
    return encoded(content, status, media_type)


REFUSALS: dict[type[InvalidRequest], tuple[HTTPStatus, dict[str, str]]] = {
    UnsupportedBody: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, {}),
    BodyTooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {}),
    MethodRefused: (HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "POST"}),
}
"""Status and headers of the refusals that are not plain bad requests."""


def refusal(error: InvalidRequest, media_type: str) -> Response:
    """The response to a request that is no GraphQL request."""
    status, headers = REFUSALS.get(type(error), (HTTPStatus.BAD_REQUEST, {}))
    shown = {"message": error.message, "extensions": {"code": error.code, **error.extensions}}
    return encoded({"errors": [shown]}, status, media_type, headers)


def encoded(
    content: dict[str, Any], status: HTTPStatus, media_type: str, headers: dict[str, str] | None = None
) -> Response:
    body = orjson.dumps(content)
    return Response(body, status, headers, media_type=f"{media_type}; charset=utf-8")
