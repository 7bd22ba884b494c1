"""How long does it take to recommend talent for a job, against the search for candidates alone?"""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from common import GIVEN_CATALOG, MEDIUM, parser, quantile, report, table, tell, workshop

from gateway.embedders import embedder
from gateway.jobs import index
from indexing.progress import SilentProgress
from resolvers.catalog.job import JobRecord
from resolvers.catalog.kind import Kind
from resolvers.catalog.values import JobStatus
from resolvers.context import Context, PageSizes
from resolvers.errors import SourceError
from resolvers.ranking.judged import diverse_talent
from resolvers.recommendations.candidates import job_profile, requests
from resolvers.recommendations.explained import explained
from resolvers.recommendations.recommend import talent_for
from resolvers.recommendations.wish import Wish
from resolvers.sources.base import SearchRequest, Snapshot
from resolvers.sources.embedded.layout import Layout
from resolvers.sources.embedded.source import EmbeddedSource

PAGE = 10
SHARES = (0.5, 0.95)
JOBS_READ = 2_000
SEARCH = "the search for candidates alone"
Work = Callable[[Context, JobRecord, datetime], Awaitable[object]]


async def search(context: Context, job: JobRecord, _: datetime) -> object:
    wanted = job_profile(job, context.snapshot.info().occupations)
    return await context.searches.load_many(requests(Kind.TALENT, wanted, Wish().talent_for(job)))


async def recommend(context: Context, job: JobRecord, now: datetime) -> object:
    return diverse_talent(await talent_for(context, job, Wish(), now), PAGE)


async def explain(context: Context, job: JobRecord, now: datetime) -> object:
    found = diverse_talent(await talent_for(context, job, Wish(), now), PAGE)
    return await asyncio.gather(*(explained(context, one) for one in found))


WORKS: dict[str, Work] = {
    SEARCH: search,
    f"{PAGE} recommended talent": recommend,
    f"{PAGE} recommended talent with all reasons": explain,
}


async def open_jobs(snapshot: Snapshot, count: int) -> list[JobRecord]:
    """So many open jobs, by chance."""
    [found] = await snapshot.search([SearchRequest((Kind.JOB,), sort="ID", limit=JOBS_READ)])
    if isinstance(found, SourceError):
        raise found
    jobs = [hit.document.record for hit in found.hits]
    wanted = [job for job in jobs if isinstance(job, JobRecord) and job.status is JobStatus.OPEN]
    return random.Random(7).sample(wanted, min(count, len(wanted)))


async def measured(data_dir: Path, count: int, runs: int) -> dict[str, list[list[float]]]:
    """Seconds by work, a list a run. Works take turns, each in an operation of its own."""
    source = EmbeddedSource(data_dir, embedder, threads=1, reload_seconds=3_600)
    await source.start()
    snapshot = source.snapshot()
    jobs, now = await open_jobs(snapshot, count), snapshot.info().created_at
    found: dict[str, list[list[float]]] = {what: [] for what in WORKS}
    for run in range(runs + 1):
        for times in found.values():
            times.append([])
        for job in jobs:
            for what, work in WORKS.items():
                started = perf_counter()
                await work(Context(snapshot, PageSizes()), job, now)
                found[what][-1].append(perf_counter() - started)
        tell(f"run {run} of {runs} is done" if run else "everything is warm")
    await source.close()
    return {what: times[1:] for what, times in found.items()}


def rows(found: dict[str, list[list[float]]]) -> list[list[str]]:
    alone = median(quantile(run, 0.5) for run in found[SEARCH])
    made = []
    for what, runs in found.items():
        times = [median(quantile(run, share) for run in runs) for share in SHARES]
        made.append([what, *(f"{1_000 * one:.2f}" for one in times), f"{times[0] / alone:.2f}"])
    return made


QUESTION = "How long does it take to recommend talent for a job, against the search for candidates alone?"
EXPLANATION = """\
One job at a time, from the event loop to the event loop, in one warm process on one core, without a cache. The search
is the multi-search of 70 candidates by words and concepts and 30 by meaning, with their facts."""


def main() -> None:
    made = parser(QUESTION, runs=3, sizes=[MEDIUM])
    made.add_argument("--jobs", type=int, default=300, help="for how many jobs talent is recommended (%(default)s)")
    made.add_argument("--given", action="store_true", help=f"take the catalog in {GIVEN_CATALOG.name}, not a demo")
    made.add_argument("--index", type=Path, metavar="DIR", help="take the index that is there")
    asked = made.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with workshop(asked.keep) as shop:
        folder, catalog = asked.index, "the index given"
        if folder is None and asked.given:
            folder, catalog = shop.folder / "given", "the given catalog: 15,462 jobs + 30,000 talent"
            if Layout(folder).current() is None:
                index([GIVEN_CATALOG], folder, strict=False, embeddings=True, progress=SilentProgress())
        elif folder is None:
            folder, catalog = shop.index(asked.sizes[0]), f"a demo catalog of {asked.sizes[0].shown}"
        found = asyncio.run(measured(folder, asked.jobs, asked.runs))
    header = ["what", *(f"p{share * 100:.0f} ms" for share in SHARES), "p50 ÷ search"]
    asking = f"{asked.jobs} open jobs, {asked.runs} runs; {catalog}."
    report(__file__, QUESTION, [table(header, rows(found)), EXPLANATION, asking], write=asked.write)


if __name__ == "__main__":
    main()
