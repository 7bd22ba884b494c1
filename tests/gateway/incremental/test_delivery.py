"""An answer in parts under way: how long it holds its place, and how it ends early."""

import asyncio
import re
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from graphql import InitialIncrementalExecutionResult, SubsequentIncrementalExecutionResult
from starlette.applications import Starlette

from gateway.app import Gateway
from gateway.capacity import Capacity
from gateway.edge import Edge
from gateway.endpoint import GraphQLEndpoint
from gateway.executing import Incremental, InParts
from gateway.settings import Settings
from resolvers.catalog.kind import Kind
from resolvers.context import Context, PageSizes
from resolvers.errors import DeadlineExceeded
from resolvers.sources.base import Call
from tests.support.demo import Demo, OpenedIndex
from tests.support.engines import answering_each
from tests.support.gated import GatedSource
from tests.support.parts import CURRENT, OLDER, answer_of, errors_of, parts_of, put_together, reading, running

SLOW = '{ job(id: "job_000000") { title ... @defer(label: "slow") { client { name } } } }'
TITLE = '{ job(id: "job_000001") { title } }'
ONE_PLACE = Settings(operations_max=1, queue_max=0)


async def running_requests(app: Starlette) -> int:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.test") as http:
        told = (await http.get("/metrics")).text
    found = re.search(r"^discovery_requests_running (\d+)", told, re.MULTILINE)
    assert found is not None
    return int(found[1])


async def test_it_holds_its_place_up_to_the_last_part(opened: OpenedIndex) -> None:
    source = GatedSource(opened)
    async with running(source, ONE_PLACE) as app:
        async with reading(app, SLOW) as response:
            await response.part()
            refused = await answer_of(app, TITLE)
            assert refused["errors"][0]["extensions"] == {"code": "OVERLOADED"}
            assert await running_requests(app) == 1
            source.gate.open.set()
            await response.rest()
        assert await running_requests(app) == 0
        assert "errors" not in await answer_of(app, TITLE)


async def test_a_client_that_hangs_up_takes_along_what_was_deferred(opened: OpenedIndex) -> None:
    source = GatedSource(opened)
    async with running(source, ONE_PLACE) as app, reading(app, SLOW) as response:
        await response.part()
        await source.gate.asked.wait()
        await response.hang_up()
        await source.gate.given_up.wait()
        assert await running_requests(app) == 0


async def test_a_server_that_stops_ends_it_too(opened: OpenedIndex) -> None:
    source = GatedSource(opened)
    async with running(source, ONE_PLACE) as app, reading(app, SLOW) as response:
        await response.part()
        await source.gate.asked.wait()
        response.task.cancel()
        await asyncio.wait([response.task])
        assert response.task.cancelled()
        await source.gate.given_up.wait()
        assert await running_requests(app) == 0


@pytest.mark.parametrize("accept", [CURRENT, OLDER], ids=["current", "older"])
async def test_what_comes_too_late_is_an_error_in_its_part_and_the_answer_ends(
    opened: OpenedIndex, demo: Demo, accept: str
) -> None:
    source, headers = GatedSource(opened), {"x-timeout-seconds": "0.5"}
    async with running(source) as app:
        parts = await parts_of(app, SLOW, accept, headers=headers)
    assert put_together(parts) == {"job": {"title": demo.job["job_000000"]["title"], "client": None}}
    [error] = errors_of(parts)
    assert (error["path"], error["extensions"]) == (["job", "client"], {"code": "DEADLINE_EXCEEDED"})
    assert parts[-1]["hasNext"] is False


async def test_whoever_reads_slowly_holds_a_place_up_to_the_deadline_and_no_longer(opened: OpenedIndex) -> None:
    source, sent, read_on = GatedSource(opened, Kind.TALENT), asyncio.Event(), asyncio.Event()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            sent.set()
            await read_on.wait()

    async with running(source, ONE_PLACE) as app:
        assert isinstance(app, Gateway)
        task = asyncio.ensure_future(app(scope_of(timeout="0.5"), Body(SLOW).receive, send))
        await sent.wait()
        assert await running_requests(app) == 1
        while await running_requests(app):
            await asyncio.sleep(0)
        assert not task.done()
        read_on.set()
        await task
        assert await running_requests(app) == 0


def scope_of(timeout: str) -> dict[str, Any]:
    headers = {"content-type": "application/json", "accept": CURRENT, "x-timeout-seconds": timeout}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": raw}


class Body:
    """A request's body, behind which nothing comes."""

    def __init__(self, document: str) -> None:
        self._left = [b'{"query": %b}' % document.replace('"', '\\"').encode().join([b'"', b'"'])]

    async def receive(self) -> dict[str, Any]:
        if not self._left:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": self._left.pop()}


async def test_each_part_is_whole_for_a_client_that_unpacks_gzip(opened: OpenedIndex) -> None:
    source = GatedSource(opened)
    async with running(source) as app, reading(app, SLOW, headers={"accept-encoding": "gzip"}) as response:
        assert response.headers["content-encoding"] == "gzip"
        assert "content-length" not in response.headers
        first = await response.part()
        assert first["hasNext"] is True
        source.gate.open.set()
        assert [part["hasNext"] for part in await response.rest()] == [False]


async def test_it_is_not_compressed_where_nothing_is(opened: OpenedIndex) -> None:
    async with (
        running(opened, Settings(compression=False)) as app,
        reading(app, SLOW, headers={"accept-encoding": "gzip"}) as response,
    ):
        assert "content-encoding" not in response.headers
        await response.rest()


async def test_a_defect_behind_the_first_part_ends_the_connection_and_gives_everything_back() -> None:
    async def later() -> AsyncGenerator[SubsequentIncrementalExecutionResult, None]:
        raise ZeroDivisionError
        yield

    class Broken(Incremental):
        def deliver(self, _: Context) -> InParts:
            return InParts(InitialIncrementalExecutionResult({"a": 1}, has_next=True), later())

    capacity, contexts = Capacity(1, 0, 1.0), list[Context]()

    def context(call: Call, *_: Any) -> Context:
        contexts.append(Context(answering_each(None), PageSizes(), call.deadline))
        return contexts[-1]

    gateway = Gateway(GraphQLEndpoint(lambda *_, **__: Broken(), context, Edge(capacity=capacity)))  # type: ignore[arg-type, return-value]
    async with reading(gateway, "{ a }") as response:
        assert (await response.part())["data"] == {"a": 1}
        with pytest.raises(ZeroDivisionError):
            await response.part()
    assert capacity.running == 0
    [one] = contexts
    with pytest.raises(DeadlineExceeded):
        await one.document(Kind.JOB, "job_000000")
