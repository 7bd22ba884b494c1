"""graphql-transport-ws over real WebSockets: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from gateway.app import build_app
from gateway.settings import Settings
from tests.support.compared import ComparedExecution
from tests.support.engines import answering_each
from tests.support.streaming import BIG, PATIENCE_SECONDS, Client, Live, live, nexts
from tests.support.wires import INIT, Wire

ITEM, COUNT, NEWS = "{ item { text } }", "subscription ($to: Int!) { count(to: $to) }", "subscription { news { text } }"
ONE = {"item": {"text": "one"}}


async def listening(gateway: Live, client: Client, id_: str = "1") -> None:
    """Subscribe to the news, and return when the source has begun."""
    await client.subscribe(NEWS, id_)
    assert await asyncio.wait_for(gateway.feed.begun.get(), PATIENCE_SECONDS) == "news"


async def ended(gateway: Live) -> str:
    return await asyncio.wait_for(gateway.feed.ended.get(), PATIENCE_SECONDS)


async def test_queries_mutations_and_subscriptions_are_answered() -> None:
    async with live() as gateway, gateway.socket() as client:
        assert client.connection.subprotocol == "graphql-transport-ws"
        assert await client.answered(ITEM) == nexts(ONE)
        assert await client.answered('mutation { note(text: "a") }') == nexts({"note": 1})
        assert await client.answered(COUNT, variables={"to": 3}) == nexts({"count": 0}, {"count": 1}, {"count": 2})
        assert await client.answered(COUNT, variables={"to": 0}) == nexts()
        document = f"query A {ITEM} {COUNT.replace('subscription', 'subscription B')}"
        assert await client.answered(document, operationName="A") == nexts(ONE)
        assert await client.answered(document, operationName="B", variables={"to": 1}) == nexts({"count": 0})


async def test_operations_run_side_by_side_and_each_event_goes_out_when_it_comes() -> None:
    async with live() as gateway, gateway.socket() as client:
        await listening(gateway, client)
        gateway.feed.news.put_nowait("a")
        assert await client.next() == {"id": "1", "type": "next", "payload": {"data": {"news": {"text": "a"}}}}
        assert await client.answered(ITEM, "2") == nexts(ONE)
        gateway.feed.news.put_nowait("b")
        assert (await client.next())["payload"] == {"data": {"news": {"text": "b"}}}
        gateway.feed.news.put_nowait("")
        assert await client.next() == {"id": "1", "type": "complete"}


async def test_a_client_completes_a_subscription_and_may_use_its_id_again() -> None:
    async with live() as gateway, gateway.socket() as client:
        await listening(gateway, client)
        await client.send(id="1", type="complete")
        assert await ended(gateway) == "news"
        # What is complete already, or was never there, is no error.
        for id_ in ("1", "nobody"):
            await client.send(id=id_, type="complete")
        assert await client.answered(ITEM) == nexts(ONE)


async def test_the_result_of_a_query_that_its_client_has_completed_is_not_sent() -> None:
    async with live() as gateway, gateway.socket() as client:
        await client.subscribe('mutation { note(text: "a", waits: true) }')
        assert await asyncio.wait_for(gateway.feed.begun.get(), PATIENCE_SECONDS) == "a"
        await client.send(id="1", type="complete")
        assert await ended(gateway) == "a"
        gateway.feed.go_on.set()
        assert await client.answered(ITEM, "2") == nexts(ONE)
        assert gateway.feed.notes == []


async def test_errors_of_a_request_end_its_operation_and_no_other() -> None:
    async with live() as gateway, gateway.socket() as client:
        for query, code in (
            ("{", "GRAPHQL_VALIDATION_FAILED"),
            ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
            (COUNT, "GRAPHQL_VALIDATION_FAILED"),
            ("", "INVALID_REQUEST"),
            ("query A { item { text } } query B { item { text } }", "INVALID_REQUEST"),
        ):
            [message] = await client.answered(query)
            assert message["type"] == "error"
            assert [one["extensions"]["code"] for one in message["payload"]] == [code]
        assert await client.answered(ITEM) == nexts(ONE)


async def test_errors_of_fields_and_of_sources_are_masked() -> None:
    async with live() as gateway, gateway.socket() as client:
        [result, _] = await client.answered("{ item { breaks } }")
        assert result["payload"]["data"] == {"item": {"breaks": None}}
        assert "ZeroDivision" not in str(result)
        [first, error] = await client.answered("subscription { fails }")
        assert first == nexts({"fails": 1})[0]
        assert error["type"] == "error"
        assert error["payload"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert "ZeroDivision" not in str(error)


async def test_pings_are_answered_at_any_time_and_pongs_are_taken() -> None:
    async with live() as gateway, gateway.socket(init=False) as client:
        await client.send(type="ping")
        assert await client.next() == {"type": "pong"}
        await client.send(type="pong", payload={"a": 1})
        await client.send(type="ping", payload={"a": [1]})
        assert await client.next() == {"type": "pong", "payload": {"a": [1]}}
        await client.send(type="connection_init")
        assert await client.next() == {"type": "connection_ack"}
        await client.send(type="ping", payload={})
        assert await client.next() == {"type": "pong", "payload": {}}


async def test_who_does_not_say_connection_init_is_closed() -> None:
    async with live(Settings(websocket_init_seconds=0.05)) as gateway, gateway.socket(init=False) as client:
        assert await client.closed() == (4408, "Connection initialisation timeout")


async def test_two_inits_are_too_many() -> None:
    async with live() as gateway, gateway.socket() as client:
        await client.send(type="connection_init")
        assert await client.closed() == (4429, "Too many initialisation requests")


async def test_nothing_is_executed_before_the_acknowledgement() -> None:
    async with live() as gateway, gateway.socket(init=False) as client:
        await client.subscribe('mutation { note(text: "a") }')
        assert await client.closed() == (4401, "Unauthorized: send `connection_init` first")
        assert gateway.feed.notes == []


async def test_an_id_is_of_one_operation_at_a_time() -> None:
    async with live() as gateway, gateway.socket() as client:
        await listening(gateway, client, "ä")
        await client.subscribe(ITEM, "ä")
        assert await client.closed() == (4409, "Subscriber for ä already exists")
        assert await ended(gateway) == "news"


@pytest.mark.parametrize("message", ["{", "[]", '{"type": "start"}', b'{"type": "ping"}'])
async def test_what_is_no_message_closes_the_connection(message: str | bytes) -> None:
    async with live() as gateway, gateway.socket() as client:
        await client.connection.send(message)
        code, reason = await client.closed()
        assert (code, str(reason)[:16]) == (4400, "Invalid message:")


@pytest.mark.parametrize("subprotocol", [None, "graphql-ws", "graphql-transport-ws2"])
async def test_another_subprotocol_is_told_which_one_it_is(subprotocol: str | None) -> None:
    async with live() as gateway, gateway.socket(subprotocol=subprotocol, init=False) as client:
        assert client.connection.subprotocol is None
        assert await client.closed() == (4406, "Subprotocol not acceptable: this is graphql-transport-ws")


async def test_it_is_chosen_among_several() -> None:
    async with live() as gateway:
        offered: Any = ["graphql-ws", "graphql-transport-ws"]
        async with connect(f"ws://127.0.0.1:{gateway.port}/graphql", subprotocols=offered) as connection:
            assert connection.subprotocol == "graphql-transport-ws"


async def test_a_message_is_taken_up_to_its_limit() -> None:
    async with live(Settings(websocket_message_bytes=1_000)) as gateway, gateway.socket() as client:
        message = json.dumps({"type": "ping", "payload": {"a": ""}})
        await client.connection.send(message + " " * (1_000 - len(message)))
        assert await client.next() == {"type": "pong", "payload": {"a": ""}}
        await client.connection.send(message + " " * (1_001 - len(message)))
        assert (await client.closed())[0] == 1009


async def test_a_connection_has_so_many_operations_at_once() -> None:
    async with live(Settings(websocket_operations_max=2)) as gateway, gateway.socket() as client:
        for id_ in ("1", "2"):
            await listening(gateway, client, id_)
        [refused] = await client.answered(ITEM, "3")
        assert refused["type"] == "error"
        assert refused["payload"][0]["extensions"] == {"code": "TOO_MANY_OPERATIONS", "limit": 2, "actual": 3}
        await client.send(id="1", type="complete")
        assert await ended(gateway) == "news"
        await eventually_answered(client)


async def eventually_answered(client: Client) -> None:
    """An operation is no more once its source has ended, a little later than the source says so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await client.answered(ITEM, "3") != nexts(ONE):
            pass


