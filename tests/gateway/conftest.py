"""A small demo catalog, indexed, and engines that stand in for the real one."""

from collections.abc import AsyncIterator

import pytest

from tests.support.asking import Asking, asking
from tests.support.demo import Demo, OpenedIndex, make_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return make_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def opened(demo: Demo) -> OpenedIndex:
    return demo.source()


@pytest.fixture
async def gateway(opened: OpenedIndex) -> AsyncIterator[Asking]:
    async with asking(opened) as found:
        yield found
