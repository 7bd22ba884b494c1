"""One operation of a WebSocket."""

import asyncio
from contextlib import suppress
from http import HTTPStatus

import orjson

from gateway.admission import Visit
from gateway.answers import Part, shown
from gateway.executing import RequestErrors
from gateway.head import Head
from gateway.identity.refusals import Unknown
from gateway.parameters import Parameters, from_object
from gateway.transports import messages
from gateway.transports.connections import Transport
from gateway.transports.messages import Subscribe
from gateway.transports.refusals import NeedsStream
from gateway.transports.serving import Serving
from gateway.transports.socket import Socket
from resolvers.errors import InvalidRequest


class Operation:
    """A query, a mutation or a subscription: its results are sent, and then the message that it ends with."""

    task: asyncio.Task[None]
    """What runs it."""

    def __init__(self, message: Subscribe, socket: Socket, serving: Serving, head: Head) -> None:
        self.id, self._payload = message.id, message.payload
        self._socket, self._serving, self._head = socket, serving, head
        self._is_stream = self._is_leaving = False

    def cancel(self) -> None:
        """The client wants no more of it."""
        self.task.cancel()

    def leave(self) -> None:
        """The server stops: what is to go on for long ends here."""
        self._is_leaving = True
        if self._is_stream:
            self.cancel()

    async def run(self) -> str:
        """Send all results. Returns the last message, which is not sent. Raises Closing, and Unknown."""
        with self._serving.connections.operating(Transport.WEBSOCKET):
            try:
                failed = await self._failed(from_object(self._payload))
            except Unknown:
                raise
            except InvalidRequest as error:
                return messages.error(self.id, [shown(error)])
            except RequestErrors as errors:
                failed = self._serving.told(errors)
        if failed is None:
            return messages.complete(self.id)
        return messages.error(self.id, orjson.loads(failed.body)["errors"])

    async def _failed(self, asked: Parameters) -> Part | None:
        """Send all results. Returns the errors that it ends with, if it does not end well."""
        visit = await self._serving.visit(self._head)
        part: Part | None = None
        with suppress(NeedsStream):
            part = await self._serving.part(self._head, visit, asked)
        # Not where the exception is handled: it would be there for as long as the stream is.
        if part is None:
            return await self._streamed(visit, asked)
        if part.status is not HTTPStatus.OK:
            return part
        await self._tell(part)
        return None

    async def _streamed(self, visit: Visit, asked: Parameters) -> Part | None:
        self._is_stream = True
        if self._is_leaving:
            self.cancel()
        running = await self._serving.subscriptions.begin(self._head, visit, asked)
        return await running.run(self._tell)

    async def _tell(self, part: Part) -> None:
        await self._socket.put(messages.next_(self.id, part.body))
