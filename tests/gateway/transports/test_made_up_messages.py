"""Whatever a client sends, the connection goes on or is closed with a code that says why."""

import asyncio
import json
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.transports.closing import LONGEST_REASON, Code
from gateway.transports.websockets import WebSocketEndpoint
from tests.support.wires import Wire, at_seam

QUERIES = [
    "{ item { text } }",
    "{ item { breaks } }",
    "{ big }",
    "subscription { count(to: 2) }",
    "subscription { fails }",
    'mutation { note(text: "a") }',
    "subscription { count(to: 1) } { item { text } }",
    "{",
    "",
]
IDS = st.sampled_from(["1", "2", "ä"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
PARAMS = st.none() | st.dictionaries(
    st.sampled_from(["Authorization", "X-Viewer-Id", "x-timeout-seconds", "X-Viewer", "other"]),
    st.text(max_size=5) | st.sampled_from(["Bearer x", "1"]) | JSON,
    max_size=2,
)


def messages(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    return st.fixed_dictionaries(fields).map(json.dumps)


PAYLOADS = st.fixed_dictionaries(
    {"query": st.sampled_from(QUERIES) | st.text(max_size=10) | JSON},
    optional={
        "variables": st.none() | st.just({"to": 1}) | JSON,
        "operationName": st.none() | st.text(max_size=3) | JSON,
        "extensions": st.none() | st.just({"persistedQuery": {"version": 1, "sha256Hash": "0"}}) | JSON,
        "documentId": st.text(max_size=3) | JSON,
    },
)
GOOD = st.one_of(
    messages(type=st.just("connection_init"), payload=PARAMS),
    messages(type=st.sampled_from(["ping", "pong"]), payload=st.none() | st.dictionaries(st.text(max_size=3), JSON)),
    messages(type=st.just("subscribe"), id=IDS, payload=PAYLOADS),
    messages(type=st.just("complete"), id=IDS),
)
ANY = GOOD | st.text(max_size=20) | messages(type=st.text(max_size=10) | JSON, id=IDS | JSON, payload=JSON)
BEGUN = st.just(['{"type": "connection_init"}'])
CONVERSATIONS = st.builds(list.__add__, BEGUN | st.just([]), st.lists(GOOD, max_size=8) | st.lists(ANY, max_size=8))
SAID = {"connection_ack", "pong", "next", "error", "complete"}


@settings(max_examples=300, deadline=None)
@given(CONVERSATIONS)
def test_any_conversation_ends_well(texts: list[str]) -> None:
    asyncio.run(converse(texts))


@cache
def endpoint() -> WebSocketEndpoint:
    return at_seam()[0]


async def converse(texts: list[str]) -> None:
    serving = endpoint()._serving
    wire = Wire()
    wire.say(*texts)
    wire.hang_up()
    # An exception would come out here.
    await asyncio.wait_for(endpoint()(wire.scope, wire.receive, wire.send), 60)
    accepted, *sent = wire.sent
    assert accepted["type"] == "websocket.accept"
    closes = [number for number, one in enumerate(sent) if one["type"] == "websocket.close"]
    assert closes in ([], [len(sent) - 1])
    if wire.close is not None:
        code, reason = wire.close
        assert code in set(Code) - {Code.INTERNAL_ERROR}
        assert len(reason.encode()) <= LONGEST_REASON
    assert {one["type"] for one in wire.messages} <= SAID
    assert serving.edge.capacity.running == 0
    assert serving.connections.operations.total() == 0
