"""How long does a search take, by mode and by the size of the catalog?"""

import asyncio
import gzip
import random
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import orjson
from common import MEDIUM, SMALL, Size, parser, quantile, report, table, tell, workshop
from tantivy import Index, Searcher

from gateway.embedders import embedder
from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from resolvers.errors import SourceError
from resolvers.sources.analysis import QueryWords, know_words
from resolvers.sources.base import AllOf, Range, RetrievalMode, SearchRequest, Snapshot, Terms
from resolvers.sources.embedded.layout import Layout
from resolvers.sources.embedded.mapping import kind_schema
from resolvers.sources.embedded.queries import Said, clauses_of, said_query
from resolvers.sources.embedded.source import EmbeddedSource

BARE = "bare tantivy search"
SHARES = (0.5, 0.95, 0.99)
PAGE = 20
TITLES_READ = 5_000
JOBS = (Kind.JOB,)
EVERYWHERE = (Kind.JOB, Kind.TALENT, Kind.SKILL, Kind.OCCUPATION)
FILTER = AllOf((Terms("status", ("OPEN",)), Terms("experience_level", ("EXPERT",)), Range("client_rating", gte=4.0)))

REQUESTS: dict[str, Callable[[str], SearchRequest]] = {
    "LEXICAL": lambda text: SearchRequest(JOBS, text, mode=RetrievalMode.LEXICAL, limit=PAGE),
    "SEMANTIC": lambda text: SearchRequest(JOBS, text, mode=RetrievalMode.SEMANTIC, limit=PAGE),
    "HYBRID": lambda text: SearchRequest(JOBS, text, limit=PAGE),
    "HYBRID with a filter": lambda text: SearchRequest(JOBS, text, FILTER, limit=PAGE),
    "HYBRID with its count": lambda text: SearchRequest(JOBS, text, limit=PAGE, count=True),
    "HYBRID sorted by BUDGET": lambda text: SearchRequest(JOBS, text, sort="BUDGET", limit=PAGE),
    "listing by NEWEST, filtered": lambda _: SearchRequest(JOBS, filter=FILTER, sort="NEWEST", limit=PAGE),
    "HYBRID over four kinds": lambda text: SearchRequest(EVERYWHERE, text, limit=PAGE),
}
Measure = Callable[[str], Awaitable[float]]


class Column(NamedTuple):
    """What was measured of one size: seconds by what was done, a list a run."""

    size: Size
    measures: dict[str, Measure]
    runs: dict[str, list[list[float]]]

    def quantile(self, what: str, share: float) -> float:
        """The median over the runs, in milliseconds."""
        return 1_000 * median(quantile(run, share) for run in self.runs[what])


def _records(file: Path, most: int) -> list[dict[str, Any]]:
    with gzip.open(file) as lines:
        return [orjson.loads(line) for _, line in zip(range(most), lines, strict=False)]


def texts(catalog: Path, count: int) -> list[str]:
    """Distinct things that somebody would type: titles, skills, and a title's words with a skill."""
    draw = random.Random(7)
    names = [skill["name"] for skill in _records(catalog / "skills.ndjson.gz", TITLES_READ)]
    titles = [job["title"] for job in _records(catalog / "jobs.ndjson.gz", TITLES_READ)]
    wanted = [draw.choice(titles) for _ in range(count)]
    wanted += [" ".join(draw.sample(names, 2)) for _ in range(count)]
    wanted += [f"{draw.choice(titles).split(':')[0]} {draw.choice(names)}" for _ in range(count)]
    distinct = list(dict.fromkeys(wanted))
    draw.shuffle(distinct)
    return distinct[:count]


def searching(snapshot: Snapshot, request: Callable[[str], SearchRequest]) -> Measure:
    """Measures one search as a resolver makes it: from the event loop, hits with their facts."""

    async def measure(text: str) -> float:
        started = perf_counter()
        [answer] = await snapshot.search([request(text)])
        taken = perf_counter() - started
        if isinstance(answer, SourceError):
            raise answer
        return taken

    return measure


