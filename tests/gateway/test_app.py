"""The application as a whole: its routes, its engine, and that a slow engine stops nobody else."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.contexts import snapshot_of
from gateway.engines import build_engine
from gateway.jobs import index
from gateway.settings import Settings
from indexing.progress import SilentProgress
from resolvers.errors import SourceUnavailable
from resolvers.sources.base import Call
from resolvers.sources.embedded.source import EmbeddedSource
from resolvers.sources.embedding import Vectors, WordLlamaEmbedder
from resolvers.sources.unavailable import UnavailableSnapshot
from tests.support.asking import Asking, asking
from tests.support.demo import make_demo
from tests.support.engines import StandIn, failing

NOBODY = Call()


async def test_the_root_leads_to_graphql(gateway: Asking) -> None:
    response = await gateway.http.get("/")
    assert (response.status_code, response.headers["location"]) == (307, "/graphql")


async def test_other_addresses_are_not_found(gateway: Asking) -> None:
    assert (await gateway.http.get("/nowhere")).status_code == 404


async def test_the_source_is_opened_once_and_closed_at_the_end() -> None:
    told: list[str] = []

    class Told(StandIn):
        async def start(self) -> None:
            told.append("start")

        async def close(self) -> None:
            told.append("close")

    async def nothing() -> Sequence[None]:
        return [None]

    async with asking(Told(nothing)) as gateway:
        await gateway.data('{ job(id: "job_1") { id } }')
        assert told == ["start"]
    assert told == ["start", "close"]


async def test_a_slow_engine_does_not_keep_others_waiting(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Slow(WordLlamaEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            begun.set()
            assert go_on.wait(60)
            return super().embed(texts)

    data_dir = make_demo(tmp_path, jobs=3, talent=3).data_dir
    engine = EmbeddedSource(data_dir, Slow, threads=1, reload_seconds=60)
    async with asking(engine) as gateway:
        waiting = asyncio.create_task(gateway.data('{ searchJobs(query: "site") { totalCount } }'))
        try:
            assert await asyncio.to_thread(begun.wait, 60)
            assert (await gateway.http.get("/health/live")).status_code == 200
            assert not waiting.done()
        finally:
            go_on.set()
        assert (await waiting)["searchJobs"]["totalCount"] == 3


async def test_where_there_is_no_index_every_question_has_the_same_answer(tmp_path: Path) -> None:
    snapshot = snapshot_of(build_engine(Settings(data_dir=tmp_path)), NOBODY)
    assert isinstance(snapshot, UnavailableSnapshot)
    with pytest.raises(SourceUnavailable):
        snapshot.info()


async def test_a_source_that_breaks_in_making_a_view_is_not_taken_for_one_without_an_index() -> None:
    class Broken(StandIn):
        def snapshot(self, call: Call = NOBODY) -> StandIn:  # noqa: ARG002
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        snapshot_of(Broken(failing(ValueError()).fetch), NOBODY)  # type: ignore[arg-type]


async def test_a_catalog_is_indexed_and_picked_up_while_serving(tmp_path: Path) -> None:
    served = Settings(data_dir=tmp_path / "served", reload_seconds=0.05)
    feed = make_demo(tmp_path, jobs=3, talent=3).feed
    async with asking(None, served) as gateway:
        assert (await gateway.http.get("/health/ready")).status_code == 503
        summary = await asyncio.to_thread(
            index, [feed], served.data_dir, strict=True, embeddings=False, progress=SilentProgress()
        )
        for _ in range(200):
            response = await gateway.http.get("/health/ready")
            if response.status_code == 200:
                break
            await asyncio.sleep(0.02)
        assert response.json()["generation"] == summary.generation
        found = await gateway.data('{ searchJobs(query: "site") { totalCount meta { mode generation } } }')
    assert found["searchJobs"]["meta"] == {"mode": "LEXICAL", "generation": summary.generation}
