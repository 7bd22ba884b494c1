"""From what an HTTP request asks for to what it is answered: one operation, or a batch of them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypeAlias

from starlette.types import Receive
from strawberry.types import ExecutionResult

from gateway.admission import NOTHING, Prepared, Visit
from gateway.answers import Part, part, refused
from gateway.edge import Edge
from gateway.executing import Executed, Operation, Prepare, RequestErrors
from gateway.head import Head
from gateway.operation import NAMELESS, call_of, client_of, while_connected
from gateway.parameters import Batch, Parameters
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
AT_ONCE = (bytes, ExecutionResult)
"""What an operation gives that has nothing to wait for."""
Wanted: TypeAlias = Parameters | InvalidRequest


class Running(NamedTuple):
    """An operation that was begun. `executed` is what came out of it at once, or will in time."""

    operation: Operation
    context: Context
    executed: Executed | Awaitable[Executed]
    trace: Trace | None


class Answering:
    """Answers what was asked for: finds documents, prepares all operations, has them charged for, executes them."""

    def __init__(self, prepare: Prepare, context: MakeContext, edge: Edge) -> None:
        self._prepare, self._context, self._tells_causes = prepare, context, edge.tells_causes
        self._documents, self._deadline_seconds = edge.documents, edge.deadline_seconds

    async def parts(
        self, head: Head, visit: Visit, asked: Parameters | Batch, receive: Receive, timing: Timing
    ) -> Part | list[Part]:
        """What is answered; a list to a batch. Raises Refused, and ClientDisconnect when the client hangs up.

        A subscription that is asked for alone is nothing to answer at once: it raises NeedsStream, and is not charged.
        """
        if not isinstance(asked, Parameters):
            return await self._several(head, visit, asked, receive, timing)
        wanted = asked if self._documents.is_plain(asked) else await self._found(asked, head)
        operation = self._prepared(wanted, only_reads=head.method != WRITING)
        charging = visit.charge((operation,))
        if charging is not None:
            await charging
        timing.done()
        begun = self._begun(wanted, operation, head, visit.viewer)
        if isinstance(begun, Part):
            return begun
        return self._part(begun, visit, await _executed(begun, receive))

    async def _several(self, head: Head, visit: Visit, batch: Batch, receive: Receive, timing: Timing) -> list[Part]:
        wanted = [await self._found(one, head) for one in batch]
        operations = [self._prepared_of_several(one, only_reads=head.method != WRITING) for one in wanted]
        charging = visit.charge(operations)
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

    def _prepared(self, asked: Wanted, *, only_reads: bool) -> Prepared:
        if isinstance(asked, InvalidRequest):
            return asked
        try:
            return self._prepare(asked, only_reads=only_reads)
        except NeedsStream:
            raise
        except (InvalidRequest, RequestErrors) as error:
            return error

    def _prepared_of_several(self, asked: Wanted, *, only_reads: bool) -> Prepared:
        try:
            return self._prepared(asked, only_reads=only_reads)
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
        return Running(operation, context, operation.execute(context, trace), trace)

    def _part(self, one: Running, visit: Visit, executed: Executed) -> Part:
        extensions = visit.extensions(one.operation, one.context, executed)
        return part(executed, extensions, one.trace, tells_causes=self._tells_causes)


async def _executed(begun: Running, receive: Receive) -> Executed:
    executed = begun.executed
    try:
        if isinstance(executed, AT_ONCE):
            return executed
        return await while_connected(receive, executed, begun.context.end)
    finally:
        begun.context.end()


async def _all_executed(begun: Sequence[Running], receive: Receive) -> list[Executed]:
    """The results of a batch, which is executed side by side."""

    def end() -> None:
        for one in begun:
            one.context.end()

    async def executed(one: Running) -> Executed:
        return one.executed if isinstance(one.executed, AT_ONCE) else await one.executed

    try:
        return await while_connected(receive, asyncio.gather(*map(executed, begun)), end)
    finally:
        end()
