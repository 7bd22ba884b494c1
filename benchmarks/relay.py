"""A server that hands requests on to OpenSearch, and their answers back, and no more: `python relay.py URL`."""

import sys
from urllib.parse import parse_qsl

from endpoints import serve
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
        await encoded(found, 200, "application/json").send(send)


if __name__ == "__main__":
    serve(Relay(ClusterOptions((sys.argv[1],))))