def bare(data_dir: Path) -> Measure:
    """Measures tantivy alone: the same words in the same fields, the best hits' scores and nothing of them."""
    layout = Layout(data_dir)
    index = Index.open(str(layout.path(layout.current() or "") / Kind.JOB.lower() / "text"))
    know_words(index)
    searcher: Searcher = index.searcher()
    words, clauses = QueryWords(), partial(clauses_of, kind_schema(KINDS[Kind.JOB]), lambda role, word: 1)  # noqa: ARG005

    async def measure(text: str) -> float:
        query = said_query(Said(words(text)), clauses)
        started = perf_counter()
        searcher.search(query, PAGE, count=False)
        return perf_counter() - started

    return measure


async def run(columns: list[Column], asked: list[str], runs: int) -> None:
    """Ask every text of every size in every way, in turn; the first tenth of the texts warms everything up."""
    for column in columns:
        for text in asked[: max(1, len(asked) // 10)]:
            for measure in column.measures.values():
                await measure(text)
    for number in range(runs):
        for column in columns:
            for what in column.measures:
                column.runs.setdefault(what, []).append([])
        for text in asked:
            for what in columns[0].measures:
                for column in columns:
                    column.runs[what][-1].append(await column.measures[what](text))
        tell(f"run {number + 1} of {runs} is done")


async def measure_sizes(indexes: dict[Size, Path], asked: list[str], runs: int) -> list[Column]:
    sources = {
        wanted: EmbeddedSource(folder, embedder, threads=4, reload_seconds=3_600) for wanted, folder in indexes.items()
    }
    for source in sources.values():
        await source.start()
    columns = []
    for wanted, source in sources.items():
        measures = {BARE: bare(indexes[wanted])}
        measures |= {what: searching(source.snapshot(), request) for what, request in REQUESTS.items()}
        columns.append(Column(wanted, measures, {}))
    await run(columns, asked, runs)
    for source in sources.values():
        await source.close()
    return columns


def rows(columns: list[Column]) -> list[list[str]]:
    """One row a mode and size, with its ratios."""
    made = []
    for what in columns[0].measures:
        smallest = columns[0].quantile(what, 0.5)
        for column in columns:
            middle = column.quantile(what, 0.5)
            made.append(
                [
                    what,
                    f"{column.size.total:,}",
                    *(f"{column.quantile(what, share):.2f}" for share in SHARES),
                    f"{middle / column.quantile(BARE, 0.5):.1f}",
                    f"{middle / smallest:.1f}",
                ]
            )
    return made


QUESTION = "How long does a search take, by mode and by the size of the catalog?"
HEADER = [
    "search",
    "jobs and talent",
    *(f"p{share * 100:.0f} ms" for share in SHARES),
    "p50 ÷ bare tantivy",
    "p50 ÷ smallest size",
]
EXPLANATION = f"""\
One search at a time through `EmbeddedSource`, {PAGE} hits with their facts, from the event loop to the event loop, in
one warm process. The bare search has the same words in the same fields and returns scores alone. Sizes and modes take
turns text by text; quantiles are medians over the runs. The filter is for open jobs for experts from clients rated 4 or
better."""


def main() -> None:
    made = parser(QUESTION, runs=3, sizes=[SMALL, MEDIUM])
    made.add_argument("--queries", type=int, default=300, help="how many distinct texts are asked (%(default)s)")
    asked = made.parse_args()
    with workshop(asked.keep) as shop:
        wanted = texts(shop.catalog(asked.sizes[0]), asked.queries)
        indexes = {each: shop.index(each) for each in asked.sizes}
        columns = asyncio.run(measure_sizes(indexes, wanted, asked.runs))
    sizes = " and ".join(each.shown for each in asked.sizes)
    asking = f"{len(wanted)} distinct texts out of titles and skills, {asked.runs} runs; demo catalogs of {sizes}."
    report(__file__, QUESTION, [table(HEADER, rows(columns)), EXPLANATION, asking], write=asked.write)


if __name__ == "__main__":
    main()
