"""Node projects, and the platform behind each router, started once for all tests."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from examples.platform.node import installed
from examples.platform.running import ROUTER, routed, subgraphs
from gateway.graphiql.build import BuildError
from tests.servers.missing import NOT_RUN
from tests.support.answering import Answering, Request, answering
from tests.support.demo import Demo

PATIENCE_SECONDS = 60


def packages(project: Path) -> Path:
    """A Node project with its packages; the test is skipped where they cannot be had."""
    try:
        return installed(project)
    except BuildError as missing:
        pytest.skip(f"{NOT_RUN}{missing}")


@dataclass(frozen=True)
class Platform:
    """The addresses of its subgraphs, with one in front of the gateway's that keeps what routers ask of it."""

    addresses: dict[str, str]
    gateway: Answering

    def entity_requests(self) -> list[bytes]:
        """The requests for entities that came to the gateway so far."""
        return [one.body for one in self.gateway.requests if b"_entities" in one.body]


@pytest.fixture(scope="session")
def platform(demo: Demo) -> Iterator[Platform]:
    packages(ROUTER)
    with (
        subgraphs(demo.feed, demo.data_dir) as addresses,
        httpx.Client(timeout=PATIENCE_SECONDS) as client,
        answering(forwarding(client, addresses["discovery"])) as kept,
    ):
        yield Platform(addresses | {"discovery": f"{kept.address}/graphql"}, kept)


def forwarding(client: httpx.Client, address: str) -> Callable[[Request], tuple[int, bytes]]:
    def forward(request: Request) -> tuple[int, bytes]:
        headers = {name: value for name, value in request.headers.items() if name not in {"host", "content-length"}}
        answer = client.request(request.method, address, content=request.body, headers=headers)
        return answer.status_code, answer.content

    return forward


@pytest.fixture(scope="session", params=["hive", "apollo"])
def router(request: pytest.FixtureRequest, platform: Platform) -> Iterator[str]:
    """The address of a router."""
    with routed(request.param, platform.addresses) as address:
        yield address
