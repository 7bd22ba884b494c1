"""Connections to a cluster: one asynchronous for answering, one for building, from the same options."""

import base64
import logging
import math
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opensearchpy import AsyncHttpConnection, AsyncOpenSearch, OpenSearch
from opensearchpy.exceptions import OpenSearchException
from opensearchpy.serializer import Serializer

from resolvers.errors import DeadlineExceeded, SourceUnavailable
from resolvers.sources.base import Call
from resolvers.sources.opensearch.errors import translated
from resolvers.sources.opensearch.http import NodeConnection
from resolvers.sources.opensearch.signing import signed

REQUEST_SECONDS = 30
"""How long a request may take that no operation waits for."""
DEAD_SECONDS = 5
"""How long a node that could not be reached is left alone, if there are others."""
# The client says of every request that it was made, and of a failed one what its caller is told too.
for name in ("opensearch", "opensearchpy.trace"):
    logging.getLogger(name).setLevel(logging.ERROR)


@dataclass(frozen=True)
class ClusterOptions:
    """Where a cluster is and how to get in.

    `ca_file` is the certificate of the authority that signed the cluster's, where it is not a public one. With
    `aws_region` requests are signed for Amazon OpenSearch Service, by the credentials that boto3 finds. `pool_size` is
    how many connections there are to each node.
    """

    urls: tuple[str, ...]
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    verify_certs: bool = True
    aws_region: str | None = None
    pool_size: int = 32


class RawJson(Serializer):
    """Leaves JSON as the bytes that it is, so that who knows its form decodes it, once."""

    mimetype = "application/json"

    def loads(self, s: str) -> Any:
        # opensearch-py's own connections make a text of it.
        return s.encode(errors="surrogatepass") if isinstance(s, str) else s

    def dumps(self, data: Any) -> Any:
        return data


class Cluster:
    """Asks a cluster, within the deadline of an operation and in its name. Made inside the running event loop."""

    def __init__(self, options: ClusterOptions) -> None:
        self._transport = AsyncOpenSearch(
            **_common(options),
            **signed(options.aws_region, is_async=True),
            # Requests are signed by opensearch-py's own.
            connection_class=NodeConnection if options.aws_region is None else AsyncHttpConnection,
            maxsize=options.pool_size,
            serializer=RawJson(),
        ).transport

    async def ask(
        self, method: str, path: str, body: bytes | None = None, *, call: Call, params: Mapping[str, str] | None = None
    ) -> bytes:
        """The answer to a request, as it is. Raises SourceError."""
        remaining = call.deadline.remaining()
        if not remaining:
            raise DeadlineExceeded("there was no time left to ask the search engine; ask for less, or later")
        headers = {"x-opaque-id": call.label} if call.label else None
        seconds = REQUEST_SECONDS if remaining == math.inf else remaining
        try:
            answer: bytes = await self._transport.perform_request(
                method, path, params=dict(params or {}), body=body, timeout=seconds, headers=headers
            )
        except OpenSearchException as error:
            raise translated(error) from error
        return answer

    async def close(self) -> None:
        # Not the transport's own way, which forgets the connections to nodes that could not be reached lately.
        for connection in getattr(self._transport, "seed_connections", ()):
            await connection.close()


def blocking_client(options: ClusterOptions, threads: int = 1) -> OpenSearch:
    """A client for so many threads, for work that no operation waits for."""
    return OpenSearch(**_blocking(options), pool_maxsize=threads)


def reading_client(options: ClusterOptions) -> OpenSearch:
    """A client that leaves answers as they are, for one thread."""
    return OpenSearch(**_blocking(options), serializer=RawJson())


def writing_client(options: ClusterOptions) -> OpenSearch:
    """A client that sends nothing twice by itself, for one thread."""
    return OpenSearch(**_blocking(options) | {"max_retries": 0})


def once_client(options: ClusterOptions) -> OpenSearch:
    """A client that leaves answers as they are and sends nothing twice by itself, for one thread."""
    return OpenSearch(**_blocking(options) | {"max_retries": 0}, serializer=RawJson())


def _blocking(options: ClusterOptions) -> dict[str, Any]:
    return _common(options) | signed(options.aws_region, is_async=False)


def _common(options: ClusterOptions) -> dict[str, Any]:
    return {
        "hosts": list(options.urls),
        "headers": _authorization(options),
        "ssl_context": _trust(options) if any(url.startswith("https:") for url in options.urls) else None,
        "timeout": REQUEST_SECONDS,
        # Once more, on another node where there is one. An answer is an answer, whatever its status.
        "max_retries": 1,
        "retry_on_status": (),
        "dead_timeout": DEAD_SECONDS,
    }


def _authorization(options: ClusterOptions) -> dict[str, str]:
    if options.username is None:
        return {}
    # Not the client's own way, which cannot spell passwords that are not Latin.
    login = f"{options.username}:{options.password or ''}".encode()
    return {"authorization": f"Basic {base64.b64encode(login).decode()}"}


def _trust(options: ClusterOptions) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=options.ca_file)
    except OSError as error:
        raise SourceUnavailable(
            f"GATEWAY_OPENSEARCH_CA_FILE {options.ca_file} cannot be read as a certificate: {error.strerror or error}"
        ) from error
    if not options.verify_certs:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
