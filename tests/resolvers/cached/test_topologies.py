"""Every kind of URL, against the real thing that it names."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from resolvers.sources.cached.redis_remote import RedisRemote
from resolvers.sources.cached.redis_servers import servers_at
from resolvers.sources.cached.source import CachedSource
from resolvers.sources.counting import Event
from tests.servers.fixtures import StartRedis
from tests.servers.missing import NOT_RUN, ServerMissing
from tests.servers.ports import free_port
from tests.servers.redis import RedisServer
from tests.servers.redis_topologies import RedisCluster, WatchedRedis
from tests.support.caching import FakeEngine, Tally, fetch, find, search_for, settled, skill_ref

LONG_ENOUGH = 60
SEARCH = search_for("x", count=True)
NAMES = [f"n{number}" for number in range(50)]


@asynccontextmanager
async def processes(engine: FakeEngine, tally: Tally, url: str) -> AsyncIterator[list[CachedSource]]:
    """Two caches that share the Redis of a URL."""
    sources = [
        CachedSource(
            engine,
            local_bytes=1_000_000,
            remote=RedisRemote(url, "changes"),
            timeout_seconds=2,
            retry_seconds=0.02,
            counting=tally,
        )
        for _ in range(2)
    ]
    for source in sources:
        await source.start()
    try:
        yield sources
    finally:
        for source in sources:
            await source.close()


async def check_sharing(engine: FakeEngine, tally: Tally, url: str) -> None:
    """Two processes share documents and results, hear of changes, and leave nothing behind."""
    async with processes(engine, tally, url) as sources:
        await share(engine, *sources)
    assert tally[Event.REMOTE_ERROR] == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def share(engine: FakeEngine, one: CachedSource, other: CachedSource) -> None:
    for name in NAMES:
        engine.change(name, 1)
    engine.asked.clear()
    engine.searched.clear()
    for source in (one, other):
        assert await fetch(source, *NAMES) == [1] * 50
        assert (await find(source, SEARCH)).total == 53
        await settled(source)
    assert (len(engine.asked), len(engine.searched)) == (1, 1)
    for name in NAMES[:20]:
        engine.change(name, 2)
    heard = validity(other).now()
    assert await one.invalidate([skill_ref(name) for name in NAMES[:20]]) is True
    await until(lambda: validity(other).now() > heard)
    for source in (one, other):
        assert await fetch(source, *NAMES) == [2] * 20 + [1] * 30
        await find(source, SEARCH)
        await settled(source)
    assert (len(engine.asked), len(engine.searched)) == (2, 2)


def validity(source: CachedSource) -> Any:
    return source._documents._tiers.validity


async def until(happened: Callable[[], Any]) -> None:
    async with asyncio.timeout(LONG_ENOUGH):
        while not happened():
            await asyncio.sleep(0.01)


async def test_one_server(start_redis: StartRedis, engine: FakeEngine, tally: Tally) -> None:
    await check_sharing(engine, tally, start_redis().url)


async def test_a_server_with_a_password_and_a_database(
    start_redis: StartRedis, engine: FakeEngine, tally: Tally
) -> None:
    server = start_redis()
    with server.client() as client:
        client.config_set("requirepass", "p@ss/word")
        await check_sharing(engine, tally, f"redis://:p%40ss%2Fword@127.0.0.1:{server.port}/3")
        assert client.info("keyspace").keys() == {"db3"}


async def test_a_socket(start_redis: StartRedis, engine: FakeEngine, tally: Tally, tmp_path: Path) -> None:
    start_redis(unixsocket=str(tmp_path / "redis.sock"))
    await check_sharing(engine, tally, f"unix://{tmp_path}/redis.sock?db=2")


async def test_valkey(valkey_server: RedisServer, engine: FakeEngine, tally: Tally) -> None:
    await check_sharing(engine, tally, valkey_server.url)


async def test_a_cluster(redis_cluster: RedisCluster, engine: FakeEngine, tally: Tally) -> None:
    first, *others = (f"127.0.0.1:{node.port}" for node in redis_cluster.nodes)
    await check_sharing(engine, tally, f"redis+cluster://{first},{','.join(others)}")
    for node in redis_cluster.nodes:
        with node.client() as client:
            assert client.dbsize() > 0


async def test_tls(start_redis: StartRedis, engine: FakeEngine, tally: Tally, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip(f"{NOT_RUN}there is no openssl on the PATH")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    port = free_port()
    certificate = str(tmp_path / "cert.pem")
    options = {"tls_cert_file": certificate, "tls_key_file": str(tmp_path / "key.pem"), "tls_ca_cert_file": certificate}
    start_redis(tls_port=str(port), tls_auth_clients="no", **options)
    await check_sharing(engine, tally, f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={certificate}")


async def test_behind_a_sentinel_another_primary_is_found_without_a_restart(
    watched_redis: WatchedRedis, engine: FakeEngine, tally: Tally
) -> None:
    url = f"redis+sentinel://127.0.0.1:{watched_redis.sentinel.port}/{watched_redis.service}/0"
    await check_sharing(engine, tally, url)
    async with processes(engine, tally, url) as sources:
        await asyncio.to_thread(watched_redis.primary.kill)
        assert await fetch(sources[0], *NAMES) == [2] * 20 + [1] * 30
        for source in sources:
            await found_again(source, tally)
        await until(lambda: all(validity(source).hears for source in sources))
        engine.generation = "g2"
        await share(engine, *sources)
    with watched_redis.replica.client() as client:
        assert client.dbsize() > 0


async def found_again(source: CachedSource, tally: Tally) -> None:
    """Ask until the shared cache is read from again."""
    read = tally[Event.BYTES_READ]
    async with asyncio.timeout(LONG_ENOUGH):
        while tally[Event.BYTES_READ] == read:
            assert (await find(source, SEARCH)).total == 53
            await settled(source)
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("http://127.0.0.1", "begins with one of redis://, rediss://, unix://, redis+sentinel://"),
        ("127.0.0.1:6379", "begins with one of redis://"),
        ("redis+sentinel://127.0.0.1:1", "names no service"),
        ("redis+sentinel:///service", "names no host"),
        ("redis+sentinel://a,,b/service", "has an empty one in its list"),
        ("redis+cluster://127.0.0.1:1/3", "a cluster has no databases"),
        ("redis://:p#ss@127.0.0.1:6379", "cannot be read"),
        ("redis+cluster://127.0.0.1:port", "cannot be read"),
        ("redis+sentinel://[::1/service", "cannot be read"),
        ("redis://127.0.0.1/0?socket_timeout=soon", "cannot be read"),
        ("redis://127.0.0.1/shop", "the database of the URL has to be a number"),
        ("redis+sentinel://127.0.0.1:1/service/shop", "the database of the URL has to be a number"),
        ("redis://127.0.0.1?no_such_option=1", "has an option that there is not"),
        ("redis+sentinel://127.0.0.1:1/service?sentinel_no_such_option=1", "has an option that there is not"),
        ("redis://127.0.0.1?decode_responses=true", "the option decode_responses"),
        ("redis+cluster://127.0.0.1:1?encoding=utf-16", "the option encoding"),
    ],
)
def test_a_url_that_cannot_be_meant_says_why(url: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        servers_at(url, 1)
    assert wrong in str(refused.value)
    assert "p#ss" not in str(refused.value)


async def test_what_a_url_says_reaches_the_connections() -> None:
    sentinel = servers_at(
        "rediss+sentinel://me:p%2Fw@a:1,[::1]:2,c/shop/4?sentinel_password=s&ssl_cert_reqs=none", 1
    ).client.connection_pool  # type: ignore[union-attr]
    manager = sentinel.sentinel_manager
    assert (sentinel.service_name, sentinel.connection_class.__name__) == ("shop", "SentinelManagedSSLConnection")
    given = {name: sentinel.connection_kwargs[name] for name in ("username", "password", "db", "ssl_cert_reqs")}
    assert given == {"username": "me", "password": "p/w", "db": 4, "ssl_cert_reqs": "none"}
    places = [one.connection_pool.connection_kwargs for one in manager.sentinels]
    assert [(one["host"], one["port"], one["password"]) for one in places] == [
        ("a", 1, "s"),
        ("::1", 2, "s"),
        ("c", 26379, "s"),
    ]
    cluster: Any = servers_at("redis+cluster://me:pw@127.0.0.1:1,127.0.0.2", 1).client
    assert [(node.host, node.port) for node in cluster.startup_nodes] == [("127.0.0.1", 1), ("127.0.0.2", 6379)]
    assert (cluster.connection_kwargs["username"], cluster.connection_kwargs["password"]) == ("me", "pw")
    for client in (sentinel, cluster):
        assert client.connection_kwargs["protocol"] == 3
    assert (cluster.retry.get_retries(), sentinel.connection_kwargs["retry"].get_retries()) == (0, 0)
    assert [one["retry"].get_retries() for one in places] == [0, 0, 0]


@pytest.fixture
def own_cluster() -> Iterator[RedisCluster]:
    """A cluster that the test may break."""
    with ExitStack() as servers:
        try:
            cluster = servers.enter_context(RedisCluster())
        except ServerMissing as missing:
            pytest.skip(f"{NOT_RUN}{missing}")
        yield cluster


async def test_a_cluster_that_loses_a_node_is_done_without_until_it_is_whole_again(
    own_cluster: RedisCluster, engine: FakeEngine, tally: Tally
) -> None:
    for name in NAMES:
        engine.change(name, 2)
    url = ",".join(f"127.0.0.1:{node.port}" for node in own_cluster.nodes)
    async with processes(engine, tally, f"redis+cluster://{url}") as sources:
        assert await fetch(sources[0], *NAMES) == [2] * 50
        await asyncio.to_thread(own_cluster.nodes[1].kill)
        assert await fetch(sources[1], *NAMES) == [2] * 50
        await until(lambda: not validity(sources[0]).hears or tally[Event.REMOTE_ERROR] > 0)
        assert await fetch(sources[0], *NAMES, "none") == [2] * 50 + [None]
        await asyncio.to_thread(own_cluster.nodes[1].restart)
        for source in sources:
            await found_again(source, tally)
        await until(lambda: all(validity(source).hears for source in sources))
        engine.generation = "g2"
        await share(engine, *sources)
