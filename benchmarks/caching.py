"""What does the cache cost when it misses, and what does it save when it hits?"""

import asyncio
import random
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from uuid import uuid4

from common import SMALL, parser, quantile, report, size, table, tell, workshop
from search_latency import texts

from gateway.embedders import embedder
from resolvers.catalog.kind import Kind, Ref
from resolvers.catalog.kinds import KINDS
from resolvers.sources.base import Call, Hit, SearchRequest, SearchResult, Snapshot, Source
from resolvers.sources.cached.keys import channel_of
from resolvers.sources.cached.lifetimes import Lifetimes
from resolvers.sources.cached.redis_remote import RedisRemote
from resolvers.sources.cached.source import CachedSource
from resolvers.sources.counting import Counting, Uncounted
from resolvers.sources.embedded.source import EmbeddedSource

FOREVER = Lifetimes(document=1e6, missing=1e6, search=1e6, revalidate=0)
ROOM_BYTES = 1 << 28
PAGE = 20
NOBODY = Call()
SERVERS = ("redis-server", "valkey-server")
ENGINE, HIT, MISS = "the engine alone", "hit in process", "miss, without Redis"
REMOTE_HIT, REMOTE_MISS = "hit in Redis", "miss, with Redis"
Work = Callable[[Snapshot, int], Awaitable[None]]
Measured = dict[tuple[str, str], list[list[float]]]
"""Seconds by what was asked and how, a list a run."""


class Opened:
    """An engine that several caches share, opened and closed by somebody else."""

    def __init__(self, engine: Source) -> None:
        self._engine = engine

    def snapshot(self, call: Call = NOBODY) -> Snapshot:
        return self._engine.snapshot(call)

    async def start(self) -> None:
        """It is open."""

    async def close(self) -> None:
        """It stays open."""


def cache(
    engine: Source,
    room_bytes: int,
    redis: str | None,
    prefix: str | None = None,
    counting: Counting = Uncounted(),  # noqa: B008  it has no state
) -> CachedSource:
    """A cache with names of its own, so that it begins empty, or one that shares the names of a prefix."""
    prefix = prefix or uuid4().hex
    remote = None if redis is None else RedisRemote(redis, channel_of(prefix))
    return CachedSource(
        Opened(engine),
        local_bytes=room_bytes,
        remote=remote,
        timeout_seconds=10,
        prefix=prefix,
        lifetimes=FOREVER,
        counting=counting,
    )


@asynccontextmanager
async def ways(engine: Source, redis: str | None) -> AsyncIterator[dict[str, Source]]:
    """The sources by name. Those that miss have no room, and those that hit in Redis have it only there."""
    found: dict[str, Source] = {ENGINE: engine, HIT: cache(engine, ROOM_BYTES, None), MISS: cache(engine, 0, None)}
    if redis is not None:
        found |= {REMOTE_HIT: cache(engine, 0, redis), REMOTE_MISS: cache(engine, 0, redis)}
    for name in list(found)[1:]:
        await found[name].start()
    try:
        yield found
    finally:
        for name in list(found)[1:]:
            await found[name].close()


def fetching(batches: list[list[Ref]]) -> Work:
    async def fetch(snapshot: Snapshot, number: int) -> None:
        await snapshot.fetch(batches[number])

    return fetch


def searching(requests: list[SearchRequest]) -> Work:
    async def search(snapshot: Snapshot, number: int) -> None:
        await snapshot.search([requests[number]])

    return search


def paging(requests: list[SearchRequest]) -> Work:
    """A page of jobs with client and skills of each: a search, then whatever it refers to in one batch."""

    async def page(snapshot: Snapshot, number: int) -> None:
        [result] = await snapshot.search([requests[number]])
        if isinstance(result, SearchResult):
            await snapshot.fetch(list(dict.fromkeys(ref for hit in result.hits for ref in neighbours(hit))))

    return page


def neighbours(hit: Hit) -> list[Ref]:
    document = hit.document
    return [
        Ref(reference.kind, id_)
        for reference in KINDS[document.ref.kind].references
        for id_ in reference.ids(document.record)
    ]


