"""Who asks over a WebSocket, from where, and for how much: all that holds for HTTP."""

import asyncio
import json
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from gateway.admission import Visit
from gateway.head import Head
from gateway.identity.refusals import KeysUnavailable, refused
from gateway.settings import Settings
from tests.support.streaming import PATIENCE_SECONDS, live, nexts
from tests.support.tokens import AUDIENCE, ISSUER, SECRET, Issuer, bearer, shared_token
from tests.support.wires import INIT, Guard, Wire, at_seam, wired

TOKENS: dict[str, Any] = {"auth_secret": SECRET, "auth_issuer": ISSUER, "auth_audience": AUDIENCE}
WHO = "{ item { viewer visitor } }"
NEWS = {"type": "subscribe", "id": "1", "payload": {"query": "subscription { news { text viewer } }"}}
ORIGIN = "https://app.example"


def item(viewer: str | None, visitor: str | None = None) -> list[Any]:
    return nexts({"item": {"viewer": viewer, "visitor": visitor}})


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
async def test_a_token_comes_as_a_connection_parameter(name: str) -> None:
    async with live(Settings(**TOKENS)) as gateway:
        async with gateway.socket({name: bearer(shared_token())["Authorization"], "other": [1]}) as client:
            assert await client.answered(WHO) == item("user-1", "user-1")
        async with gateway.socket() as client:
            assert await client.answered(WHO) == item(None)


async def test_a_token_comes_by_the_handshake_and_then_no_parameter_replaces_it() -> None:
    async with live(Settings(**TOKENS)) as gateway:
        other = bearer(shared_token(sub="user-2"))
        async with gateway.socket(other, additional_headers=bearer(shared_token())) as client:
            assert await client.answered(WHO) == item("user-1", "user-1")


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        (None, "this gateway answers known viewers alone; send `Authorization: Bearer …`"),
        (
            {"Authorization": "Basic x"},
            "the token is not taken: `Authorization` must be `Bearer` and a token; send another one",
        ),
        ({"Authorization": "Bearer ä\u0000"}, "the token is not taken: it is no JSON Web Token; send another one"),
        (bearer(shared_token(exp=1)), "the token is not taken: it has expired; send another one"),
    ],
)
async def test_who_is_not_let_in_is_forbidden(params: Any, reason: str) -> None:
    settings = Settings(**TOKENS, auth_required=True)
    async with live(settings) as gateway, gateway.socket(init=False) as client:
        await client.send(type="connection_init", payload=params)
        assert await client.closed() == (4403, reason)


async def test_a_parameter_is_a_text() -> None:
    async with live(Settings(**TOKENS)) as gateway, gateway.socket(init=False) as client:
        await client.send(type="connection_init", payload={"Authorization": {}})
        assert await client.closed() == (4400, "Invalid message: `payload.authorization` is not a string")


async def test_keys_that_cannot_be_had_are_no_reason_to_give_up() -> None:
    # Nothing listens on the discard port.
    settings = Settings(auth_jwks_url="http://127.0.0.1:9/keys")
    async with live(settings) as gateway, gateway.socket(init=False) as client:
        await client.send(type="connection_init", payload=bearer(Issuer().token()))
        assert (await client.closed())[0] == 1013


async def test_what_only_a_router_may_say_is_not_taken_as_a_parameter() -> None:
    async with live(Settings(tls_client_ca_file=None, router_secret="s" * 32)) as gateway:
        viewer = json.dumps({"sub": "somebody"})
        params = {"X-Viewer": viewer, "Router-Authorization": "s" * 32, "X-Forwarded-For": "192.0.2.9"}
        async with gateway.socket(params) as client:
            assert await client.answered(WHO) == item(None)
        headers = {"X-Viewer": viewer, "Router-Authorization": "s" * 32}
        async with gateway.socket(additional_headers=headers) as client:
            assert await client.answered(WHO) == item("somebody", "somebody")


async def test_visitors_and_their_time_are_as_over_http() -> None:
    async with live() as gateway:
        async with gateway.socket({"X-Viewer-Id": "visitor-1"}) as client:
            assert await client.answered(WHO) == item(None, "visitor-1")
        for params in ({"X-Viewer-Id": "a b"}, {"X-Timeout-Seconds": "no"}):
            async with gateway.socket(params) as client:
                [error] = await client.answered(WHO)
                assert error["payload"][0]["extensions"] == {"code": "INVALID_REQUEST"}


EXPIRED = (4403, "the token is not taken: it has expired; send another one")


async def test_a_token_that_expires_ends_its_connection_before_another_event() -> None:
    guard = Guard()
    endpoint, feed = at_seam(admission=guard)
    wire = Wire()
    async with wired(endpoint, wire) as serving:
        wire.say(INIT, NEWS)
        feed.news.put_nowait("a")
        assert (await wire.told(2))[1]["payload"] == {"data": {"news": {"text": "a", "viewer": "user-1"}}}
        guard.refusal = refused("it has expired")
        feed.news.put_nowait("b")
        await asyncio.wait_for(serving, PATIENCE_SECONDS)
    assert wire.close == EXPIRED
    assert len(wire.messages) == 2
    assert await feed.ended.get() == "news"


