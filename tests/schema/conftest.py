"""A gateway on a small demo catalog, whose engine counts what it is asked."""

from collections.abc import AsyncIterator

import pytest

from tests.support.asking import Asking, asking
from tests.support.demo import Calls, CountingSource, Demo, make_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return make_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def source(demo: Demo) -> CountingSource:
    return CountingSource(demo.source())


@pytest.fixture
def calls(source: CountingSource) -> Calls:
    return source.calls


@pytest.fixture
async def gateway(source: CountingSource) -> AsyncIterator[Asking]:
    async with asking(source) as found:
        yield found
