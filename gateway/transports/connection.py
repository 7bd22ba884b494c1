"""One connection of graphql-transport-ws, from its acceptance to its end.

Messages are taken in their order, one when the one before is through, and nothing is begun while the client does not
read: then its messages wait in the network. Each operation has a task. Whatever ends the connection is a Closing,
raised in any of its tasks.
"""

import asyncio

from gateway import request_id
from gateway.answers import shown
from gateway.head import Head
from gateway.identity.refusals import Unknown
from gateway.refusals import Refused
from gateway.transports import messages
from gateway.transports.closing import Closing, Code
from gateway.transports.heads import with_params
from gateway.transports.limits import ConnectionLimits
from gateway.transports.messages import Complete, Init, Message, Ping, Subscribe
from gateway.transports.operation import Operation
from gateway.transports.refusals import TooManyOperations
from gateway.transports.serving import Serving
from gateway.transports.socket import Socket

FIRST_INIT = "send `connection_init` first"


class Connection:
    """The state of a connection. `name` is that of its handshake, and operations have it with a number."""

    def __init__(self, socket: Socket, head: Head, serving: Serving, limits: ConnectionLimits, name: str) -> None:
        self._socket, self._head, self._serving, self._limits, self._name = socket, head, serving, limits, name
        self._has_init = self._is_acknowledged = self._is_leaving = False
        self._operations, self._running, self._begun = dict[str, Operation](), set[Operation](), 0
        self._over: asyncio.Future[Closing] = asyncio.get_running_loop().create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks = asyncio.TaskGroup()

    async def run(self) -> Closing:
        """Serve until it ends, close the socket, and return why."""
        closing = Closing(Code.INTERNAL_ERROR, "Internal server error")
        self._expect(self._limits.init_seconds, Closing(Code.INIT_TIMEOUT, "Connection initialisation timeout"))
        try:
            closing = await self._ended()
        except asyncio.CancelledError:
            closing = Closing(Code.GOING_AWAY, "the server stops")
            raise
        finally:
            self._expect_nothing()
            await self._socket.close(closing)
        return closing

    def leave(self) -> None:
        """Come to the end as the server stops: what has one result has it first, and streams end at once.

        Their clients begin them again elsewhere, since they are told no end of theirs.
        """
        self._is_leaving = True
        for one in list(self._running):
            one.leave()
        self._end_if_left()

    async def _ended(self) -> Closing:
        endings: list[Closing] = []
        try:
            async with self._tasks:
                self._tasks.create_task(self._tend())
                while True:
                    await self._take(messages.read(await self._socket.read()))
        except* Closing as found:
            endings += [one for one in found.exceptions if isinstance(one, Closing)]
        return endings[0]

    async def _tend(self) -> None:
        """Raise what a timer or the server's stop has set, and look at times whether the viewer is still let in."""
        while True:
            over, _ = await asyncio.wait([self._over], timeout=self._limits.keep_alive_seconds)
            if over:
                raise self._over.result()
            if self._is_acknowledged:
                await self._let_in()

    async def _let_in(self) -> None:
        """Raise Closing for a viewer who is not, or not any more."""
        try:
            await self._serving.visit(self._head)
        except Unknown as error:
            raise Closing(Code.FORBIDDEN, error.message) from error
        except Refused as error:
            # The keys are not there: whoever is connected may stay until they are.
            if not self._is_acknowledged:
                raise Closing(Code.TRY_AGAIN_LATER, error.message) from error

    async def _take(self, message: Message) -> None:
        match message:
            case Init():
                await self._init(message)
            case Ping():
                await self._socket.put(messages.pong(message.payload))
            case Subscribe():
                await self._subscribe(message)
            case Complete():
                operation = self._operations.pop(message.id, None)
                if operation is not None:
                    operation.cancel()

    async def _init(self, message: Init) -> None:
        if self._has_init:
            raise Closing(Code.TOO_MANY_INITS, "Too many initialisation requests")
        self._has_init = True
        self._expect_nothing()
        self._head = with_params(self._head, message.payload)
        await self._let_in()
        self._is_acknowledged = True
        await self._socket.put(messages.ack())
        self._wait_for_operations()

    async def _subscribe(self, message: Subscribe) -> None:
        if not self._is_acknowledged:
            raise Closing(Code.UNAUTHORIZED, f"Unauthorized: {FIRST_INIT}")
        if message.id in self._operations:
            raise Closing(Code.SUBSCRIBER_EXISTS, f"Subscriber for {message.id} already exists")
        await self._socket.ready()
        if self._is_leaving:
            return
        if len(self._running) >= self._limits.operations:
            refusal = TooManyOperations(self._limits.operations)
            await self._socket.put(messages.error(message.id, [shown(refusal)]))
            return
        self._begun += 1
        self._expect_nothing()
        operation = Operation(message, self._socket, self._serving, self._head)
        self._operations[message.id] = operation
        self._running.add(operation)
        operation.task = self._tasks.create_task(self._operate(operation, f"{self._name}/{self._begun}"))

    async def _operate(self, operation: Operation, name: str) -> None:
        request_id.begin(name)
        try:
            last = await operation.run()
            # From here on the client may give the id to another operation.
            if self._forget(operation):
                await self._socket.put(last)
        except Unknown as error:
            raise Closing(Code.FORBIDDEN, error.message) from error
        finally:
            self._forget(operation)
            self._running.discard(operation)
            self._end_if_left()
            if not self._running:
                self._wait_for_operations()

    def _forget(self, operation: Operation) -> bool:
        """Whether it was still there: the client may have completed it, and given its id to another one."""
        is_there = self._operations.get(operation.id) is operation
        if is_there:
            del self._operations[operation.id]
        return is_there

    def _wait_for_operations(self) -> None:
        self._expect(self._limits.idle_seconds, Closing(Code.NORMAL, "nothing was asked for a while"))

    def _expect(self, seconds: float, otherwise: Closing) -> None:
        """End the connection in that time if nothing comes before."""
        self._expect_nothing()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._end, otherwise)

    def _expect_nothing(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _end_if_left(self) -> None:
        if self._is_leaving and not self._running:
            self._end(Closing(Code.GOING_AWAY, "the server stops"))

    def _end(self, closing: Closing) -> None:
        if not self._over.done():
            self._over.set_result(closing)
