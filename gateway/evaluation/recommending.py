"""How well talent is recommended for jobs: whoever is of the job's own occupation is right, and nobody is told it."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from statistics import mean, stdev

import msgspec

from gateway.embedders import check_embedder, plain_embedder
from gateway.evaluation.measures import PAIRING_MEASURES, by_query, measured
from gateway.evaluation.report import table
from gateway.evaluation.withheld import Catalog, catalog_in, withheld, without_occupation
from gateway.settings import Settings
from indexing.progress import Progress
from resolvers.catalog.job import JobRecord
from resolvers.catalog.kind import Kind
from resolvers.catalog.talent import TalentRecord
from resolvers.catalog.values import JobStatus
from resolvers.context import Context, PageSizes
from resolvers.errors import SourceUnavailable
from resolvers.ranking.judged import diverse_talent
from resolvers.ranking.rules import broken
from resolvers.recommendations.candidates import profile
from resolvers.recommendations.recommend import talent_for
from resolvers.recommendations.wish import Wish
from resolvers.sources.base import RetrievalMode, SearchRequest, Snapshot
from resolvers.sources.embedded.source import EmbeddedSource
from resolvers.sources.embedding import Embedder
from resolvers.sources.words import telling_words

DEPTH = 100
NORMAL_95 = 1.96
FULL = "full model"
Ranking = Callable[[Context, JobRecord], Awaitable[list[str]]]


class Figures(msgspec.Struct, frozen=True, rename="camel"):
    """What one way of ranking reaches.

    `violations` is the share of its first ten that break a hard rule. `lead` is by how much the full model's nDCG@10 is
    higher, and `lead_margin` the half of the 95 % confidence interval of that, over the jobs.
    """

    ranking: str
    measures: dict[str, float]
    violations: float
    lead: float
    lead_margin: float


class RecommendationsEvaluation(msgspec.Struct, frozen=True, rename="camel"):
    """What was measured: so many jobs of a seed, each with at least one right talent out of so many."""

    jobs: int
    talent: int
    seed: int
    rankings: list[Figures]


def evaluate_recommendations(
    settings: Settings, *, jobs: int, seed: int, json: Path | None, progress: Progress
) -> list[str]:
    """Measure recommendations on the catalog of the index that the settings name, and return the report's lines.

    The figures are written to `json`, if that is given. Raises SettingsError when the settings' model is not there,
    SourceUnavailable without an index of this model, or when no job of it has a right talent, and OSError for a file
    that cannot be written.
    """
    check_embedder(settings)
    embedder = plain_embedder(settings)
    catalog = asyncio.run(catalog_in(settings.data_dir, embedder))
    judged = sampled(catalog, jobs, seed)
    asked = {job.id: job for job in catalog.jobs if job.id in judged}
    with withheld(catalog, judged, settings.data_dir, embedder, progress) as folder:
        found = asyncio.run(_ranked(folder, asked, embedder, progress))
    evaluation = RecommendationsEvaluation(len(judged), len(catalog.talent), seed, _figures(catalog, judged, found))
    if json is not None:
        json.write_bytes(msgspec.json.format(msgspec.json.encode(evaluation)) + b"\n")
    return list(_lines(evaluation))


def sampled(catalog: Catalog, count: int, seed: int) -> dict[str, dict[str, int]]:
    """So many open jobs by chance, each with the talent that is right for it: of its occupation, and breaking no rule.

    A job without any is left out: it cannot tell rankings apart.
    """
    by_occupation: defaultdict[str, list[TalentRecord]] = defaultdict(list)
    for talent in catalog.talent:
        by_occupation[talent.occupation_id].append(talent)
    judged: dict[str, dict[str, int]] = {}
    jobs = [job for job in catalog.jobs if job.status is JobStatus.OPEN]
    Random(seed).shuffle(jobs)  # noqa: S311  a sample
    for job in jobs:
        right = {one.id: 1 for one in by_occupation[job.occupation_id] if not broken(job, one)}
        if right and len(judged) < count:
            judged[job.id] = right
    if not judged:
        raise SourceUnavailable("no open job of the index has talent of its occupation: there is nothing to measure")
    return judged


def _searched(mode: RetrievalMode, text: Callable[[JobRecord], str]) -> Ranking:
    """A search of talent that may do the job, and nothing else."""

    async def ranked(context: Context, job: JobRecord) -> list[str]:
        passing = Wish().talent_for(job)
        found = await context.searches.load(SearchRequest((Kind.TALENT,), text(job), passing, mode, limit=DEPTH))
        return [hit.document.ref.id for hit in found.hits]

    return ranked


async def _recommended(context: Context, job: JobRecord) -> list[str]:
    found = await talent_for(context, job, Wish(), context.now())
    return [one.pairing.talent.record.id for one in diverse_talent(found, DEPTH)]


def _title(job: JobRecord) -> str:
    return job.title


def _text(job: JobRecord) -> str:
    return profile(job).text


def _every_word(job: JobRecord) -> str:
    return " ".join(telling_words(f"{job.title} {job.description}"))


RANKINGS: Mapping[str, Ranking] = {
    "text only: title": _searched(RetrievalMode.LEXICAL, _title),
    "text only": _searched(RetrievalMode.LEXICAL, _text),
    "text only: every word": _searched(RetrievalMode.LEXICAL, _every_word),
    "embeddings only: title": _searched(RetrievalMode.SEMANTIC, _title),
    "embeddings only": _searched(RetrievalMode.SEMANTIC, _text),
    FULL: _recommended,
}
Rankings = dict[str, dict[str, list[str]]]


async def _ranked(data_dir: Path, jobs: Mapping[str, JobRecord], embedder: Embedder, progress: Progress) -> Rankings:
    source = EmbeddedSource(data_dir, lambda: embedder, threads=1, reload_seconds=3_600)
    await source.start()
    try:
        return {name: await _by_job(source.snapshot(), rank, jobs, name, progress) for name, rank in RANKINGS.items()}
    finally:
        await source.close()


async def _by_job(
    snapshot: Snapshot, rank: Ranking, jobs: Mapping[str, JobRecord], name: str, progress: Progress
) -> dict[str, list[str]]:
    progress.start(f"Ranking, {name}", len(jobs), "jobs")
    # The same time for all, which is when the catalog was indexed.
    now = snapshot.info().created_at
    found = {}
    for id_, job in jobs.items():
        unknown = without_occupation(job)
        found[id_] = await rank(Context(snapshot, PageSizes(), now=lambda: now), unknown)
        progress.advance(1)
    progress.finish()
    return found


def _figures(catalog: Catalog, judged: Mapping[str, Mapping[str, int]], found: Rankings) -> list[Figures]:
    talent, jobs = {one.id: one for one in catalog.talent}, {one.id: one for one in catalog.jobs}
    ndcg = PAIRING_MEASURES["nDCG@10"]
    best = by_query(found[FULL], judged, ndcg)
    figures = []
    for name, rankings in found.items():
        pairs = [(jobs[job], talent[id_]) for job, ranking in rankings.items() for id_ in ranking[:10]]
        own = by_query(rankings, judged, ndcg)
        leads = [best[job] - own[job] for job in judged]
        margin = NORMAL_95 * stdev(leads) / len(leads) ** 0.5 if len(leads) > 1 else 0.0
        share = sum(bool(broken(*pair)) for pair in pairs) / max(1, len(pairs))
        figures.append(Figures(name, measured(rankings, judged, PAIRING_MEASURES), share, mean(leads), margin))
    return figures


def _lines(evaluation: RecommendationsEvaluation) -> Iterator[str]:
    yield (
        f"{evaluation.jobs:,} open jobs and {evaluation.talent:,} talent, occupations withheld; "
        "right is who has the job's own"
    )
    header = ["", *PAIRING_MEASURES, "rule broken", "full model's lead in nDCG@10"]
    yield from table([header, *map(_row, evaluation.rankings)])


def _row(figures: Figures) -> Sequence[str]:
    lead = "-" if figures.ranking == FULL else f"{figures.lead:+.4f} +- {figures.lead_margin:.4f}"
    return [
        figures.ranking,
        *(f"{value:.4f}" for value in figures.measures.values()),
        f"{figures.violations:.4f}",
        lead,
    ]
