"""OpenSearch breaks in the middle of a load: no answer is wrong, and all is well again without a restart."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from gateway.settings import Settings
from tests.faults.conftest import OpenLoad
from tests.servers.fixtures import StartOpenSearch
from tests.servers.opensearch.node import OpenSearchServer
from tests.servers.proxy import Proxy


@pytest.fixture
def server(start_opensearch: StartOpenSearch) -> OpenSearchServer:
    return start_opensearch()


def settings_for(address: str, folder: Path) -> Settings:
    # Without a cache, which would answer in place of the engine.
    return Settings(opensearch_url=address, data_dir=folder, deadline_seconds=1, reload_seconds=0.2, cache_bytes=0)


async def test_it_is_killed_and_started_again(under_load: OpenLoad, server: OpenSearchServer, tmp_path: Path) -> None:
    async with under_load(settings_for(server.address, tmp_path)) as load:
        await asyncio.to_thread(server.kill)
        await load.until("failed", 20)
        await asyncio.to_thread(server.restart)
        await load.until_well()


async def test_it_is_paused_and_goes_on(under_load: OpenLoad, server: OpenSearchServer, tmp_path: Path) -> None:
    async with under_load(settings_for(server.address, tmp_path)) as load:
        server.pause()
        await load.until("failed", 5)
        server.resume()
        await load.until_well()


async def test_its_disk_is_full_and_reading_goes_on(
    under_load: OpenLoad, server: OpenSearchServer, tmp_path: Path
) -> None:
    async with under_load(settings_for(server.address, tmp_path)) as load:
        blocked = {"index.blocks.read_only_allow_delete": True}
        await asyncio.to_thread(server.ask, "PUT", "/discovery-*/_settings", blocked)
        await load.until("right", 50)
        assert load.seen["failed"] == 0
        await asyncio.to_thread(server.ask, "PUT", "/discovery-*/_settings", {next(iter(blocked)): None})


async def test_the_way_to_it_is_slow_silent_and_cut(
    under_load: OpenLoad, server: OpenSearchServer, tmp_path: Path
) -> None:
    async with (
        Proxy(server.address) as proxy,
        under_load(settings_for(proxy.address, tmp_path)) as load,
    ):
        proxy.delay_seconds = 0.05
        await load.until("right", 20)
        proxy.delay_seconds = 3
        await load.until("failed", 5)
        proxy.delay_seconds = 0
        await load.until_well()
        proxy.stall()
        await load.until("failed", 5)
        proxy.go_on()
        await load.until_well()
        for _ in range(3):
            proxy.cut()
            await asyncio.sleep(0.05)
        await load.until_well()
        proxy.cut_answers(after_bytes=300)
        await load.until("failed", 5)
        proxy.cut_answers(None)
        proxy.refuse()
        await load.until("failed", 5)
        proxy.admit()
        await load.until_well()


async def test_its_indexes_are_removed_and_made_again(
    under_load: OpenLoad, server: OpenSearchServer, tmp_path: Path, feed: Path
) -> None:
    settings = settings_for(server.address, tmp_path)
    async with under_load(settings) as load:
        indexes = ",".join(await asyncio.to_thread(server.ask, "GET", "/discovery-*/_alias"))
        await asyncio.to_thread(server.ask, "DELETE", f"/{indexes}")
        await load.until("failed", 20)
        from_scratch = ["index", str(feed), "--to", "opensearch"]
        environment = {"GATEWAY_OPENSEARCH_URL": server.address, "GATEWAY_DATA_DIR": str(tmp_path)}
        await run_gateway(from_scratch, environment)
        await load.until_well()


async def run_gateway(arguments: list[str], environment: dict[str, str]) -> None:
    """Run a command of the gateway as a process of its own, while the load goes on."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", *arguments, env=os.environ | environment, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
