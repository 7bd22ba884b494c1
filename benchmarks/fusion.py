"""Does fusing words and meaning rank better than words alone?

    python benchmarks/fusion.py [FOLDER] > benchmarks/fusion.results.md

FOLDER has a labelled set in the BEIR layout: `corpus.jsonl`, `queries.jsonl`, `qrels/test.tsv`. Its texts are indexed
as jobs by the embedded engine, with the gateway's own analyzers, weights and vectors, and every query is searched in
each mode. Without FOLDER the Cranfield set is expected beside the checkout, and its absence ends the benchmark well.
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import log2
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from resolvers.catalog.job import JOB, JobRecord
from resolvers.catalog.kind import Document, Kind, Ref, Texts
from resolvers.catalog.values import ContractType, ExperienceLevel, JobDuration, JobStatus, Workload
from resolvers.ranking.fusion import fuse
from resolvers.sources.adaptation import model_with
from resolvers.sources.base import IndexedDocument, RetrievalMode, SearchRequest, SearchResult, Source
from resolvers.sources.embedded.source import EmbeddedSource
from resolvers.sources.embedded.writer import EmbeddedTarget
from resolvers.sources.embedding import WordLlamaEmbedder
from resolvers.sources.matching import TEXTS_SEMANTIC_WEIGHT

CRANFIELD = Path(__file__).resolve().parents[2] / "shared/data/labelled/cranfield"
DEPTH = 1_000
BATCH = 256
WEIGHTS = [round(tenth / 10, 1) for tenth in range(11)]
RRF_CONSTANT = 60
"""As in Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion …" (SIGIR 2009)."""
SHUFFLES = 10_000
SEED = 1

Scores = dict[str, float]
Judgements = Mapping[str, int]
Rankings = Mapping[str, Sequence[str]]
Figures = NDArray[np.float64]


class Labelled(NamedTuple):
    """Texts, queries, and how relevant which text is to which query."""

    texts: dict[str, Texts]
    queries: dict[str, str]
    judged: dict[str, dict[str, int]]


def read_labelled(folder: Path) -> Labelled:
    """Read a set in the BEIR layout; queries that nothing is relevant to are left out."""
    judged: dict[str, dict[str, int]] = defaultdict(dict)
    for line in (folder / "qrels/test.tsv").read_text().splitlines()[1:]:
        query, text, score = line.split("\t")
        if int(score) > 0:
            judged[query][text] = int(score)
    texts = {row["_id"]: Texts(title=row["title"], body=row["text"]) for row in _rows(folder / "corpus.jsonl")}
    queries = {row["_id"]: row["text"] for row in _rows(folder / "queries.jsonl") if row["_id"] in judged}
    return Labelled(texts, queries, dict(judged))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    return map(orjson.loads, path.read_bytes().splitlines())


def index(texts: Mapping[str, Texts], data_dir: Path, embedder: WordLlamaEmbedder) -> None:
    """Index texts as jobs, whose other facts say nothing."""
    ids = sorted(texts, key=str.encode)
    model, counts = model_with(embedder, None), {Kind.JOB: len(ids)}
    with (
        EmbeddedTarget(data_dir).reserve() as site,
        site.build(counts, embedder.name, embedder.dimension) as writer,
    ):
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            vectors = model.document_vectors([texts[id_] for id_ in batch])
            writer.write(
                Kind.JOB, [_as_job(id_, texts[id_], vector) for id_, vector in zip(batch, vectors, strict=True)]
            )
        writer.complete()
        writer.publish()


def _as_job(id_: str, texts: Texts, vector: Any) -> IndexedDocument:
    record = JobRecord(
        id=id_,
        title=texts.title,
        description=texts.body,
        occupation_id="",
        skill_ids=(),
        client_id="",
        contract_type=ContractType.HOURLY,
        hourly_rate=None,
        budget=None,
        experience_level=ExperienceLevel.EXPERT,
        duration=JobDuration.ONGOING,
        workload=Workload.AS_NEEDED,
        published_at=datetime(2000, 1, 1, tzinfo=UTC),
        status=JobStatus.OPEN,
        proposal_count=0,
        freelancers_to_hire=1,
        preferred_countries=(),
        location_mandatory=False,
        timezone="UTC",
        languages=(),
    )
    return IndexedDocument(
        Document(Ref(Kind.JOB, id_), record),
        texts,
        fields={field.name: () for field in JOB.fields},
        sorts=dict.fromkeys(order.name for order in JOB.sorts),
        vector=vector if vector.any() else None,
    )


async def search_all(source: Source, queries: Mapping[str, str], mode: RetrievalMode) -> dict[str, Scores]:
    """For each query the texts that the engine finds in a mode, best first, with their scores."""
    requests = [SearchRequest((Kind.JOB,), text, mode=mode, limit=DEPTH) for text in queries.values()]
    answers = await source.snapshot().search(requests)
    return {query: _scores(answer) for query, answer in zip(queries, answers, strict=True)}


def _scores(answer: object) -> Scores:
    if not isinstance(answer, SearchResult):
        raise TypeError(f"the engine failed: {answer}")
    return {hit.document.ref.id: hit.score.total for hit in answer.hits if hit.score}


async def search_by_modes(
    data_dir: Path, labelled: Labelled, embedder: WordLlamaEmbedder
) -> dict[str, dict[str, Scores]]:
    source = EmbeddedSource(data_dir, lambda: embedder, threads=2, reload_seconds=60)
    await source.start()
    try:
        return {mode.value: await search_all(source, labelled.queries, mode) for mode in RetrievalMode}
    finally:
        await source.close()


