"""The gateway with its cache: what a client sees of it, and what an operator does."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.engines import behind_cache, build_engine, build_shared_cache, lifetimes
from gateway.metrics import Metrics
from gateway.server import run
from gateway.settings import Settings, SettingsError
from resolvers.catalog.kind import Kind
from resolvers.errors import SourceUnavailable
from resolvers.sources.base import Degradation
from resolvers.sources.cached.lifetimes import Lifetimes
from resolvers.sources.cached.source import CachedSource
from resolvers.sources.counting import Event
from resolvers.sources.embedded.source import EmbeddedSource
from tests.servers.fixtures import StartRedis
from tests.servers.ports import free_port
from tests.servers.redis import RedisServer
from tests.support.asked_twice import Opened
from tests.support.asking import Asking, asking
from tests.support.caching import FakeEngine, Time, settled
from tests.support.demo import CountingSource, Demo, OpenedIndex
from tests.support.serving import served, wait_for

S1 = "{ searchJobs(first: 20) { totalCount nodes { title client { name } skills { name } } } }"
SEARCH = '{ searchJobs(query: "x") { totalCount meta { degraded reasons tookMilliseconds } } }'


def job_page_calls(server: RedisServer) -> int:
    with server.client() as client:
        found: Any = client.info("commandstats")
    return int(found.get("cmdstat_mget", {}).get("calls", 0))


async def test_a_page_with_its_neighbours_is_no_engine_call_and_no_look_up_the_second_time(
    opened: OpenedIndex, start_redis: StartRedis
) -> None:
    server = start_redis()
    settings = Settings(redis_url=server.url, redis_timeout_seconds=5)
    answers, calls = [], 0
    engines = [CountingSource(Opened(opened)) for _ in range(2)]
    async with AsyncExitStack() as gateways:
        for engine in engines:
            cache = CachedSource(
                engine, local_bytes=settings.cache_bytes, remote=build_shared_cache(settings), timeout_seconds=5
            )
            gateway = await gateways.enter_async_context(asking(cache))
            calls -= job_page_calls(server)
            for _ in range(2):
                answers.append(await gateway.data(S1))
                await settled(cache)
            calls += (looked_up := job_page_calls(server))
            answers.append(await gateway.data(S1))
            assert job_page_calls(server) == looked_up
    assert answers == [answers[0]] * 6
    searches = [[asked for asked in engine.calls.searches if asked[0].kinds == (Kind.JOB,)] for engine in engines]
    fetches = [engine.calls.fetches for engine in engines]
    assert [(len(asked), len(fetched)) for asked, fetched in zip(searches, fetches, strict=True)] == [(1, 1), (0, 0)]
    # The first process: the search, and the neighbours. The second: the search, its jobs, and their neighbours.
    assert calls == 2 + 3


async def test_a_client_is_told_that_an_answer_is_an_older_one() -> None:
    time = Time()
    engine = FakeEngine()
    cache = CachedSource(engine, local_bytes=1_000_000, clock=time.clock, lifetimes=Lifetimes(stale=60))
    async with asking(cache) as gateway:
        first = (await gateway.data(SEARCH))["searchJobs"]
        assert first["meta"] == {"degraded": False, "reasons": [], "tookMilliseconds": 125}
        engine.error = SourceUnavailable("it is down")
        time.now += 20
        older = (await gateway.data(SEARCH))["searchJobs"]
        assert older["meta"] == {"degraded": True, "reasons": [Degradation.STALE], "tookMilliseconds": 0}
        time.now += 60
        error = await gateway.error(SEARCH)
    assert error["extensions"] == {"code": "SOURCE_UNAVAILABLE"}


async def test_a_redis_that_is_down_makes_nobody_unready(demo: Demo) -> None:
    settings = Settings(data_dir=demo.data_dir, redis_url=f"redis://127.0.0.1:{free_port()}")
    async with asking(None, settings) as gateway:
        assert (await gateway.http.get("/health/ready")).status_code == 200
        assert (await gateway.data(S1))["searchJobs"]["totalCount"] == 120
        metrics = (await gateway.http.get("/metrics")).text
    assert 'discovery_cache_remote_error_total{about="connection"}' in metrics


@pytest.fixture
async def metered() -> AsyncIterator[Asking]:
    async with asking(FakeEngine()) as gateway:  # type: ignore[arg-type]
        yield gateway


async def test_metrics_are_in_the_text_format(metered: Asking) -> None:
    response = await metered.http.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    names = {line.split()[2] for line in response.text.splitlines() if line.startswith("# TYPE")}
    assert {f"discovery_cache_{event}{'' if event is Event.LOCAL_BYTES else '_total'}" for event in Event} <= names


async def test_every_event_is_counted_under_its_name() -> None:
    metrics = Metrics()
    for number, event in enumerate(Event):
        metrics.count(event, "document", number + 1)
    metrics.count(Event.LOCAL_BYTES, "local", -5)
    text = bytes((await metrics.respond(None)).body).decode()  # type: ignore[arg-type]
    for number, event in enumerate(Event):
        if event is Event.LOCAL_BYTES:
            assert f"discovery_cache_local_bytes {number + 1 - 5}.0" in text
        else:
            assert f'discovery_cache_{event}_total{{about="document"}} {number + 1}.0' in text


async def test_answers_out_of_the_cache_show_in_the_metrics(demo: Demo) -> None:
    async with asking(None, Settings(data_dir=demo.data_dir)) as gateway:
        for _ in range(3):
            await gateway.data(S1)
        text = (await gateway.http.get("/metrics")).text
    counted = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert counted['discovery_cache_engine_call_total{about="search"}'] == "1.0"
    assert counted['discovery_cache_local_hit_total{about="search"}'] == "2.0"
    assert float(counted["discovery_cache_local_bytes"]) > 10_000


def test_the_settings_choose_what_is_between_the_gateway_and_the_engine(tmp_path: Path) -> None:
    def source(**given: Any) -> Any:
        settings = Settings(data_dir=tmp_path, **given)
        return behind_cache(build_engine(settings), settings)

    assert isinstance(source(), CachedSource)
    assert isinstance(source(cache_bytes=0), EmbeddedSource)
    assert isinstance(source(cache_bytes=0, redis_url="redis://127.0.0.1"), CachedSource)
    assert build_shared_cache(Settings()) is None


def test_the_settings_say_how_old_an_answer_may_be() -> None:
    given = Settings(cache_document_seconds=3, cache_search_seconds=8, cache_stale_seconds=100, deadline_seconds=7)
    assert lifetimes(given) == Lifetimes(document=3, missing=3, search=4, revalidate=4, stale=100, call=7)
    assert lifetimes(Settings()) == Lifetimes(document=60, missing=5, search=5, revalidate=5, stale=300, call=10)


@pytest.mark.parametrize(
    "build",
    [
        lambda settings: behind_cache(build_engine(settings), settings),
        lambda settings: run(settings.model_copy(update={"workers": 2})),
    ],
)
def test_a_redis_url_that_cannot_be_meant_is_refused(build: Callable[[Settings], Any], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"GATEWAY_REDIS_URL: the URL of a Redis begins with one of redis://"):
        build(Settings(data_dir=tmp_path, redis_url="http://somewhere"))


def test_several_processes_share_a_redis(demo: Demo, start_redis: StartRedis, tmp_path: Path) -> None:
    server = start_redis(requirepass="secret")
    flags = ("--redis-url", server.url, "--workers", "2", "--redis-timeout-seconds", "5")
    with served(demo.data_dir, tmp_path, *flags) as process:
        wait_for(process.address, "/health/ready", 200)
        found = [httpx.post(f"{process.address}/graphql", json={"query": S1}).json() for _ in range(20)]
        assert found == [found[0]] * 20
        assert found[0]["data"]["searchJobs"]["totalCount"] == 120
        with server.client() as client:
            assert any(":SKILL:" in key for key in client.scan_iter())
            assert any(":search:" in key for key in client.scan_iter())
    assert "secret" not in (tmp_path / "server.log").read_text()
