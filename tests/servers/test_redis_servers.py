"""The Redis servers of the tests themselves."""

import pytest
from redis import exceptions

from tests.servers.fixtures import StartRedis
from tests.servers.redis import RedisAccess


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
