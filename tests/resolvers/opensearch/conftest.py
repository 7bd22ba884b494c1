"""A real cluster with places to index in."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from tests.servers.opensearch.access import OpenSearchAccess
from tests.support.clusters import Place, placed


@pytest.fixture
def place(opensearch_server: OpenSearchAccess) -> Iterator[Place]:
    """A place with nothing in it."""
    with placed(opensearch_server) as empty:
        yield empty


@pytest.fixture(scope="module")
def shop(opensearch_server: OpenSearchAccess, build: Callable[..., str], market: Any, topics: Any) -> Iterator[Place]:
    """A place with the small marketplace in it, for tests that do not change it."""
    with placed(opensearch_server) as place:
        build(place.target(), market, topics)
        yield place


@pytest.fixture
def index_jobs(place: Place, build: Callable[..., str], make_jobs: Any, topics: Any) -> Callable[..., str]:
    """Indexes jobs that are called as it is said, and returns the generation."""

    def indexed(*titles: str, embedder: Any = topics, **options: Any) -> str:
        jobs = make_jobs({"id": f"{at:05}", "title": title} for at, title in enumerate(titles))
        return build(place.target(**options), {Kind.JOB: jobs}, embedder, batch=1_000)

    return indexed
