"""Asking a gateway over ASGI, as a client does."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from gateway.app import build_app, now_in_utc
from gateway.settings import Settings
from resolvers.sources.base import Source
from resolvers.sources.feedback import FeedbackStore
from resolvers.sources.recording import Recording
from tests.support.compared import COMPARISONS, ComparedExecution
from tests.support.feedback import RememberedJournal


@dataclass(frozen=True)
class Asking:
    """A client of one gateway."""

    http: httpx.AsyncClient

    async def answer(
        self, document: str, /, headers: Mapping[str, str] | None = None, **variables: Any
    ) -> dict[str, Any]:
        """The whole response."""
        body = {"query": document, "variables": variables}
        response = await self.http.post("/graphql", json=body, headers=headers)
        found: dict[str, Any] = response.json()
        return found

    async def data(self, document: str, /, **variables: Any) -> dict[str, Any]:
        """What was asked for, without any error."""
        answer = await self.answer(document, **variables)
        assert "errors" not in answer, answer["errors"]
        found: dict[str, Any] = answer["data"]
        return found

    async def error(self, document: str, /, **variables: Any) -> dict[str, Any]:
        """The one error of a request that fails."""
        [found] = (await self.answer(document, **variables))["errors"]
        shown: dict[str, Any] = found
        return shown


@asynccontextmanager
async def asking(
    source: Source | None,
    settings: Settings | None = None,
    names: Source | None = None,
    store: FeedbackStore | None = None,
    now: Callable[[], datetime] = now_in_utc,
) -> AsyncIterator[Asking]:
    """A client of a gateway that runs from here to the end. One with a source of its own keeps feedback in memory."""
    store = store or (None if source is None else Recording(RememberedJournal()))
    async with asking_of(
        build_app(settings or Settings(), source, names, store, now, execution=ComparedExecution)
    ) as found:
        yield found


@asynccontextmanager
async def asking_of(app: Starlette) -> AsyncIterator[Asking]:
    """A client of an application that runs from here to the end."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)
        # Before a test changes what the answer was about.
        await COMPARISONS.done()

    transport = httpx.ASGITransport(answered)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as http,
    ):
        yield Asking(http)
