"""The way of a request to its execution and back, without a schema or an engine behind it."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from gateway.accept import GRAPHQL_JSON, JSON
from gateway.app import Gateway, build_app
from gateway.edge import Edge
from gateway.endpoint import GraphQLEndpoint
from gateway.executing import Executed
from gateway.head import Head
from gateway.operation import head_of, names_of
from gateway.parameters import Parameters
from gateway.server import behind_proxies
from gateway.settings import Settings
from resolvers.context import Context, PageSizes
from resolvers.sources.base import Call
from tests.support.compared import ComparedExecution
from tests.support.engines import StandIn

Message = MutableMapping[str, Any]
BODY = b'{"query": "{ a }"}'
READY = b'{"data":{"a":1}}'
WHOLE = [{"type": "http.request", "body": BODY, "more_body": False}]
HUNG_UP: Message = {"type": "http.disconnect"}


async def nothing() -> list[None]:
    return [None]


Execute = Callable[[Context], Executed | Awaitable[Executed]]


@dataclass(frozen=True)
class Made:
    """An operation that does what it is told, whatever was asked."""

    run: Execute

    def execute(self, context: Context, trace: object = None) -> Executed | Awaitable[Executed]:  # noqa: ARG002
        return self.run(context)


def gateway(execute: Execute, edge: Edge = Edge()) -> Gateway:  # noqa: B008  a constant
    def prepare(asked: Parameters, *, only_reads: bool) -> Made:  # noqa: ARG001
        return Made(execute)

    def context(call: Call, viewer: Any, _: Any) -> Context:
        return Context(StandIn(nothing), PageSizes(), call.deadline, viewer=viewer)

    return Gateway(GraphQLEndpoint(prepare, context, edge))


def at_once(_: Context) -> Executed:
    return READY


class Line:
    """One request over ASGI: what the server still has to say, and what it was told."""

    def __init__(self, *messages: Message) -> None:
        self.coming, self.received, self.sent = list(messages), 0, list[Message]()

    async def receive(self) -> Message:
        self.received += 1
        if not self.coming:
            await asyncio.Event().wait()
        return self.coming.pop(0)

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def ask(self, app: Gateway, *headers: tuple[bytes, bytes]) -> None:
        given = [(b"content-type", b"application/json"), *headers]
        scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": given}
        await asyncio.wait_for(app(scope, self.receive, self.send), 10)


async def test_what_is_executed_at_once_goes_out_as_it_is_and_nobody_looks_for_the_client() -> None:
    line = Line(*WHOLE)
    await line.ask(gateway(at_once), (b"x-request-id", b"7"))
    assert line.received == 1
    assert line.sent == [
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"x-request-id", b"7"),
                (b"vary", b"Accept, Accept-Encoding"),
                (b"x-content-type-options", b"nosniff"),
                (b"content-length", b"16"),
                (b"content-type", b"application/json; charset=utf-8"),
            ],
        },
        {"type": "http.response.body", "body": READY},
    ]


async def test_what_is_executed_quickly_is_not_watched_either() -> None:
    async def soon(_: Context) -> Executed:
        await asyncio.sleep(0)
        return READY

    line = Line(*WHOLE)
    await line.ask(gateway(soon))
    assert (line.received, line.sent[1]["body"]) == (1, READY)


async def test_an_execution_that_does_not_end_by_itself_is_cancelled_when_the_client_has_hung_up() -> None:
    cancelled = asyncio.Event()

    async def never(_: Context) -> Executed:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return READY

    line = Line(*WHOLE, HUNG_UP)
    await line.ask(gateway(never))
    assert line.sent[0]["status"] == 499
    await asyncio.wait_for(cancelled.wait(), 10)


async def test_an_error_of_an_execution_is_the_servers() -> None:
    async def breaks(_: Context) -> Executed:
        raise ZeroDivisionError

    line = Line(*WHOLE)
    with pytest.raises(ZeroDivisionError):
        await line.ask(gateway(breaks))
    assert line.sent == []


async def test_a_body_comes_in_parts_and_its_sender_may_hang_up_in_between() -> None:
    parts: list[Message] = [{"type": "http.request", "body": part, "more_body": True} for part in (BODY[:5], BODY[5:])]
    whole, broken = Line(*parts, {"type": "http.request"}), Line(parts[0], HUNG_UP)
    await whole.ask(gateway(at_once))
    await broken.ask(gateway(at_once))
    assert [line.sent[0]["status"] for line in (whole, broken)] == [200, 499]
    assert broken.sent[1]["body"] == b""


@pytest.mark.parametrize("length", [1, 1_000])
async def test_an_accept_header_means_the_same_whether_or_not_it_is_remembered(length: int) -> None:
    accept = ", ".join([f"{GRAPHQL_JSON};q=0.5", JSON + ";q=0.4", *(f"text/x-{number}" for number in range(length))])
    line = Line(*WHOLE)
    await line.ask(gateway(at_once), (b"accept", accept.encode()), (b"accept", JSON.encode()))
    assert dict(line.sent[0]["headers"])[b"content-type"] == f"{GRAPHQL_JSON}; charset=utf-8".encode()


def test_of_a_header_that_comes_again_the_first_counts_and_others_are_left_out() -> None:
    raw = [(b"host", b"x"), (b"accept", b"a"), (b"accept", b"b"), (b"graphql-client-name", "ä".encode("latin-1"))]
    scope = {"method": "GET", "query_string": b"a=1", "headers": raw, "client": ("192.0.2.1", 5)}
    assert head_of(scope, names_of("x")) == Head(
        "GET", b"a=1", {"accept": "a", "graphql-client-name": "ä"}, "192.0.2.1"
    )


async def test_it_can_be_served_below_another_path() -> None:
    app = Starlette(routes=[Mount("/api", build_app(Settings(), StandIn(nothing), execution=ComparedExecution))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.test") as http:
        answer = await http.post("/api/graphql", json={"query": "{ __typename }"})
        page = await http.get("/api/graphql", headers={"Accept": "text/html"})
        refused = await http.put("/api/graphql")
    assert answer.json() == {"data": {"__typename": "Query"}}
    assert "/api/graphiql/" in page.text
    assert (refused.status_code, set(refused.headers["allow"].split(", "))) == (405, {"GET", "HEAD", "POST"})


@pytest.mark.parametrize(("client", "scheme"), [("127.0.0.1", "https"), ("192.0.2.7", "http")])
async def test_a_redirect_has_the_scheme_that_a_trusted_proxy_tells(tmp_path: Path, client: str, scheme: str) -> None:
    transport = httpx.ASGITransport(behind_proxies(Settings(data_dir=tmp_path)), client=(client, 1))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as http:
        response = await http.get("/graphql/", headers={"X-Forwarded-Proto": "https"})
    assert (response.status_code, response.headers["location"]) == (307, f"{scheme}://gateway.test/graphql")
