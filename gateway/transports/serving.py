"""What the ways have in common: who asks, whose turn it is, and what is answered."""

import asyncio
from typing import Any, cast

from strawberry.types import ExecutionResult

from gateway.admission import NOTHING, Visit
from gateway.answering import Answering, MakeContext
from gateway.answers import Part, part
from gateway.edge import Edge
from gateway.executing import Prepare, RequestErrors
from gateway.head import Head
from gateway.parameters import Parameters
from gateway.timing import UNTIMED
from gateway.transports.connections import Connections
from gateway.transports.subscribing import Subscriptions, admitted


class Serving:
    """Answers operations that come over a connection, as those of HTTP requests are answered."""

    def __init__(self, prepare: Prepare, context: MakeContext, edge: Edge, connections: Connections) -> None:
        self.edge, self.connections = edge, connections
        self.subscriptions = Subscriptions(prepare, context, edge)
        self._answering = Answering(prepare, context, edge)

    async def visit(self, head: Head) -> Visit:
        """Let in whoever asks. Raises Refused."""
        return await admitted(self.edge, head)

    async def part(self, head: Head, visit: Visit, asked: Parameters) -> Part:
        """What is answered to a query or a mutation. Raises NeedsStream for a subscription, and Refused."""
        async with self.edge.capacity.turn():
            return cast("Part", await self._answering.parts(head, visit, asked, _never, UNTIMED))

    def told(self, errors: RequestErrors) -> Part:
        """What is answered to an operation that cannot be executed."""
        return part(ExecutionResult(None, errors.errors), NOTHING, tells_causes=self.edge.tells_causes)


async def _never() -> Any:
    """A client does not hang up on one operation: it completes it, by which the operation's task is cancelled."""
    await asyncio.get_running_loop().create_future()
