"""Does fusing words and meaning rank better than words alone?

    python benchmarks/fusion.py [FOLDER] > benchmarks/fusion.results.md

FOLDER has a labelled set in the BEIR layout: `corpus.jsonl`, `queries.jsonl`, `qrels/test.tsv`. Its texts are indexed
as jobs by the embedded engine, with the gateway's own analyzers, weights and vectors, and every query is searched in
each mode. Without FOLDER the Cranfield set is expected beside the checkout, and its absence ends the benchmark well.
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import ir_measures
import numpy as np
from numpy.typing import NDArray

from gateway.evaluation.dataset import Dataset, read_dataset
from gateway.evaluation.documents import Corpus, corpus_of
from gateway.evaluation.measures import MEASURES
from gateway.evaluation.searching import DEPTH, indexed
from indexing.progress import SilentProgress
from resolvers.catalog.kind import Kind
from resolvers.ranking.fusion import fuse
from resolvers.sources.base import RetrievalMode, SearchRequest, SearchResult, Source
from resolvers.sources.embedded.source import EmbeddedSource
from resolvers.sources.embedding import WordLlamaEmbedder
from resolvers.sources.matching import TEXTS_SEMANTIC_WEIGHT

CRANFIELD = Path(__file__).resolve().parents[2] / "shared/data/labelled/cranfield"
WEIGHTS = [round(tenth / 10, 1) for tenth in range(11)]
RRF_CONSTANT = 60
"""As in Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion …" (SIGIR 2009)."""
SHUFFLES = 10_000
SEED = 1

Scores = dict[str, float]
Rankings = Mapping[str, Sequence[str]]
Figures = NDArray[np.float64]


async def search_all(
    source: Source, corpus: Corpus, queries: Mapping[str, str], mode: RetrievalMode
) -> dict[str, Scores]:
    """For each query the texts that the engine finds in a mode, best first, with their scores."""
    requests = [SearchRequest((Kind.JOB,), text, mode=mode, limit=DEPTH) for text in queries.values()]
    answers = await source.snapshot().search(requests)
    return {query: _scores(corpus, answer) for query, answer in zip(queries, answers, strict=True)}


def _scores(corpus: Corpus, answer: object) -> Scores:
    if not isinstance(answer, SearchResult):
        raise TypeError(f"the engine failed: {answer}")
    return {corpus.records[hit.document.ref.id][0]: hit.score.total for hit in answer.hits if hit.score}


async def search_by_modes(
    data_dir: Path, corpus: Corpus, queries: Mapping[str, str], embedder: WordLlamaEmbedder
) -> dict[str, dict[str, Scores]]:
    source = EmbeddedSource(data_dir, lambda: embedder, threads=2, reload_seconds=60)
    await source.start()
    try:
        return {mode.value: await search_all(source, corpus, queries, mode) for mode in RetrievalMode}
    finally:
        await source.close()


def reciprocal_rank_fusion(*rankings: Sequence[str]) -> list[str]:
    """The other fusion: ranks alone, no scores."""
    totals: Scores = defaultdict(float)
    for ranking in rankings:
        for rank, id_ in enumerate(ranking, 1):
            totals[id_] += 1 / (RRF_CONSTANT + rank)
    return sorted(totals, key=lambda id_: (-totals[id_], id_))


SHOWN = ("MAP", "MRR", "nDCG@10")


def measured(name: str, rankings: Rankings, labelled: Dataset) -> Figures:
    """A measure of each query, in the order of the queries."""
    run = {query: {id_: float(-rank) for rank, id_ in enumerate(ranking)} for query, ranking in rankings.items()}
    qrels = {query: dict(judgements) for query, judgements in labelled.judged.items()}
    found = {one.query_id: one.value for one in ir_measures.iter_calc([MEASURES[name]], qrels, run)}
    return np.array([found.get(query.id, 0.0) for query in labelled.queries])


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


def report(labelled: Dataset, found: Mapping[str, Mapping[str, Scores]], name: str) -> Iterator[str]:
    """The results as Markdown."""
    words, meaning = found["LEXICAL"], found["SEMANTIC"]
    rankings: dict[str, Rankings] = {
        mode: {query: list(hits) for query, hits in run.items()} for mode, run in found.items()
    }
    rankings["reciprocal rank fusion"] = {
        query: reciprocal_rank_fusion(list(words[query]), list(meaning[query])) for query in words
    }
    yield "# Does fusing words and meaning rank better than words alone?\n"
    yield f"`{name}`: {len(labelled.records):,} texts, {len(labelled.queries)} queries, ranked {DEPTH:,} deep.\n"
    yield f"| ranking | {' | '.join(SHOWN)} |"
    yield f"|---|{'---:|' * len(SHOWN)}"
    for ranking, run in rankings.items():
        figures = [f"{measured(measure, run, labelled).mean():.4f}" for measure in SHOWN]
        yield f"| {ranking} | {' | '.join(figures)} |"
    gain = measured("MAP", rankings["HYBRID"], labelled) - measured("MAP", rankings["LEXICAL"], labelled)
    better, worse = (gain > 0).sum(), (gain < 0).sum()
    yield f"\nHYBRID above LEXICAL: {gain.mean():+.4f} MAP; {better} queries better, {worse} worse;"
    yield f"by chance with p = {chance_of(gain):.4f} (paired randomisation, {SHUFFLES:,} draws)."
    yield from weights_report(labelled, words, meaning)


def weights_report(labelled: Dataset, words: Mapping[str, Scores], meaning: Mapping[str, Scores]) -> Iterator[str]:
    by_weight = [
        measured(
            "MAP",
            {query: [id_ for id_, _ in fuse(words[query], meaning[query], weight)] for query in words},
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
    labelled, embedder = read_dataset(folder), WordLlamaEmbedder()
    queries = {query.id: query.text for query in labelled.queries}
    corpus = corpus_of(labelled, grouped=False)
    with indexed(corpus, embedder, None, SilentProgress()) as data_dir:
        found = asyncio.run(search_by_modes(data_dir, corpus, queries, embedder))
    for line in report(labelled, found, folder.name):
        print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
