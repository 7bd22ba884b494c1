"""Answers in parts as clients of front ends read them: Apollo Client in both forms, urql and Relay."""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette

from gateway.app import build_app
from gateway.settings import Settings
from tests.support.compared import ComparedExecution
from tests.support.demo import Demo, OpenedIndex
from tests.support.gated import GatedSource
from tests.support.node import NodeProject

PROJECT = Path(__file__).parent / "clients"
PATIENCE_SECONDS = 60
QUERY = """
query Later {
  searchJobs(first: 3) { nodes @stream(initialCount: 1, label: "Later$stream$nodes") { id title } }
  job(id: "job_000000") { id ... @defer(label: "Later$defer$client") { client { id name } } }
}
"""


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", http="httptools"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"
        finally:
            server.should_exit = True
            thread.join(PATIENCE_SECONDS)


def without_types(value: Any) -> Any:
    """The data without `__typename`, which Apollo Client asks for by itself."""
    if isinstance(value, dict):
        return {key: without_types(one) for key, one in value.items() if key != "__typename"}
    return [without_types(one) for one in value] if isinstance(value, list) else value


def read(client: str, address: str, source: GatedSource) -> list[dict[str, Any]]:
    """What a client has after each part. What was deferred is let through when it has the first one."""
    project = NodeProject(PROJECT)
    command = project.command("read.mjs", client, address)
    with subprocess.Popen(
        command, cwd=project.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(QUERY)
        process.stdin.close()
        first = process.stdout.readline()
        source.gate.open_from_elsewhere()
        rest, complaints = process.stdout.read(), process.stderr.read() if process.stderr else ""
        assert process.wait(PATIENCE_SECONDS) == 0, complaints
    return [json.loads(line) for line in [first, *rest.splitlines()]]


@pytest.mark.parametrize("client", ["apollo, current", "apollo, older", "urql", "relay"])
def test_a_client_shows_the_first_part_at_once_and_has_everything_in_the_end(
    opened: OpenedIndex, demo: Demo, client: str
) -> None:
    source, job = GatedSource(opened), demo.job["job_000000"]
    with served(build_app(Settings(), source, execution=ComparedExecution)) as address:
        first, *_, last = [without_types(one) for one in read(client, address, source)]
    assert len(first["data"]["searchJobs"]["nodes"]) == 1
    assert (first["data"]["job"], first["isLast"]) == ({"id": "job_000000"}, False)
    nodes = last["data"]["searchJobs"]["nodes"]
    assert [one["title"] for one in nodes] == [demo.job[one["id"]]["title"] for one in nodes]
    assert len(nodes) == 3
    name = demo.client[job["clientId"]]["name"]
    assert last["data"]["job"] == {"id": "job_000000", "client": {"id": job["clientId"], "name": name}}
    assert last["isLast"] is True
