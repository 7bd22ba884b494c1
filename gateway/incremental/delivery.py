"""An answer in parts as an HTTP response: `multipart/mixed`.

By https://github.com/graphql/graphql-over-http/blob/main/rfcs/IncrementalDelivery.md: a part goes out together with the
delimiter behind it, by which a client knows that it has all of it. JSON has no line breaks but escaped ones, so no
delimiter is inside of a part.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing, suppress
from typing import Any

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Send
from strawberry.types import ExecutionResult

from gateway.compression import ENCODING, Flushed
from gateway.executing import InParts
from gateway.incremental.accepted import MULTIPART, Spoken
from gateway.incremental.forms import Form, Show, Shown
from gateway.operation import while_connected
from gateway.refusals import Headers
from resolvers.context import Context
from resolvers.deadline import Deadline

PART = b"content-type: application/json; charset=utf-8\r\n\r\n%b"
DELIMITER = b"\r\n---\r\n"
LAST_DELIMITER = b"\r\n-----\r\n"
FORWARDED_AT_ONCE = ((b"incremental", b"?1"), (b"x-accel-buffering", b"no"))
"""Asks whatever is in between to give parts on as they come: RFC 10036, and nginx's own header."""
NOTHING_MORE: Shown = {"hasNext": False}
Extensions = Callable[[ExecutionResult], Mapping[str, Any]]
"""What is said beside an answer that is complete."""


class Delivery:
    """An operation whose answer is under way. Its first part is there; the others are asked for as they can be sent.

    It has to be sent, or else what it holds is not given back. For HEAD the first part was enough.
    """

    def __init__(
        self,
        results: InParts,
        spoken: Spoken,
        show: Show,
        context: Context,
        deadline: Deadline,
        extensions: Extensions,
        receive: Receive,
        *,
        has_body: bool = True,
    ) -> None:
        self._later, self._spoken = results.later, spoken
        self._form: Form = spoken.form(results.first, show)
        self._context, self._deadline, self._extensions = context, deadline, extensions
        self._receive, self._has_body = receive, has_body
        self._give_back: Callable[[], None] | None = None
        self._headers: Headers = ()
        self._flushed: Flushed | None = None

    def hold(self, give_back: Callable[[], None]) -> None:
        """Keep a place up to the last part, or to the deadline, however slowly the client reads."""
        self._give_back = give_back

    def headed(self, headers: Headers, flushed: Flushed | None) -> "Delivery":
        """This, with the response's headers, and with what compresses it, if anything does."""
        kind = f'{MULTIPART}; boundary="-"; {self._spoken.parameter}'.encode()
        encoding = () if flushed is None else (ENCODING,)
        self._headers = (*headers, *FORWARDED_AT_ONCE, *encoding, (b"content-type", kind))
        self._flushed = flushed
        return self

    async def send(self, send: Send) -> None:
        """Send all parts. When the client hangs up, or this is cancelled, the operation ends."""
        # What comes behind the deadline are errors, which wait for nothing but the client.
        late = asyncio.get_running_loop().call_later(self._deadline.remaining(), self._leave)
        try:
            with suppress(ClientDisconnect):
                await while_connected(self._receive, self._sent(send), self._context.end)
        finally:
            late.cancel()
            self._leave()
            self._context.end()

    async def _sent(self, send: Send) -> None:
        async with aclosing(self._later):
            await send({"type": "http.response.start", "status": 200, "headers": [*self._headers]})
            if not self._has_body:
                await send({"type": "http.response.body", "body": b""})
                return
            await self._send(send, DELIMITER + _part(self._form.first()))
            async for result in self._later:
                shown = self._form.later(result)
                if not result.has_next:
                    self._leave()
                    await self._send(send, _part(self._last(shown or NOTHING_MORE), LAST_DELIMITER), is_last=True)
                elif shown is not None:
                    await self._send(send, _part(shown))

    def _last(self, shown: Shown) -> Shown:
        whole = self._form.whole
        extensions = self._extensions(ExecutionResult(whole.data, whole.errors))
        return {**shown, "extensions": extensions} if extensions else shown

    async def _send(self, send: Send, body: bytes, *, is_last: bool = False) -> None:
        packed = body if self._flushed is None else self._flushed.packed(body, is_last=is_last)
        await send({"type": "http.response.body", "body": packed, "more_body": not is_last})

    def _leave(self) -> None:
        if self._give_back is not None:
            self._give_back()
            self._give_back = None


def _part(shown: Shown, delimiter: bytes = DELIMITER) -> bytes:
    return PART % orjson.dumps(shown) + delimiter
