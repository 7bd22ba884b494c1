"""GraphQL over HTTP: one request in, one response out."""

import asyncio
from typing import cast

from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from gateway import request_id
from gateway.accept import EVENTS, GRAPHQL_JSON, JSON, answer_type, json_type, takes_events, wants_page
from gateway.admission import Visit
from gateway.answering import WRITING, Answering, MakeContext
from gateway.answers import GONE, VALIDATION_CODE, Answer, Part, answer, refused
from gateway.caching.conditional import IF_NONE_MATCH, conditional
from gateway.cross_site import PREFLIGHT_HEADERS, check_cross_site
from gateway.eager import Started, started
from gateway.edge import MOST_BODY_BYTES, Edge
from gateway.executing import Prepare
from gateway.graphiql.page import graphiql_page
from gateway.head import Head
from gateway.incremental.delivery import Delivery
from gateway.operation import head_of, names_of
from gateway.parameters import Batch, Parameters, from_body, from_url
from gateway.refusals import BodyTooLarge, BodyTooSlow, Headers
from gateway.timing import UNTIMED, Timing
from gateway.tracing import trace
from gateway.transports.events import Events, EventStream, told
from gateway.transports.refusals import NeedsStream
from gateway.transports.subscribing import charged
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

    With `events` a client that asks for them gets its answer by events, and may ask for a subscription.

    A request is let in, its body read, and it waits for its turn; its operations are prepared, charged for, executed.
    """

    def __init__(self, prepare: Prepare, context: MakeContext, edge: Edge, events: Events | None = None) -> None:
        self._edge, self._events = edge, events
        self._answer_type = json_type if events is None else answer_type
        self._answering = Answering(prepare, context, edge)
        # Where no trace is told, its header is one that means nothing here.
        looked_at = [ACCEPT_ENCODING, request_id.HEADER, *([trace.HEADER] if edge.tells_traces else [])]
        self._names = names_of(*looked_at, IF_NONE_MATCH, *PREFLIGHT_HEADERS, *edge.admission.header_names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = head_of(scope, self._names)
        accept = head.headers.get("accept", "")
        if head.method != WRITING and self._edge.has_page and wants_page(accept) and _names_nothing(head):
            await graphiql_page(Request(scope))(scope, receive, send)
        else:
            response = await self._response(head, self._answer_type(accept), receive)
            await response.send(send)

    async def _response(self, head: Head, media_type: str, receive: Receive) -> Answer | Delivery | EventStream:
        edge, headers = self._edge, head.headers
        name = request_id.begin(headers.get(request_id.HEADER))
        timing = Timing() if edge.tells_timing else UNTIMED
        try:
            if edge.prevents_csrf:
                check_cross_site(headers)
            visit = edge.admission(head)
            if not isinstance(visit, Visit):
                visit = await visit
            asked = await self._asked(head, receive)
            timing.done()
            parts = await self._parts(head, visit, asked, receive, timing)
            timing.done()
            own, may_be_had = visit.headers(), head.method != WRITING and visit.stays_good()
        except NeedsStream as error:
            # It is raised once the visit is there, and for an operation that is asked for alone.
            wanted = cast("Visit", visit), cast("Parameters", asked)
            return await self._streamed(head, *wanted, receive, error, ((b"x-request-id", name.encode()), *ALWAYS))
        except InvalidRequest as error:
            parts, own, may_be_had = refused(error), (), False
        except ClientDisconnect:
            return GONE
        beside = ((b"x-request-id", name.encode()), *ALWAYS, *timing.headers(), *own)
        encodings = headers.get(ACCEPT_ENCODING)
        if isinstance(parts, Delivery):
            return parts.headed(beside, edge.compression.flushed(encodings or "") if edge.compression else None)
        if media_type == EVENTS:
            found, may_be_had = _by_event(parts, beside), False
        else:
            found = answer(parts, media_type, beside)
        if may_be_had:
            found = conditional(found, headers.get(IF_NONE_MATCH))
        return found if encodings is None or not edge.compression else edge.compression.compressed(found, encodings)

    async def _streamed(
        self, head: Head, visit: Visit, asked: Parameters, receive: Receive, error: NeedsStream, beside: Headers
    ) -> Answer | EventStream:
        """The answer to a subscription: by events, if its client can read them."""
        events = self._events
        accept = head.headers.get("accept", "")
        takes, media_type = head.method != "HEAD" and takes_events(accept), json_type(accept)
        try:
            if events is not None and takes:
                return await events.opened(head, visit, asked, receive, beside)
            await charged(visit, error)
            return answer(refused(error), media_type, (*beside, *visit.headers()))
        except InvalidRequest as refusal:
            part = refused(refusal)
            return told(part, beside) if events is not None and takes else answer(part, media_type, beside)

    async def _parts(
        self, head: Head, visit: Visit, asked: Parameters | Batch, receive: Receive, timing: Timing
    ) -> Part | list[Part] | Delivery:
        """What is answered, once it is the request's turn."""
        capacity = self._edge.capacity
        turn = capacity.enter()
        if turn is not None:
            await turn
        parts = None
        try:
            parts = await self._answering.parts(head, visit, asked, receive, timing, delivers=True)
            return parts
        finally:
            if isinstance(parts, Delivery):
                parts.hold(capacity.leave)
            else:
                capacity.leave()

    async def _asked(self, head: Head, receive: Receive) -> Parameters | Batch:
        if head.method != WRITING:
            return from_url(QueryParams(head.query_string))
        # Nearly always it has come already, and a timer would be set for nothing.
        body = started(body_of(receive, self._edge.body_bytes))
        if isinstance(body, Started):
            seconds = self._edge.deadline_seconds
            try:
                async with asyncio.timeout(seconds):
                    body = await body
            except TimeoutError as error:
                raise BodyTooSlow(seconds) from error
        return from_body(head.headers.get("content-type", ""), body, self._edge.batch_max)


def _by_event(parts: Part | list[Part], headers: Headers) -> Answer:
    """The answer to a client that wants events; a batch has no place in them."""
    return told(parts, headers) if isinstance(parts, Part) else answer(parts, JSON, headers)


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