async def measure(engine: Source, redis: str | None, works: dict[str, tuple[Work, int]], runs: int) -> Measured:
    """Ask everything in every way. Works and ways take turns, one question after the other."""
    measured: Measured = {}
    for run in range(runs):
        for what, (work, count) in works.items():
            async with ways(engine, redis) as sources:
                for name in (HIT, REMOTE_HIT):
                    for number in range(count if name in sources else 0):
                        await work(sources[name].snapshot(), number)
                # What is written to Redis is written in the background.
                await asyncio.sleep(0.5)
                for number in range(count):
                    for name, source in sources.items():
                        started = perf_counter()
                        await work(source.snapshot(), number)
                        measured.setdefault((what, name), [[] for _ in range(runs)])[run].append(
                            perf_counter() - started
                        )
        tell(f"run {run + 1} of {runs} is done")
    return measured


def works(refs: list[Ref], texts: list[str], count: int) -> dict[str, tuple[Work, int]]:
    """What is asked. No document or search is asked for twice in one way, but for the filling."""
    draw = random.Random(7)
    requests = [SearchRequest((Kind.JOB,), text=text, limit=PAGE) for text in texts[:count]]

    def batches(length: int) -> list[list[Ref]]:
        mixed = draw.sample(refs, len(refs))
        return [mixed[start : start + length] for start in range(0, len(mixed) - length + 1, length)][:count]

    return {
        f"{length} document{'s' * (length > 1)}": (fetching(batches(length)), len(batches(length)))
        for length in (1, 20, 100)
    } | {
        f"a search of {PAGE} hits": (searching(requests), count),
        f"{PAGE} jobs with client and skills": (paging(requests), count),
    }


def rows(measured: Measured) -> list[list[str]]:
    """One row a work and way."""
    made = []
    for (what, name), found in measured.items():
        middle = median(quantile(run, 0.5) for run in found)
        bare = median(quantile(run, 0.5) for run in measured[what, ENGINE])
        late = median(quantile(run, 0.95) for run in found)
        made.append([what, name, f"{1e6 * middle:,.0f}", f"{1e6 * late:,.0f}", f"{middle / bare:.2f}"])
    return made


@contextmanager
def redis_at(given: str | None) -> Iterator[str | None]:
    """The server that was named, one of our own where there is one on the PATH, or none."""
    binary = next(filter(None, map(shutil.which, SERVERS)), None)
    if given is not None or binary is None:
        yield given
        return
    with TemporaryDirectory(prefix="discovery-benchmark-") as folder:
        socket = Path(folder) / "redis.sock"
        command = [binary, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            while not socket.exists():
                sleep(0.01)
            yield f"unix://{socket}"
        finally:
            process.terminate()
            process.wait()


async def run(data_dir: Path, redis: str | None, texts: list[str], count: int, runs: int) -> Measured:
    engine = EmbeddedSource(data_dir, embedder, threads=4, reload_seconds=3_600)
    await engine.start()
    try:
        [listed] = await engine.snapshot().search([SearchRequest((Kind.TALENT,), limit=1_000_000)])
        if not isinstance(listed, SearchResult):
            raise listed
        refs = [hit.document.ref for hit in listed.hits]
        return await measure(engine, redis, works(refs, texts, count), runs)
    finally:
        await engine.close()


QUESTION = "What does the cache cost when it misses, and what does it save when it hits?"
HEADER = ["what is asked", "how", "p50 µs", "p95 µs", "p50 ÷ engine alone"]
EXPLANATION = """\
The embedded engine in one warm process, one question at a time, from the event loop to the event loop. A hit in process
looks at nothing else. A hit in Redis is one look-up for documents, two for a search (its result, then its documents),
three for a page. A miss with Redis looks there, asks the engine, and writes in the background, which may still be going
on when the next question is asked. Works and ways take turns; quantiles are medians over the runs. The engine reads its
documents from memory-mapped files of the same machine, so Redis cannot be faster than it for documents: it is there for
engines that are further away, and for searches."""


def main() -> None:
    made = parser(QUESTION, runs=3)
    made.add_argument("--size", type=size, default=SMALL, help="JOBS+TALENT of the demo catalog (%(default)s)")
    made.add_argument("--questions", type=int, default=200, help="how many of a kind are asked (%(default)s)")
    made.add_argument("--redis", metavar="URL", help="a Redis to use; else one of the PATH is started")
    asked = made.parse_args()
    with workshop(asked.keep) as shop, redis_at(asked.redis) as redis:
        wanted = texts(shop.catalog(asked.size), asked.questions)
        measured = asyncio.run(run(shop.index(asked.size), redis, wanted, asked.questions, asked.runs))
    asking = f"{asked.questions} questions of a kind, {asked.runs} runs; demo catalog of {asked.size.shown}."
    report(__file__, QUESTION, [table(HEADER, rows(measured)), EXPLANATION, asking], write=asked.write)


if __name__ == "__main__":
    main()
