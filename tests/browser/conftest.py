"""The real server on a small demo catalog."""

from collections.abc import Iterator

import pytest

from tests.support.demo import Demo
from tests.support.serving import Served, served


@pytest.fixture(scope="session")
def server(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(demo.data_dir, tmp_path_factory.mktemp("server")) as found:
        yield found


@pytest.fixture(scope="session")
def graphiql_url(server: Served) -> str:
    return f"{server.address}/graphql"
