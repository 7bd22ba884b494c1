"""Servers for tests: started when the first test asks for one, and stopped at the end.

Shared ones live as long as the test run: `opensearch_server`, `opensearch_2_server`, `secure_opensearch_server`,
`redis_server`, `valkey_server`, `redis_cluster`. A test that pauses, kills or fills a server takes its own from
`start_opensearch`, `start_redis` or `watched_redis`. A test whose server cannot be had here is skipped, and the end of
the run says why.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Protocol, TypeVar

import pytest

from tests.servers.missing import NOT_RUN, ServerMissing
from tests.servers.opensearch.access import GivenOpenSearch, OpenSearchAccess, given_opensearch
from tests.servers.opensearch.node import OpenSearchServer
from tests.servers.opensearch.releases import CURRENT, PREVIOUS
from tests.servers.process import Server
from tests.servers.redis import RedisAccess, RedisServer, given_redis, redis_binary
from tests.servers.redis_topologies import RedisCluster, WatchedRedis

__all__ = [
    "StartOpenSearch",
    "StartRedis",
    "opensearch_2_server",
    "opensearch_server",
    "redis_cluster",
    "redis_server",
    "secure_opensearch_server",
    "start_opensearch",
    "start_redis",
    "valkey_server",
    "watched_redis",
]
AnyServer = TypeVar("AnyServer", Server, OpenSearchServer, RedisServer, RedisCluster, WatchedRedis)


class StartOpenSearch(Protocol):
    """Starts an OpenSearch that ends with the test."""

    def __call__(
        self, version: str = CURRENT, *, secure: bool = False, settings: dict[str, str] | None = None
    ) -> OpenSearchServer: ...


class StartRedis(Protocol):
    """Starts a Redis that ends with the test; options are those of `RedisServer`."""

    def __call__(self, **options: str) -> RedisServer: ...


@pytest.fixture(scope="session")
def _given_opensearch() -> GivenOpenSearch | None:
    return given_opensearch()


@pytest.fixture(scope="session")
def opensearch_server(_given_opensearch: GivenOpenSearch | None) -> Iterator[OpenSearchAccess]:
    """OpenSearch 3: the one of GATEWAY_TEST_OPENSEARCH_URL when it is of that line, else one of our own."""
    yield from _shared(_given_opensearch, CURRENT)


@pytest.fixture(scope="session")
def opensearch_2_server(_given_opensearch: GivenOpenSearch | None) -> Iterator[OpenSearchAccess]:
    """OpenSearch 2: the one of GATEWAY_TEST_OPENSEARCH_URL when it is of that line, else one of our own."""
    yield from _shared(_given_opensearch, PREVIOUS)


@pytest.fixture(scope="session")
def secure_opensearch_server(_given_opensearch: GivenOpenSearch | None) -> Iterator[OpenSearchAccess]:
    """OpenSearch 3 with https, an authority of its own and a password."""
    yield from _shared(_given_opensearch, CURRENT, secure=True)


def _shared(given: GivenOpenSearch | None, version: str, *, secure: bool = False) -> Iterator[OpenSearchAccess]:
    if given and given.version.split(".")[0] == version.split(".", maxsplit=1)[0] and given.is_secure >= secure:
        yield given
    else:
        with ExitStack() as servers:
            yield _started(servers, lambda: OpenSearchServer(version, secure=secure, quick_start=True))


@pytest.fixture
def start_opensearch() -> Iterator[StartOpenSearch]:
    """Starts servers of the test's own."""
    with ExitStack() as servers:

        def start(
            version: str = CURRENT, *, secure: bool = False, settings: dict[str, str] | None = None
        ) -> OpenSearchServer:
            return _started(
                servers, lambda: OpenSearchServer(version, secure=secure, quick_start=True, settings=settings)
            )

        yield start


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisAccess]:
    """The Redis of GATEWAY_TEST_REDIS_URL, else one of our own: Redis, or Valkey where there is no Redis."""
    with ExitStack() as servers:
        yield given_redis() or _started(servers, RedisServer)


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[RedisServer]:
    """A Valkey of our own."""
    with ExitStack() as servers:
        yield _started(servers, lambda: RedisServer(redis_binary("valkey-server")))


@pytest.fixture(scope="session")
def redis_cluster() -> Iterator[RedisCluster]:
    """A cluster of three nodes."""
    with ExitStack() as servers:
        yield _started(servers, RedisCluster)


@pytest.fixture
def watched_redis() -> Iterator[WatchedRedis]:
    """A primary of the test's own, with a replica and a sentinel that replaces the one by the other."""
    with ExitStack() as servers:
        yield _started(servers, WatchedRedis)


@pytest.fixture
def start_redis() -> Iterator[StartRedis]:
    """Starts servers of the test's own."""
    with ExitStack() as servers:

        def start(**options: str) -> RedisServer:
            return _started(servers, lambda: RedisServer(**options))

        yield start


def _started(servers: ExitStack, make: Callable[[], AnyServer]) -> AnyServer:
    try:
        server = make()
        servers.enter_context(server)
    except ServerMissing as missing:
        pytest.skip(f"{NOT_RUN}{missing}")
    return server
