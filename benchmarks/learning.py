"""Does training recover what viewers want, from what they do, although they look at the top of a page first?"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
from common import Size, parser, report, table, tell, workshop
from recommendations import open_jobs

from gateway.embedders import embedder
from gateway.learning.boosting import boosted
from gateway.learning.learn import parted
from gateway.learning.pages import Numbers, seen_pages
from gateway.learning.run import train
from indexing.progress import SilentProgress
from resolvers.context import Context, PageSizes
from resolvers.ranking.features import Matrix
from resolvers.ranking.fit import BY_HAND
from resolvers.ranking.trees import Trees
from resolvers.recommendations.recommend import talent_for
from resolvers.recommendations.wish import Wish
from resolvers.sources.embedded.feedback.files import FeedbackFiles
from resolvers.sources.embedded.feedback.journal import EmbeddedJournal
from resolvers.sources.embedded.feedback.log import EmbeddedFeedbackLog
from resolvers.sources.embedded.models import FolderRegistry
from resolvers.sources.embedded.source import EmbeddedSource
from resolvers.sources.feedback import Event, FeedbackLog, Surface
from resolvers.sources.models import Manifest, manifest_of, ranker_of
from resolvers.sources.recording import Recording
from tests.support.learning import Viewers, recovered, wish

CATALOG = Size(2_000, 5_000)
HELD_OUT_JOBS = 150
LEAST_CANDIDATES = 20
KEPT = timedelta(days=36_500)
AT_ONCE = 500
Scores = Callable[[Matrix], Numbers]


async def candidates(data_dir: Path, jobs: int) -> list[Matrix]:
    """The features of the talent that could be recommended for each of so many open jobs."""
    source = EmbeddedSource(data_dir, embedder, threads=1, reload_seconds=3_600)
    await source.start()
    snapshot = source.snapshot()
    now, found = snapshot.info().created_at, []
    for job in await open_jobs(snapshot, jobs):
        judged = await talent_for(Context(snapshot, PageSizes()), job, Wish(), now)
        if len(judged) >= LEAST_CANDIDATES:
            found.append(np.array([one.values for one in judged]))
    await source.close()
    return found


async def recorded(viewers: Viewers, sessions: int, folder: Path) -> FeedbackLog:
    """The feedback of so many sessions in the store that a server on disk keeps it in."""
    left = viewers.feedback(sessions)
    store = Recording(EmbeddedJournal(FeedbackFiles(folder, keep_seconds=KEPT.total_seconds())))
    await store.start()
    events: dict[str, list[Event]] = {query.id: [] for query in left.queries}
    for event in left.events:
        events[event.query_id].append(event)
    for first in range(0, len(left.queries), AT_ONCE):
        some = left.queries[first : first + AT_ONCE]
        for query in some:
            store.shown(query)
        await store.record([event for query in some for event in events[query.id]])
    await store.close()
    return EmbeddedFeedbackLog(folder)


def learned(log: FeedbackLog, registry: FolderRegistry) -> tuple[Manifest, dict[str, Scores]]:
    """What is trained, as the command does it, and of the same pages without a look at positions."""
    surface = Surface.RECOMMENDED_TALENT
    for line in train(log, registry, surface=surface, since=None, seed=1, promoting=True, progress=SilentProgress()):
        tell(line)
    [name] = registry.names()
    model = registry.read(name)
    manifest, ranker = manifest_of(name, model.manifest), ranker_of(name, model)
    pages, _ = parted(seen_pages(log, surface), surface)
    plain = Trees(boosted(pages, np.ones(len(pages.gains)), manifest.trees, seed=1))
    return manifest, {
        "trained, positions not corrected": plain.raw,
        "trained (`train`)": lambda rows: ranker.fits(rows).score,
    }


def rows_of(found: dict[str, float]) -> list[list[str]]:
    hidden, linear = found["the hidden preference itself"], found["linear, set by hand"]
    return [
        [what, f"{value:.3f}", f"{value / hidden:.1%}", f"{(value - linear) / (hidden - linear):.0%}"]
        for what, value in found.items()
    ]


def positions(looked: Sequence[float]) -> str:
    shown = [at for at in (1, 2, 3, 5, 10, 20) if at <= len(looked)]
    rows = [["estimated", *(f"{looked[at - 1]:.2f}" for at in shown)], ["true", *(f"{1 / at:.2f}" for at in shown)]]
    return table(["position", *map(str, shown)], rows)


QUESTION = "Does training recover what viewers want, from what they do?"
EXPLANATION = """\
Viewers want talent by a hidden preference: steps, powers and products of features, and a little more or less from one
viewer to the next. They look at position k with a chance of 1/k, and click, save, invite, interview and hire by it. So
few look at what the linear model, set by hand, has put far down, and it does not know what they want. All that is
trained on are the pages and the events of these sessions, in the store on disk, by the code of `python -m gateway
train`. Measured is nDCG@10 on other jobs, over all of their candidates, by what viewers who look at everything do. The
hidden preference does not get 1 either, as chance is a part of what they do. "Of the way" is from linear to hidden."""


def main() -> None:
    made = parser(QUESTION, runs=1)
    made.add_argument(
        "--jobs", type=int, default=750, help="how many open jobs talent is recommended for (%(default)s)"
    )
    made.add_argument("--sessions", type=int, default=20_000, help="how many pages are looked at (%(default)s)")
    asked = made.parse_args()
    with workshop(asked.keep) as shop:
        found = asyncio.run(candidates(shop.index(CATALOG), asked.jobs))
        tell(f"{len(found)} jobs with candidates")
        others, viewers = Viewers(found[:HELD_OUT_JOBS]), Viewers(found[HELD_OUT_JOBS:])
        folder = shop.folder / f"feedback-{asked.jobs}-{asked.sessions}"
        kept = EmbeddedFeedbackLog(folder)
        log = kept if folder.exists() else asyncio.run(recorded(viewers, asked.sessions, folder))
        tell("the feedback is on disk")
        started = process_time()
        with TemporaryDirectory(prefix="discovery-models-") as models:
            manifest, rankers = learned(log, FolderRegistry(Path(models)))
        tell(f"trained in {process_time() - started:.0f} s of a processor")
        every: dict[str, Scores] = {"linear, set by hand": lambda rows: BY_HAND.fits(rows).score, **rankers}
        every["the hidden preference itself"] = wish
        reached = {what: recovered(others, scores) for what, scores in every.items()}
    header = ["ranker", "nDCG@10", "of the hidden one", "of the way"]
    source, figures = manifest.learned_from, manifest.figures
    asking = (
        f"{asked.sessions:,} sessions on {len(viewers.candidates)} jobs of a demo catalog of {CATALOG.shown}, pages of "
        f"{viewers.page}, {source.actions:,} items with an action; {HELD_OUT_JOBS} other jobs. {manifest.trees} trees."
        "\n\n"
        f"By `train` itself, on the newest {source.held_out:,} queries: nDCG@10 {figures.ndcg:.3f} against "
        f"{figures.parent_ndcg:.3f}, {figures.lead:+.3f} (95 %: {figures.lead_low:+.3f} to {figures.lead_high:+.3f})."
    )
    looking = f"How many look at a position, out of those who look at the first:\n\n{positions(manifest.propensities)}"
    sections = [table(header, rows_of(reached)), looking, EXPLANATION, asking]
    report(__file__, QUESTION, sections, write=asked.write)


if __name__ == "__main__":
    main()
