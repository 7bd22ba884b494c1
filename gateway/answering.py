"""From what an HTTP request asks for to what it is answered: one operation, or a batch of them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from starlette.types import Receive
from strawberry.types import ExecutionResult

from gateway.admission import NOTHING, Prepared, Visit
from gateway.answers import Part, part, refused
from gateway.documents.naming import ClientDocuments
from gateway.executing import Executed, Operation, Prepare, RequestErrors
from gateway.head import Head
from gateway.operation import NAMELESS, call_of, client_of, while_connected
from gateway.parameters import Batch, Parameters
from gateway.timing import Timing
from gateway.tracing.trace import Trace, asked_for
from resolvers.context import Context
from resolvers.errors import InvalidRequest
from resolvers.sources.base import Call
from resolvers.viewer import Viewer

WRITING = "POST"
"""The method by which any operation may come; by the others, queries."""
MakeContext: TypeAlias = Callable[[Call, Viewer], Context]
"""Makes the context of an operation, for a call of the engine and for the viewer that the visit has found."""
Wanted: TypeAlias = Parameters | InvalidRequest


class Running(NamedTuple):
    """An operation that was begun. `executed` is what came out of it at once, or will in time."""

    operation: Operation
    context: Context
    executed: Executed | Awaitable[Executed]
    trace: Trace | None


class Answering:
    """Answers what was asked for: finds documents, prepares all operations, has them charged for, executes them."""

    def __init__(
        self, prepare: Prepare, context: MakeContext, documents: ClientDocuments, deadline_seconds: float
    ) -> None:
        self._prepare, self._context = prepare, context
        self._documents, self._deadline_seconds = documents, deadline_seconds

    async def parts(
        self, head: Head, visit: Visit, asked: Parameters | Batch, receive: Receive, timing: Timing
    ) -> Part | list[Part]:
        """What is answered; a list to a batch. Raises Refused, and ClientDisconnect when the client hangs up."""
        wanted: Sequence[Wanted] = [asked] if isinstance(asked, Parameters) else asked
        if not all(map(self._is_plain, wanted)):
            wanted = [await self._found(one, head) for one in wanted]
        operations = [self._prepared(one, only_reads=head.method != WRITING) for one in wanted]
        charging = visit.charge(operations)
        if charging is not None:
            await charging
        timing.done()
        parts = await self._executed(head, visit, list(zip(wanted, operations, strict=True)), receive)
        timing.done()
        return parts[0] if isinstance(asked, Parameters) else parts

    def _is_plain(self, asked: Wanted) -> bool:
        return isinstance(asked, InvalidRequest) or self._documents.is_plain(asked)

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
            prepared = self._prepare(asked, only_reads=only_reads)
            if asked.extensions:
                self._documents.keep(asked)
        except (InvalidRequest, RequestErrors) as error:
            return error
        return prepared

    async def _executed(
        self, head: Head, visit: Visit, operations: Sequence[tuple[Wanted, Prepared]], receive: Receive
    ) -> list[Part]:
        begun = [self._begun(asked, operation, head, visit.viewer) for asked, operation in operations]
        running = [one for one in begun if isinstance(one, Running)]
        try:
            later = [one.executed for one in running if isinstance(one.executed, Awaitable)]
            results = iter(await _all(later, receive, running) if later else ())
            return [_part(one, visit, results) for one in begun]
        finally:
            _end(running)

    def _begun(self, asked: Wanted, operation: Prepared, head: Head, viewer: Viewer) -> Running | Part:
        if isinstance(operation, InvalidRequest):
            return refused(operation)
        if isinstance(operation, RequestErrors):
            return part(ExecutionResult(None, operation.errors), NOTHING, asked_for(head.headers))
        document = asked.query if isinstance(asked, Parameters) else ""
        context = self._context(call_of(head.headers, document, self._deadline_seconds), viewer)
        trace = asked_for(head.headers)
        return Running(operation, context, operation.execute(context, trace), trace)


async def _all(later: Sequence[Awaitable[Executed]], receive: Receive, running: Sequence[Running]) -> list[Executed]:
    """The results of what is still to come, side by side."""
    if len(later) == 1:
        return [await while_connected(receive, later[0], lambda: _end(running))]
    return await while_connected(receive, asyncio.gather(*later), lambda: _end(running))


def _part(one: Running | Part, visit: Visit, results: Any) -> Part:
    if isinstance(one, Part):
        return one
    executed = one.executed if isinstance(one.executed, bytes | ExecutionResult) else next(results)
    return part(executed, visit.extensions(one.operation, one.context, executed), one.trace)


def _end(running: Sequence[Running]) -> None:
    for one in running:
        one.context.end()