async def test_what_nobody_uses_is_closed() -> None:
    async with live(Settings(websocket_idle_seconds=1)) as gateway, gateway.socket() as client:
        assert await client.answered(ITEM) == nexts(ONE)
        await listening(gateway, client)
        await client.send(id="1", type="complete")
        assert await client.closed() == (1000, "nothing was asked for a while")


async def test_a_client_that_hangs_up_takes_its_operations_along() -> None:
    async with live() as gateway:
        async with gateway.socket() as client:
            await listening(gateway, client, "1")
            await listening(gateway, client, "2")
        assert [await ended(gateway), await ended(gateway)] == ["news", "news"]


async def test_so_many_connections_are_taken() -> None:
    async with live(Settings(connections_max=1)) as gateway:
        async with gateway.socket():
            with pytest.raises(InvalidStatus) as refused:
                async with gateway.socket():
                    pass
            response = refused.value.response
            assert (response.status_code, response.headers["retry-after"]) == (503, "1")
            assert json.loads(response.body or b"")["errors"][0]["extensions"] == {"code": "OVERLOADED"}
        async with asyncio.timeout(PATIENCE_SECONDS):
            while gateway.app._transports.connections.open.total():  # type: ignore[union-attr]
                await asyncio.sleep(0)
        async with gateway.socket() as client:
            assert await client.answered(ITEM) == nexts(ONE)