@pytest.mark.parametrize("is_asked", [True, False])
async def test_a_token_that_expires_ends_its_connection_when_nothing_happens(is_asked: bool) -> None:
    guard = Guard()
    endpoint, _ = at_seam(admission=guard, **({} if is_asked else {"keep_alive_seconds": 0.01}))
    wire = Wire()
    async with wired(endpoint, wire) as serving:
        wire.say(INIT)
        await wire.told(1)
        guard.refusal = refused("it has expired")
        if is_asked:
            wire.say({**NEWS, "payload": {"query": WHO}})
        await asyncio.wait_for(serving, PATIENCE_SECONDS)
    assert wire.close == EXPIRED


async def test_while_keys_cannot_be_had_who_is_connected_stays() -> None:
    guard = Guard()
    endpoint, _ = at_seam(admission=guard, keep_alive_seconds=0.001)
    wire, late = Wire(), Wire()
    async with wired(endpoint, wire), wired(endpoint, late) as serving:
        wire.say(INIT)
        await wire.told(1)
        guard.refusal = KeysUnavailable("no keys")
        before = guard.asked
        async with asyncio.timeout(PATIENCE_SECONDS):
            while guard.asked < before + 2:
                await asyncio.sleep(0)
        wire.say({**NEWS, "payload": {"query": WHO}})
        assert (await wire.told(2))[1]["payload"][0]["extensions"] == {"code": "KEYS_UNAVAILABLE"}
        assert wire.close is None
        late.say(INIT)
        await asyncio.wait_for(serving, PATIENCE_SECONDS)
    assert late.close == (1013, "no keys")


@pytest.mark.parametrize(
    ("origins", "origin", "is_taken"),
    [
        (None, None, True),
        (None, "http://{host}", True),
        (None, "https://{host}", True),
        (None, ORIGIN, False),
        (None, "null", False),
        (None, "http://{host}.evil.example", False),
        (ORIGIN, ORIGIN, True),
        (f"https://other.example, {ORIGIN}", "HTTPS://APP.example", True),
        (ORIGIN, "https://evil.example", False),
        (ORIGIN, "http://{host}", True),
        ("*", "https://evil.example", True),
    ],
)
async def test_pages_of_other_sites_need_the_cors_setting(
    origins: str | None, origin: str | None, is_taken: bool
) -> None:
    async with live(Settings(cors_origins=origins)) as gateway:
        headers = {} if origin is None else {"Origin": origin.format(host=f"127.0.0.1:{gateway.port}")}
        if is_taken:
            async with gateway.socket(additional_headers=headers) as client:
                assert await client.answered(WHO) == item(None)
            return
        with pytest.raises(InvalidStatus) as found:
            async with gateway.socket(additional_headers=headers):
                pass
        response = found.value.response
        assert response.status_code == 403
        assert json.loads(response.body or b"")["errors"][0]["extensions"] == {"code": "ORIGIN_NOT_ALLOWED"}


async def test_a_server_that_answers_handshakes_by_itself_is_told_to_refuse() -> None:
    endpoint, _ = at_seam()
    wire = Wire(Origin=ORIGIN)
    await endpoint(wire.scope, wire.receive, wire.send)
    assert wire.sent == [{"type": "websocket.close"}]


async def test_operations_have_the_name_of_their_handshake_and_a_number() -> None:
    async with live() as gateway, gateway.socket(additional_headers={"X-Request-Id": "abc"}) as client:
        assert client.connection.response is not None
        assert client.connection.response.headers["x-request-id"] == "abc"
        for name in ("abc/1", "abc/2"):
            assert await client.answered("{ item { request } }") == nexts({"item": {"request": name}})
        assert await client.answered("subscription { count(to: 1) }") == nexts({"count": 0})


async def test_a_defect_of_the_gateway_closes_the_connection_and_is_the_servers_to_log() -> None:
    guard = Guard()
    endpoint, _ = at_seam(admission=guard)
    wire = Wire()
    wire.say(INIT)
    serving = asyncio.create_task(endpoint(wire.scope, wire.receive, wire.send))
    await wire.told(1)
    guard.refusal = ZeroDivisionError()
    wire.say({**NEWS, "payload": {"query": WHO}})
    with pytest.raises(ExceptionGroup) as found:
        await asyncio.wait_for(serving, PATIENCE_SECONDS)
    assert found.group_contains(ZeroDivisionError)
    assert wire.close == (4500, "Internal server error")


async def test_who_is_let_in_may_take_its_time() -> None:
    class Slow(Guard):
        async def later(self, head: Head) -> Visit:
            await asyncio.sleep(0)
            return Guard.__call__(self, head)

        def __call__(self, head: Head) -> Any:
            return self.later(head)

    endpoint, _ = at_seam(admission=Slow())
    wire = Wire()
    async with wired(endpoint, wire):
        wire.say(INIT, {**NEWS, "payload": {"query": "subscription { count(to: 1) }"}})
        assert [one["type"] for one in await wire.told(3)] == ["connection_ack", "next", "complete"]
