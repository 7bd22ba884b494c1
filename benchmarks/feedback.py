"""What does it cost to keep what is shown, and how many reports are recorded in a second?"""

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from statistics import median
from time import perf_counter, thread_time

from common import SMALL, parser, report, spread, table, tell, workshop

from gateway.embedders import embedder
from gateway.execution.executor import PlannedExecution
from resolvers.context import Context, PageSizes
from resolvers.errors import SourceUnavailable
from resolvers.feedback.record import Reported, record
from resolvers.sources.embedded.feedback.files import FeedbackFiles
from resolvers.sources.embedded.feedback.journal import EmbeddedJournal
from resolvers.sources.embedded.feedback.records import framed
from resolvers.sources.embedded.source import EmbeddedSource
from resolvers.sources.feedback import Action, Event, Feedback, ShownItem, ShownQuery, Surface
from resolvers.sources.recording import Recording
from resolvers.sources.unavailable import UnavailableSnapshot
from resolvers.visitor import NOBODY
from schema.sdl import graph

QUESTION = "What does it cost to keep what is shown, and how many reports are recorded in a second?"
PAGE = "{ %s pageInfo { hasNextPage } edges { position score SCORE node { id title } } }"
SEARCH = f'searchJobs(query: "website", first: 20) {PAGE.replace("SCORE", "{ total }")}'
TALENT = f'job(id: "job_000000") {{ recommendedTalent(first: 20) {PAGE.replace("SCORE", "")} }}'
FIELDS = {"searchJobs, 20 items": SEARCH, "recommendedTalent, 20 items": TALENT}
ALONE, KEPT = "", "queryId"
OPERATIONS = 100
EVENTS = 20
"""Of one report: the impressions of a page."""
REPORTERS = (1, 16, 64)
REPORTS = 320
EXPLANATION = f"""\
Pages: processor time of the thread that answers, for {OPERATIONS} operations with and as many without `queryId` by
turns, on the embedded engine without a cache. Searching and writing are done by other threads. "÷" is of each run by
itself.

Reports: of {EVENTS} impressions each, of pages of {EVENTS} items with 18 features that are written with them. So many
reporters wait for their answers at the same time, and each report is on disk before its answer. What they are compared
with appends the bytes of as many reports to one file, one after the other, with a sync behind each."""


async def used(context: Callable[[], Context], field: str) -> dict[str, float]:
    """The processor seconds of some operations, with and without the id, by turns."""
    schema = graph(PlannedExecution)
    seconds = {ALONE: 0.0, KEPT: 0.0}
    for _ in range(OPERATIONS):
        for selected in seconds:
            started = thread_time()
            result = await schema.execute(f"{{ {field % selected} }}", context_value=context())
            seconds[selected] += thread_time() - started
            if result.errors:  # type: ignore[union-attr]
                raise RuntimeError(result.errors)  # type: ignore[union-attr]
    return seconds


async def pages(data_dir: Path, folder: Path, runs: int) -> list[list[str]]:
    """A row for each field."""
    source = EmbeddedSource(data_dir, embedder, threads=1, reload_seconds=3_600)
    await source.start()
    store = Recording(EmbeddedJournal(FeedbackFiles(folder, keep_seconds=1e9)))
    await store.start()
    snapshot, rows = source.snapshot(), []

    def context() -> Context:
        return Context(snapshot, PageSizes(), feedback=Feedback(store))

    for what, field in FIELDS.items():
        await used(context, field)
        runs_used = [await used(context, field) for _ in range(runs)]
        ratios = [run[KEPT] / run[ALONE] for run in runs_used]
        shown = (f"{1e6 * median(run[which] for run in runs_used) / OPERATIONS:,.0f}" for which in (ALONE, KEPT))
        rows.append([what, *shown, spread(ratios, ".3f")])
        tell(f"{what} is measured")
    await store.close()
    await source.close()
    return rows


def page(name: str) -> ShownQuery:
    items = tuple(ShownItem(f"job_{at:06}", at, 0.5, (0.123456789,) * 18) for at in range(1, EVENTS + 1))
    names = tuple(f"feature_{at}" for at in range(18))
    return ShownQuery(name, datetime.now(UTC), Surface.SEARCH_JOBS, "website", items, names, "linear-1")


def impressions(shown: ShownQuery) -> list[Reported]:
    return [Reported(f"{shown.id}-{one.position}", shown.id, Action.IMPRESSION, *one[:2]) for one in shown.items]


async def recorded(folder: Path, reporters: int, run: int) -> float:
    """How many reports a second are recorded."""
    store = Recording(EmbeddedJournal(FeedbackFiles(folder, keep_seconds=1e9)))
    await store.start()
    snapshot = UnavailableSnapshot(SourceUnavailable("recording asks no engine"))

    async def reporter(number: int) -> None:
        for at in range(REPORTS // reporters):
            shown = page(f"{run}-{reporters}-{number}-{at}")
            store.shown(shown)
            await record(Context(snapshot, PageSizes(), feedback=Feedback(store)), impressions(shown), NOBODY)

    started = perf_counter()
    await asyncio.gather(*(reporter(number) for number in range(reporters)))
    taken = perf_counter() - started
    await store.close()
    return REPORTS / taken


def appended(folder: Path, run: int) -> float:
    """How many reports a second are appended to a file with a sync behind each."""
    shown = page("0" * 22)
    events = [Event(*one[:5], shown.at) for one in impressions(shown)]
    content = b"".join(map(framed, [shown, *events]))
    with (folder / f"appended-{run}").open("xb", buffering=0) as file:
        started = perf_counter()
        for _ in range(REPORTS // 4):
            file.write(content)
            os.fsync(file.fileno())
        return REPORTS / 4 / (perf_counter() - started)


def reports(folder: Path, runs: int) -> list[list[str]]:
    """A row for what is compared with, and one for each number of reporters."""
    floor: list[float] = []
    rates: dict[int, list[float]] = {reporters: [] for reporters in REPORTERS}
    for run in range(runs):
        floor.append(appended(folder, run))
        for reporters, found in rates.items():
            found.append(asyncio.run(recorded(folder / "reports", reporters, run)))
        tell(f"run {run + 1} of {runs} is done")
    rows = [["appended one by one", spread(floor), "", "1.00"]]
    for reporters, found in rates.items():
        ratios = [rate / alone for rate, alone in zip(found, floor, strict=True)]
        who = f"{reporters} reporter{'s' * (reporters > 1)}"
        rows.append([who, spread(found), f"{EVENTS * median(found):,.0f}", spread(ratios, ".2f")])
    return rows


def main() -> None:
    asked = parser(QUESTION, runs=7, sizes=[SMALL]).parse_args()
    with workshop(asked.keep) as shop:
        # Ids are recorded once, so that each time has a folder of its own.
        folder = shop.folder / f"feedback-{token_hex(4)}"
        folder.mkdir()
        shown = asyncio.run(pages(shop.index(asked.sizes[0]), folder / "pages", asked.runs))
        told = reports(folder, asked.runs)
    tables = [
        table(["page", "µs without", "µs with `queryId`", "÷ without"], shown),
        table(["reports", "reports/s", "events/s", "÷ one by one"], told),
    ]
    asking = f"{asked.runs} runs; a demo catalog of {asked.sizes[0].shown}."
    report(__file__, QUESTION, [*tables, EXPLANATION, asking], write=asked.write)


if __name__ == "__main__":
    main()
