"""How a server of the tests begins and ends, whatever happens to it and to the test run."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.fixtures import StartRedis
from tests.servers.missing import ServerFailed
from tests.servers.ports import HOST, PORTS, free_port, is_free
from tests.servers.redis import RedisServer, redis_binary
from tests.servers.waiting import came_true

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30
START_AND_WAIT = """
import signal
from tests.servers.redis import RedisServer
with RedisServer() as server:
    print(server.pid, server.folder, flush=True)
    signal.pause()
"""


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("paused", [False, True])
@pytest.mark.usefixtures("redis_server")
def test_a_killed_test_run_leaves_no_server_and_no_folder(paused: bool) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as killed:
        assert killed.stdout is not None
        pid, folder = killed.stdout.readline().split()
        assert Path(folder, "redis.conf").is_file()
        if paused:
            os.kill(int(pid), signal.SIGSTOP)
        killed.kill()
    assert came_true(lambda: is_gone(int(pid)) and not Path(folder).exists(), PATIENCE_SECONDS)


def test_the_end_of_a_server_takes_its_folder_along(start_redis: StartRedis) -> None:
    server = start_redis()
    pid = server.pid
    assert (server.runs, server.log.is_file(), is_free(server.port)) == (True, True, False)
    server.close()
    assert (server.runs, server.folder.exists(), is_gone(pid), is_free(server.port)) == (False, False, True, True)
    with pytest.raises(ServerFailed, match=r"(redis|valkey)-server does not run"):
        server.pause()


def test_a_paused_server_can_be_stopped(start_redis: StartRedis) -> None:
    server = start_redis(appendonly="yes", appendfsync="no")
    with server.client() as client:
        client.set("fact", "7")
        server.pause()
        server.stop()
        server.start()
        assert client.get("fact") == "7"


@pytest.mark.usefixtures("redis_server")
def test_a_server_that_does_not_start_says_why_and_leaves_nothing() -> None:
    server = RedisServer(maxmemory="much")
    with pytest.raises(ServerFailed, match=r"did not start:\n(.*\n)*.*argument must be a memory value"), server:
        pass
    assert (server.runs, server.folder.exists()) == (False, False)


@pytest.mark.usefixtures("redis_server")
def test_a_server_whose_port_was_taken_meanwhile_takes_another() -> None:
    server = RedisServer()
    with socket.create_server((HOST, server.port)) as squatter, server:
        assert server.port != squatter.getsockname()[1]
        assert server.answers()


@pytest.mark.usefixtures("redis_server")
def test_a_server_that_was_given_its_port_takes_no_other() -> None:
    port = free_port()
    with (
        socket.create_server((HOST, port)),
        pytest.raises(ServerFailed, match=r"(?i)address already in use"),
        RedisServer(redis_binary(), port),
    ):
        pass


def test_free_ports_are_not_those_of_outgoing_connections() -> None:
    ports = {free_port() for _ in range(20)}
    assert len(ports) > 10
    assert all(port in PORTS and is_free(port) for port in ports)
    with socket.socket() as outgoing:
        outgoing.bind((HOST, 0))
        assert outgoing.getsockname()[1] not in PORTS
