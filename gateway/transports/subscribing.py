"""Subscriptions under way: begun once, and executed for each of their events as a request of its own.

A subscription takes a place among what is executed (`capacity`) and is charged when it begins, and so does each event.
In between it takes neither. Before each event it is asked again who asks, so a token that has expired ends it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import Any, TypeAlias, cast

import orjson
from graphql import ExecutionResult as GraphQLResult
from graphql import GraphQLError
from graphql.execution.async_iterables import aclosing

from gateway.admission import Prepared, Visit
from gateway.answering import MakeContext
from gateway.answers import Part, part
from gateway.edge import Edge
from gateway.errors import formatted
from gateway.executing import Executed, Prepare, RequestErrors
from gateway.execution.subscriptions import Source, Subscription, subscription_of
from gateway.head import Head
from gateway.identity.refusals import Unknown
from gateway.operation import NAMELESS, call_of, client_of
from gateway.parameters import Parameters
from gateway.refusals import Refused
from gateway.visitors import visitor_of
from resolvers.context import Context
from resolvers.errors import DeadlineExceeded, InvalidRequest

Tell: TypeAlias = Callable[[Part], Awaitable[None]]
"""Sends a result. It returns once there is room for another one, so a slow reader slows the source down."""
LATE = "the subscription did not begin in the time that an operation has; try again, or later"
END = object()
NO_EVENTS = GraphQLResult(None, [])


class Subscriptions:
    """Begins subscriptions."""

    def __init__(self, prepare: Prepare, context: MakeContext, edge: Edge) -> None:
        self._prepare, self._context, self.edge = prepare, context, edge

    async def begin(self, head: Head, visit: Visit, asked: Parameters) -> "Running":
        """The subscription that is asked for, by what is one. Raises InvalidRequest, and RequestErrors."""
        documents = self.edge.documents
        async with self.edge.capacity.turn():
            wanted = await documents.found(asked, client_of(head.headers) or NAMELESS)
            operation = self._prepared(wanted)
            await charged(visit, operation, len(wanted.query) if isinstance(operation, Exception) else 0)
            if isinstance(operation, Exception):
                raise operation
            documents.keep(wanted)
            context = self.context(head, visit, wanted)
            running = Running(self, head, wanted, subscription_of(operation), context)
            await running.start()
            return running

    def _prepared(self, asked: Parameters) -> Prepared:
        try:
            return self._prepare(asked, only_reads=False, streams=True)
        except (InvalidRequest, RequestErrors) as error:
            return error

    def context(self, head: Head, visit: Visit, asked: Parameters) -> Context:
        """A context for the source, or for one event."""
        call = call_of(head.headers, asked.query, self.edge.deadline_seconds)
        visitor = visitor_of(head.headers, client_of(head.headers))
        return self._context(call, visit.viewer, visitor.known_as(visit.viewer.id))


class Running:
    """A subscription that has begun. The time of an operation is what its source has to begin, and what an event has.

    What the source itself asks of the engine, it asks in that first time: the fields of its events have times of their
    own.
    """

    def __init__(
        self, of: Subscriptions, head: Head, asked: Parameters, subscription: Subscription, context: Context
    ) -> None:
        self._of, self._head, self._asked, self._subscription = of, head, asked, subscription
        self._context, self._source = context, cast("Source", NO_EVENTS)

    async def start(self) -> None:
        """Have the source made. Whoever has started it runs it, or ends it."""
        try:
            async with asyncio.timeout(self._of.edge.deadline_seconds):
                source = self._subscription.source(self._context)
                self._source = await source if isinstance(source, Awaitable) else source
        except TimeoutError:
            self._source = GraphQLResult(None, [GraphQLError(LATE, original_error=DeadlineExceeded(LATE))])
        except asyncio.CancelledError:
            self.end()
            raise

    async def check(self) -> None:
        """Look whether the viewer is still let in. Raises Unknown for one who is not."""
        try:
            await admitted(self._of.edge, self._head)
        except Refused as error:
            # Any other refusal is none of the viewer, and may be over before the next event.
            if isinstance(error, Unknown):
                raise

    async def run(self, tell: Tell) -> Part | None:
        """Tell the result for each event until there is none any more. Returns the errors that the source ended with.

        Raises InvalidRequest where an event is refused: for who asks, for its cost, or for load.
        """
        try:
            if isinstance(self._source, GraphQLResult):
                return self._failed(self._source.errors or [])
            async with aclosing(aiter(self._source)) as events:
                return await self._told(cast("AsyncIterator[Any]", events), tell)
        finally:
            self.end()

    def end(self) -> None:
        """Give up what the source has under way at the engine."""
        self._context.end()

    async def _told(self, events: AsyncIterator[Any], tell: Tell) -> Part | None:
        while True:
            try:
                event = await anext(events, END)
            except Exception as error:  # noqa: BLE001  whatever the source raises is what the stream ends with
                return self._failed([GraphQLError(str(error), original_error=error)])
            if event is END:
                return None
            await tell(await self._result(event))
            # Where source, fields and client are all ready, nothing else here would let others run.
            await asyncio.sleep(0)

    async def _result(self, event: object) -> Part:
        edge, subscription = self._of.edge, self._subscription
        visit = await admitted(edge, self._head)
        async with edge.capacity.turn():
            await charged(visit, subscription)
            context = self._of.context(self._head, visit, self._asked)
            try:
                result = subscription.execute_event(event, context)
                executed: Executed = await result if isinstance(result, Awaitable) else result
            finally:
                context.end()
        extensions = visit.extensions(subscription, context, executed)
        return part(executed, extensions, tells_causes=edge.tells_causes)

    def _failed(self, errors: list[GraphQLError]) -> Part:
        shown = formatted(errors, InvalidRequest.code, tells_causes=self._of.edge.tells_causes)
        return Part(orjson.dumps({"errors": shown}), HTTPStatus.BAD_REQUEST)


async def admitted(edge: Edge, head: Head) -> Visit:
    """The visit of whoever asks now. Raises Refused."""
    visit = edge.admission(head)
    return visit if isinstance(visit, Visit) else await visit


async def charged(visit: Visit, operation: Prepared, failed: int = 0) -> None:
    """Have what an operation costs taken; `failed` as in `Visit.charge`. Raises Refused."""
    charging = visit.charge((operation,), failed)
    if charging is not None:
        await charging
