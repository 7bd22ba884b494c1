"""Changes on the command line and out of a stream, into a real OpenSearch."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from resolvers.catalog.kind import Kind
from tests.servers.opensearch.access import OpenSearchAccess
from tests.servers.redis import RedisAccess
from tests.servers.waiting import came_true
from tests.support.clusters import Place, placed
from tests.support.demo import Demo, make_demo
from tests.support.following import ROOT, Shop, following, index_again, settings_for
from tests.support.serving import PATIENCE_SECONDS, served

JOB = """{ job(id: "job_000001") { title client { name rating } } gone: job(id: "job_000002") { title }
    searchJobs { totalCount } }"""
VERSIONS = 6


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A small catalog."""
    return make_demo(tmp_path_factory.mktemp("market"), jobs=40, talent=5)


@pytest.fixture
def shop(redis_server: RedisAccess, market: Demo) -> Iterator[Shop]:
    opened = Shop(redis_server, market.job)
    yield opened
    opened.redis.close()


@pytest.fixture
def place(opensearch_server: OpenSearchAccess) -> Iterator[Place]:
    with placed(opensearch_server) as empty:
        yield empty


def at(place: Place) -> dict[str, str]:
    """What a process has to know to find the place."""
    server = place.server
    known = {
        "GATEWAY_OPENSEARCH_URL": server.address,
        "GATEWAY_OPENSEARCH_PREFIX": place.prefix,
        "GATEWAY_OPENSEARCH_USERNAME": server.username,
        "GATEWAY_OPENSEARCH_PASSWORD": server.password,
        "GATEWAY_OPENSEARCH_CA_FILE": None if server.ca_file is None else str(server.ca_file),
    }
    return {name: value for name, value in known.items() if value is not None}


def titles(place: Place, shop: Shop) -> dict[str, str | None]:
    """The titles that the index in use has, for all jobs of the shop."""
    found = place.server.ask("POST", f"/{place.prefix}-job/_mget", {"ids": list(shop.jobs)})["docs"]
    records = {one["_id"]: one.get("_source", {}).get("record") for one in found}
    return {id_: record and record["title"] for id_, record in records.items()}


def shuffled(shop: Shop) -> list[tuple[str, int]]:
    """Every version of every job, out of order, and a third of them twice."""
    random = Random(1)  # noqa: S311
    changes = [(id_, version) for id_ in shop.jobs for version in range(1, VERSIONS + 1)]
    changes += random.sample(changes, len(changes) // 3)
    random.shuffle(changes)
    return changes


def upsert(record: dict[str, Any], **facts: Any) -> str:
    return json.dumps({"op": "upsert", "version": 1, "record": record | facts}) + "\n"


def test_changes_of_a_file_are_served_without_a_restart(place: Place, shop: Shop, market: Demo, tmp_path: Path) -> None:
    index_again(shop, market.feed, tmp_path, **at(place))
    job = market.job["job_000001"]
    file = tmp_path / "changes.ndjson"
    file.write_text(
        upsert(job, title="Changed")
        + upsert(market.client[job["clientId"]], rating=1.5, name="Renamed")
        + json.dumps({"op": "delete", "version": 1, "id": "job_000002"})
    )
    environment = settings_for(shop, tmp_path, **at(place))
    with served(tmp_path, tmp_path, "--reload-seconds", "0.05", environment=environment) as server:
        command = [sys.executable, "-m", "gateway", "index", "apply", str(file)]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[1] == f"Applied 3 to OpenSearch, {place.prefix}-*, 0 were stale"
        found = httpx.post(f"{server.address}/graphql", json={"query": JOB}).json()["data"]

        def counted() -> bool:
            ready = httpx.get(f"{server.address}/health/ready").json()
            return bool(ready["documents"]["job"] == 39)

        assert came_true(counted, PATIENCE_SECONDS)
    assert found == {
        "job": {"title": "Changed", "client": {"name": "Renamed", "rating": 1.5}},
        "gone": None,
        "searchJobs": {"totalCount": 39},
    }


def test_two_consumers_killed_and_beside_a_full_index_end_in_the_newest_documents(
    place: Place, shop: Shop, market: Demo, tmp_path: Path
) -> None:
    index_again(shop, market.feed, tmp_path, **at(place))
    changes = shuffled(shop)
    half = len(changes) // 2
    with following(shop, tmp_path, tmp_path, "one", **at(place)) as one:
        shop.send(*changes[:half])
        assert came_true(lambda: shop.done() > 0, PATIENCE_SECONDS, 0.001)
        one.process.kill()
    with (
        following(shop, tmp_path, tmp_path, "one", **at(place)) as one,
        following(shop, tmp_path, tmp_path, "two", **at(place)) as two,
    ):
        shop.send(*changes[half:])
        index_again(shop, market.feed, tmp_path, **at(place))
        shop.wait()
        assert (one.stop(), two.stop(signal.SIGINT)) == (0, 0)
        assert not one.said("Traceback")
        assert not two.said("Traceback")
        assert not two.said("serving")
    assert titles(place, shop) == shop.expected()
    assert shop.dead() == []
    left = sum(title is not None for title in shop.expected().values())
    query = {"exists": {"field": "sorts.ID"}}
    count = place.server.ask("POST", f"/{place.prefix}-{Kind.JOB.lower()}/_count", {"query": query})["count"]
    assert (count, len(shop.jobs)) == (left, 40)
