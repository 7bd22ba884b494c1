"""What the HTTP request around an operation says of it: how long it may take, and whose it is."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from gateway.head import Head
from gateway.plain_numbers import plain_number
from gateway.visitors import SESSION, VIEWER
from resolvers.deadline import Deadline
from resolvers.errors import InvalidRequest
from resolvers.sources.base import Call

T = TypeVar("T")
Headers = Mapping[str, str]
"""Header fields by their names in small letters."""
TIMEOUT_HEADER = "X-Timeout-Seconds"
TIMEOUT = TIMEOUT_HEADER.lower()
CLIENT_HEADERS = ("graphql-client-name", "apollographql-client-name")
"""Where GraphQL clients name themselves: graphql.org's suggestion, and Apollo's."""
KNOWN = ("accept", "content-type", TIMEOUT, VIEWER, SESSION, *CLIENT_HEADERS)
"""The headers that mean something to every operation."""
LISTS = frozenset({"forwarded", "x-forwarded-for"})
"""Headers that proxies add to, some of them a line (RFC 9110, 5.2)."""
NAMELESS = "unnamed"
LONGEST_NAME = 64
DIGEST_CHARACTERS = 12
LONGEST_REMEMBERED = 4_000
"""Characters of a document whose digest is remembered."""
MOST_REMEMBERED = 512
"""Documents and clients' names: there are few different ones, and each comes again and again."""
SECONDS_TO_LOOK = 0.02
"""How long an operation runs before it is looked whether its client has hung up. By then most have been answered."""
SECONDS_TO_END = 1.0
"""How long an operation that nobody waits for any more has to come to its own end."""


def names_of(*names: str) -> dict[bytes, str]:
    """The names of the headers that are looked at, as they come and as they are shown: those of here, and others."""
    return {name.encode(): name for name in (*KNOWN, *names)}


def head_of(scope: Scope, names: Mapping[bytes, str]) -> Head:
    """What a request says before its body. Of a header that comes again, the first counts, or all if it is a list."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        known = names.get(name)
        if known is None:
            continue
        if known not in found:
            found[known] = value.decode("latin-1")
        elif known in LISTS:
            found[known] += f",{value.decode('latin-1')}"
    client = scope.get("client")
    return Head(scope["method"], scope["query_string"], found, client[0] if client else None)


def call_of(headers: Headers, document: str, most_seconds: float) -> Call:
    """The call that an operation makes to the engine. Raises InvalidRequest for a time that cannot be meant."""
    return Call(Deadline(_seconds(headers, most_seconds)), f"{client_of(headers) or NAMELESS}/{_digest(document)}")


def _seconds(headers: Headers, most_seconds: float) -> float:
    """The time that the client gives, which can only lower what every operation has."""
    given = headers.get(TIMEOUT)
    if given is None:
        return most_seconds
    seconds = plain_number(given)
    if seconds is None or not 0 < seconds < math.inf:
        raise InvalidRequest(f"the header {TIMEOUT_HEADER} must be a number of seconds above 0, such as 0.5")
    return min(seconds, most_seconds)


def client_of(headers: Headers) -> str | None:
    """How the client calls itself, in signs that are safe anywhere."""
    name = headers.get(CLIENT_HEADERS[0]) or headers.get(CLIENT_HEADERS[1])
    return _printable(name[:LONGEST_NAME]) if name else None


@lru_cache(MOST_REMEMBERED)
def _printable(name: str) -> str:
    return "".join(sign if sign.isascii() and sign.isprintable() else "?" for sign in name)


def _digest(document: str) -> str:
    """A short name of the document, the same wherever and whenever it is sent."""
    return _remembered(document) if len(document) <= LONGEST_REMEMBERED else _computed(document)


def _computed(document: str) -> str:
    return sha256(document.encode(errors="surrogatepass")).hexdigest()[:DIGEST_CHARACTERS]


_remembered = lru_cache(MOST_REMEMBERED)(_computed)


async def while_connected(receive: Receive, work: Awaitable[T], end: Callable[[], None]) -> T:
    """What the work returns. When the client hangs up, it is made to end, and then ClientDisconnect is raised.

    The work is awaited where it is, without a task of its own: if it waits for nothing, nobody waits for it.
    """
    watch = _Watch(receive, end)
    try:
        result = await work
    except asyncio.CancelledError:
        watch.raise_if_hung_up()
        raise
    finally:
        watch.stop()
    watch.raise_if_hung_up()
    return result


class _Watch:
    """Makes an operation end whose client hangs up: first by asking it to, then by cancelling the task it runs in.

    It begins late, since looking takes a task, which costs more than many an operation.
    """

    def __init__(self, receive: Receive, end: Callable[[], None]) -> None:
        self._receive, self._end, self._watched = receive, end, asyncio.current_task()
        self._looking: asyncio.Task[None] | None = None
        self._is_over = self._has_cancelled = False
        self._timer = asyncio.get_running_loop().call_later(SECONDS_TO_LOOK, self._begin)

    def _begin(self) -> None:
        self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._is_over = True
        self._end()
        await asyncio.sleep(SECONDS_TO_END)
        if self._watched is not None:
            self._has_cancelled = self._watched.cancel()

    def raise_if_hung_up(self) -> None:
        """Raise ClientDisconnect if that is so, and take back what was done to the task."""
        if self._is_over:
            if self._has_cancelled and self._watched is not None:
                self._watched.uncancel()
            raise ClientDisconnect

    def stop(self) -> None:
        self._timer.cancel()
        if self._looking is not None:
            self._looking.cancel()


async def to_its_end(work: Coroutine[Any, Any, T], end: Callable[[], None]) -> T:
    """What the work returns. It has a task of its own, which is made to end and waited for when this one is cancelled.

    That is for graphql-core: cancelled, it leaves coroutines that had not begun, and Python warns of each.
    """
    working = asyncio.create_task(work)
    try:
        return await asyncio.shield(working)
    finally:
        if not working.done():
            end()
            await asyncio.wait([working], timeout=SECONDS_TO_END)
            working.cancel()
