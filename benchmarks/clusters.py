"""OpenSearch for benchmarks: a real server with the settings that a user has, and what is indexed in it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from common import GIVEN_CATALOG, Size, Workshop, tell

from gateway.jobs import index
from indexing.progress import SilentProgress
from resolvers.sources.opensearch.connection import ClusterOptions
from resolvers.sources.opensearch.target import OpenSearchTarget
from tests.servers.missing import ServerMissing
from tests.servers.opensearch.access import OpenSearchAccess, given_opensearch
from tests.servers.opensearch.node import OpenSearchServer

HEAP = "1g"
"""The memory that OpenSearch has by default."""
PREFIX = "benchmark"


@contextmanager
def opensearch() -> Iterator[OpenSearchAccess]:
    """The server of GATEWAY_TEST_OPENSEARCH_URL, or one of our own; where there is neither, the benchmark ends.

    It ends well, since `make bench` runs the others too.
    """
    if (given := given_opensearch()) is not None:
        yield given
        return
    try:
        # Not the quick start of the tests, after which it stays slow.
        server = OpenSearchServer(heap=HEAP)
    except ServerMissing as missing:
        sys.stdout.write(f"This did not run, since no OpenSearch can be started here: {missing}\n")
        sys.exit()
    with server:
        yield server


def options(server: OpenSearchAccess) -> ClusterOptions:
    """How to get into a server."""
    return ClusterOptions((server.address,), server.username, server.password, server.ca_file)


def settings(server: OpenSearchAccess) -> dict[str, str]:
    """The settings of a gateway that answers from a server."""
    found = {
        "GATEWAY_OPENSEARCH_URL": server.address,
        "GATEWAY_OPENSEARCH_USERNAME": server.username,
        "GATEWAY_OPENSEARCH_PASSWORD": server.password,
        "GATEWAY_OPENSEARCH_CA_FILE": server.ca_file,
        "GATEWAY_OPENSEARCH_PREFIX": PREFIX,
    }
    return {name: str(value) for name, value in found.items() if value is not None}


def catalog_of(shop: Workshop, size: Size | None) -> tuple[Path, str]:
    """A demo catalog of the size; without one the given catalog, where it is, and else a demo. And what to call it."""
    if size is None and GIVEN_CATALOG.is_dir():
        return GIVEN_CATALOG, "the given catalog, `../shared/data`"
    wanted = size or Size(15_000, 30_000)
    return shop.catalog(wanted), f"a demo catalog of {wanted.shown}"


def load(server: OpenSearchAccess, catalog: Path) -> None:
    """Index a catalog as `python -m gateway index` does, in one segment, so that no merge goes on beside a query."""
    tell("indexing into OpenSearch")
    target = OpenSearchTarget(options(server), prefix=PREFIX)
    with TemporaryDirectory() as staging:
        index([catalog], Path(staging), strict=False, embeddings=True, progress=SilentProgress(), target=target)
    server.ask("POST", f"/{PREFIX}-*/_forcemerge?max_num_segments=1", timeout_seconds=600)
