"""The messages of graphql-transport-ws (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import orjson

from gateway.parameters import DOCUMENT_ID, OTHER_IDS, PERSISTED
from gateway.transports.closing import invalid

PROTOCOL = "graphql-transport-ws"
LONGEST_ID = 256
"""Characters of an operation's id, which every message about it has. Clients make them of some forty at the most."""
Payload: TypeAlias = Mapping[str, Any] | None


class Init(NamedTuple):
    """`connection_init`."""

    payload: Payload


class Ping(NamedTuple):
    """`ping`."""

    payload: Payload


class Pong(NamedTuple):
    """`pong`."""

    payload: Payload


class Subscribe(NamedTuple):
    """`subscribe`. `payload` has what a request over HTTP has."""

    id: str
    payload: Mapping[str, Any]


class Complete(NamedTuple):
    """`complete`."""

    id: str


Message: TypeAlias = Init | Ping | Pong | Subscribe | Complete
WITHOUT_ID: Mapping[str, Callable[[Payload], Message]] = {"connection_init": Init, "ping": Ping, "pong": Pong}
TYPES_OF_PAYLOAD: Mapping[str, type] = {"query": str, "operationName": str, "variables": dict, "extensions": dict}
WORDS: Mapping[type, str] = {str: "a string", dict: "an object"}


def read(text: str) -> Message:
    """The message that a client has sent. Raises Closing for what is none."""
    found = _object(text)
    kind = found.get("type")
    if isinstance(kind, str) and kind in WITHOUT_ID:
        return WITHOUT_ID[kind](_payload(found))
    if kind == "complete":
        return Complete(_id(found))
    if kind == "subscribe":
        return Subscribe(_id(found), _asked(found))
    raise invalid("`type` is none that a client sends")


def ack() -> str:
    """`connection_ack`."""
    return '{"type":"connection_ack"}'


def pong(payload: Payload) -> str:
    """`pong`, with the payload of the ping, if it had one."""
    return orjson.dumps({"type": "pong", **({} if payload is None else {"payload": payload})}).decode()


def next_(id_: str, result: bytes) -> str:
    """`next`, with a result that is JSON already."""
    return (b'{"id":%b,"type":"next","payload":%b}' % (orjson.dumps(id_), result)).decode()


def error(id_: str, errors: Sequence[Mapping[str, Any]]) -> str:
    """`error`, by which an operation ends."""
    return orjson.dumps({"id": id_, "type": "error", "payload": errors}).decode()


def complete(id_: str) -> str:
    """`complete`, by which an operation ends."""
    return orjson.dumps({"id": id_, "type": "complete"}).decode()


def _object(text: str) -> Mapping[str, Any]:
    try:
        found = orjson.loads(text)
    except (orjson.JSONDecodeError, RecursionError) as broken:
        raise invalid("it is not JSON") from broken
    if not isinstance(found, dict):
        raise invalid("it is no JSON object")
    return found


def _payload(found: Mapping[str, Any]) -> Payload:
    payload: Any = found.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise invalid("`payload` is neither an object nor null")
    return payload


def _id(found: Mapping[str, Any]) -> str:
    id_ = found.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= LONGEST_ID:
        raise invalid(f"`id` is no string of 1 to {LONGEST_ID} characters")
    return id_


def _asked(found: Mapping[str, Any]) -> Mapping[str, Any]:
    payload = found.get("payload")
    if not isinstance(payload, dict):
        raise invalid("`payload` is no object")
    for name, of in TYPES_OF_PAYLOAD.items():
        if payload.get(name) is not None and not isinstance(payload[name], of):
            raise invalid(f"`payload.{name}` is not {WORDS[of]}")
    is_named = _is_named(payload)
    if payload.get("query") is None and not is_named:
        raise invalid("`payload.query` is missing")
    # The protocol's clients cannot leave `query` out, and send an empty one where a document is named.
    return {**payload, "query": None} if is_named and not payload.get("query") else payload


def _is_named(payload: Mapping[str, Any]) -> bool:
    return any(name in payload for name in (DOCUMENT_ID, *OTHER_IDS)) or PERSISTED in (payload.get("extensions") or {})
