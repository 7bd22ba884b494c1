"""What happens to open connections when the server stops."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.support.demo import Demo
from tests.support.event_streams import NEWS, listening, stream
from tests.support.serving import served
from tests.support.streaming import PATIENCE_SECONDS, Client, live, nexts

GOING_AWAY = (1001, "the server stops")
WAITING = 'mutation { note(text: "a", waits: true) }'


async def test_streams_end_at_once_and_what_is_executed_is_answered_first() -> None:
    async with live() as gateway, gateway.socket() as client, gateway.socket() as idle:
        await client.subscribe("subscription { news { text } }", "news")
        assert await asyncio.wait_for(gateway.feed.begun.get(), PATIENCE_SECONDS) == "news"
        await client.subscribe(WAITING, "note")
        assert await asyncio.wait_for(gateway.feed.begun.get(), PATIENCE_SECONDS) == "a"
        stopping = asyncio.create_task(gateway.server.shutdown())
        assert await asyncio.wait_for(gateway.feed.ended.get(), PATIENCE_SECONDS) == "news"
        assert await idle.closed() == GOING_AWAY
        # Nothing is begun any more; the client asks another server for it.
        await client.subscribe('mutation { note(text: "too late") }', "late")
        gateway.feed.go_on.set()
        [result, end] = [await client.next(), await client.next()]
        assert [result.pop("id"), end.pop("id")] == ["note", "note"]
        assert [result, end] == nexts({"note": 1})
        assert await client.closed() == GOING_AWAY
        await asyncio.wait_for(stopping, PATIENCE_SECONDS)
        assert gateway.feed.notes == ["a"]


async def test_events_end_without_complete_so_that_their_client_comes_again() -> None:
    async with live() as gateway, stream(gateway, NEWS) as found:
        await listening(gateway, found)
        await asyncio.wait_for(gateway.server.shutdown(), PATIENCE_SECONDS)
        assert await found.rest() == ""
        assert await asyncio.wait_for(gateway.feed.ended.get(), PATIENCE_SECONDS) == "news"


async def test_who_says_nothing_does_not_hold_up_the_stop() -> None:
    async with live() as gateway, gateway.socket(init=False) as client:
        await asyncio.wait_for(gateway.server.shutdown(), PATIENCE_SECONDS)
        assert await client.closed() == GOING_AWAY


async def test_nobody_is_let_in_any_more() -> None:
    async with live() as gateway:
        gateway.app.leave()
        assert gateway.app._transports is not None
        assert gateway.app._transports.connections.refused.total() == 0
        async with httpx.AsyncClient() as http:
            query = {"query": "subscription { count(to: 1) }"}
            found = await http.post(f"{gateway.http}/graphql", json=query, headers={"Accept": "text/event-stream"})
        assert found.status_code == 503


@pytest.mark.parametrize(("workers", "wish"), [("1", signal.SIGINT), ("2", signal.SIGTERM)])
async def test_a_served_gateway_says_goodbye(demo: Demo, tmp_path: Path, workers: str, wish: signal.Signals) -> None:
    with served(demo.data_dir, tmp_path, "--workers", workers) as server:
        address, offered = server.address.replace("http", "ws", 1), json.loads('["graphql-transport-ws"]')
        connections: Any = [connect(f"{address}/graphql", subprotocols=offered) for _ in range(4)]
        clients = [Client(await one) for one in connections]
        for client in clients:
            await client.send(type="connection_init")
            assert await client.next() == {"type": "connection_ack"}
            answered = await client.answered("{ searchJobs { totalCount } }")
            assert answered == nexts({"searchJobs": {"totalCount": 120}})
        ended = asyncio.to_thread(server.stop, wish)
        found = await asyncio.gather(ended, *(client.closed() for client in clients))
    assert found == [0, *[GOING_AWAY] * 4]
    log = (tmp_path / "server.log").read_text()
    assert "Traceback" not in log
    assert "WebSocket /graphql" not in log
    assert "connection open" not in log
