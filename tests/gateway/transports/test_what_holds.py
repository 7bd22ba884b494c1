"""What holds for operations over a WebSocket as for those over HTTP: limits, turns, time, documents by name."""

import asyncio
import json
from hashlib import sha256
from pathlib import Path

import httpx

from gateway.app import build_app
from gateway.settings import Settings
from tests.support.compared import ComparedExecution
from tests.support.engines import answering_each
from tests.support.streaming import PATIENCE_SECONDS, live, nexts
from tests.support.wires import INIT, Wire, wired

WHO = "{ item { viewer visitor } }"
ITEM = nexts({"item": {"viewer": None, "visitor": None}})


async def test_limits_hold_and_cost_is_charged_for_the_beginning_and_for_each_event() -> None:
    settings = Settings(rate_anonymous=5, rate_window_seconds=86_400, depth_max=2)
    async with live(settings) as gateway, gateway.socket() as client:
        [error] = await client.answered("{ item { text } a: item { b: text { c } } }")
        assert error["payload"][0]["extensions"]["code"] == "DEPTH_LIMIT_EXCEEDED"
        # One point has gone for that, one goes for the beginning, and one for each event.
        found = await client.answered("subscription { count(to: 9) }")
        assert found[:-1] == nexts(*({"count": number} for number in range(3)))[:-1]
        assert found[-1]["type"] == "error"
        assert found[-1]["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
    async with live(Settings(cost_max_anonymous=1)) as gateway, gateway.socket({"GraphQL-Cost": "1"}) as client:
        [error] = await client.answered("{ item { text } a: item { text } }")
        assert error["payload"][0]["extensions"]["code"] == "COST_LIMIT_EXCEEDED"
        [result, _] = await client.answered("subscription { count(to: 1) }")
        assert result["payload"]["extensions"]["cost"] == {"estimated": 1, "actual": 1, "limit": 1}


async def test_operations_and_events_wait_for_their_turn_and_idle_subscriptions_take_none() -> None:
    settings = Settings(operations_max=1, queue_max=0)
    async with live(settings) as gateway, gateway.socket() as client:
        await client.subscribe("subscription { news { waits } }", "idle")
        await client.subscribe("subscription { news { text } }", "other")
        for _ in range(2):
            await asyncio.wait_for(gateway.feed.begun.get(), PATIENCE_SECONDS)
        assert await client.answered(WHO, "2") == ITEM
        gateway.feed.news.put_nowait("a")
        assert await asyncio.wait_for(gateway.feed.begun.get(), PATIENCE_SECONDS) == "a"
        gateway.feed.news.put_nowait("b")
        [refused_event, refused_query] = [await client.next(), (await client.answered(WHO, "2"))[0]]
        assert (refused_event["id"], refused_event["type"], refused_query["type"]) == ("other", "error", "error")
        for one in (refused_event, refused_query):
            assert one["payload"][0]["extensions"] == {"code": "OVERLOADED"}
        gateway.feed.go_on.set()
        assert (await client.next())["payload"] == {"data": {"news": {"waits": True}}}


async def test_a_subscription_begins_within_the_time_of_an_operation() -> None:
    async with live(Settings(deadline_seconds=0.05)) as gateway, gateway.socket() as client:
        # An asynchronous generator begins with its first event, for which there is all the time.
        await client.subscribe("subscription { beginsLate }")
        assert await asyncio.wait_for(gateway.feed.begun.get(), PATIENCE_SECONDS) == "begins late"
        gateway.feed.go_on.set()
        assert (await client.next())["payload"] == {"data": {"beginsLate": 1}}
        assert (await client.next())["type"] == "complete"
        [error] = await client.answered("subscription { hangs }", "2")
        assert error["payload"][0]["extensions"] == {"code": "DEADLINE_EXCEEDED"}


async def test_documents_are_persisted_and_trusted_as_over_http(tmp_path: Path) -> None:
    digest = sha256(WHO.encode()).hexdigest()
    named = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
    async with live() as gateway, gateway.socket() as client:
        [error] = await client.answered("", extensions=named)
        assert error["payload"] == [
            {"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}
        ]
        assert await client.answered(WHO, extensions=named) == ITEM
        assert await client.answered("", extensions=named) == ITEM
        count = "subscription { count(to: 1) }"
        named["persistedQuery"]["sha256Hash"] = sha256(count.encode()).hexdigest()
        for query in (count, ""):
            assert await client.answered(query, extensions=named) == nexts({"count": 0})
    (tmp_path / "m.json").write_text(json.dumps({"w": WHO}))
    settings = Settings(trusted_documents="enforce", trusted_documents_dir=tmp_path)
    async with live(settings) as gateway, gateway.socket() as client:
        assert await client.answered("", documentId="w") == ITEM
        [error] = await client.answered("subscription { count(to: 1) }")
        assert error["payload"][0]["extensions"] == {"code": "QUERY_NOT_IN_SAFELIST"}


async def test_production_closes_introspection_here_too() -> None:
    async with live(Settings(mode="production")) as gateway, gateway.socket() as client:
        [error] = await client.answered("{ __schema { queryType { name } } }")
        assert error["payload"][0]["message"].startswith("introspection is not open here")
        [error] = await client.answered("{ itm { text } }")
        assert "Did you mean" not in error["payload"][0]["message"]


async def test_answers_in_parts_have_another_way() -> None:
    query = "{ searchJobs { ... @defer { totalCount } } }"
    app, wire = build_app(Settings(), answering_each(None), execution=ComparedExecution), Wire()
    async with wired(app, wire):
        wire.say(INIT, {"id": "1", "type": "subscribe", "payload": {"query": query}})
        [_, error] = await wire.told(2)
    assert error["payload"][0]["extensions"] == {"code": "NOT_ACCEPTABLE"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.test") as http:
        events = await http.post("/graphql", json={"query": query}, headers={"Accept": "text/event-stream"})
        both = await http.post(
            "/graphql", json={"query": query}, headers={"Accept": "text/event-stream, multipart/mixed"}
        )
    assert (events.status_code, events.json()["errors"][0]["extensions"]) == (406, {"code": "NOT_ACCEPTABLE"})
    assert both.headers["content-type"].startswith("multipart/mixed")
