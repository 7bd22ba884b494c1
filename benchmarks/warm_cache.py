"""How often are Redis and the engine asked for a page of jobs with client and skills that is cached?"""

import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

import orjson
from caching import NOBODY, ROOM_BYTES, cache, neighbours, redis_at
from common import SMALL, parser, quantile, report, size, table, tell, workshop
from gateway_overhead import PAGE, QUESTIONS
from search_latency import texts

from gateway.embedders import embedder
from gateway.execution.encoding import Encoded
from gateway.execution.executor import PlannedExecution
from gateway.execution.operations import Operations
from gateway.parameters import Parameters
from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.context import Context, PageSizes
from resolvers.errors import SourceError
from resolvers.sources.base import Call, SearchRequest, SearchResult, Snapshot, Source, SourceInfo
from resolvers.sources.counting import Event
from resolvers.sources.embedded.source import EmbeddedSource
from schema.sdl import graph

DOCUMENT = QUESTIONS[-1].document
SETTLING_SECONDS = 1.0
"""What is written to Redis is written in the background."""
ALONE, SEEN = "the engine, without a cache", "a process that has the page"
KNOWN, NEW = "a process that has the documents", "a process that has nothing"


class Tally:
    """Counts events."""

    def __init__(self) -> None:
        self.events = Counter[Event]()

    def count(self, event: Event, about: str, amount: int = 1) -> None:  # noqa: ARG002  of the protocol
        self.events[event] += amount


class Counted:
    """An engine, opened and closed by somebody else, whose calls are counted."""

    def __init__(self, engine: Source, tally: Tally) -> None:
        self._engine, self._tally = engine, tally

    def snapshot(self, call: Call = NOBODY) -> "CountedSnapshot":
        return CountedSnapshot(self._engine.snapshot(call), self._tally)

    async def start(self) -> None:
        """It is open."""

    async def close(self) -> None:
        """It stays open."""


class CountedSnapshot:
    """A view of an engine whose calls are counted."""

    def __init__(self, view: Snapshot, tally: Tally) -> None:
        self._view, self._tally = view, tally

    def info(self) -> SourceInfo:
        return self._view.info()

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        self._tally.count(Event.ENGINE_CALL, "document")
        return await self._view.fetch(refs)

    async def search(self, requests: Sequence[SearchRequest]) -> Sequence[SearchResult | SourceError]:
        self._tally.count(Event.ENGINE_CALL, "search")
        return await self._view.search(requests)


class Way:
    """A source that is asked, and what it has asked of others."""

    def __init__(self, source: Source, tally: Tally) -> None:
        self.source, self._tally = source, tally
        self._operations = Operations(graph(PlannedExecution), encoded=Encoded())
        self.seconds, self.look_ups, self.engine_calls = list[list[float]](), list[int](), list[int]()

    async def ask(self, text: str) -> None:
        """A GraphQL operation, from its document to the bytes of its answer."""
        before, started = self._tally.events.copy(), perf_counter()
        context = Context(self.source.snapshot(), PageSizes())
        operation = self._operations(Parameters(DOCUMENT, None, {"text": text}), only_reads=True)
        result: Any = operation.execute(context)
        answer: Any = await result if isinstance(result, Awaitable) else result
        orjson.dumps(answer.data)
        self.seconds[-1].append(perf_counter() - started)
        if answer.errors:
            raise answer.errors[0]
        asked = self._tally.events - before
        self.look_ups.append(asked[Event.REMOTE_CALL])
        self.engine_calls.append(asked[Event.ENGINE_CALL])


async def give_documents(source: Source, engine: Source, text: str) -> None:
    """Have a process fetch what a page shows, and not the page."""
    [found] = await engine.snapshot().search([SearchRequest((Kind.JOB,), text, limit=PAGE)])
    if not isinstance(found, SearchResult):
        raise found
    refs = [hit.document.ref for hit in found.hits]
    await source.snapshot().fetch([*refs, *dict.fromkeys(ref for hit in found.hits for ref in neighbours(hit))])


