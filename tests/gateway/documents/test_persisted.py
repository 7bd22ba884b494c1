"""Automatic persisted queries, by Apollo's protocol."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from hashlib import sha256
from typing import Any

import httpx
import orjson
import pytest

from gateway.documents.errors import PersistedQueryNotFound
from gateway.documents.persisted import PersistedQueries
from gateway.engines import build_shared_cache
from gateway.settings import Settings
from resolvers.sources.cached.recent import OVERHEAD_BYTES
from resolvers.sources.cached.remote import Write
from resolvers.sources.cached.source import CachedSource
from tests.servers.redis import RedisServer
from tests.support.asking import Asking, asking
from tests.support.engines import answering_each

QUERY = "query Kind($id: ID!) { __typename job(id: $id) { id } }"
VARIABLES = {"id": "job_1"}
DATA = {"data": {"__typename": "Query", "job": None}}
NOT_FOUND = {"errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]}


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def naming(text: str) -> dict[str, Any]:
    return {"variables": VARIABLES, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}}}


async def post(gateway: Asking, body: Any, **headers: str) -> httpx.Response:
    return await gateway.http.post("/graphql", json=body, headers=headers)


async def get(gateway: Asking, body: dict[str, Any]) -> httpx.Response:
    params = {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in body.items()}
    return await gateway.http.get("/graphql", params=params)


async def test_a_hash_is_enough_once_the_document_was_sent_with_it() -> None:
    async with asking(answering_each(None)) as gateway:
        unknown = await post(gateway, naming(QUERY))
        assert (unknown.status_code, unknown.json()) == (200, NOT_FOUND)
        assert unknown.headers["cache-control"] == "no-store"
        by_specification = await post(gateway, naming(QUERY), accept="application/graphql-response+json")
        assert (by_specification.status_code, by_specification.json()) == (400, NOT_FOUND)
        assert (await post(gateway, {"query": QUERY, **naming(QUERY)})).json() == DATA
        assert (await post(gateway, naming(QUERY))).json() == DATA
        assert (await get(gateway, naming(QUERY))).json() == DATA
        assert (await get(gateway, {"query": "", **naming(QUERY)})).status_code == 400


async def test_a_document_is_kept_only_under_its_own_hash_and_only_if_it_is_valid() -> None:
    async with asking(answering_each(None)) as gateway:
        mismatch = await post(gateway, {"query": QUERY, **naming("{ other }")})
        assert mismatch.status_code == 400
        [error] = mismatch.json()["errors"]
        assert error["message"].startswith("provided sha does not match query")
        assert error["extensions"] == {"code": "INVALID_REQUEST"}
        assert (await post(gateway, naming("{ other }"))).json() == NOT_FOUND
        assert "errors" in (await post(gateway, {"query": "{ wrong }", **naming("{ wrong }")})).json()
        assert (await post(gateway, naming("{ wrong }"))).json() == NOT_FOUND


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("x", "Unsupported persisted query version"),
        ({"version": 2, "sha256Hash": "a"}, "Unsupported persisted query version"),
        ({"version": 1}, "`extensions.persistedQuery.sha256Hash` must be"),
        ({"version": 1, "sha256Hash": 5}, "`extensions.persistedQuery.sha256Hash` must be"),
    ],
)
async def test_a_hash_that_cannot_be_meant_is_refused(given: object, said: str) -> None:
    async with asking(answering_each(None)) as gateway:
        response = await post(gateway, {"extensions": {"persistedQuery": given}})
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"].startswith(said)


async def test_where_none_are_kept_clients_are_told_so() -> None:
    async with asking(answering_each(None), Settings(persisted_queries_bytes=0)) as gateway:
        response = await post(gateway, naming(QUERY))
        assert (response.status_code, response.json()["errors"]) == (
            200,
            [{"message": "PersistedQueryNotSupported", "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}}],
        )
        assert (await post(gateway, {"query": QUERY, **naming(QUERY)})).json() == DATA


async def test_processes_with_one_redis_know_each_others_documents(redis_server: RedisServer) -> None:
    settings = Settings(redis_url=redis_server.url, redis_timeout_seconds=5, cache_prefix="persisted-test")
    async with AsyncExitStack() as stack:
        caches = [
            CachedSource(answering_each(None), local_bytes=0, remote=build_shared_cache(settings), timeout_seconds=5)
            for _ in range(2)
        ]
        first, second = [await stack.enter_async_context(asking(cache, settings)) for cache in caches]
        await post(first, {"query": QUERY, **naming(QUERY)})
        key = f"persisted-test:persisted:{digest(QUERY)}"
        with redis_server.client() as client:
            for _ in range(500):
                if client.exists(key):
                    break
                await asyncio.sleep(0.02)
            assert client.get(key) == QUERY
            assert 80_000 < int(client.ttl(key)) <= 86_400  # type: ignore[arg-type]
            assert (await post(second, naming(QUERY))).json() == DATA
            # What somebody else has put there is not taken for the document.
            client.set(f"persisted-test:persisted:{digest('{ a }')}", "{ __typename }")
            assert (await post(second, naming("{ a }"))).json() == NOT_FOUND


async def test_the_documents_used_last_are_kept_up_to_so_many_bytes() -> None:
    kept = PersistedQueries(2 * OVERHEAD_BYTES + 20)
    for text in ("{ aaa }", "{ bbb }"):
        kept.keep(digest(text), text)
    assert await kept.find(digest("{ aaa }")) == "{ aaa }"
    kept.keep(digest("{ ccc }"), "{ ccc }")
    kept.keep(digest("{ aaa }"), "{ aaa }")
    kept.keep("long", "x" * 1_000)
    assert [await kept.find(digest(text)) for text in ("{ aaa }", "{ ccc }")] == ["{ aaa }", "{ ccc }"]
    for gone in (digest("{ bbb }"), "long"):
        with pytest.raises(PersistedQueryNotFound):
            await kept.find(gone)


async def test_a_write_that_hangs_is_given_up_at_the_end() -> None:
    class Hanging:
        async def write(self, writes: Sequence[Write]) -> None:  # noqa: ARG002
            begun.set()
            await asyncio.Event().wait()

    begun = asyncio.Event()
    kept = PersistedQueries(10_000, Hanging())  # type: ignore[arg-type]
    kept.keep("a", "{ a }")
    await asyncio.wait_for(begun.wait(), 10)
    await asyncio.wait_for(kept.close(), 10)
    assert await kept.find("a") == "{ a }"
