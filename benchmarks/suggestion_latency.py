"""How long does it take to complete what somebody is typing, beside a search?"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from common import GIVEN_CATALOG, MEDIUM, parser, quantile, report, table, tell, workshop
from search_latency import searching, texts

from gateway.embedders import embedder
from gateway.jobs import index
from indexing.progress import SilentProgress
from resolvers.catalog.kind import Kind
from resolvers.sources.base import RetrievalMode, SearchRequest, Snapshot
from resolvers.sources.embedded.source import EmbeddedSource
from resolvers.sources.typeahead import SuggestRequest, typed_words
from resolvers.suggestions.suggest import SUGGESTED_KINDS

SEARCH, SUGGEST = "search for the whole text, LEXICAL", "suggest, four kinds"
FIRST, LONGEST, MISTYPED = 8, 12, 0.2
SHARES = (0.5, 0.95, 0.99)
Typed = tuple[str, str]
"""A text, and how far it has been typed."""


def typed(wanted: Sequence[str]) -> list[Typed]:
    """Each text with a beginning of it, some with two letters that have changed places."""
    draw = random.Random(7)
    found = []
    for text in wanted:
        prefix = text[: draw.randint(1, LONGEST)]
        if draw.random() < MISTYPED and len(prefix) > 4:
            at = draw.randint(1, len(prefix) - 2)
            prefix = prefix[:at] + prefix[at + 1] + prefix[at] + prefix[at + 2 :]
        found.append((text, prefix))
    return found


def suggesting(snapshot: Snapshot, kinds: Sequence[Kind], letters: range) -> Callable[[Typed], Awaitable[float | None]]:
    """Measures one call as the resolver makes it; None for a beginning of another length."""

    async def measure(one: Typed) -> float | None:
        if len(one[1]) not in letters:
            return None
        started = perf_counter()
        await snapshot.suggest([SuggestRequest(kind, typed_words(one[1]), FIRST) for kind in kinds])
        return perf_counter() - started

    return measure


async def measured(data_dir: Path, asked: Sequence[Typed], runs: int) -> list[list[str]]:
    source = EmbeddedSource(data_dir, embedder, threads=4, reload_seconds=3_600)
    await source.start()
    snapshot = source.snapshot()
    search = searching(snapshot, lambda text: SearchRequest((Kind.JOB,), text, mode=RetrievalMode.LEXICAL, limit=20))
    every = range(LONGEST + 1)
    measures: dict[str, Callable[[Typed], Awaitable[float | None]]] = {
        SEARCH: lambda one: search(one[0]),
        SUGGEST: suggesting(snapshot, SUGGESTED_KINDS, every),
        **{f"suggest, {kind}": suggesting(snapshot, (kind,), every) for kind in SUGGESTED_KINDS},
        "suggest, four kinds, 1 or 2 letters": suggesting(snapshot, SUGGESTED_KINDS, range(3)),
        "suggest, four kinds, 3 letters or more": suggesting(snapshot, SUGGESTED_KINDS, range(3, LONGEST + 1)),
    }
    times: dict[str, list[list[float]]] = {what: [] for what in measures}
    for run in range(-1, runs):
        for what in measures:
            times[what].append([])
        for one in asked if run >= 0 else asked[:20]:
            for what, measure in measures.items():
                taken = await measure(one)
                if taken is not None:
                    times[what][-1].append(taken)
        tell(f"run {run + 1} of {runs} is done")
    await source.close()
    # The first run has warmed everything up.
    return rows({what: some[1:] for what, some in times.items()})


def rows(times: dict[str, list[list[float]]]) -> list[list[str]]:
    def shown(what: str, share: float) -> float:
        return 1_000 * median(quantile(run, share) for run in times[what])

    return [
        [what, *(f"{shown(what, share):.2f}" for share in SHARES), f"{shown(what, 0.5) / shown(SEARCH, 0.5):.2f}"]
        for what in times
    ]


QUESTION = "How long does it take to complete what somebody is typing, beside a search?"
HEADER = ["what", *(f"p{share * 100:.0f} ms" for share in SHARES), "p50 ÷ search"]
EXPLANATION = f"""\
One call at a time through `EmbeddedSource` without a cache, {FIRST} suggestions of each kind, from the event loop to
the event loop, in one warm process. What is typed are beginnings of titles and skills, 1 to {LONGEST} characters, each
length as often; in a fifth of those with more than 4 two letters have changed places. Texts of one and two letters are
remembered by the engine. Beside it, a search of jobs for the whole text, 20 hits with their facts. All take turns text
by text; quantiles are medians over the runs."""


def main() -> None:
    made = parser(QUESTION, runs=3)
    made.add_argument("--texts", type=int, default=400, help="how many distinct texts are typed (%(default)s)")
    asked = made.parse_args()
    sections = []
    with workshop(asked.keep) as shop:
        begun = typed(texts(shop.catalog(MEDIUM), asked.texts))
        found = asyncio.run(measured(shop.index(MEDIUM), begun, asked.runs))
        sections += [f"The demo catalog of {MEDIUM.shown}:", table(HEADER, found)]
    if GIVEN_CATALOG.is_dir():
        with TemporaryDirectory() as folder:
            tell("indexing the given catalog")
            index([GIVEN_CATALOG], Path(folder), strict=True, embeddings=False, progress=SilentProgress())
            begun = typed(texts(GIVEN_CATALOG, asked.texts))
            found = asyncio.run(measured(Path(folder), begun, asked.runs))
        sections += ["The given catalog, `../shared/data`:", table(HEADER, found)]
    else:
        sections += ["There is no `../shared/data`, so it was not measured."]
    report(__file__, QUESTION, [*sections, EXPLANATION], write=asked.write)


if __name__ == "__main__":
    main()
