"""A small demo catalog, indexed, and engines that stand in for the real one."""

from collections.abc import AsyncIterator

import pytest

from tests.support.asking import Asking, asking
from tests.support.demo import OpenedIndex


@pytest.fixture
async def gateway(opened: OpenedIndex) -> AsyncIterator[Asking]:
    async with asking(opened) as found:
        yield found
