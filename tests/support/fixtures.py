"""The demo catalog and its index, made once for every test that asks a gateway."""

import pytest

from tests.support.demo import Demo, OpenedIndex, make_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return make_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def opened(demo: Demo) -> OpenedIndex:
    return demo.source()
