"""HTTP around GraphQL: compression, request ids, other sites, batches, and bodies of any shape."""

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.compression import accepts_gzip
from gateway.settings import Settings
from tests.support.asking import Asking, asking
from tests.support.engines import answering_each

BODY = {"query": "{ __typename }"}
LONG = {"query": "{ " + " ".join(f"a{number}: __typename" for number in range(100)) + " }"}
ORIGIN = "https://app.example"


async def post(gateway: Asking, body: Any, **headers: str) -> httpx.Response:
    return await gateway.http.post("/graphql", json=body, headers=headers)


@pytest.mark.parametrize(
    ("accept", "is_taken"),
    [
        ("gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1, GZIP;q=0.1", True),
        ("x-gzip", True),
        ("*", True),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("gzip;q=0.5, identity", False),
        ("identity;q=0.5, gzip;q=0.5", True),
        ("gzip;q=no", False),
        (f"gzip, {'x' * 300}", True),
    ],
)
def test_gzip_is_for_who_accepts_it(accept: str, is_taken: bool) -> None:
    assert accepts_gzip(accept) is is_taken


async def test_a_long_answer_is_compressed_for_who_accepts_that() -> None:
    async with asking(answering_each(None)) as gateway:
        for accept, encoding in (("gzip", "gzip"), ("identity", None), ("br", None)):
            async with gateway.http.stream("POST", "/graphql", json=LONG, headers={"Accept-Encoding": accept}) as found:
                raw = b"".join([part async for part in found.aiter_raw()])
            assert found.headers.get("content-encoding") == encoding
            assert found.headers["vary"] == "Accept, Accept-Encoding"
            assert int(found.headers["content-length"]) == len(raw)
            assert json.loads(gzip.decompress(raw) if encoding else raw)["data"]["a99"] == "Query"
        assert "content-encoding" not in (await post(gateway, BODY)).headers
    for told in (Settings(compression=False), Settings(compression_min_bytes=100_000)):
        async with asking(answering_each(None), told) as gateway:
            assert "content-encoding" not in (await post(gateway, LONG)).headers
    async with asking(answering_each(None), Settings(compression_min_bytes=0)) as gateway:
        # Three dozen bytes become no shorter by it.
        assert "content-encoding" not in (await post(gateway, BODY)).headers


@pytest.mark.parametrize("name", ["7d1f", "a" * 128, "Root=1-67891233-abcdef012345678912345678/x:y+z@w_v.u"])
async def test_a_request_keeps_the_name_that_it_came_with(name: str) -> None:
    async with asking(answering_each(None)) as gateway:
        assert (await post(gateway, BODY, **{"X-Request-Id": name})).headers["x-request-id"] == name


@pytest.mark.parametrize("name", [None, "", "a b", "a\tb", "a" * 129, "\u00e9", 'a"b'])
async def test_a_request_without_a_name_that_can_be_meant_gets_one(name: str | None) -> None:
    async with asking(answering_each(None)) as gateway:
        headers = [] if name is None else [(b"x-request-id", name.encode("latin-1"))]
        names = [
            (await gateway.http.post("/graphql", json=BODY, headers=headers)).headers["x-request-id"] for _ in range(2)
        ]
    assert names[0] != names[1]
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in names)


async def test_no_other_site_may_use_it_unless_it_is_named() -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    async with asking(answering_each(None)) as gateway:
        assert "access-control-allow-origin" not in (await post(gateway, BODY, Origin=ORIGIN)).headers
        assert (await gateway.http.options("/graphql", headers=asked)).status_code == 405
    async with asking(answering_each(None), Settings(cors_origins=f"https://other.example, {ORIGIN}")) as gateway:
        allowed = await gateway.http.options("/graphql", headers=asked)
        assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, ORIGIN)
        assert allowed.headers["access-control-allow-headers"] == "content-type"
        answered = await post(gateway, BODY, Origin=ORIGIN)
        assert answered.headers["access-control-allow-origin"] == ORIGIN
        assert "X-Request-Id" in answered.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in answered.headers
        assert (
            await gateway.http.options("/graphql", headers=asked | {"Origin": "https://evil.example"})
        ).status_code == 400
    async with asking(answering_each(None), Settings(cors_origins="*")) as gateway:
        assert (await post(gateway, BODY, Origin=ORIGIN)).headers["access-control-allow-origin"] == "*"


