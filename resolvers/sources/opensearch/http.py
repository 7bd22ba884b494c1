"""HTTP to one node of a cluster, in the place of opensearch-py's own connection classes.

Those go through aiohttp, which takes some ten times the processor time for a request: it is made for any server and
any use. Here one JSON body goes out and another comes in, over connections that stay open. Nodes, retries and what a
status means are opensearch-py's, which this plugs into as its `connection_class`.
"""

import asyncio
import ssl
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

from httptools import HttpParserError, HttpResponseParser
from opensearchpy import Connection
from opensearchpy.exceptions import ConnectionError as Unreachable
from opensearchpy.exceptions import ConnectionTimeout, SSLError

LINE_END = "\r\n"
MOST_IDLE_SECONDS = 15.0
"""After so long a connection is not used again: what lies between may have forgotten it without a word. As aiohttp."""

MOST_REMEMBERED = 256
CLOSED = "the connections are closed"


class Answer(NamedTuple):
    """What came back, as opensearch-py takes it: headers have names in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


class NodeConnection(Connection):
    """Asks one node over at most `maxsize` connections, which stay open. Made and used in one event loop."""

    def __init__(self, *, maxsize: int, ssl_context: ssl.SSLContext | None = None, **described: Any) -> None:
        super().__init__(**described)
        self._tls = ssl_context if self.use_ssl else None
        self._free = asyncio.Semaphore(maxsize)
        self._wires: set[Wire] = set()
        self._idle: list[Wire] = []
        self._is_closed = False
        host = f"[{self.hostname}]" if ":" in self.hostname else self.hostname
        self._headers = _lines({"host": f"{host}:{self.port}", **self.headers})

    async def perform_request(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  opensearch-py calls it so
        ignore: Collection[int] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to a request, but to HEAD. Raises opensearch-py's exceptions, those for a status included."""
        sent = self._request(method, url, params, body or b"", headers or {})
        limit = asyncio.timeout(self.timeout if timeout is None else timeout)
        try:
            async with limit:
                answer = await self._asked(sent)
        except (OSError, HttpParserError) as error:
            if limit.expired():
                raise ConnectionTimeout("TIMEOUT", "no answer in time", error) from error
            kind = SSLError if isinstance(error, ssl.SSLError) else Unreachable
            raise kind("N/A", str(error), error) from error
        if not 200 <= answer.status < 300 and answer.status not in ignore:
            self._raise_error(answer.status, answer.body.decode(errors="replace"), answer.headers.get("content-type"))
        return answer

    async def close(self) -> None:
        """Close all connections. Requests that are under way fail."""
        self._is_closed = True
        for wire in self._wires:
            wire.close()

    def _request(
        self, method: str, url: str, params: Mapping[str, str] | None, body: bytes, headers: Mapping[str, str]
    ) -> bytes:
        path = f"{self.url_prefix}{url}?{_query(tuple(params.items()))}" if params else f"{self.url_prefix}{url}"
        head = f"{method} {path} HTTP/1.1{LINE_END}{self._headers}{_lines(headers)}content-length: {len(body)}"
        return f"{head}{LINE_END}{LINE_END}".encode("latin-1") + body

    async def _asked(self, sent: bytes) -> Answer:
        async with self._free:
            wire = self._at_rest() or await self._connected()
            try:
                return await wire.ask(sent)
            finally:
                # Also where nobody waits any more, just when the answer has come.
                if wire.is_at_rest:
                    self._idle.append(wire)
                else:
                    # Whatever comes late over it would be taken for the answer to another request.
                    wire.close()

    def _at_rest(self) -> "Wire | None":
        """The connection that was used last, if that was lately; older ones were not either."""
        oldest = asyncio.get_running_loop().time() - MOST_IDLE_SECONDS
        while self._idle:
            wire = self._idle.pop()
            if wire.is_at_rest and wire.rests_since > oldest:
                return wire
            wire.close()
        return None

    async def _connected(self) -> "Wire":
        if self._is_closed:
            raise ConnectionError(CLOSED)
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_connection(lambda: Wire(self._wires), self.hostname, self.port, ssl=self._tls)
        if self._is_closed:
            wire.close()
            raise ConnectionError(CLOSED)
        return wire


@lru_cache(MOST_REMEMBERED)
def _query(params: tuple[tuple[str, str], ...]) -> str:
    """Parameters as they stand in an address. Few different ones are sent, again and again."""
    return urlencode(params)


def _lines(headers: Mapping[str, str]) -> str:
    """Header fields as they are sent, without line ends in a value: what is behind one would be another field."""
    return "".join(f"{name}: {''.join(value.splitlines())}{LINE_END}" for name, value in headers.items())


class Wire(asyncio.Protocol):
    """One connection, over which one request goes after the other. It is in `wires` as long as it is open."""

    def __init__(self, wires: set["Wire"]) -> None:
        self._wires = wires
        self._transport: asyncio.Transport | None = None
        self._parser: HttpResponseParser | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._headers: dict[str, str] = {}
        self._has_all_headers = False
        self._parts: list[bytes] = []
        self.is_at_rest, self.rests_since = False, 0.0
        """Whether it can take a request, and since when, by the event loop's clock."""

    async def ask(self, sent: bytes) -> Answer:
        """The answer to a request. Raises OSError where the connection breaks, and HttpParserError."""
        if self._transport is None:
            raise ConnectionResetError("the connection was closed")
        self._headers, self._parts = {}, []
        self._has_all_headers = self.is_at_rest = False
        self._parser = HttpResponseParser(self)
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(sent)
        return await self._waiting

    def close(self) -> None:
        self.is_at_rest = False
        if self._transport is not None:
            self._transport.abort()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._wires.add(self)

    def data_received(self, data: bytes) -> None:
        if self._parser is None:
            self.close()  # nothing was asked
            return
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self._fail(error)

    def connection_lost(self, error: Exception | None) -> None:
        self._wires.discard(self)
        self._transport, self.is_at_rest = None, False
        if error is None and self._ends_with_the_connection:
            self.on_message_complete()
        else:
            self._fail(error or ConnectionResetError("the connection was closed before an answer came"))

    # What the parser calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._has_all_headers = True

    def on_body(self, body: bytes) -> None:
        self._parts.append(body)

    def on_message_complete(self) -> None:
        parser, self._parser, waiting = self._parser, None, self._waiting
        if parser is None or waiting is None or waiting.done():
            self.close()  # nobody waits for it
            return
        self.is_at_rest = self._transport is not None and parser.should_keep_alive()
        self.rests_since = asyncio.get_running_loop().time()
        waiting.set_result(Answer(parser.get_status_code(), self._headers, b"".join(self._parts)))

    @property
    def _ends_with_the_connection(self) -> bool:
        """Whether an answer has begun whose length was not said."""
        return self._has_all_headers and self._headers.keys().isdisjoint({"content-length", "transfer-encoding"})

    def _fail(self, error: Exception) -> None:
        self._parser = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)
