"""From what an HTTP request asks for to what it is answered: one operation, or a batch of them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias, cast

from starlette.types import Receive
from strawberry.types import ExecutionResult

from gateway.admission import NOTHING, Prepared, Visit
from gateway.answers import Part, part, refused
from gateway.edge import Edge
from gateway.errors import References, formatted
from gateway.executing import Delivered, Executed, Incremental, InParts, Operation, Prepare, RequestErrors
from gateway.head import Head
from gateway.incremental.accepted import spoken
from gateway.incremental.delivery import Delivery
from gateway.operation import NAMELESS, call_of, client_of, while_connected
from gateway.parameters import Batch, Parameters
from gateway.refusals import NotAcceptable
from gateway.timing import Timing
from gateway.tracing.trace import Trace, asked_for
from gateway.transports.refusals import NeedsStream
from gateway.visitors import visitor_of
from resolvers.context import Context
from resolvers.errors import InvalidRequest
from resolvers.sources.base import Call
from resolvers.viewer import Viewer
from resolvers.visitor import Visitor

WRITING = "POST"
"""The method by which any operation may come; by the others, queries."""
MakeContext: TypeAlias = Callable[[Call, Viewer, Visitor], Context]
"""Makes the context of an operation: for a call of the engine, the viewer that the visit has found, and the visitor."""
AT_ONCE = (bytes, ExecutionResult, InParts)
"""What an operation gives that has nothing to wait for."""
IN_ONE = (
    "the operation has @defer or @stream, and is answered in one where it is part of a batch or of a connection; send "
    "it in an HTTP request of its own, or leave them out"
)
Wanted: TypeAlias = Parameters | InvalidRequest


class Running(NamedTuple):
    """An operation that was begun by its call. `executed` is what came out of it at once, or will in time."""

    operation: Operation
    context: Context
    call: Call
    executed: Delivered | Awaitable[Delivered]
    trace: Trace | None


class Answering:
    """Answers what was asked for: finds documents, prepares all operations, has them charged for, executes them."""

    def __init__(self, prepare: Prepare, context: MakeContext, edge: Edge) -> None:
        self._prepare, self._context, self._tells_causes = prepare, context, edge.tells_causes
        self._documents, self._deadline_seconds = edge.documents, edge.deadline_seconds

    async def parts(
        self,
        head: Head,
        visit: Visit,
        asked: Parameters | Batch,
        receive: Receive,
        timing: Timing,
        *,
        delivers: bool = False,
    ) -> Part | list[Part] | Delivery:
        """What is answered; a list to a batch. Raises Refused, and ClientDisconnect when the client hangs up.

        A Delivery, for who asks for parts and takes them, is given only to a caller that `delivers`. A subscription
        that is asked for alone is nothing to answer at once: it raises NeedsStream, and is not charged.
        """
        if not isinstance(asked, Parameters):
            return await self._several(head, visit, asked, receive, timing)
        wanted = asked if self._documents.is_plain(asked) else await self._found(asked, head)
        operation = self._prepared(wanted, head, delivers=delivers)
        charging = visit.charge((operation,), _failed([wanted], [operation]))
        if charging is not None:
            await charging
        timing.done()
        begun = self._begun(wanted, operation, head, visit.viewer)
        if isinstance(begun, Part):
            return begun
        executed = await _executed(begun, receive)
        if isinstance(executed, InParts):
            return self._delivery(begun, visit, executed, head, receive)
        return self._part(begun, visit, executed)

    async def _several(self, head: Head, visit: Visit, batch: Batch, receive: Receive, timing: Timing) -> list[Part]:
        wanted = [await self._found(one, head) for one in batch]
        operations = [self._prepared_of_several(one, head) for one in wanted]
        charging = visit.charge(operations, _failed(wanted, operations))
        if charging is not None:
            await charging
        timing.done()
        begun = [
            self._begun(one, operation, head, visit.viewer) for one, operation in zip(wanted, operations, strict=True)
        ]
        results = iter(await _all_executed([one for one in begun if isinstance(one, Running)], receive))
        return [one if isinstance(one, Part) else self._part(one, visit, next(results)) for one in begun]

    async def _found(self, asked: Wanted, head: Head) -> Wanted:
        if isinstance(asked, InvalidRequest):
            return asked
        try:
            return await self._documents.found(asked, client_of(head.headers) or NAMELESS)
        except InvalidRequest as error:
            return error

    def _prepared(self, asked: Wanted, head: Head, *, delivers: bool) -> Prepared:
        if isinstance(asked, InvalidRequest):
            return asked
        try:
            operation = self._prepare(asked, only_reads=head.method != WRITING)
        except NeedsStream:
            raise
        except (InvalidRequest, RequestErrors) as error:
            return error
        return _acceptable(operation, head, delivers=delivers)

    def _prepared_of_several(self, asked: Wanted, head: Head) -> Prepared:
        try:
            return self._prepared(asked, head, delivers=False)
        except NeedsStream as error:
            return error

    def _begun(self, asked: Wanted, operation: Prepared, head: Head, viewer: Viewer) -> Running | Part:
        if isinstance(asked, InvalidRequest):
            return refused(asked)
        if isinstance(operation, InvalidRequest):
            return refused(operation)
        if isinstance(operation, RequestErrors):
            return part(ExecutionResult(None, operation.errors), NOTHING, asked_for(head.headers))
        if asked.extensions:
            self._documents.keep(asked)
        call = call_of(head.headers, asked.query, self._deadline_seconds)
        visitor = visitor_of(head.headers, client_of(head.headers))
        context = self._context(call, viewer, visitor.known_as(viewer.id))
        trace = asked_for(head.headers)
        if isinstance(operation, Incremental) and trace is None:
            return Running(operation, context, call, operation.deliver(context), None)
        return Running(operation, context, call, operation.execute(context, trace), trace)

    def _part(self, one: Running, visit: Visit, executed: Executed) -> Part:
        extensions = visit.extensions(one.operation, one.context, executed)
        return part(executed, extensions, one.trace, tells_causes=self._tells_causes)

    def _delivery(self, begun: Running, visit: Visit, executed: InParts, head: Head, receive: Receive) -> Delivery:
        show = partial(formatted, code=InvalidRequest.code, tells_causes=self._tells_causes, references=References())
        return Delivery(
            executed,
            spoken(head.headers.get("accept", "")),
            show,
            begun.context,
            begun.call.deadline,
            partial(visit.extensions, begun.operation, begun.context),
            receive,
            has_body=head.method != "HEAD",
        )


def _acceptable(operation: Operation, head: Head, *, delivers: bool) -> Operation | NotAcceptable:
    """The operation; or an error, where it asks for an answer in parts that its request does not take.

    Where a trace is asked for, it is answered in one: there is no trace of what is not whole.
    """
    if not isinstance(operation, Incremental) or asked_for(head.headers):
        return operation
    if not delivers:
        return NotAcceptable(IN_ONE)
    try:
        spoken(head.headers.get("accept", ""))
    except NotAcceptable as error:
        return error
    return operation


def _failed(wanted: Sequence[Wanted], operations: Sequence[Prepared]) -> int:
    """How many characters there are in what was read to no end."""
    return sum(
        [
            len(asked.query)
            for asked, operation in zip(wanted, operations, strict=True)
            if isinstance(operation, RequestErrors | InvalidRequest) and isinstance(asked, Parameters)
        ]
    )


async def _executed(begun: Running, receive: Receive) -> Delivered:
    executed = begun.executed
    try:
        if not isinstance(executed, AT_ONCE):
            executed = await while_connected(receive, executed, begun.context.end)
        return executed
    finally:
        # What is still to be delivered ends with its last part.
        if not isinstance(executed, InParts):
            begun.context.end()


async def _all_executed(begun: Sequence[Running], receive: Receive) -> list[Executed]:
    """The results of a batch, which is executed side by side."""

    def end() -> None:
        for one in begun:
            one.context.end()

    async def executed(one: Running) -> Executed:
        found = one.executed if isinstance(one.executed, AT_ONCE) else await one.executed
        # None of a batch is delivered in parts.
        return cast("Executed", found)

    try:
        return await while_connected(receive, asyncio.gather(*map(executed, begun)), end)
    finally:
        end()
