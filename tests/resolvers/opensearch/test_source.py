"""A real cluster as a source: what it notices, what it can do without, and what it says."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from resolvers.deadline import Deadline
from resolvers.errors import DeadlineExceeded, SourceError, SourceUnavailable
from resolvers.sources.base import (
    AnyOf,
    Call,
    Degradation,
    Exists,
    RetrievalMode,
    SearchRequest,
    SearchResult,
)
from resolvers.sources.opensearch.connection import ClusterOptions
from resolvers.sources.opensearch.manifest import FORMAT
from resolvers.sources.opensearch.source import OpenSearchSource
from resolvers.sources.typeahead import SuggestRequest
from tests.support.clusters import Place, opened
from tests.support.clusters_made_up import GENERATION, Scripted

ABOUT = SearchRequest((Kind.JOB,), text="python developer", limit=100)


class Misled:
    """A model with the right name whose vectors have the wrong length."""

    def __init__(self, topics: Any) -> None:
        self.name, self.dimension, self._embed = topics.name, topics.dimension, topics.embed

    def embed(self, texts: Any) -> Any:
        return self._embed(texts)[:, :3]


async def searched(source: Any, request: SearchRequest = ABOUT, call: Call = Call()) -> Any:  # noqa: B008
    [answer] = await source.snapshot(call).search([request])
    return answer


@pytest.mark.parametrize("mode", [RetrievalMode.SEMANTIC, RetrievalMode.HYBRID])
@pytest.mark.parametrize("sort", ["RELEVANCE", "BUDGET"])
async def test_when_vectors_cannot_be_searched_words_answer(
    shop: Place, topics: Any, mode: RetrievalMode, sort: str
) -> None:
    by_words = SearchRequest(**vars(ABOUT) | {"mode": RetrievalMode.LEXICAL, "sort": sort, "count": True})
    async with opened(shop, Misled(topics)) as source:
        expected = await searched(source, by_words)
        found = await searched(source, SearchRequest(**vars(by_words) | {"mode": mode}))
    assert found.degraded == {Degradation.MEANING_UNAVAILABLE}
    assert (found.mode, found.hits, found.total) == (RetrievalMode.LEXICAL, expected.hits, expected.total)


async def test_an_answer_that_would_come_too_late_is_an_error(shop: Place, topics: Any) -> None:
    async with opened(shop, topics) as source:
        failed = await searched(source, call=Call(Deadline(0.000_1)))
    assert isinstance(failed, DeadlineExceeded)


def take_away(place: Place, index: str) -> None:
    """Make an index anew, without a node for its shard."""
    nowhere = {"index.routing.allocation.require._name": "nobody", "number_of_replicas": 0}
    place.server.ask("DELETE", f"/{index}")
    place.server.ask("PUT", f"/{index}?wait_for_active_shards=0", {"settings": nowhere})


async def test_documents_of_a_shard_that_is_missing_are_errors_and_others_are_there(
    place: Place, build: Callable[..., str], market: Any, topics: Any, ref: Any
) -> None:
    build(place.target(), market, topics)
    [jobs] = [index for index in place.indexes() if index.startswith(f"{place.prefix}-job-")]
    async with opened(place, topics) as source:
        take_away(place, jobs)
        job, skill = await source.snapshot().fetch([ref("job_01"), ref("skill_python")])
    assert isinstance(job, SourceUnavailable)
    assert skill.ref == ref("skill_python")


async def test_suggestions_that_would_come_too_late_are_errors_each(shop: Place, topics: Any) -> None:
    async with opened(shop, topics) as source:
        typed = [SuggestRequest(kind, ("python",), 8) for kind in (Kind.JOB, Kind.SKILL)]
        found = await source.snapshot(Call(Deadline(0))).suggest(typed)
    assert [type(one) for one in found] == [DeadlineExceeded] * 2


async def test_documents_that_would_come_too_late_are_errors(shop: Place, topics: Any, ref: Any) -> None:
    async with opened(shop, topics) as source:
        found = await source.snapshot(Call(Deadline(0))).fetch([ref("job_01"), ref("job_02"), ref("job_01")])
    assert [type(one) for one in found] == [DeadlineExceeded] * 3


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"sort": "HEIGHT"}, "could not answer this search"),
        ({"filter": AnyOf((Exists("budget"),) * 2_000)}, "too broad"),
        ({"text": "python \ud800"}, "characters that cannot be sent"),
        ({"kinds": (Kind.JOB, Kind.TALENT), "sort": "BUDGET"}, "several kinds"),
    ],
)
async def test_a_search_that_cannot_be_answered_says_why(shop: Place, topics: Any, about: Any, message: str) -> None:
    async with opened(shop, topics) as source:
        failed = await searched(source, SearchRequest(**vars(ABOUT) | {"mode": RetrievalMode.LEXICAL} | about))
    assert (type(failed), failed.code) == (SourceError, "SOURCE_ERROR")
    assert message in failed.message


async def test_an_index_that_has_gone_is_an_error_and_the_next_one_is_looked_for_at_once(
    place: Place, index_jobs: Callable[..., str], topics: Any, ref: Any
) -> None:
    index_jobs("python")
    async with opened(place, topics, reload_seconds=3_600) as source:
        view = source.snapshot()
        index_jobs("python")
        newest = await asyncio.to_thread(index_jobs, "python")
        [answer] = await view.search([ABOUT])
        [document] = await view.fetch([ref("job_00000")])
        [suggested] = await view.suggest([SuggestRequest(Kind.JOB, ("python",), 8)])
        for failed in (answer, document, suggested):
            assert isinstance(failed, SourceUnavailable)
            assert "replaced or removed" in failed.message
        async with asyncio.timeout(30):
            while source.snapshot().info().generation != newest:
                await asyncio.sleep(0.01)
        assert isinstance(await searched(source), SearchResult)


async def test_a_roll_back_is_followed(place: Place, index_jobs: Callable[..., str], topics: Any) -> None:
    index_jobs("python")
    index_jobs("python", "python")
    async with opened(place, topics) as source:
        assert len((await searched(source)).hits) == 2
        with place.target().earlier() as earlier:
            await asyncio.to_thread(earlier.publish)
        await source.reload()
        assert len((await searched(source)).hits) == 1


async def test_without_all_of_the_aliases_nothing_has_been_indexed(
    place: Place, index_jobs: Callable[..., str], topics: Any, caplog: pytest.LogCaptureFixture
) -> None:
    generation = index_jobs("python")
    async with opened(place, topics) as source:
        index, alias = f"{place.prefix}-skill-{generation}", f"{place.prefix}-skill"
        place.server.ask("POST", "/_aliases", {"actions": [{"remove": {"index": index, "alias": alias}}]})
        await source.reload()
        with pytest.raises(SourceUnavailable, match="nothing has been indexed"):
            source.snapshot()
        await source.reload()
    [told] = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert told.startswith("nothing is served any more: not all of the aliases ")


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({"format": 99}, f"has format 99 and this gateway reads {FORMAT}"),
        ({"createdAt": None}, "is not complete"),
        ({"format": "x"}, "is not one of this gateway"),
        ({"generation": "20200101t000000.000000z-0badc0de"}, "lead to no complete index"),
    ],
)
async def test_indexes_that_this_gateway_cannot_read_are_told(
    place: Place, index_jobs: Callable[..., str], topics: Any, meta: Any, message: str
) -> None:
    generation = index_jobs("python")
    index = f"{place.prefix}-skill-{generation}"
    written = place.server.ask("GET", f"/{index}/_mapping")[index]["mappings"]["_meta"]
    place.server.ask("PUT", f"/{index}/_mapping", {"_meta": written | meta})
    with pytest.raises(SourceUnavailable, match=message):
        async with opened(place, topics):
            pass


class OtherModel:
    """A model that the index was not made with."""

    def __init__(self, topics: Any) -> None:
        self.name, self.dimension, self.embed = "another-4", topics.dimension, topics.embed


async def test_a_new_index_of_another_model_is_not_followed_and_the_reason_is_logged_once(
    place: Place, index_jobs: Callable[..., str], topics: Any, caplog: pytest.LogCaptureFixture
) -> None:
    first = index_jobs("python")
    async with opened(place, topics, reload_seconds=0.01) as source:
        index_jobs("python", embedder=OtherModel(topics))
        async with asyncio.timeout(30):
            while not (said := [one.message for one in caplog.records if one.levelno == logging.ERROR]):
                await asyncio.sleep(0.01)
        answer = await searched(source)
        assert (answer.mode, source.snapshot().info().generation) == (RetrievalMode.HYBRID, first)
    [message] = said
    assert message.startswith("the current index cannot be read: the index has vectors of the model another-4, and")


async def test_that_texts_are_matched_by_words_alone_is_logged_once(
    place: Place, index_jobs: Callable[..., str], topics: Any, caplog: pytest.LogCaptureFixture
) -> None:
    generation = index_jobs("python", embedder=None)
    async with opened(place, topics) as source:
        await source.reload()
        assert (await searched(source)).mode is RetrievalMode.LEXICAL
    warnings = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings == [f"texts are matched by words alone: index generation {generation} has no vectors"]


@pytest.mark.parametrize("about", [{"start": True}, {"start": False}])
async def test_where_nobody_listens_nothing_is_left_open(topics: Any, about: dict[str, bool]) -> None:
    before = asyncio.all_tasks()
    source = OpenSearchSource(ClusterOptions(("http://127.0.0.1:1",)), lambda: topics, prefix="shop", reload_seconds=60)
    with pytest.raises(SourceUnavailable, match="GATEWAY_OPENSEARCH_URL"):
        await (source.start() if about["start"] else source.check())
    assert asyncio.all_tasks() == before


class Watched(Scripted):
    """A scripted connection that can be closed, and that says when it has been asked everything."""

    def __init__(self, answers: Any) -> None:
        super().__init__(answers)
        self.exhausted = asyncio.Event()

    async def ask(self, *arguments: Any, **options: Any) -> str:
        try:
            return await super().ask(*arguments, **options)
        except (StopIteration, RuntimeError):
            self.exhausted.set()
            await asyncio.Event().wait()
            raise

    async def close(self) -> None:
        """There is nothing to close."""


def looking(*answers: Any) -> OpenSearchSource:
    return OpenSearchSource(
        ClusterOptions(()),
        lambda: pytest.fail("no model is needed"),
        prefix="shop",
        reload_seconds=60,
        connect=lambda _: Watched(answers),  # type: ignore[arg-type, return-value]
    )


async def test_who_does_not_serve_an_index_can_look_which_one_it_is_and_says_nothing_of_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    indexes: dict[str, Any] = {f"shop-{kind.lower()}-{GENERATION}": {} for kind in Kind}
    meta = {"format": FORMAT, "generation": GENERATION, "shards": 1, "createdAt": "2026-05-01T12:00:00Z"}
    mappings = {index: {"mappings": {"_meta": meta | {"embedder": "any", "dimension": 4}}} for index in indexes}
    with caplog.at_level(logging.INFO):
        found = await looking(indexes, mappings).look()
        with pytest.raises(SourceUnavailable, match="nothing has been indexed yet"):
            await looking({}).look()
    assert (found.engine, found.generation, caplog.messages) == ("opensearch", GENERATION, [])


async def test_a_cluster_that_is_out_of_reach_is_told_once_and_the_index_stays(
    topics: Any, caplog: pytest.LogCaptureFixture
) -> None:
    indexes: dict[str, Any] = {f"shop-{kind.lower()}-{GENERATION}": {} for kind in Kind}
    meta = {"format": FORMAT, "generation": GENERATION, "shards": 1, "createdAt": "2026-05-01T12:00:00Z"}
    mappings = {index: {"mappings": {"_meta": meta}} for index in indexes}
    down, slow, uncounted = (SourceUnavailable(text) for text in ("down", "slow", "no counts"))
    cluster = Watched([indexes, mappings, uncounted, down, down, slow, indexes, uncounted, "<html>", down])
    source = OpenSearchSource(
        ClusterOptions(()),
        lambda: topics,
        prefix="shop",
        reload_seconds=0.001,
        connect=lambda _: cluster,  # type: ignore[arg-type, return-value]
    )
    await source.start()
    async with asyncio.timeout(30):
        await cluster.exhausted.wait()
    assert source.snapshot().info().generation == GENERATION
    await source.close()
    told = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    first, second, third, fourth = (message.partition(": ")[2] for message in told)
    assert (first, second, fourth) == ("down", "slow", "down")
    assert third.startswith("the search engine's answer cannot be read")


async def test_before_it_is_started_a_source_has_nothing_to_say(topics: Any) -> None:
    source = OpenSearchSource(ClusterOptions(()), lambda: topics, prefix="shop", reload_seconds=60)
    await source.reload()
    with pytest.raises(SourceUnavailable):
        source.snapshot()
    await source.close()
