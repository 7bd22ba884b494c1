"""The messages of graphql-transport-ws, read and written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.transports import messages
from gateway.transports.closing import LONGEST_REASON, Closing, Code, shortened
from gateway.transports.messages import Complete, Init, Ping, Pong, Subscribe, read

QUERY = "{ a }"


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ({"type": "connection_init"}, Init(None)),
        ({"type": "connection_init", "payload": None}, Init(None)),
        ({"type": "connection_init", "payload": {"a": 1}, "more": 1}, Init({"a": 1})),
        ({"type": "ping"}, Ping(None)),
        ({"type": "ping", "payload": {}}, Ping({})),
        ({"type": "pong", "payload": {"b": []}}, Pong({"b": []})),
        ({"type": "complete", "id": "1"}, Complete("1")),
        ({"type": "subscribe", "id": "ä", "payload": {"query": QUERY}}, Subscribe("ä", {"query": QUERY})),
        (
            {"type": "subscribe", "id": "1", "payload": {"query": QUERY, "variables": None, "operationName": None}},
            Subscribe("1", {"query": QUERY, "variables": None, "operationName": None}),
        ),
        (
            {"type": "subscribe", "id": "1", "payload": {"query": "", "extensions": {"persistedQuery": {}}}},
            Subscribe("1", {"query": None, "extensions": {"persistedQuery": {}}}),
        ),
        (
            {"type": "subscribe", "id": "1", "payload": {"query": "", "documentId": "d"}},
            Subscribe("1", {"query": None, "documentId": "d"}),
        ),
        ({"type": "subscribe", "id": "1", "payload": {"query": ""}}, Subscribe("1", {"query": ""})),
    ],
)
def test_a_message_is_read(message: object, found: object) -> None:
    assert read(json.dumps(message)) == found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is not JSON"),
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ('{"type": "ping", "payload": NaN}', "it is not JSON"),
        ('"\\ud800"', "it is not JSON"),
        ("[]", "it is no JSON object"),
        ("null", "it is no JSON object"),
        ("{}", "`type` is none that a client sends"),
        ('{"type": []}', "`type` is none that a client sends"),
        ('{"type": "start", "id": "1", "payload": {}}', "`type` is none that a client sends"),
        ('{"type": "next", "id": "1", "payload": {}}', "`type` is none that a client sends"),
        ('{"type": "connection_ack"}', "`type` is none that a client sends"),
        ('{"type": "connection_init", "payload": []}', "`payload` is neither an object nor null"),
        ('{"type": "ping", "payload": "a"}', "`payload` is neither an object nor null"),
        ('{"type": "pong", "payload": false}', "`payload` is neither an object nor null"),
        ('{"type": "complete"}', "`id` is no string of 1 to 256 characters"),
        ('{"type": "complete", "id": 1}', "`id` is no string of 1 to 256 characters"),
        ('{"type": "complete", "id": ""}', "`id` is no string of 1 to 256 characters"),
        (json.dumps({"type": "complete", "id": "a" * 257}), "`id` is no string of 1 to 256 characters"),
        ('{"type": "subscribe", "payload": {"query": "a"}}', "`id` is no string of 1 to 256 characters"),
        ('{"type": "subscribe", "id": "1"}', "`payload` is no object"),
        ('{"type": "subscribe", "id": "1", "payload": "a"}', "`payload` is no object"),
        ('{"type": "subscribe", "id": "1", "payload": {}}', "`payload.query` is missing"),
        ('{"type": "subscribe", "id": "1", "payload": {"query": 1}}', "`payload.query` is not a string"),
        (
            '{"type": "subscribe", "id": "1", "payload": {"query": "a", "operationName": 1}}',
            "`payload.operationName` is not a string",
        ),
        (
            '{"type": "subscribe", "id": "1", "payload": {"query": "a", "variables": []}}',
            "`payload.variables` is not an object",
        ),
        (
            '{"type": "subscribe", "id": "1", "payload": {"query": "a", "extensions": 1}}',
            "`payload.extensions` is not an object",
        ),
    ],
)
def test_what_is_no_message_closes_the_connection(text: str, reason: str) -> None:
    with pytest.raises(Closing) as closing:
        read(text)
    assert (closing.value.code, closing.value.reason) == (Code.BAD_REQUEST, f"Invalid message: {reason}")


def test_messages_are_written() -> None:
    assert messages.ack() == '{"type":"connection_ack"}'
    assert messages.pong(None) == '{"type":"pong"}'
    assert messages.pong({"a": 1}) == '{"type":"pong","payload":{"a":1}}'
    assert messages.next_('"', b'{"data":{}}') == '{"id":"\\"","type":"next","payload":{"data":{}}}'
    assert messages.error("1", [{"message": "a"}]) == '{"id":"1","type":"error","payload":[{"message":"a"}]}'
    assert messages.complete("1") == '{"id":"1","type":"complete"}'


@given(st.text(max_size=200))
def test_a_reason_fits_into_a_close_frame(reason: str) -> None:
    found = shortened(reason.encode(errors="ignore").decode())
    assert len(found.encode()) <= LONGEST_REASON
    assert reason.encode(errors="ignore").decode().startswith(found)