async def measure(engine: Source, redis: str, asked: list[str], runs: int) -> dict[str, Way]:
    """Ask every text in every way, in turns. All processes share one Redis, which the first one fills."""
    prefix, alone = uuid4().hex, Tally()
    ways = {ALONE: Way(Counted(engine, alone), alone)}
    for name, room in ((SEEN, ROOM_BYTES), (KNOWN, ROOM_BYTES), (NEW, 0)):
        tally = Tally()
        ways[name] = Way(cache(engine, room, redis, prefix, tally), tally)
    caches = [way.source for way in list(ways.values())[1:]]
    for source in caches:
        await source.start()
    try:
        await _fill(ways[SEEN], asked)
        for text in asked:
            await give_documents(ways[KNOWN].source, engine, text)
        await _in_turns(ways, asked, runs)
    finally:
        for source in caches:
            await source.close()
    return ways


async def _fill(way: Way, asked: list[str]) -> None:
    way.seconds.append([])
    for text in asked:
        await way.ask(text)
    await asyncio.sleep(SETTLING_SECONDS)
    way.seconds, way.look_ups, way.engine_calls = [], [], []


async def _in_turns(ways: dict[str, Way], asked: list[str], runs: int) -> None:
    for run in range(runs):
        for way in ways.values():
            way.seconds.append([])
        # A text is new to a process once, so each run has texts of its own.
        for text in asked[run::runs]:
            for way in ways.values():
                await way.ask(text)
        tell(f"run {run + 1} of {runs} is done")


def rows(ways: dict[str, Way]) -> list[list[str]]:
    """One row a way. Counts are the same for every page, or told as a range."""
    alone = median(quantile(run, 0.5) for run in ways[ALONE].seconds)
    made = []
    for name, way in ways.items():
        middle, late = (median(quantile(run, share) for run in way.seconds) for share in (0.5, 0.95))
        times = [f"{1_000 * middle:.2f}", f"{1_000 * late:.2f}", f"{middle / alone:.2f}"]
        made.append([name, _range(way.engine_calls), _range(way.look_ups), *times])
    return made


def _range(counts: list[int]) -> str:
    return f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"


async def run(data_dir: Path, redis: str, asked: list[str], runs: int) -> dict[str, Way]:
    engine = EmbeddedSource(data_dir, embedder, threads=4, reload_seconds=3_600)
    await engine.start()
    try:
        return await measure(engine, redis, asked, runs)
    finally:
        await engine.close()


QUESTION = "How often are Redis and the engine asked for a page of jobs with client and skills that is cached?"
HEADER = ["asked of", "engine calls", "look-ups in Redis", "p50 ms", "p95 ms", "p50 ÷ engine alone"]
EXPLANATION = f"""\
A page is {PAGE} jobs by words and meaning, with client and skills, as a GraphQL operation from its document to the
bytes of its answer, over the embedded engine. Processes share one Redis, in which the page is, and differ in what they
hold themselves. Counts are those that `/metrics` shows; one number is the same for every page, and a look-up is one
`MGET`.

A process that has held the page for its time, and the documents for their longer one, asks for the result alone. One
that has nothing needs three, and not fewer: the result says which jobs there are, and the jobs say which clients and
skills. Two would be enough if results told the neighbours of their jobs too, whether or not a query asks for them; one,
if results held documents, which ADR 0017 refuses."""


def main() -> None:
    made = parser(QUESTION, runs=3)
    made.add_argument("--size", type=size, default=SMALL, help="JOBS+TALENT of the demo catalog (%(default)s)")
    made.add_argument("--queries", type=int, default=600, help="how many distinct texts are asked (%(default)s)")
    made.add_argument("--redis", metavar="URL", help="a Redis to use; else one of the PATH is started")
    asked = made.parse_args()
    with workshop(asked.keep) as shop, redis_at(asked.redis) as redis:
        if redis is None:
            sys.stdout.write("This did not run: there is no redis-server or valkey-server on the PATH.\n")
            return
        wanted = texts(shop.catalog(asked.size), asked.queries)
        ways = asyncio.run(run(shop.index(asked.size), redis, wanted, asked.runs))
    asking = f"{len(wanted)} distinct texts out of titles and skills, {asked.runs} runs; demo of {asked.size.shown}."
    report(__file__, QUESTION, [table(HEADER, rows(ways)), EXPLANATION, asking], write=asked.write)


if __name__ == "__main__":
    main()
