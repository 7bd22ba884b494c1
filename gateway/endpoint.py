"""GraphQL over HTTP: one request in, one response out."""

from collections.abc import Callable

from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult

from gateway.accept import GRAPHQL_JSON, JSON, answer_type, wants_page
from gateway.answers import GONE, REFUSALS, VALIDATION_CODE, Answer, answer, refusal
from gateway.executing import Execute, Executed
from gateway.graphiql.page import graphiql_page
from gateway.operation import Headers, call_of, known_headers, while_connected
from gateway.parameters import BodyTooLarge, Parameters, from_body, from_url
from resolvers.context import Context
from resolvers.errors import InvalidRequest
from resolvers.sources.base import Call

__all__ = ["GRAPHQL_JSON", "JSON", "REFUSALS", "VALIDATION_CODE"]
"""What is said elsewhere and belongs to what is said here."""

MOST_BODY_BYTES = 1_000_000
METHODS = ("GET", "HEAD", "POST")
WRITING = "POST"
"""The method of which a body is read, and by which any operation may come; by the others, queries in the address."""


class GraphQLEndpoint:
    """Answers `/graphql`: operations by POST and GET, and GraphiQL for a browser. HEAD is a GET without the body.

    An ASGI application of its own, because nearly every request comes here: Starlette's routing, its request and its
    response cost more than all that is done here. No operation may take longer than `deadline_seconds`.
    """

    def __init__(self, execute: Execute, context: Callable[[Call], Context], deadline_seconds: float) -> None:
        self._execute, self._context, self._deadline_seconds = execute, context, deadline_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = known_headers(scope["headers"])
        accept = headers.get("accept", "")
        if scope["method"] != WRITING and wants_page(accept) and "query" not in QueryParams(scope["query_string"]):
            await graphiql_page(Request(scope))(scope, receive, send)
        else:
            response = await self._response(scope, headers, answer_type(accept), receive)
            await response.send(send)

    async def _response(self, scope: Scope, headers: Headers, media_type: str, receive: Receive) -> Answer:
        only_reads = scope["method"] != WRITING
        try:
            if only_reads:
                asked = from_url(QueryParams(scope["query_string"]))
            else:
                asked = from_body(headers.get("content-type", ""), await body_of(receive))
            context = self._context(call_of(headers, asked.query, self._deadline_seconds))
            return answer(await self._executed(asked, context, receive, only_reads=only_reads), media_type)
        except InvalidRequest as error:
            return refusal(error, media_type)
        except ClientDisconnect:
            return GONE

    async def _executed(self, asked: Parameters, context: Context, receive: Receive, *, only_reads: bool) -> Executed:
        try:
            executed = self._execute(asked, context, only_reads=only_reads)
            if isinstance(executed, bytes | ExecutionResult):
                return executed
            return await while_connected(receive, executed, context.end)
        finally:
            context.end()


async def body_of(receive: Receive) -> bytearray:
    """The body of a request. Raises BodyTooLarge as soon as it is, and ClientDisconnect when the client hangs up."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > MOST_BODY_BYTES:
            raise BodyTooLarge(f"the body is over {MOST_BODY_BYTES} bytes; send less")
        if not message.get("more_body", False):
            return body
