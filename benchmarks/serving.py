"""A gateway in a process of its own, for benchmarks that look at a process from outside."""

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson
from common import REPOSITORY

QUERY = "query ($text: String!) { searchJobs(query: $text, first: 20) { totalCount nodes { id title } } }"


class Serving(NamedTuple):
    """A gateway that takes requests."""

    pid: int
    host: str
    port: int

    def ask(self, text: str) -> None:
        """Search jobs; raises RuntimeError for an answer with errors."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        body = orjson.dumps({"query": QUERY, "variables": {"text": text}})
        connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
        answer: dict[str, Any] = orjson.loads(connection.getresponse().read())
        connection.close()
        if "errors" in answer:
            raise RuntimeError(f"the gateway answered {text!r} with {answer['errors']}")


def environment() -> dict[str, str]:
    """The environment of a process that finds the gateway whether or not it is installed."""
    return os.environ | {"PYTHONPATH": str(REPOSITORY)}


@contextmanager
def serving(data_dir: Path) -> Iterator[Serving]:
    """Start `python -m gateway serve`, yield when it takes requests, and stop it."""
    command = [sys.executable, "-m", "gateway", "serve", "--data-dir", str(data_dir), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(), text=True)
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