def reciprocal_rank_fusion(*rankings: Sequence[str]) -> list[str]:
    """The other fusion: ranks alone, no scores."""
    totals: Scores = defaultdict(float)
    for ranking in rankings:
        for rank, id_ in enumerate(ranking, 1):
            totals[id_] += 1 / (RRF_CONSTANT + rank)
    return sorted(totals, key=lambda id_: (-totals[id_], id_))


def average_precision(ranking: Sequence[str], judged: Judgements) -> float:
    places = [place for place, id_ in enumerate(ranking, 1) if id_ in judged]
    return sum(number / place for number, place in enumerate(places, 1)) / len(judged)


def reciprocal_rank(ranking: Sequence[str], judged: Judgements) -> float:
    return next((1 / place for place, id_ in enumerate(ranking, 1) if id_ in judged), 0.0)


def ndcg_at_10(ranking: Sequence[str], judged: Judgements) -> float:
    """As trec_eval has it: gains are the judgements themselves."""
    best = _gain(sorted(judged.values(), reverse=True))
    return _gain([judged.get(id_, 0) for id_ in ranking]) / best


def _gain(judgements: Sequence[int]) -> float:
    return sum(gain / log2(place + 1) for place, gain in enumerate(judgements[:10], 1))


Measure = Callable[[Sequence[str], Judgements], float]
MEASURES: dict[str, Measure] = {"MAP": average_precision, "MRR": reciprocal_rank, "nDCG@10": ndcg_at_10}


def measured(measure: Measure, rankings: Rankings, labelled: Labelled) -> Figures:
    """A measure of each query, in the order of the queries."""
    return np.array([measure(rankings[query], labelled.judged[query]) for query in labelled.queries])


def chance_of(differences: Figures) -> float:
    """How often signs thrown by chance give a mean this far from 0 (a paired randomisation test, two-sided)."""
    draws = np.random.default_rng(SEED)
    means = [abs(differences @ draws.choice([-1.0, 1.0], len(differences))) for _ in range(SHUFFLES)]
    as_far = sum(bool(mean >= abs(differences.sum())) for mean in means)
    return (1 + as_far) / (1 + SHUFFLES)


def held_out(by_weight: Sequence[Figures]) -> float:
    """The mean when one half of the queries chooses the weight for the other half."""
    table = np.array(by_weight)
    odd = np.arange(table.shape[1]) % 2 == 1
    chosen = [table[table[:, ~half].mean(axis=1).argmax(), half].sum() for half in (odd, ~odd)]
    return float(sum(chosen) / table.shape[1])


def report(labelled: Labelled, found: Mapping[str, Mapping[str, Scores]], name: str) -> Iterator[str]:
    """The results as Markdown."""
    words, meaning = found["LEXICAL"], found["SEMANTIC"]
    rankings: dict[str, Rankings] = {
        mode: {query: list(hits) for query, hits in run.items()} for mode, run in found.items()
    }
    rankings["reciprocal rank fusion"] = {
        query: reciprocal_rank_fusion(list(words[query]), list(meaning[query])) for query in labelled.queries
    }
    yield "# Does fusing words and meaning rank better than words alone?\n"
    yield f"`{name}`: {len(labelled.texts):,} texts, {len(labelled.queries)} queries, ranked {DEPTH:,} deep.\n"
    yield f"| ranking | {' | '.join(MEASURES)} |"
    yield f"|---|{'---:|' * len(MEASURES)}"
    for ranking, run in rankings.items():
        figures = [f"{measured(measure, run, labelled).mean():.4f}" for measure in MEASURES.values()]
        yield f"| {ranking} | {' | '.join(figures)} |"
    gain = measured(average_precision, rankings["HYBRID"], labelled) - measured(
        average_precision, rankings["LEXICAL"], labelled
    )
    better, worse = (gain > 0).sum(), (gain < 0).sum()
    yield f"\nHYBRID above LEXICAL: {gain.mean():+.4f} MAP; {better} queries better, {worse} worse;"
    yield f"by chance with p = {chance_of(gain):.4f} (paired randomisation, {SHUFFLES:,} draws)."
    yield from weights_report(labelled, words, meaning)


def weights_report(labelled: Labelled, words: Mapping[str, Scores], meaning: Mapping[str, Scores]) -> Iterator[str]:
    by_weight = [
        measured(
            average_precision,
            {query: [id_ for id_, _ in fuse(words[query], meaning[query], weight)] for query in labelled.queries},
            labelled,
        )
        for weight in WEIGHTS
    ]
    yield f"\nMAP by the semantic half's weight (in use: {TEXTS_SEMANTIC_WEIGHT}):\n"
    yield f"| {' | '.join(map(str, WEIGHTS))} |"
    yield f"|{'---:|' * len(WEIGHTS)}"
    yield f"| {' | '.join(f'{ap.mean():.4f}' for ap in by_weight)} |"
    yield f"\nWhen each half of the queries chooses the weight for the other half: {held_out(by_weight):.4f} MAP."


def main(arguments: Sequence[str]) -> None:
    folder = Path(arguments[0]) if arguments else CRANFIELD
    if not folder.is_dir():
        # `make bench` goes on where the default set is not at hand; a folder that was named has to be there.
        print(f"There is no labelled set at {folder}: name its folder.", file=sys.stderr)
        sys.exit(1 if arguments else 0)
    labelled, embedder = read_labelled(folder), WordLlamaEmbedder()
    with TemporaryDirectory() as scratch:
        index(labelled.texts, Path(scratch), embedder)
        found = asyncio.run(search_by_modes(Path(scratch), labelled, embedder))
    for line in report(labelled, found, folder.name):
        print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
