"""A source as a whole: facts, generations, and what is missing."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from resolvers.catalog.kind import Kind, Ref
from resolvers.errors import SourceUnavailable
from resolvers.sources.base import AggregationRequest, RetrievalMode, SearchRequest, SourceInfo

AN_UNKNOWN_FORM = "job_" + "x" * 5000


async def test_every_fact_comes_back_as_it_went_in(snapshot: Any, market: Any) -> None:
    records = [(kind, record) for kind, records in market.items() for record in records]
    documents = await snapshot.fetch([Ref(kind, record.id) for kind, record in records])
    assert [document.record for document in documents] == [record for _, record in records]
    assert [document.ref.kind for document in documents] == [kind for kind, _ in records]


async def test_what_is_not_there_is_none_in_its_place(snapshot: Any, ref: Any) -> None:
    asked = [
        ref("job_01"),
        ref("job_99"),
        Ref(Kind.JOB, ""),
        Ref(Kind.TALENT, "job_01"),
        Ref(Kind.JOB, AN_UNKNOWN_FORM),
    ]
    asked += [Ref(Kind.JOB, "job_\ud800"), ref("client_a"), ref("job_01")]
    found = [document and document.ref.id for document in await snapshot.fetch(asked)]
    assert found == ["job_01", None, None, None, None, None, "client_a", "job_01"]
    assert list(await snapshot.fetch([])) == []


async def test_hits_have_the_facts_of_their_documents(find: Callable[..., Any], snapshot: Any) -> None:
    hits = (await find(SearchRequest((Kind.JOB, Kind.TALENT), text="developer", limit=100))).hits
    assert list(await snapshot.fetch([hit.document.ref for hit in hits])) == [hit.document for hit in hits]


async def test_info_names_the_index_its_age_and_its_size(snapshot: Any, indexed: Any) -> None:
    info = snapshot.info()
    assert isinstance(info, SourceInfo)
    assert info.engine == indexed.name
    assert timedelta() < datetime.now(UTC) - info.created_at < timedelta(minutes=10)
    assert info.counts == {Kind.JOB: 12, Kind.TALENT: 10, Kind.CLIENT: 3, Kind.SKILL: 8, Kind.OCCUPATION: 4}


async def test_with_nothing_indexed_a_snapshot_says_what_to_do(engine: Any, topics: Any) -> None:
    fresh = engine()
    async with fresh.open(fresh.place, topics) as source:
        with pytest.raises(SourceUnavailable, match="run `python -m gateway index`"):
            source.snapshot()


async def test_kinds_without_documents_are_searched_like_others(engine: Any, topics: Any, market: Any) -> None:
    fresh = engine()
    fresh.build(fresh.place, {Kind.SKILL: market[Kind.SKILL]}, topics)
    async with fresh.open(fresh.place, topics) as source:
        requests = [
            SearchRequest((Kind.JOB,), count=True),
            SearchRequest((Kind.JOB,), sort="BUDGET", count=True),
            SearchRequest(tuple(Kind), text="python", limit=1),
        ]
        listed, sorted_, mixed = await source.snapshot().search(requests)
    assert (listed.hits, listed.total) == (sorted_.hits, sorted_.total) == ((), 0)
    assert [hit.document.ref.id for hit in mixed.hits] == ["skill_python"]


@pytest.mark.parametrize("mode", list(RetrievalMode))
async def test_without_vectors_words_answer_and_it_is_said(
    engine: Any, topics: Any, market: Any, mode: RetrievalMode
) -> None:
    fresh = engine()
    fresh.build(fresh.place, market, None)
    async with fresh.open(fresh.place, topics) as source:
        request = SearchRequest((Kind.JOB,), text="zookeeper", mode=mode, count=True)
        [found] = await source.snapshot().search([request])
        [figures] = await source.snapshot().aggregate([AggregationRequest(Kind.JOB, "zookeeper", mode=mode)])
    assert (figures.mode, figures.total) == (RetrievalMode.LEXICAL, 1)
    assert found.mode is RetrievalMode.LEXICAL
    assert [hit.document.ref.id for hit in found.hits] == ["job_10"]
    assert found.total == 1
    assert found.hits[0].score.semantic is None


async def test_a_new_index_is_picked_up_without_a_failed_request(engine: Any, topics: Any, make_jobs: Any) -> None:
    fresh = engine()
    request = SearchRequest((Kind.JOB,), text="python", limit=100, count=True)
    fresh.build(fresh.place, {Kind.JOB: make_jobs([{"id": "1", "title": "python"}])}, topics)
    async with fresh.open(fresh.place, topics, reload_seconds=0.01) as source:
        seen = {}
        for size in (2, 3, 4):
            jobs = make_jobs({"id": str(at), "title": "python"} for at in range(size))
            building = asyncio.create_task(asyncio.to_thread(fresh.build, fresh.place, {Kind.JOB: jobs}, topics))
            while not building.done() or source.snapshot().info().generation != building.result():
                view = source.snapshot()
                [found] = await view.search([request])
                facts = await view.fetch([hit.document.ref for hit in found.hits])
                assert list(facts) == [hit.document for hit in found.hits]
                assert found.total == len(found.hits) == view.info().counts[Kind.JOB]
                seen[view.info().generation] = found.total
        [found] = await source.snapshot().search([request])
        assert found.total == 4
    assert list(seen.values())[:2] == [1, 2]


async def test_a_snapshot_stays_on_its_index(engine: Any, topics: Any, make_jobs: Any) -> None:
    fresh = engine()
    old = fresh.build(fresh.place, {Kind.JOB: make_jobs([{"id": "1", "title": "python"}])}, topics)
    async with fresh.open(fresh.place, topics, reload_seconds=0.01) as source:
        view = source.snapshot()
        fresh.build(fresh.place, {Kind.JOB: make_jobs([{"id": "2", "title": "python"}])}, topics)
        while source.snapshot().info().generation == old:
            await asyncio.sleep(0.005)
        answers = [(await one.search([SearchRequest((Kind.JOB,))]))[0] for one in (view, source.snapshot())]
    assert [[hit.document.ref.id for hit in answer.hits] for answer in answers] == [["job_1"], ["job_2"]]


async def places_in_two_indexes(engine: Any, topics: Any, make_jobs: Any, about: SearchRequest, more: int) -> Any:
    """A search's first page of two in one index, and the page behind it in an index with `more` better jobs."""
    fresh = engine()
    bodies = ["", " a", " a b", " a b c", " a b c d", " a b c d e"]
    rows = [{"id": f"m{at}", "title": "python" + body.replace(" ", " word")} for at, body in enumerate(bodies)]
    fresh.build(fresh.place, {Kind.JOB: make_jobs(rows)}, topics)
    async with fresh.open(fresh.place, topics) as source:
        [first] = await source.snapshot().search([about])
    better = [{"id": f"a{at:03}", "title": "python python"} for at in range(more)]
    fresh.build(fresh.place, {Kind.JOB: make_jobs([*rows, *better])}, topics)
    async with fresh.open(fresh.place, topics) as source:
        request = SearchRequest(**vars(about) | {"after": first.hits[-1].position, "limit": 100})
        [behind] = await source.snapshot().search([request])
    return first, behind


async def test_a_place_of_an_older_index_in_a_listing_is_exact(engine: Any, topics: Any, make_jobs: Any) -> None:
    about = SearchRequest((Kind.JOB,), sort="FEWEST_PROPOSALS", limit=2)
    first, behind = await places_in_two_indexes(engine, topics, make_jobs, about, more=3)
    assert [hit.document.ref.id for hit in first.hits] == ["job_m0", "job_m1"]
    assert [hit.document.ref.id for hit in behind.hits] == ["job_m2", "job_m3", "job_m4", "job_m5"]
