"""Gateways whose servers a test may break: each server is the test's own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from gateway.app import build_app
from gateway.jobs import index_for
from gateway.settings import Settings
from indexing.demo import write_demo
from indexing.progress import SilentProgress
from tests.support.asking import asking_of
from tests.support.load import Load, load_on, open_sockets

OpenLoad = Callable[[Settings], AbstractAsyncContextManager[Load]]


@pytest.fixture(scope="session")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    write_demo(folder, jobs=120, talent=200)
    return folder


@pytest.fixture
def fill(feed: Path) -> Callable[[Settings], None]:
    """Indexes the demo catalog for the engine of the settings."""

    def filled(settings: Settings) -> None:
        index_for([feed], settings, settings.engine, strict=True, embeddings=True, progress=SilentProgress())

    return filled


@pytest.fixture
def under_load(fill: Callable[[Settings], None]) -> OpenLoad:
    """A load on a gateway with these settings, whose engine has the demo catalog. Nothing of it is left afterwards."""

    @asynccontextmanager
    async def loaded(settings: Settings) -> AsyncIterator[Load]:
        await asyncio.to_thread(fill, settings)
        tasks, sockets = asyncio.all_tasks(), open_sockets()
        async with asking_of(build_app(settings)) as gateway, load_on(gateway) as load:
            yield load
        assert load.wrong == []
        async with asyncio.timeout(10):
            while asyncio.all_tasks() - tasks or open_sockets() > sockets:
                await asyncio.sleep(0.02)

    return loaded
