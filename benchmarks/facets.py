"""What do facets and insight into the market take beside a search?"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from common import GIVEN_CATALOG, MEDIUM, parser, quantile, report, table, tell, workshop
from search_latency import texts

from gateway.embedders import embedder
from gateway.jobs import index
from indexing.progress import SilentProgress
from resolvers.context import Context, PageSizes
from resolvers.sources.embedded.layout import Layout
from resolvers.sources.embedded.source import EmbeddedSource
from schema.sdl import graph

SHARES = (0.5, 0.95)
PAGE = "totalCount nodes { id title }"
FEW = "[CONTRACT_TYPE, EXPERIENCE_LEVEL, SKILLS, BUDGET, CLIENT_RATING]"
VALUES = "{ label distinctCount values { label count selected filter } }"
CHOSEN = {"contractType": {"anyOf": ["HOURLY"]}, "experienceLevel": {"anyOf": ["EXPERT"]}}
MARKET = """
jobMarket(query: $query, filter: $filter, mode: $mode) {
  jobCount openJobCount budget { p10 { amount } p50 { amount } p90 { amount } } highestHourlyRate { p50 { amount } }
  postings(interval: WEEK) { start count } topSkills { skill { name } demand supply ratio }
}
"""


def searching(more: str = "") -> str:
    return f"searchJobs(query: $query, filter: $filter, mode: $mode) {{ {PAGE} {more} }}"


SEARCH = "the search alone"
ASKED: dict[str, str] = {
    SEARCH: searching(),
    "with five facets": searching(f"facets(fields: {FEW}) {VALUES}"),
    "with all 16 facets": searching(f"facets {VALUES}"),
    "the market instead": MARKET,
}
SETTINGS: dict[str, tuple[str, Any]] = {
    "LEXICAL": ("LEXICAL", None),
    "HYBRID": ("HYBRID", None),
    "HYBRID, two conditions": ("HYBRID", CHOSEN),
}
Runs = dict[tuple[str, str], list[list[float]]]


async def ask(source: EmbeddedSource, body: str, text: str, mode: str, given: Any) -> float:
    """How long an operation takes, from the document to its answer."""
    document = f"query ($query: String, $filter: JobFilter, $mode: RetrievalMode!) {{ {body} }}"
    variables = {"query": text, "filter": given, "mode": mode}
    started = perf_counter()
    context = Context(source.snapshot(), PageSizes())
    result = await graph().execute(document, variable_values=variables, context_value=context)
    taken = perf_counter() - started
    if result.errors:
        raise result.errors[0]
    return taken


async def measured(folder: Path, asked: list[str], runs: int) -> Runs:
    """Every text in every way, in turn; the first tenth of the texts warms everything up."""
    source = EmbeddedSource(folder, embedder, threads=4, reload_seconds=3_600)
    await source.start()
    found: Runs = {(setting, what): [] for setting in SETTINGS for what in ASKED}
    for number in range(-1, runs):
        for times in found.values():
            times.append([])
        for text in asked if number >= 0 else asked[: max(1, len(asked) // 10)]:
            for (setting, what), times in found.items():
                times[-1].append(await ask(source, ASKED[what], text, *SETTINGS[setting]))
        tell(f"run {number + 1} of {runs} is done")
    await source.close()
    return {what: times[1:] for what, times in found.items()}


def rows(found: Runs) -> list[list[str]]:
    made = []
    for (setting, what), times in found.items():
        shown, alone = (of_share(times), of_share(found[setting, SEARCH]))
        ratio = f"{shown(0.5) / alone(0.5):.1f}"
        made.append([f"{setting}: {what}", *(f"{shown(share):.2f}" for share in SHARES), ratio])
    return made


def of_share(times: list[list[float]]) -> Callable[[float], float]:
    """Quantiles in milliseconds, each the median over the runs."""
    return lambda share: 1_000 * median(quantile(run, share) for run in times)


QUESTION = "What do facets and insight into the market take beside a search?"
HEADER = ["operation", *(f"p{share * 100:.0f} ms" for share in SHARES), "p50 ÷ the search alone"]
EXPLANATION = """\
One GraphQL operation at a time on the embedded engine, without HTTP and without a cache, in one warm process: parsing,
validation, 20 jobs and their count, facets of 10 values with their names and filters. With two conditions on fields
that have facets three matching sets are counted instead of one, each with its own nearest documents. The market is
asked for in an operation of its own: the search's page is not in it."""


def main() -> None:
    made = parser(QUESTION, runs=3)
    made.add_argument("--queries", type=int, default=100, help="how many distinct texts are asked (%(default)s)")
    asked = made.parse_args()
    sections = []
    with workshop(asked.keep) as shop:
        folders = {f"Demo catalog of {MEDIUM.shown}": (shop.catalog(MEDIUM), shop.index(MEDIUM))}
        if GIVEN_CATALOG.is_dir():
            given = shop.folder / "given"
            if Layout(given).current() is None:
                index([GIVEN_CATALOG], given, strict=False, embeddings=True, progress=SilentProgress())
            folders["Given catalog, `../shared/data`"] = GIVEN_CATALOG, given
        for name, (catalog, folder) in folders.items():
            found = asyncio.run(measured(folder, texts(catalog, asked.queries), asked.runs))
            sections.append(f"## {name}\n\n{table(HEADER, rows(found))}")
    if not GIVEN_CATALOG.is_dir():
        sections.append("The given catalog, `../shared/data`, is not here, so it was not asked.")
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "not set")
    asking = (
        f"{asked.queries} distinct texts out of titles and skills, {asked.runs} runs; OPENBLAS_NUM_THREADS {threads}."
    )
    report(__file__, QUESTION, [*sections, EXPLANATION, asking], write=asked.write)


if __name__ == "__main__":
    main()
