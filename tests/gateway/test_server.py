"""The server as a process: it says where it is, follows the index, and ends well."""

import json
import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from gateway.jobs import index
from gateway.server import announce
from indexing.progress import SilentProgress
from tests.support.demo import Demo, make_demo
from tests.support.serving import PATIENCE_SECONDS, Ended, ended, served, serving_fails, wait_for

QUERY = {"query": "{ searchJobs { totalCount } }"}
COUNTED = {"data": {"searchJobs": {"totalCount": 120}}}


def test_it_prints_its_address_answers_and_ends_well(demo: Demo, tmp_path: Path) -> None:
    with served(demo.data_dir, tmp_path) as server:
        assert httpx.post(f"{server.address}/graphql", json=QUERY).json() == COUNTED
        assert server.stop() == 0
    assert "Traceback" not in (tmp_path / "server.log").read_text()


def test_ctrl_c_is_no_failure(demo: Demo, tmp_path: Path) -> None:
    with served(demo.data_dir, tmp_path) as server:
        assert server.stop(signal.SIGINT) == 0
    assert "Traceback" not in (tmp_path / "server.log").read_text()


def test_a_new_index_is_served_without_a_restart_and_without_a_failed_request(tmp_path: Path) -> None:
    data_dir = tmp_path / "served"
    small, large = (make_demo(tmp_path / str(jobs), jobs=jobs, talent=5).feed for jobs in (5, 9))
    index([small], data_dir, strict=True, embeddings=True, progress=SilentProgress())
    with served(data_dir, tmp_path, "--reload-seconds", "0.05") as server, httpx.Client() as http:
        counts = [count(http, server.address)]
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(index, [large], data_dir, strict=True, embeddings=True, progress=SilentProgress())
            while not done.done() or counts[-1] == 5:
                counts.append(count(http, server.address))
                assert len(counts) < 20_000
        assert server.stop() == 0
    assert counts == sorted(counts)
    assert set(counts) == {5, 9}


def count(http: httpx.Client, address: str) -> int:
    found: int = http.post(f"{address}/graphql", json=QUERY).json()["data"]["searchJobs"]["totalCount"]
    return found


def test_sigterm_lets_what_is_running_finish(demo: Demo, tmp_path: Path) -> None:
    body = json.dumps(QUERY).encode()
    with served(demo.data_dir, tmp_path) as server:
        url = httpx.URL(server.address)
        with socket.create_connection((url.host, url.port), PATIENCE_SECONDS) as connection:
            head = f"POST /graphql HTTP/1.1\r\nHost: {url.host}\r\nContent-Type: application/json\r\n"
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:5])
            # The request has begun; an answer to another one says that its head has been read.
            wait_for(server.address, "/health/live", 200)
            server.process.send_signal(signal.SIGTERM)
            refuses_connections(url)
            connection.sendall(body[5:])
            answer = b""
            while part := connection.recv(65_536):
                answer += part
        assert server.process.wait(PATIENCE_SECONDS) == 0
    head_of_answer, _, content = answer.partition(b"\r\n\r\n")
    assert head_of_answer.startswith(b"HTTP/1.1 200 OK")
    assert json.loads(content) == COUNTED


def refuses_connections(url: httpx.URL) -> None:
    """Return once nothing listens there any more."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection((url.host, url.port), PATIENCE_SECONDS).close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            continue
        time.sleep(0.01)
    pytest.fail("the server still takes connections")


def test_several_workers_share_a_port(demo: Demo, tmp_path: Path) -> None:
    with served(demo.data_dir, tmp_path, "--workers", "2") as server:
        for _ in range(10):
            answer = httpx.post(f"{server.address}/graphql", json=QUERY, timeout=PATIENCE_SECONDS)
            assert answer.json() == COUNTED
        assert server.stop() == 0


def test_without_an_index_it_serves_all_the_same(tmp_path: Path) -> None:
    with served(tmp_path / "nothing", tmp_path) as server:
        assert wait_for(server.address, "/health/live", 200).json() == {"status": "live"}
        assert "python -m gateway index" in wait_for(server.address, "/health/ready", 503).json()["reason"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_that_is_taken_is_a_failure(demo: Demo, workers: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        end = serving_fails(demo.data_dir, "--port", str(taken.getsockname()[1]), "--workers", workers)
    assert (end.code, end.out) == (1, "")
    assert "address already in use" in end.err.lower()
    assert "Traceback" not in end.err


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_file_in_place_of_the_data_directory_is_a_wrong_setting(tmp_path: Path, workers: str) -> None:
    file = tmp_path / "file"
    file.write_text("")
    end = serving_fails(file, "--workers", workers)
    line = f"discovery-gateway: GATEWAY_DATA_DIR is {file}, which is a file; name a directory\n"
    assert end == Ended(2, "", line)


@pytest.mark.parametrize(("how", "workers"), [("refuses", "1"), ("refuses", "2"), ("breaks", "2"), ("dies", "2")])
def test_a_server_that_cannot_start_is_a_failure_and_announces_nothing(how: str, workers: str) -> None:
    end = ended([sys.executable, "-m", "tests.support.failing_apps", how, workers])
    assert (end.code, end.out) == (1, "")


def test_workers_are_announced_once_one_is_up_and_stop_well(tmp_path: Path) -> None:
    with served(tmp_path / "nothing", tmp_path, "--workers", "2") as server:
        assert httpx.get(f"{server.address}/health/live", timeout=PATIENCE_SECONDS).status_code == 200
        assert server.stop(signal.SIGINT) == 0
        assert server.process.stdout is not None
        assert server.process.stdout.read() == ""


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
def test_the_address_is_one_that_a_browser_takes(host: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    for is_secure, scheme in ((False, "http"), (True, "https")):
        announce(host, 8000, is_secure=is_secure)
        assert capsys.readouterr().out == f"GraphiQL: {scheme}://{shown}:8000/graphql\n"
