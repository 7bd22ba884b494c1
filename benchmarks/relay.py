"""A server that hands requests on to OpenSearch, and their answers back, and no more: `python relay.py OPTIONS`."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qsl

import msgspec
from endpoints import serve
from load import ANNOUNCEMENT
from serving import environment
from starlette.types import Receive, Scope, Send

from gateway.answers import encoded
from gateway.endpoint import body_of
from resolvers.sources.base import Call
from resolvers.sources.opensearch.connection import Cluster, ClusterOptions


class Relay:
    """Over the server and the connections that the gateway has."""

    def __init__(self, options: ClusterOptions) -> None:
        self._options = options
        self._cluster: Cluster | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        cluster = self._cluster = self._cluster or Cluster(self._options)
        body, params = bytes(await body_of(receive)), dict(parse_qsl(scope["query_string"].decode()))
        found = await cluster.ask("POST", scope["path"], body, call=Call(), params=params)
        await encoded(found, HTTPStatus.OK, "application/json").send(send)


@contextmanager
def relaying(options: ClusterOptions) -> Iterator[str]:
    """Start one, yield its address when it takes requests, and stop it."""
    command = [sys.executable, str(Path(__file__)), msgspec.json.encode(options, enc_hook=str).decode()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(), text=True) as process:
        try:
            said = next((line for line in process.stdout or () if line.startswith(ANNOUNCEMENT)), None)
            if said is None:
                raise RuntimeError(f"the relay did not start: exit code {process.wait()}")
            yield f"http://127.0.0.1:{said.removeprefix(ANNOUNCEMENT).strip()}"
        finally:
            process.terminate()


if __name__ == "__main__":
    serve(Relay(msgspec.json.decode(sys.argv[1], type=ClusterOptions, dec_hook=lambda _, value: Path(value))))
