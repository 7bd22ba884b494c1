"""Answers as events: graphql-sse, in its mode of distinct connections.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md: each result is an event `next`, and `complete` comes
behind the last one.
"""

import asyncio
from contextlib import ExitStack, suppress
from http import HTTPStatus

from starlette.types import Receive, Send

from gateway.accept import EVENTS, JSON
from gateway.admission import Visit
from gateway.answers import Answer, Part, answer, refused
from gateway.executing import RequestErrors
from gateway.head import Head
from gateway.identity.refusals import Unknown
from gateway.parameters import Parameters
from gateway.refusals import Headers
from gateway.transports.connections import Transport
from gateway.transports.limits import ConnectionLimits
from gateway.transports.serving import Serving
from gateway.transports.subscribing import Running
from resolvers.errors import InvalidRequest

COMPLETE = b"event: complete\ndata:\n\n"
COMMENT = b":\n\n"
"""Means nothing, and shows that the connection is there. The first one makes browsers tell that it is open."""
TOLD = (HTTPStatus.OK, HTTPStatus.BAD_REQUEST)
"""Statuses of what is told by an event: a browser's EventSource shows nothing of an answer with another one than 200.
Whatever has a status of its own, such as 401 or 429, is answered by it."""
HEADERS: Headers = ((b"content-type", f"{EVENTS}; charset=utf-8".encode()), (b"cache-control", b"no-store"))
OF_STREAMS: Headers = (*HEADERS, (b"x-accel-buffering", b"no"))
"""The last one is for nginx, which would keep events until there are many."""
REPLACED = {b"cache-control", b"age"}


class Events:
    """Answers requests by events."""

    def __init__(self, serving: Serving, limits: ConnectionLimits) -> None:
        self._serving, self._limits = serving, limits

    async def opened(
        self, head: Head, visit: Visit, asked: Parameters, receive: Receive, headers: Headers
    ) -> "EventStream | Answer":
        """The answer to a subscription. Raises Refused for what is not answered by events."""
        leaving = asyncio.Event()
        with ExitStack() as held:
            connections = self._serving.connections
            held.enter_context(connections.held(Transport.EVENTS, leaving.set))
            held.enter_context(connections.operating(Transport.EVENTS))
            try:
                running = await self._serving.subscriptions.begin(head, visit, asked)
            except RequestErrors as errors:
                return told(self._serving.told(errors), headers)
            own = (*headers, *visit.headers())
            return EventStream(running, receive, leaving, own, self._limits, held.pop_all())


def told(part: Part, headers: Headers) -> Answer:
    """The answer to an operation that has one result."""
    if part.status_json not in TOLD:
        return answer(part, JSON, headers)
    body = event(part) + COMPLETE
    return Answer(HTTPStatus.OK, (*_without(headers), *HEADERS, (b"content-length", b"%d" % len(body))), body)


def event(part: Part) -> bytes:
    """The event of a result, which is JSON without line feeds."""
    return b"event: next\ndata: %b\n\n" % part.body


def _without(headers: Headers) -> Headers:
    return tuple(one for one in headers if one[0] not in REPLACED)


class _Over(Exception):
    """The end of a stream. `last` is what is still to be sent; None to a client that takes nothing any more."""

    def __init__(self, last: bytes | None) -> None:
        super().__init__(last)
        self.last = last


class EventStream:
    """The answer to a subscription: sent until there are no more events, the client has gone, or `leaving` is set.

    Then no `complete` is sent: the client is to come again, to another server. `held` is given back at the end.
    """

    def __init__(
        self,
        running: Running,
        receive: Receive,
        leaving: asyncio.Event,
        headers: Headers,
        limits: ConnectionLimits,
        held: ExitStack,
    ) -> None:
        self._running, self._receive, self._leaving = running, receive, leaving
        self._headers, self._limits, self._held = (*_without(headers), *OF_STREAMS), limits, held
        self._sending = asyncio.Lock()

    async def send(self, send: Send) -> None:
        """Send all of it."""
        endings: list[_Over] = []
        with self._held:
            await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": [*self._headers]})
            try:
                async with asyncio.TaskGroup() as tasks:
                    for work in (self._comments(send), self._results(send), self._gone(), self._left()):
                        tasks.create_task(work)
            except* _Over as found:
                endings += [one for one in found.exceptions if isinstance(one, _Over)]
            finally:
                self._running.end()
            last = endings[0].last
            if last is not None:
                with suppress(_Over):
                    await self._put(send, last, more=False)

    async def _results(self, send: Send) -> None:
        async def tell(part: Part) -> None:
            await self._put(send, event(part))

        try:
            failed = await self._running.run(tell)
        except InvalidRequest as error:
            failed = refused(error)
        raise _Over(COMPLETE if failed is None else event(failed) + COMPLETE)

    async def _comments(self, send: Send) -> None:
        while True:
            await self._put(send, COMMENT)
            await asyncio.sleep(self._limits.keep_alive_seconds)
            try:
                await self._running.check()
            except Unknown as error:
                raise _Over(event(refused(error)) + COMPLETE) from error

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        raise _Over(None)

    async def _left(self) -> None:
        await self._leaving.wait()
        raise _Over(b"")

    async def _put(self, send: Send, body: bytes, *, more: bool = True) -> None:
        """Send a part when there is room for it, so that a slow reader slows the source down."""
        async with self._sending:
            try:
                async with asyncio.timeout(self._limits.stalled_seconds):
                    await send({"type": "http.response.body", "body": body, "more_body": more})
            except OSError as error:  # which a TimeoutError is
                raise _Over(None) from error
