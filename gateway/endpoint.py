"""GraphQL over HTTP: one request in, one response out."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult

from gateway.accept import GRAPHQL_JSON, JSON, answer_type, wants_page
from gateway.admission import NOTHING, Admission, Open, Prepared, Visit
from gateway.answers import GONE, VALIDATION_CODE, Answer, Part, answer, part, refused
from gateway.executing import Executed, Operation, Prepare, RequestErrors
from gateway.graphiql.page import graphiql_page
from gateway.head import Head
from gateway.operation import call_of, head_of, names_of, while_connected
from gateway.parameters import Parameters, from_body, from_url
from gateway.refusals import BodyTooLarge
from resolvers.context import Context
from resolvers.errors import InvalidRequest
from resolvers.sources.base import Call

__all__ = ["GRAPHQL_JSON", "JSON", "VALIDATION_CODE"]
"""What is said elsewhere and belongs to what is said here."""

MOST_BODY_BYTES = 1_000_000
METHODS = ("GET", "HEAD", "POST")
WRITING = "POST"
"""The method of which a body is read, and by which any operation may come; by the others, queries in the address."""
MakeContext: TypeAlias = Callable[[Call, Any], Context]
"""Makes the context of an operation, for a call of the engine and for the viewer that the visit has found."""


class GraphQLEndpoint:
    """Answers `/graphql`: operations by POST and GET, and GraphiQL for a browser. HEAD is a GET without the body.

    An ASGI application of its own, because nearly every request comes here: Starlette's routing, its request and its
    response cost more than all that is done here. No operation may take longer than `deadline_seconds`.

    A request is let in (`admission`), its body read, its operations prepared (`prepare`), charged for, and executed.
    """

    def __init__(
        self, prepare: Prepare, context: MakeContext, deadline_seconds: float, admission: Admission | None = None
    ) -> None:
        self._prepare, self._context, self._deadline_seconds = prepare, context, deadline_seconds
        self._admission: Admission = admission or Open()
        self._names = names_of(*self._admission.header_names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = head_of(scope, self._names)
        accept = head.headers.get("accept", "")
        if head.method != WRITING and wants_page(accept) and "query" not in QueryParams(head.query_string):
            await graphiql_page(Request(scope))(scope, receive, send)
        else:
            response = await self._response(head, answer_type(accept), receive)
            await response.send(send)

    async def _response(self, head: Head, media_type: str, receive: Receive) -> Answer:
        try:
            visit = self._admission(head)
            if isinstance(visit, Awaitable):
                visit = await visit
            parts = await self._parts(head, visit, receive)
            return answer(parts, media_type, visit.headers())
        except InvalidRequest as error:
            return answer(refused(error), media_type)
        except ClientDisconnect:
            return GONE

    async def _parts(self, head: Head, visit: Visit, receive: Receive) -> Part:
        asked = await _asked(head, receive)
        operation = self._prepared(asked, head)
        charging = visit.charge([operation])
        if charging is not None:
            await charging
        if isinstance(operation, InvalidRequest):
            return refused(operation)
        if isinstance(operation, RequestErrors):
            return part(ExecutionResult(None, operation.errors), NOTHING)
        context = self._context(call_of(head.headers, asked.query, self._deadline_seconds), visit.viewer)
        executed = await _executed(operation, context, receive)
        return part(executed, visit.extensions(operation, context, executed))

    def _prepared(self, asked: Parameters, head: Head) -> Prepared:
        try:
            return self._prepare(asked, only_reads=head.method != WRITING)
        except (InvalidRequest, RequestErrors) as error:
            return error


async def _asked(head: Head, receive: Receive) -> Parameters:
    if head.method != WRITING:
        return from_url(QueryParams(head.query_string))
    return from_body(head.headers.get("content-type", ""), await body_of(receive))


async def _executed(operation: Operation, context: Context, receive: Receive) -> Executed:
    try:
        executed = operation.execute(context)
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
