"""What the reference clients of both protocols, npm's graphql-ws and graphql-sse, are told."""

import asyncio
import json
from pathlib import Path
from typing import Any

from gateway.settings import Settings
from tests.support.node import NodeProject
from tests.support.streaming import live
from tests.support.tokens import AUDIENCE, ISSUER, SECRET, shared_token

PROJECT = Path(__file__).parent / "clients"
ITEM = {"results": [{"data": {"item": {"text": "one", "viewer": "user-1"}}}]}
COUNT = {"results": [{"data": {"count": number}} for number in range(3)]}


async def told() -> Any:
    project = NodeProject(PROJECT)
    async with live(Settings(auth_secret=SECRET, auth_issuer=ISSUER, auth_audience=AUDIENCE)) as gateway:
        printed = await asyncio.to_thread(project.run, "clients.mjs", gateway.http, shared_token())
        # Whatever was begun has come to its end.
        assert gateway.app._transports is not None
        async with asyncio.timeout(60):
            while gateway.app._transports.connections.open.total():
                await asyncio.sleep(0)
        assert gateway.app._transports.connections.operations.total() == 0
    return json.loads(printed)


async def test_both_clients_are_told_all() -> None:
    found = await told()
    sockets, events = found["sockets"], found["events"]
    [masked] = sockets.pop("fails")["failed"]
    assert masked == "INTERNAL_SERVER_ERROR"
    assert sockets == {
        "query": ITEM,
        "mutation": {"results": [{"data": {"note": 1}}]},
        "subscription": COUNT,
        "invalid": {"results": [], "failed": ["GRAPHQL_VALIDATION_FAILED"]},
        "flood": 3,
        "together": [COUNT] * 3,
        "after": ITEM,
        "stranger": {
            "results": [],
            "failed": {"code": 4403, "reason": "the token is not taken: it is no JSON Web Token; send another one"},
        },
    }
    first, failed = events.pop("fails")["results"]
    assert first == {"data": {"fails": 1}}
    [invalid] = events.pop("invalid")["results"]
    codes = [answer["errors"][0]["extensions"]["code"] for answer in (failed, invalid)]
    assert codes == ["INTERNAL_SERVER_ERROR", "GRAPHQL_VALIDATION_FAILED"]
    assert events == {
        "query": ITEM,
        "mutation": {"results": [{"data": {"note": 2}}]},
        "subscription": COUNT,
        "flood": 3,
        "stranger": {"results": [], "failed": {"status": 401}},
    }
