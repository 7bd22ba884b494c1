"""Pages of a search by relevance while documents change, and over a new index."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from indexing.changes.apply import apply_batch
from indexing.changes.given import GivenChange
from resolvers.catalog.kind import Kind, Ref
from resolvers.sources.base import RetrievalMode, SearchRequest
from resolvers.sources.cached.rankings import RankingStore
from tests.contract.conftest import Engine
from tests.support.paging import Reader

ABOUTS = [
    SearchRequest(kinds, "python developer", mode=mode)
    for kinds, mode in [
        *(((Kind.JOB,), mode) for mode in RetrievalMode),
        ((Kind.JOB, Kind.TALENT, Kind.SKILL), RetrievalMode.HYBRID),
    ]
]


async def test_pages_neither_repeat_nor_skip_while_documents_change_and_over_a_new_index(
    engine: Callable[[], Engine], market: Any, topics: Any, make_jobs: Callable[..., Any]
) -> None:
    bodies = ["python", "python developer", "developer", "python a b", "developer a", "python python", "data python"]
    jobs = make_jobs([{"id": f"5{at:02}", "title": bodies[at % 7] + " c" * (at % 3)} for at in range(14)])
    better = make_jobs([{"id": f"0{at}", "title": "python developer python developer"} for at in range(7)])
    worse = [msgspec.structs.replace(job, title=f"{'d ' * 9}python", description="d " * 20) for job in jobs[1:3]]
    fresh = engine()
    fresh.build(fresh.place, market | {Kind.JOB: jobs}, topics)
    store = RankingStore(seconds=900, most_bytes=1_000_000)
    readers = [Reader(about, 3, store) for about in ABOUTS]

    def changed(version: int, upserts: Any, deletes: Any) -> None:
        given = [GivenChange(Ref(Kind.JOB, one.id), version, one) for one in upserts]
        given += [GivenChange(Ref(Kind.JOB, one.id), version, None) for one in deletes]
        index = fresh.change(fresh.place)
        with index.changing() as batch:
            apply_batch(batch, given, topics, exclusive=index.exclusive)

    async def turned() -> None:
        async with fresh.open(fresh.place, topics) as source:
            for reader in readers:
                if reader.has_next:
                    await reader.turn(source.snapshot())

    await turned()
    # Some that were shown fall, some go, and better ones than all before come.
    await asyncio.to_thread(changed, 1, [*better[:4], *worse], [jobs[5], jobs[12]])
    await turned()
    still = [job for job in jobs if job.id not in {one.id for one in (*worse, jobs[5], jobs[8], jobs[12])}]
    records = sorted([*better[:6], *worse, *still], key=lambda record: record.id)
    fresh.build(fresh.place, market | {Kind.JOB: records}, topics)
    await turned()
    await asyncio.to_thread(changed, 2, [*better[6:], *worse], [better[0], jobs[0]])
    for _ in range(12):
        await turned()
    async with fresh.open(fresh.place, topics) as source:
        for reader in readers:
            assert not reader.has_next
            assert len(reader.pages) > 4
            await reader.check(source.snapshot())
    await store.close()
