"""The demo catalog and its index, made once for every test that asks a gateway."""

from collections.abc import Iterator

import pytest

from tests.support.compared import COMPARISONS
from tests.support.demo import Demo, OpenedIndex, make_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return make_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(autouse=True)
def as_graphql_core() -> Iterator[None]:
    """Whatever a test asks a gateway in this process for, graphql-core's executor answers the same."""
    yield
    assert COMPARISONS.taken() == []


@pytest.fixture(scope="session")
def opened(demo: Demo) -> OpenedIndex:
    return demo.source()
