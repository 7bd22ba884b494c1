"""The real server on a small demo catalog."""

from collections.abc import Iterator

import pytest

from tests.support.demo import Demo, make_demo
from tests.support.serving import Served, served


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return make_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def server(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(demo.data_dir, tmp_path_factory.mktemp("server")) as found:
        yield found


@pytest.fixture(scope="session")
def graphiql_url(server: Served) -> str:
    return f"{server.address}/graphql"
