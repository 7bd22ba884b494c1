"""graphql-sse over HTTP: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, distinct connections."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from gateway.identity.refusals import KeysUnavailable, refused
from gateway.settings import Settings
from gateway.transports.limits import ConnectionLimits
from tests.support.event_streams import EVENTS, NEWS, listening, stream
from tests.support.streaming import PATIENCE_SECONDS, Live, live
from tests.support.tokens import AUDIENCE, ISSUER, SECRET, bearer, shared_token
from tests.support.wires import Guard

NEWER = "application/graphql-response+json"
ITEM, COUNT = "{ item { text } }", "subscription { count(to: 2) }"
COMPLETE = "event: complete\ndata:\n\n"


def event(result: Any) -> str:
    return f"event: next\ndata: {json.dumps(result, separators=(',', ':'))}\n\n"


async def asked(gateway: Live, query: str, accept: str | None = EVENTS, **headers: str) -> httpx.Response:
    given = headers if accept is None else {"Accept": accept, **headers}
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as http:
        return await http.post(f"{gateway.http}/graphql", json={"query": query}, headers=given)


async def test_queries_and_mutations_have_one_event() -> None:
    async with live() as gateway:
        found = await asked(gateway, ITEM)
        assert (found.status_code, found.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert found.headers["cache-control"] == "no-store"
        assert "etag" not in found.headers
        assert found.text == event({"data": {"item": {"text": "one"}}}) + COMPLETE
        assert (await asked(gateway, 'mutation { note(text: "a\\n") }')).text == event({"data": {"note": 1}}) + COMPLETE


async def test_a_subscription_has_an_event_for_each_of_its_own() -> None:
    async with live() as gateway:
        found = await asked(gateway, COUNT)
        assert found.text == ":\n\n" + event({"data": {"count": 0}}) + event({"data": {"count": 1}}) + COMPLETE
        assert found.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert found.headers["x-accel-buffering"] == "no"
        assert "x-request-id" in found.headers
        async with stream(gateway, NEWS, **{"X-Request-Id": "abc"}) as found:
            await listening(gateway, found)
            for text in ("a", "b"):
                gateway.feed.news.put_nowait(text)
                news = {"text": text, "viewer": None, "request": "abc"}
                assert await found.next() == event({"data": {"news": news}})
            gateway.feed.news.put_nowait("")
            assert await found.rest() == COMPLETE


async def test_a_get_reads_and_subscribes() -> None:
    async with live() as gateway, httpx.AsyncClient(headers={"Accept": EVENTS}) as http:
        for query, text in (
            (ITEM, event({"data": {"item": {"text": "one"}}})),
            (COUNT, ":\n\n" + event({"data": {"count": 0}})),
        ):
            found = await http.get(f"{gateway.http}/graphql", params={"query": query})
            assert found.text.startswith(text)
        written = await http.get(f"{gateway.http}/graphql", params={"query": 'mutation { note(text: "a") }'})
        assert (written.status_code, written.headers["allow"]) == (405, "POST")
        head = await http.head(f"{gateway.http}/graphql", params={"query": COUNT})
        assert head.status_code == 406


async def test_errors_of_a_request_are_events() -> None:
    async with live() as gateway:
        for query in ("{", "{ nothing }", "query A { item { text } } query B { item { text } }"):
            found = await asked(gateway, query)
            assert found.status_code == 200
            first, rest = found.text.split("\n\n", 1)
            assert first.startswith('event: next\ndata: {"errors":[{"message":')
            assert rest == COMPLETE
        found = await asked(gateway, "subscription ($to: Int!) { count(to: $to) }")
        assert (found.status_code, found.text.count("event: next"), "errors" in found.text) == (200, 1, True)
        found = await asked(gateway, "subscription { fails }")
        assert found.text.startswith(":\n\n" + event({"data": {"fails": 1}}))
        assert "INTERNAL_SERVER_ERROR" in found.text
        assert found.text.endswith(COMPLETE)
        async with httpx.AsyncClient(headers={"Accept": EVENTS}) as http:
            broken = await http.post(
                f"{gateway.http}/graphql", content=b"{", headers={"Content-Type": "application/json"}
            )
        assert "is not JSON" in broken.text


async def test_what_has_a_status_of_its_own_is_answered_by_it() -> None:
    tokens: dict[str, Any] = {"auth_secret": SECRET, "auth_issuer": ISSUER, "auth_audience": AUDIENCE}
    async with live(
        Settings(**tokens, auth_required=True, rate_authenticated=2, rate_window_seconds=86_400)
    ) as gateway:
        for query in (ITEM, COUNT):
            found = await asked(gateway, query)
            assert (found.status_code, found.headers["content-type"]) == (401, "application/json; charset=utf-8")
        authorization = bearer(shared_token())
        # One point has gone for the beginning, one for the first event, and there is none for the second.
        found = await asked(gateway, COUNT, **authorization)
        assert found.text.startswith(
            ":\n\n" + event({"data": {"count": 0}}) + 'event: next\ndata: {"errors":[{"message":'
        )
        assert '"RATE_LIMITED"' in found.text
        assert found.text.endswith(COMPLETE)
        for query in (ITEM, COUNT):
            found = await asked(gateway, query, **authorization)
            assert (found.status_code, "retry-after" in found.headers) == (429, True)


@pytest.mark.parametrize(
    ("accept", "of_query", "of_subscription"),
    [
        ("text/event-stream", EVENTS, EVENTS),
        ("text/event-stream, */*", EVENTS, EVENTS),
        ("TEXT/event-stream; charset=utf-8, application/json;q=0.9", EVENTS, EVENTS),
        # urql asks so, and so do others that name all they can read.
        (
            f"{NEWER}, application/graphql+json, application/json, text/event-stream, multipart/mixed",
            NEWER,
            EVENTS,
        ),
        ("text/event-stream, application/json", "application/json", EVENTS),
        ("text/event-stream;q=0.1, application/json;q=0", EVENTS, EVENTS),
        ("text/event-stream, multipart/mixed", EVENTS, EVENTS),
        ("application/json", "application/json", None),
        (NEWER, NEWER, None),
        ("text/event-stream;q=0", "application/json", None),
        ("text/*", "application/json", None),
        ("*/*", "application/json", None),
        (None, "application/json", None),
    ],
)
async def test_events_are_for_who_wants_them_or_needs_them(
    accept: str | None, of_query: str, of_subscription: str | None
) -> None:
    async with live() as gateway:
        query, subscription = await asked(gateway, ITEM, accept), await asked(gateway, COUNT, accept)
        assert query.headers["content-type"] == f"{of_query}; charset=utf-8"
        if of_subscription is None:
            assert subscription.status_code == 406
            assert subscription.headers["content-type"] == f"{of_query}; charset=utf-8"
            assert subscription.json()["errors"][0]["extensions"] == {"code": "NOT_ACCEPTABLE"}
        else:
            assert subscription.headers["content-type"] == f"{of_subscription}; charset=utf-8"


async def test_without_the_setting_there_are_no_events() -> None:
    async with live(Settings(event_streams=False)) as gateway:
        found = await asked(gateway, ITEM)
        assert found.headers["content-type"] == "application/json; charset=utf-8"
        assert (await asked(gateway, COUNT)).status_code == 406


async def test_a_subscription_has_no_place_in_a_batch() -> None:
    async with live(Settings(batch_max=2)) as gateway, httpx.AsyncClient() as http:
        for accept in (EVENTS, "application/json"):
            body = [{"query": COUNT}, {"query": ITEM}]
            found = await http.post(f"{gateway.http}/graphql", json=body, headers={"Accept": accept})
            refused, answered = found.json()
            assert refused["errors"][0]["extensions"] == {"code": "NOT_ACCEPTABLE"}
            assert answered == {"data": {"item": {"text": "one"}}}


async def test_a_refused_subscription_costs_what_anything_costs() -> None:
    async with live(Settings(rate_anonymous=1, rate_window_seconds=86_400)) as gateway:
        assert (await asked(gateway, COUNT, "application/json")).status_code == 406
        assert (await asked(gateway, COUNT, "application/json")).status_code == 429


async def test_a_client_that_hangs_up_ends_its_source() -> None:
    async with live() as gateway:
        async with stream(gateway, NEWS) as found:
            await listening(gateway, found)
        assert await asyncio.wait_for(gateway.feed.ended.get(), PATIENCE_SECONDS) == "news"


async def test_so_many_streams_are_open() -> None:
    async with live(Settings(connections_max=1)) as gateway, stream(gateway, NEWS) as found:
        await listening(gateway, found)
        refused = await asked(gateway, COUNT)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        # What has one result is no stream.
        assert (await asked(gateway, ITEM)).status_code == 200


async def test_one_result_is_compressed_and_a_stream_is_not() -> None:
    async with live() as gateway:
        found = await asked(gateway, "{ big }", **{"Accept-Encoding": "gzip"})
        assert (found.headers["content-encoding"], found.text.endswith(COMPLETE)) == ("gzip", True)
        found = await asked(gateway, COUNT, **{"Accept-Encoding": "gzip"})
        assert "content-encoding" not in found.headers


async def test_pages_of_other_sites_read_events_where_cors_lets_them() -> None:
    async with live(Settings(cors_origins="https://app.example")) as gateway:
        found = await asked(gateway, COUNT, Origin="https://app.example")
        assert found.headers["access-control-allow-origin"] == "https://app.example"


async def test_a_stream_that_is_silent_has_comments() -> None:
    async with live() as gateway:
        events = gateway.app._endpoint._events
        assert events is not None
        events._limits = ConnectionLimits(keep_alive_seconds=0.01)
        async with stream(gateway, NEWS) as found:
            await listening(gateway, found)
            assert set((await found.next()) + (await found.next())) == {":", "\n"}


async def test_who_reads_nothing_is_given_up() -> None:
    async with live() as gateway:
        events = gateway.app._endpoint._events
        assert events is not None
        events._limits = ConnectionLimits(stalled_seconds=0.01)
        async with stream(gateway, "subscription { flood }"):
            connections = events._serving.connections
            async with asyncio.timeout(PATIENCE_SECONDS):
                while connections.open.total():
                    await asyncio.sleep(0)
            assert 0 < gateway.feed.pulled < 200


async def test_a_token_that_expires_ends_its_stream() -> None:
    async with live() as gateway:
        events = gateway.app._endpoint._events
        assert events is not None
        guard = Guard()
        events._limits = ConnectionLimits(keep_alive_seconds=0.01)
        events._serving.subscriptions.edge = replace(events._serving.edge, admission=guard)
        for refusal in (KeysUnavailable("no keys"), refused("it has expired")):
            async with stream(gateway, NEWS) as found:
                await listening(gateway, found)
                guard.refusal = refusal
                if isinstance(refusal, KeysUnavailable):
                    # Comments go on, and so does the stream.
                    assert [await found.next() for _ in range(3)]
                    guard.refusal = None
                else:
                    assert "the token is not taken: it has expired" in (rest := await found.rest())
                    assert rest.endswith(COMPLETE)
