"""Does the model find names better after it has learned from the catalog?

Of some occupations of the given catalog one alias is left out, before anything is learned. It is the query, and the
other names of its occupation are what is right: one by one, as MAP and MRR of all names. Nothing but the catalog is
looked at, so what is tuned here is tuned on no labelled set. Without a catalog at hand the benchmark ends well.
"""

import gzip
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import orjson
from common import GIVEN_CATALOG, parser, report, table, tell

from gateway.evaluation.dataset import Dataset, Metadata, Query, Record
from gateway.evaluation.documents import corpus_of
from gateway.evaluation.measures import measured
from gateway.evaluation.searching import indexed, ranked_by_modes
from indexing.adapting import Learning, learned
from indexing.progress import SilentProgress
from resolvers.sources import matching
from resolvers.sources.adaptation import QUERY_GENERAL
from resolvers.sources.adapted import AdaptedEmbedder, LearnedTokens, Shares
from resolvers.sources.base import RetrievalMode
from resolvers.sources.embedding import Embedder, Vectors, WordLlamaEmbedder

QUESTION = "Does the model find names better after it has learned from the catalog?"
SEED, SHARE, LEAST_NAMES, QUERIES, DEPTH = 7, 0.3, 4, 400, 1_000
LEARNINGS = {
    "as in use": Learning(),
    "without pairs": Learning(pairs=False),
    "64 directions learned": Learning(learned=64),
    "128 dimensions": Learning(dimension=128),
    "192 dimensions": Learning(dimension=192),
    "shrinkage 0.1": Learning(shrinkage=0.1),
    "shrinkage 0.5": Learning(shrinkage=0.5),
    "ridge 0.3": Learning(ridge=0.3),
    "ridge 3": Learning(ridge=3.0),
    "no offsets": Learning(steps=0),
}
SHARES = (0.0, 0.3, 0.5, 0.7)
WEIGHTS = (0.3, 0.5, 0.65, 0.75, 0.85)


class Split(NamedTuple):
    """The names that are left, as a labelled set, and as groups to learn from."""

    dataset: Dataset
    groups: list[list[str]]


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file) as lines:
        yield from map(orjson.loads, lines)


def split(catalog: Path) -> Split:
    """Leave one alias of some occupations out."""
    draw = random.Random(SEED)
    records, held_out, groups = [], [], []
    for row in _rows(catalog / "occupations.ndjson.gz"):
        names = list(dict.fromkeys((row["name"], *row["aliases"])))
        if len(names) >= LEAST_NAMES and draw.random() < SHARE:
            held_out.append((names.pop(draw.randrange(1, len(names))), row["id"]))
        groups.append(names)
        records += [Record(f"{row['id']}/{at}", name, metadata=Metadata(row["id"])) for at, name in enumerate(names)]
    held_out = draw.sample(held_out, QUERIES)
    right: dict[str, dict[str, int]] = {}
    for record in records:
        right.setdefault(record.group or "", {})[record.id] = 1
    queries = [Query(str(at), text) for at, (text, _) in enumerate(held_out)]
    judged = {str(at): right[occupation] for at, (_, occupation) in enumerate(held_out)}
    groups += [[row["name"], *row["aliases"]] for row in _rows(catalog / "skills.ndjson.gz") if row["aliases"]]
    return Split(Dataset("held-out aliases", records, queries, judged), [one for one in groups if len(one) > 1])


def by_meaning(dataset: Dataset, queries: Embedder, documents: Embedder) -> dict[str, float]:
    """The measures of a ranking by meaning alone."""
    vectors = documents.embed([record.text for record in dataset.records])
    directions: Vectors = queries.embed([query.text for query in dataset.queries])
    rankings = {}
    for query, scores in zip(dataset.queries, directions @ vectors.T, strict=True):
        best = np.argpartition(-scores, DEPTH)[:DEPTH]
        best = best[np.lexsort((best, -scores[best]))]
        rankings[query.id] = [dataset.records[at].id for at in best]
    return measured(rankings, dataset.judged)


def _figures(measures: dict[str, float]) -> list[str]:
    return [f"{measures[name]:.4f}" for name in ("MAP", "MRR", "success@10")]


def learning_rows(found: Split, model: WordLlamaEmbedder) -> Iterator[list[str]]:
    yield ["the model alone", *_figures(by_meaning(found.dataset, model, model)), ""]
    for name, how in LEARNINGS.items():
        started = perf_counter()
        adaptation = learned(found.groups, model, how)
        seconds = perf_counter() - started
        tokens = LearnedTokens(model, adaptation)
        queries = AdaptedEmbedder(tokens, Shares(QUERY_GENERAL))
        for share in SHARES if name == "as in use" else SHARES[:1]:
            documents = AdaptedEmbedder(tokens, Shares(concepts=share))
            said = f"{name}, drawn to concepts by {share}"
            tell(said)
            yield [said, *_figures(by_meaning(found.dataset, queries, documents)), f"{seconds:.1f}"]


def weight_rows(found: Split, model: WordLlamaEmbedder) -> Iterator[list[str]]:
    adaptation = learned(found.groups, model).content
    in_use = matching.NAMES_SEMANTIC_WEIGHT
    for weight in WEIGHTS:
        matching.NAMES_SEMANTIC_WEIGHT = weight
        row = [f"{weight}"]
        for grouped in (False, True):
            corpus = corpus_of(found.dataset, grouped=grouped)
            with indexed(corpus, model, adaptation, SilentProgress()) as data_dir:
                modes = [RetrievalMode.HYBRID]
                ranked = ranked_by_modes(data_dir, corpus, found.dataset.queries, modes, model, SilentProgress())
            row += _figures(measured(ranked[RetrievalMode.HYBRID].rankings, found.dataset.judged))
        tell(f"weight {weight}")
        yield row
    matching.NAMES_SEMANTIC_WEIGHT = in_use


def sections(found: Split, model: WordLlamaEmbedder) -> Sequence[str]:
    names, groups = len(found.dataset.records), len(found.groups)
    return [
        (
            f"{len(found.dataset.queries)} aliases that were left out, {names:,} names to find, {groups:,} concepts to "
            "learn from. A row changes one thing."
        ),
        table(["by meaning", "MAP", "MRR", "success@10", "seconds to learn"], learning_rows(found, model)),
        "HYBRID through the search path, by the share of meaning in a score, names one by one and as concepts:",
        table(
            ["share", "MAP", "MRR", "success@10", "MAP, concepts", "MRR, concepts", "success@10, concepts"],
            weight_rows(found, model),
        ),
    ]


def main() -> None:
    arguments = parser(QUESTION, runs=1)
    arguments.add_argument("--catalog", type=Path, default=GIVEN_CATALOG, help="a catalog of the feed's files")
    given = arguments.parse_args()
    if not (given.catalog / "occupations.ndjson.gz").exists():
        tell(f"There is no catalog at {given.catalog}: name its folder with --catalog. Nothing was measured.")
        return
    report(__file__, QUESTION, sections(split(given.catalog), WordLlamaEmbedder()), write=given.write)


if __name__ == "__main__":
    main()
