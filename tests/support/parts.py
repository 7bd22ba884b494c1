"""Reading an answer in parts as it comes, over ASGI."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from starlette.applications import Starlette

from gateway.app import build_app, now_in_utc
from gateway.settings import Settings
from resolvers.sources.base import Source
from resolvers.sources.recording import Recording
from tests.support.compared import COMPARISONS, ComparedExecution
from tests.support.feedback import RememberedJournal

Message = MutableMapping[str, Any]
Part = dict[str, Any]
PATIENCE_SECONDS = 30
CURRENT = "multipart/mixed;incrementalSpec=v0.2,application/graphql-response+json,application/json;q=0.9"
OLDER = "multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9"
DELIMITER, LAST_DELIMITER = b"\r\n---\r\n", b"\r\n-----\r\n"


class Reading:
    """One response under way: its status and headers, and then its parts, as soon as they are complete."""

    def __init__(self, app: Starlette, scope: Message, body: bytes) -> None:
        self._to_come: asyncio.Queue[Message] = asyncio.Queue()
        self._received: asyncio.Queue[Message] = asyncio.Queue()
        self._received.put_nowait({"type": "http.request", "body": body, "more_body": False})
        self._unread, self._is_begun, self._unpacking = b"", False, zlib.decompressobj(16 + zlib.MAX_WBITS)
        self.task = asyncio.ensure_future(app(scope, self._received.get, self._to_come.put))
        self.status, self.headers, self.is_over = 0, dict[str, str](), False

    async def begin(self) -> None:
        """Read up to the body."""
        message = await self._next()
        self.status = message["status"]
        self.headers = {name.decode(): value.decode() for name, value in message["headers"]}

    async def whole(self) -> Any:
        """The body of an answer in one."""
        found = b""
        while not self.is_over:
            found += await self._more()
        return json.loads(found)

    async def part(self) -> Part:
        """The next part, by what is written of multipart bodies in RFC 2046, 5.1.1."""
        if not self._is_begun:
            await self._up_to(DELIMITER)
            self._is_begun = True
        head, empty, content = (await self._up_to(DELIMITER, LAST_DELIMITER)).partition(b"\r\n\r\n")
        assert (head, empty) == (b"content-type: application/json; charset=utf-8", b"\r\n\r\n")
        found: Part = json.loads(content)
        return found

    async def rest(self) -> list[Part]:
        """All parts that are still to come, and the end of the response."""
        found = [await self.part()]
        while found[-1]["hasNext"]:
            found.append(await self.part())
        while not self.is_over:
            assert await self._more() == b""
        assert self._unread == b""
        await self.task
        return found

    async def hang_up(self) -> None:
        """Read no more, and wait until the server has noticed."""
        self._received.put_nowait({"type": "http.disconnect"})
        await asyncio.wait_for(asyncio.shield(self.task), PATIENCE_SECONDS)

    async def _up_to(self, *delimiters: bytes) -> bytes:
        while True:
            for delimiter in delimiters:
                before, found, behind = self._unread.partition(delimiter)
                if found:
                    self._unread = behind
                    return before
            assert not self.is_over, self._unread
            self._unread += await self._more()

    async def _more(self) -> bytes:
        message = await self._next()
        self.is_over = not message.get("more_body", False)
        body: bytes = message["body"]
        return self._unpacking.decompress(body) if "content-encoding" in self.headers else body

    async def _next(self) -> Message:
        """What is sent next. Raises what the application raises instead."""
        coming = asyncio.ensure_future(self._to_come.get())
        await asyncio.wait([coming, self.task], timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not coming.done() and self._to_come.empty():
            coming.cancel()
            await asyncio.wait_for(asyncio.shield(self.task), 0)
            raise AssertionError("the response ended in the middle")
        return await coming


@asynccontextmanager
async def running(
    source: Source | None, settings: Settings | None = None, now: Callable[[], datetime] = now_in_utc
) -> AsyncIterator[Starlette]:
    """A gateway before an engine, or before that of the settings. One with an engine keeps feedback in memory."""
    store = None if source is None else Recording(RememberedJournal())
    app = build_app(settings or Settings(), source, store=store, now=now, execution=ComparedExecution)
    async with app.router.lifespan_context(app):
        yield app
        await COMPARISONS.done()


@asynccontextmanager
async def reading(
    app: Starlette, document: str, accept: str = CURRENT, /, *, headers: Mapping[str, str] | None = None, **asked: Any
) -> AsyncIterator[Reading]:
    """The response to an operation. `asked` are more parameters of the request."""
    given = {"content-type": "application/json", "accept": accept, **(headers or {})}
    raw = [(name.lower().encode(), value.encode()) for name, value in given.items()]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": raw}
    query = {"query": document} if document else {}
    found = Reading(app, scope, json.dumps({**query, **asked}).encode())
    try:
        await found.begin()
        yield found
    finally:
        found.task.cancel()
        await asyncio.wait([found.task])


def put_together(parts: list[Part]) -> Any:
    """The data that a client has in the end, which reads either form: what is at the path is merged with what comes."""
    first, *later = parts
    data, paths = first["data"], {one["id"]: one["path"] for one in first.get("pending", ())}
    for part in later:
        paths |= {one["id"]: one["path"] for one in part.get("pending", ())}
        for one in part.get("incremental", ()):
            path = [*paths[one["id"]], *one.get("subPath", ())] if "id" in one else one["path"]
            place = data
            for key in path[:-1] if "id" not in one and "items" in one else path:
                place = place[key]
            if one.get("items"):
                assert "id" in one or path[-1] == len(place)
                place += one["items"]
            _merge(place, one.get("data") or {})
    return data


def _merge(place: Any, more: Any) -> None:
    for key, value in more.items() if isinstance(more, dict) else enumerate(more):
        known = place[key] if isinstance(place, list) or key in place else None
        if isinstance(known, dict | list):
            _merge(known, value)
        else:
            place[key] = value


def errors_of(parts: list[Part]) -> list[Part]:
    """All errors, wherever the form has them."""
    places = [place for part in parts for place in (part, *part.get("incremental", ()), *part.get("completed", ()))]
    return [error for place in places for error in place.get("errors", ())]


async def answer_of(app: Starlette, document: str, accept: str = "application/json", /, **asked: Any) -> Any:
    """An answer in one."""
    async with reading(app, document, accept, **asked) as response:
        return await response.whole()


async def parts_of(app: Starlette, document: str, accept: str = CURRENT, /, **asked: Any) -> list[Part]:
    """All parts of an answer."""
    async with reading(app, document, accept, **asked) as response:
        return await response.rest()
