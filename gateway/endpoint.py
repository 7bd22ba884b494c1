"""GraphQL over HTTP: one request in, one response out."""

from collections.abc import Awaitable

from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from gateway import request_id
from gateway.accept import GRAPHQL_JSON, JSON, answer_type, wants_page
from gateway.answering import WRITING, Answering, MakeContext
from gateway.answers import GONE, VALIDATION_CODE, Answer, Part, answer, refused
from gateway.cross_site import PREFLIGHT_HEADERS, check_cross_site
from gateway.edge import MOST_BODY_BYTES, Edge
from gateway.executing import Prepare
from gateway.graphiql.page import graphiql_page
from gateway.head import Head
from gateway.operation import head_of, names_of
from gateway.parameters import Batch, Parameters, from_body, from_url
from gateway.refusals import BodyTooLarge
from gateway.timing import Timing
from gateway.tracing import trace
from resolvers.errors import InvalidRequest

__all__ = ["GRAPHQL_JSON", "JSON", "MOST_BODY_BYTES", "VALIDATION_CODE"]
"""What is said elsewhere and belongs to what is said here."""

METHODS = ("GET", "HEAD", "POST")
ACCEPT_ENCODING = "accept-encoding"
ALWAYS = ((b"vary", b"Accept, Accept-Encoding"), (b"x-content-type-options", b"nosniff"))
"""What every response has."""


class GraphQLEndpoint:
    """Answers `/graphql`: operations by POST and GET, and GraphiQL for a browser. HEAD is a GET without the body.

    An ASGI application of its own, because nearly every request comes here: Starlette's routing, its request and its
    response cost more than all that is done here.

    A request is let in, its body read, and it waits for its turn; its operations are prepared, charged for, executed.
    """

    def __init__(self, prepare: Prepare, context: MakeContext, edge: Edge) -> None:
        self._edge = edge
        self._answering = Answering(prepare, context, edge.documents, edge.deadline_seconds)
        # Where no trace is told, its header is one that means nothing here.
        looked_at = [ACCEPT_ENCODING, request_id.HEADER, *([trace.HEADER] if edge.tells_traces else [])]
        self._names = names_of(*looked_at, *PREFLIGHT_HEADERS, *edge.admission.header_names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = head_of(scope, self._names)
        accept = head.headers.get("accept", "")
        if self._edge.has_page and head.method != WRITING and wants_page(accept) and _names_nothing(head):
            await graphiql_page(Request(scope))(scope, receive, send)
        else:
            response = await self._response(head, answer_type(accept), receive)
            await response.send(send)

    async def _response(self, head: Head, media_type: str, receive: Receive) -> Answer:
        timing, name = Timing(), request_id.begin(head.headers.get(request_id.HEADER))
        try:
            found = await self._answer(head, media_type, receive, timing)
        except InvalidRequest as error:
            found = answer(refused(error), media_type)
        except ClientDisconnect:
            return GONE
        told = timing.headers() if self._edge.tells_timing else ()
        headers = ((b"x-request-id", name.encode()), *ALWAYS, *told, *found.headers)
        found = Answer(found.status, headers, found.body)
        compression = self._edge.compression
        return compression.compressed(found, head.headers.get(ACCEPT_ENCODING)) if compression else found

    async def _answer(self, head: Head, media_type: str, receive: Receive, timing: Timing) -> Answer:
        if self._edge.prevents_csrf:
            check_cross_site(head.headers)
        visit = self._edge.admission(head)
        if isinstance(visit, Awaitable):
            visit = await visit
        asked = await self._asked(head, receive)
        timing.done()
        turn = self._edge.capacity.enter()
        if turn is not None:
            await turn
        try:
            parts: Part | list[Part] = await self._answering.parts(head, visit, asked, receive, timing)
        finally:
            self._edge.capacity.leave()
        return answer(parts, media_type, visit.headers())

    async def _asked(self, head: Head, receive: Receive) -> Parameters | Batch:
        if head.method != WRITING:
            return from_url(QueryParams(head.query_string))
        body = await body_of(receive, self._edge.body_bytes)
        return from_body(head.headers.get("content-type", ""), body, self._edge.batch_max)


def _names_nothing(head: Head) -> bool:
    given = QueryParams(head.query_string)
    return not any(name in given for name in ("query", "documentId", "extensions"))


async def body_of(receive: Receive, most_bytes: int = MOST_BODY_BYTES) -> bytearray:
    """The body of a request. Raises BodyTooLarge as soon as it is, and ClientDisconnect when the client hangs up."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > most_bytes:
            raise BodyTooLarge(f"the body is over {most_bytes} bytes; send less")
        if not message.get("more_body", False):
            return body