async def test_without_the_setting_there_are_no_websockets() -> None:
    async with live(Settings(websockets=False)) as gateway:
        with pytest.raises(InvalidStatus) as refused:
            async with gateway.socket():
                pass
        assert refused.value.response.status_code == 403


async def test_results_are_compressed_for_who_takes_that() -> None:
    async with live() as gateway:
        offered: Any = ["graphql-transport-ws"]
        async with connect(f"ws://127.0.0.1:{gateway.port}/graphql", subprotocols=offered) as connection:
            assert [one.name for one in connection.protocol.extensions] == ["permessage-deflate"]
            client = Client(connection)
            await client.send(type="connection_init")
            await client.next()
            assert await client.answered("{ big }") == nexts({"big": BIG})
    async with (
        live(Settings(compression=False)) as gateway,
        connect(f"ws://127.0.0.1:{gateway.port}/graphql", subprotocols=offered) as connection,
    ):
        assert connection.protocol.extensions == []


async def test_connections_are_counted() -> None:
    async with live() as gateway:
        async with gateway.socket() as client:
            await listening(gateway, client)
            await client.send(type="ping")
            await client.next()
            told = (await metrics(gateway)).splitlines()
        for line in (
            'discovery_connections{transport="websocket"} 1.0',
            'discovery_connections{transport="events"} 0.0',
            'discovery_connection_operations{transport="websocket"} 1.0',
            'discovery_connections_refused_total{reason="origin"} 0.0',
        ):
            assert line in told
        await ended(gateway)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while 'discovery_websockets_closed_total{code="0"} 1.0' not in await metrics(gateway):
                pass


async def metrics(gateway: Live) -> str:
    async with httpx.AsyncClient() as http:
        return (await http.get(f"{gateway.http}/metrics")).text


async def test_it_can_be_served_below_another_path() -> None:
    app = Starlette(routes=[Mount("/api", build_app(Settings(), answering_each(None), execution=ComparedExecution))])
    wire = Wire()
    wire.scope = {**wire.scope, "path": "/api/graphql", "root_path": ""}
    wire.say(INIT)
    serving = asyncio.create_task(app(wire.scope, wire.receive, wire.send))
    assert await wire.told(1) == [{"type": "connection_ack"}]
    wire.hang_up()
    await asyncio.wait_for(serving, PATIENCE_SECONDS)
