"""Operations end in time, and with the client who waits for them."""

import asyncio
import gc
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from starlette.datastructures import Headers

from gateway.app import build_app
from gateway.operation import call_of
from gateway.settings import Settings
from resolvers.catalog.kind import Kind
from resolvers.errors import InvalidRequest
from resolvers.sources.base import Call, Degradation, SearchRequest, SearchResult
from resolvers.vocabulary.following import LABEL
from tests.support.asking import asking
from tests.support.compared import ComparedExecution
from tests.support.demo import OpenedIndex
from tests.support.engines import StandIn

SEARCH = "{ searchJobs { totalCount } }"
NOBODY = Call()


class Stuck(StandIn):
    """An engine that never answers, and writes down who asked and who hung up."""

    def __init__(self) -> None:
        super().__init__(self.never)
        self.asked, self.cancelled, self.labels = asyncio.Event(), asyncio.Event(), list[str | None]()

    def snapshot(self, call: Call = NOBODY) -> "Stuck":
        if call.label != LABEL:
            self.labels.append(call.label)
        return self

    async def never(self) -> Sequence[None]:
        self.asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return []


async def test_what_is_late_is_an_error_at_its_path_and_the_rest_is_answered() -> None:
    document = '{ late: searchJobs { totalCount } lost: job(id: "job_1") { title } there: __typename }'
    async with asking(Stuck(), Settings(deadline_seconds=0.05)) as gateway:
        answer = await gateway.answer(document)
    assert answer["data"] == {"late": None, "lost": None, "there": "Query"}
    assert sorted((error["path"], error["extensions"]["code"]) for error in answer["errors"]) == [
        (["late", "totalCount"], "DEADLINE_EXCEEDED"),
        (["lost"], "DEADLINE_EXCEEDED"),
    ]


async def test_a_late_engine_call_is_cancelled() -> None:
    engine = Stuck()
    async with asking(engine, Settings(deadline_seconds=0.05)) as gateway:
        await gateway.answer(SEARCH)
        await asyncio.wait_for(engine.cancelled.wait(), 10)


async def test_a_client_can_lower_the_deadline_and_not_raise_it() -> None:
    async with asking(Stuck(), Settings(deadline_seconds=300)) as gateway:
        response = await gateway.http.post("/graphql", json={"query": SEARCH}, headers={"X-Timeout-Seconds": "0.05"})
    assert response.json()["errors"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"
    assert call_of(Headers({"X-Timeout-Seconds": "1000"}), SEARCH, 5).deadline.remaining() <= 5


@pytest.mark.parametrize("given", ["soon", "0", "-1", "inf", "nan", "", "1_0", "1e1", "+1"])
async def test_a_timeout_that_cannot_be_meant_is_refused(given: str) -> None:
    async with asking(Stuck()) as gateway:
        response = await gateway.http.post("/graphql", json={"query": SEARCH}, headers={"X-Timeout-Seconds": given})
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["extensions"]["code"], "X-Timeout-Seconds" in error["message"]) == ("INVALID_REQUEST", True)


async def test_a_client_that_hangs_up_takes_its_engine_calls_along() -> None:
    engine = Stuck()
    app = build_app(Settings(deadline_seconds=300), engine, execution=ComparedExecution)
    body = b'{"query": "{ searchJobs { totalCount } }"}'
    messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    messages.put_nowait({"type": "http.request", "body": body, "more_body": False})
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    async with app.router.lifespan_context(app):
        request = asyncio.create_task(app(scope, messages.get, send))  # type: ignore[arg-type]
        await asyncio.wait_for(engine.asked.wait(), 10)
        messages.put_nowait({"type": "http.disconnect"})
        await asyncio.wait_for(request, 10)
        await asyncio.wait_for(engine.cancelled.wait(), 10)
    assert sent[0]["status"] == 499


class FindsAtOnce(Stuck):
    """An engine that has found already, and never fetches."""

    def __init__(self, found: SearchResult) -> None:
        super().__init__()
        self._found = found

    async def search(self, requests: Sequence[SearchRequest]) -> Sequence[SearchResult]:
        return [self._found] * len(requests)


@pytest.mark.parametrize("finds", [False, True])
async def test_an_operation_may_be_given_up_at_any_turn_of_the_loop(opened: OpenedIndex, finds: bool) -> None:
    """Python warns of each coroutine that never began; pytest makes an error of it here."""
    [found] = await opened.snapshot().search([SearchRequest((Kind.JOB,), limit=3)])
    assert isinstance(found, SearchResult)
    document = """{
      one: searchJobs { totalCount nodes { client { name } skills { name broader { name } } occupation { name } } }
      job(id: "job_1") { title skills { name } }
    }"""
    async with asking(FindsAtOnce(found) if finds else Stuck(), Settings(deadline_seconds=300)) as gateway:
        for turns in range(60):
            request = asyncio.create_task(gateway.answer(document))
            for _ in range(turns):
                await asyncio.sleep(0)
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request
            gc.collect()
        assert await gateway.data("{ __typename }") == {"__typename": "Query"}


async def test_the_engine_is_told_who_asks_what() -> None:
    engine = Stuck()
    async with asking(engine, Settings(deadline_seconds=0.05)) as gateway:
        for headers in ({}, {"apollographql-client-name": "web"}, {"graphql-client-name": "ios\u00e9\t"}):
            raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
            await gateway.http.post("/graphql", json={"query": SEARCH}, headers=raw)
        await gateway.http.post("/graphql", json={"query": "{ __typename }"})
    names, digests = zip(*(str(label).split("/") for label in engine.labels), strict=True)
    assert names == ("unnamed", "web", "ios??", "unnamed")
    assert len(set(digests[:3])) == 1
    assert digests[3] != digests[0]


async def test_degraded_answers_say_so() -> None:
    class Degraded(StandIn):
        async def search(self, requests: Sequence[SearchRequest]) -> Sequence[SearchResult]:
            reasons = frozenset({Degradation.STALE, Degradation.PARTIAL})
            return [replace(SearchResult((), False, False, 0, None, 0.0), degraded=reasons) for _ in requests]

    async def nothing() -> Sequence[None]:
        return [None]

    document = "{ searchJobs { meta { degraded reasons } } }"
    async with asking(Degraded(nothing)) as broken, asking(StandIn(nothing)) as whole:
        assert (await broken.data(document))["searchJobs"]["meta"] == {
            "degraded": True,
            "reasons": ["PARTIAL", "STALE"],
        }
        assert (await whole.data(document))["searchJobs"]["meta"] == {"degraded": False, "reasons": []}


def test_a_call_of_no_client_has_the_whole_time() -> None:
    assert 4 < call_of(Headers({}), SEARCH, 5).deadline.remaining() <= 5
    with pytest.raises(InvalidRequest):
        call_of(Headers({"x-timeout-seconds": "x"}), SEARCH, 5)
