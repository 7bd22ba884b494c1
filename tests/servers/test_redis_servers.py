"""The Redis servers of the tests themselves."""

from secrets import token_hex

import pytest
from redis import Redis, exceptions
from redis import RedisCluster as Cluster

from tests.servers.fixtures import StartRedis
from tests.servers.redis import RedisAccess, RedisServer
from tests.servers.redis_topologies import RedisCluster, WatchedRedis
from tests.servers.waiting import came_true


def test_a_server_answers(redis_server: RedisAccess) -> None:
    with redis_server.client() as client:
        assert client.ping() is True


def test_servers_started_at_once_have_ports_of_their_own(start_redis: StartRedis) -> None:
    ports = [start_redis().port for _ in range(3)]
    assert len(set(ports)) == 3


def test_options_are_those_of_the_servers_configuration(start_redis: StartRedis) -> None:
    server = start_redis(maxmemory="2mb", maxmemory_policy="noeviction", requirepass="secret")
    with server.client() as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        with pytest.raises(exceptions.OutOfMemoryError):
            client.mset({str(number): "x" * 1024 for number in range(4096)})


def test_a_killed_server_is_gone_and_comes_back_empty_on_the_same_port(start_redis: StartRedis) -> None:
    server = start_redis()
    with server.client() as client:
        client.set("fact", "7")
        port, pid = server.port, server.pid
        server.kill()
        with pytest.raises(exceptions.ConnectionError):
            client.get("fact")
        server.restart()
        assert (server.port, client.get("fact")) == (port, None)
        assert server.pid != pid


def test_a_server_that_writes_its_log_keeps_what_was_written(start_redis: StartRedis) -> None:
    server = start_redis(appendonly="yes", appendfsync="always")
    with server.client() as client:
        client.set("fact", "7")
        server.kill()
        server.restart()
        assert client.get("fact") == "7"


def test_a_paused_server_answers_nothing_until_it_goes_on(start_redis: StartRedis) -> None:
    server = start_redis()
    with server.client(socket_timeout=0.1, retry=None) as impatient, server.client() as patient:
        server.pause()
        with pytest.raises(exceptions.TimeoutError):
            impatient.ping()
        server.resume()
        assert patient.ping() is True


def test_a_valkey_answers_as_well(valkey_server: RedisServer) -> None:
    with valkey_server.client() as client:
        assert client.info("server")["server_name"] == "valkey"


def test_a_cluster_spreads_its_keys_over_three_nodes(redis_cluster: RedisCluster) -> None:
    # Other tests keep their keys in it too.
    prefix = f"fact-{token_hex(6)}-"
    with Cluster.from_url(redis_cluster.address, decode_responses=True) as client:
        for number in range(100):
            client.set(f"{prefix}{number}", number)
        assert [client.get(f"{prefix}{number}") for number in range(100)] == [str(number) for number in range(100)]
    sizes = []
    for node in redis_cluster.nodes:
        with node.client() as one:
            sizes.append(sum(1 for _ in one.scan_iter(f"{prefix}*", count=1_000)))
    assert sum(sizes) == 100
    assert min(sizes) > 0


def test_a_sentinel_replaces_a_primary_that_is_down_by_its_replica(watched_redis: WatchedRedis) -> None:
    watched = watched_redis
    with watched.primary.client() as primary:
        primary.set("fact", "7")
        assert primary.wait(1, 10_000) == 1
    with watched.sentinel.client() as sentinel:
        assert primary_port(sentinel, watched) == watched.primary.port
        watched.primary.kill()
        assert came_true(lambda: primary_port(sentinel, watched) == watched.replica.port, 60)
        with watched.replica.client() as replica:
            assert came_true(lambda: replica.role()[0] == "master", 60)
            assert replica.get("fact") == "7"


def primary_port(sentinel: Redis, watched: WatchedRedis) -> int:
    found = sentinel.sentinel_get_master_addr_by_name(watched.service)
    assert isinstance(found, tuple)
    return int(found[1])