async def test_a_batch_is_taken_up_to_its_limit() -> None:
    async with asking(answering_each(None), Settings(batch_max=2)) as gateway:
        found = await post(gateway, [BODY, {"query": "{ b: __typename }"}], accept="application/graphql-response+json")
        assert (found.status_code, found.json()) == (200, [{"data": {"__typename": "Query"}}, {"data": {"b": "Query"}}])
        assert found.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
        searches = await post(gateway, [{"query": "{ searchJobs { totalCount } }"}] * 2)
        assert searches.json() == [{"data": {"searchJobs": {"totalCount": 0}}}] * 2
        persisted = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0"}}}
        unknown, broken = (await post(gateway, [persisted, 1])).json()
        assert unknown["errors"][0]["message"] == "PersistedQueryNotFound"
        assert broken["errors"][0]["message"].startswith("a request must be a JSON object")
        refused = await post(gateway, [BODY] * 3)
        assert refused.status_code == 400
        assert refused.json()["errors"] == [
            {
                "message": "an array has 2 operations at most, and this one 3; send several requests",
                "extensions": {"code": "BATCH_TOO_LARGE", "limit": 2, "actual": 3},
            }
        ]
    async with asking(answering_each(None)) as gateway:
        [error] = (await post(gateway, [BODY])).json()["errors"]
    assert error["message"].startswith("an array of operations is not taken here")


async def test_a_body_is_taken_up_to_its_limit() -> None:
    async with asking(answering_each(None), Settings(body_bytes=1_000)) as gateway:
        for padding, status in ((1_000 - 27, 200), (1_000 - 26, 413)):
            content = b'{"query":"{ __typename }"}' + b" " * (padding + 1)
            assert (
                await gateway.http.post("/graphql", content=content, headers={"Content-Type": "application/json"})
            ).status_code == status


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    never = asyncio.Event()

    async def begun() -> AsyncIterator[bytes]:
        yield b'{"query": '
        await never.wait()

    async with asking(answering_each(None), Settings(deadline_seconds=0.05)) as gateway:
        found = await gateway.http.post("/graphql", content=begun(), headers={"Content-Type": "application/json"})
        assert (found.status_code, found.headers["connection"]) == (408, "close")
        assert found.json()["errors"][0]["extensions"]["code"] == "BODY_TOO_SLOW"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.just("{ __typename }"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["query", "variables", "operationName", "extensions", "documentId", "id", "x"]), inner
        )
    ),
    max_leaves=12,
)
BODIES = (
    st.binary(max_size=60)
    | JSON_VALUES.map(lambda value: json.dumps(value).encode())
    | JSON_VALUES.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
)


@settings(max_examples=150, deadline=None)
@given(body=BODIES)
async def test_a_body_of_any_shape_is_answered_and_never_by_a_crash(body: bytes) -> None:
    async with asking(answering_each(None), Settings(batch_max=3)) as gateway:
        response = await gateway.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in {200, 400}
    for answer in response.json() if isinstance(response.json(), list) else [response.json()]:
        assert "data" in answer or answer["errors"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"query": "{ __typename }", "query": "{ a: __typename }"}', 200),
        (b'{"query": "{ __typename }", "variables": {"n": ' + b"9" * 400 + b"}}", 400),
        (b'{"query": "{ __typename }", "variables": {"n": 1e999}}', 400),
        (b'{"query": "{ __typename \\u0000 }"}', 200),
        (b'{"query": "{ job(id: \\"\\\\uD800\\") { id } }"}', 200),
        (b'{"query": "query ($i: ID!) { job(id: $i) { id } }", "variables": {"i": "\\u0000"}}', 200),
        (b'{"query": "query ($i: ID!) { job(id: $i) { id } }", "variables": {"i": "\\ud83d\\ude00"}}', 200),
        (b'{"query": "{ __typename }", "variables": ' + b'{"a":' * 500 + b"1" + b"}" * 500 + b"}", 200),
        (b'\xef\xbb\xbf{"query": "{ __typename }"}', 400),
    ],
    ids=lambda part: repr(part)[:60],
)
async def test_odd_json_has_a_plain_answer(body: bytes, status: int) -> None:
    async with asking(answering_each(None)) as gateway:
        response = await gateway.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == status
    assert response.json()


@pytest.mark.parametrize(
    "query", ["query=%ff%fe", "query=%00", "query={a}&variables=%ff", "variables=%5B", "extensions=1", "%"]
)
async def test_an_odd_address_is_refused(query: str) -> None:
    async with asking(answering_each(None)) as gateway:
        response = await gateway.http.get(f"/graphql?{query}")
    assert response.status_code in {200, 400}
    assert response.json()["errors"]


@pytest.mark.parametrize(
    "accept",
    ["text/event-stream", "application/json, text/event-stream", "multipart/mixed, application/json", "text/*"],
)
async def test_a_client_that_lists_what_streams_have_gets_plain_json(accept: str) -> None:
    async with asking(answering_each(None)) as gateway:
        response = await post(gateway, BODY, accept=accept)
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json() == {"data": {"__typename": "Query"}}
