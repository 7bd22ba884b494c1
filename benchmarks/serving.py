"""A gateway in a process of its own, for benchmarks that look at a process from outside."""

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson
from common import REPOSITORY

JSON = "application/json"
QUERY = "query ($text: String!) { searchJobs(query: $text, first: 20) { totalCount nodes { id title } } }"


class KeepAlive:
    """One connection, over which one request goes after the other."""

    def __init__(self, address: str) -> None:
        found = urlsplit(address)
        self._connection = http.client.HTTPConnection(found.hostname or "", found.port, timeout=60)

    def post(self, path: str, body: bytes, content_type: str = JSON) -> Any:
        """The decoded answer; raises RuntimeError for one that is no 200."""
        self._connection.request("POST", path, body, {"Content-Type": content_type})
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(f"{path} was answered with {answer.status}: {content[:500]!r}")
        return orjson.loads(content)

    def close(self) -> None:
        self._connection.close()


class Serving(NamedTuple):
    """A gateway that takes requests."""

    pid: int
    host: str
    port: int

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self.port}"

    def ask(self, text: str) -> None:
        """Search jobs; raises RuntimeError for an answer with errors."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        body = orjson.dumps({"query": QUERY, "variables": {"text": text}})
        connection.request("POST", "/graphql", body, {"Content-Type": JSON})
        answer: dict[str, Any] = orjson.loads(connection.getresponse().read())
        connection.close()
        if "errors" in answer:
            raise RuntimeError(f"the gateway answered {text!r} with {answer['errors']}")


def environment() -> dict[str, str]:
    """The environment of a process that finds the gateway whether or not it is installed."""
    return os.environ | {"PYTHONPATH": str(REPOSITORY)}


@contextmanager
def serving(data_dir: Path, settings: Mapping[str, str] | None = None) -> Iterator[Serving]:
    """Start `python -m gateway serve` with some settings, yield when it takes requests, and stop it."""
    command = [sys.executable, "-m", "gateway", "serve", "--data-dir", str(data_dir), "--port", "0"]
    settled = {**environment(), **(settings or {})}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=settled, text=True)
    try:
        address = next((line for line in process.stdout or () if line.startswith("GraphiQL: ")), None)
        if address is None:
            raise RuntimeError(f"the gateway did not start: exit code {process.wait()}")
        found = urlsplit(address.removeprefix("GraphiQL: ").strip())
        yield Serving(process.pid, found.hostname or "127.0.0.1", found.port or 0)
    finally:
        process.terminate()
        process.wait()
        if process.stdout:
            process.stdout.close()
