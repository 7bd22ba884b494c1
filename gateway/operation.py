"""What the HTTP request around an operation says of it: how long it may take, and whose it is."""

import asyncio
import math
from collections.abc import Callable, Coroutine
from hashlib import sha256
from typing import Any, TypeVar

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from resolvers.deadline import Deadline
from resolvers.errors import InvalidRequest
from resolvers.sources.base import Call

T = TypeVar("T")
TIMEOUT_HEADER = "X-Timeout-Seconds"
CLIENT_HEADERS = ("graphql-client-name", "apollographql-client-name")
"""Where GraphQL clients name themselves: graphql.org's suggestion, and Apollo's."""
NAMELESS = "unnamed"
LONGEST_NAME = 64
DIGEST_CHARACTERS = 12
SECONDS_TO_END = 1.0
"""How long an operation that nobody waits for any more has to come to its own end."""


def call_of(headers: Headers, document: str, most_seconds: float) -> Call:
    """The call that an operation makes to the engine. Raises InvalidRequest for a time that cannot be meant."""
    return Call(Deadline(_seconds(headers, most_seconds)), f"{_client(headers)}/{_digest(document)}")


def _seconds(headers: Headers, most_seconds: float) -> float:
    """The time that the client gives, which can only lower what every operation has."""
    given = headers.get(TIMEOUT_HEADER)
    if given is None:
        return most_seconds
    try:
        seconds = float(given)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise InvalidRequest(f"the header {TIMEOUT_HEADER} must be a number of seconds above 0, such as 0.5")
    return min(seconds, most_seconds)


def _client(headers: Headers) -> str:
    name = next((headers[header] for header in CLIENT_HEADERS if headers.get(header)), NAMELESS)
    return "".join(sign if sign.isascii() and sign.isprintable() else "?" for sign in name)[:LONGEST_NAME]


def _digest(document: str) -> str:
    """A short name of the document, the same wherever and whenever it is sent."""
    return sha256(document.encode(errors="surrogatepass")).hexdigest()[:DIGEST_CHARACTERS]


async def while_connected(request: Request, work: Coroutine[Any, Any, T], end: Callable[[], None]) -> T:
    """What the work returns. When the client hangs up, it is made to end, and then ClientDisconnect is raised.

    It is not simply cancelled: graphql-core then leaves coroutines that had not begun, and Python warns of each.
    """
    working, waiting = asyncio.create_task(work), asyncio.create_task(_hung_up(request))
    try:
        await asyncio.wait([working, waiting], return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        waiting.cancel()
        if not working.done():
            end()
            await asyncio.wait([working], timeout=SECONDS_TO_END)
            working.cancel()


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
