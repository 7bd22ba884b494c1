"""A gateway on a small demo catalog, whose engine counts what it is asked."""

from collections.abc import AsyncIterator

import pytest

from indexing.demo import PRESENT
from tests.support.asking import Asking, asking
from tests.support.demo import Calls, CountingSource, OpenedIndex


@pytest.fixture
def source(opened: OpenedIndex) -> CountingSource:
    return CountingSource(opened)


@pytest.fixture
def calls(source: CountingSource) -> Calls:
    return source.calls


@pytest.fixture
async def gateway(source: CountingSource) -> AsyncIterator[Asking]:
    async with asking(source, now=lambda: PRESENT) as found:
        yield found
