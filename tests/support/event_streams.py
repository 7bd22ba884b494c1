"""Answers that are read event by event."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from tests.support.streaming import PATIENCE_SECONDS, Live

EVENTS = "text/event-stream"
NEWS = "subscription { news { text viewer request } }"


@dataclass(frozen=True)
class Stream:
    """An answer that is read event by event."""

    response: httpx.Response
    texts: AsyncIterator[str]

    async def next(self) -> str:
        """What comes up to the next empty line."""
        found = ""
        while not found.endswith("\n\n"):
            found += await asyncio.wait_for(anext(self.texts), PATIENCE_SECONDS)
        return found

    async def rest(self) -> str:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return "".join([text async for text in self.texts])


@asynccontextmanager
async def stream(gateway: Live, query: str, **headers: str) -> AsyncIterator[Stream]:
    async with (
        httpx.AsyncClient(timeout=PATIENCE_SECONDS) as http,
        http.stream(
            "POST", f"{gateway.http}/graphql", json={"query": query}, headers={"Accept": EVENTS, **headers}
        ) as found,
    ):
        yield Stream(found, found.aiter_text())


async def listening(gateway: Live, found: Stream) -> None:
    """Read up to where the source has begun."""
    assert await found.next() == ":\n\n"
    assert await asyncio.wait_for(gateway.feed.begun.get(), PATIENCE_SECONDS) == "news"
