"""Does the model find names better after it has learned from the catalog?

Of some occupations of the given catalog one alias is left out, before anything is learned. It is the query, and the
other names of its occupation are what is right: one by one, as MAP and MRR of all names. An alias that was left out is
by its nature no name in the index; so titles of jobs are queries too, for which the names of the job's occupation are
right. Nothing but the catalog is looked at. Without a catalog at hand the benchmark ends well.
"""

import gzip
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import orjson
from common import GIVEN_CATALOG, parser, report, table, tell

from gateway.evaluation.dataset import Dataset, Query, Record
from gateway.evaluation.documents import Corpus, corpus_of
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
SEED, SHARE, LEAST_NAMES, QUERIES, SEARCHED, DEPTH = 7, 0.3, 4, 400, 150, 1_000
LEARNINGS = {
    "as in use": Learning(),
    "without pairs": Learning(pairs=False),
    "64 directions learned": Learning(learned=64),
    "128 dimensions": Learning(dimension=128),
    "192 dimensions": Learning(dimension=192),
    "shrinkage 0.1": Learning(shrinkage=0.1),
    "ridge 0.3": Learning(ridge=0.3),
    "no offsets": Learning(steps=0),
}
SHARES = (0.0, 0.3, 0.5, 0.7)
WEIGHTS = (0.3, 0.5, 0.6, 0.75, 0.85)
CONCEPT_WEIGHTS = (0.0, 0.2, 0.4, 0.8)


class Split(NamedTuple):
    """The names that are left, as a labelled set and as groups to learn from; and titles of jobs among them."""

    dataset: Dataset
    groups: list[list[str]]
    titles: Dataset


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
        records += [Record(f"{row['id']}/{at}", name, group=row["id"]) for at, name in enumerate(names)]
    held_out = draw.sample(held_out, QUERIES)
    right: dict[str, dict[str, int]] = {}
    for record in records:
        right.setdefault(record.group or "", {})[record.id] = 1
    queries = [Query(str(at), text) for at, (text, _) in enumerate(held_out)]
    judged = {str(at): right[occupation] for at, (_, occupation) in enumerate(held_out)}
    groups += [[row["name"], *row["aliases"]] for row in _rows(catalog / "skills.ndjson.gz") if row["aliases"]]
    found = Dataset("held-out aliases", records, queries, judged)
    return Split(found, [one for one in groups if len(one) > 1], titles(catalog, records, right, draw))


def titles(catalog: Path, records: Sequence[Record], right: dict[str, dict[str, int]], draw: random.Random) -> Dataset:
    """Titles of jobs as queries, each once; right are the names of the occupations that jobs of the title have."""
    occupations: dict[str, set[str]] = {}
    for row in _rows(catalog / "jobs.ndjson.gz"):
        if row["occupationId"] in right:
            occupations.setdefault(row["title"], set()).add(row["occupationId"])
    drawn = draw.sample(sorted(occupations), QUERIES)
    judged = {str(at): {id_: 1 for one in occupations[title] for id_ in right[one]} for at, title in enumerate(drawn)}
    return Dataset("titles of jobs", records, [Query(str(at), title) for at, title in enumerate(drawn)], judged)


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


class Searched(NamedTuple):
    """What is searched through the search path: what was asked, and the index."""

    dataset: Dataset
    corpus: Corpus
    data_dir: Path

    def figures(self, model: WordLlamaEmbedder) -> list[str]:
        """The measures of HYBRID."""
        asked, modes = self.dataset.queries[:SEARCHED], [RetrievalMode.HYBRID]
        ranked = ranked_by_modes(self.data_dir, self.corpus, asked, modes, model, SilentProgress())
        judged = {query.id: self.dataset.judged[query.id] for query in asked}
        return _figures(measured(ranked[RetrievalMode.HYBRID].rankings, judged))[:2]


def weight_rows(searched: Sequence[Searched], model: WordLlamaEmbedder) -> Iterator[list[str]]:
    in_use = matching.NAMES_SEMANTIC_WEIGHT
    for weight in WEIGHTS:
        matching.NAMES_SEMANTIC_WEIGHT = weight
        yield [f"{weight}", *(figure for one in searched for figure in one.figures(model))]
        tell(f"weight {weight}")
    matching.NAMES_SEMANTIC_WEIGHT = in_use


def concept_rows(searched: Sequence[Searched], model: WordLlamaEmbedder) -> Iterator[list[str]]:
    in_use = matching.CONCEPT_WEIGHTS["concepts"]
    for weight in CONCEPT_WEIGHTS:
        matching.CONCEPT_WEIGHTS["concepts"] = weight
        yield [f"{weight}", *(figure for one in searched for figure in one.figures(model))]
        tell(f"concepts {weight}")
    matching.CONCEPT_WEIGHTS["concepts"] = in_use


@contextmanager
def searched(found: Split, model: WordLlamaEmbedder) -> Iterator[list[Searched]]:
    """The names one by one, the titles among them, and the names as concepts, each in an index."""
    adaptation = learned(found.groups, model).content
    alone, grouped = corpus_of(found.dataset, grouped=False), corpus_of(found.dataset, grouped=True)
    with (
        indexed(alone, model, adaptation, SilentProgress()) as names,
        indexed(grouped, model, adaptation, SilentProgress()) as concepts,
    ):
        yield [
            Searched(found.dataset, alone, names),
            Searched(found.titles, alone, names),
            Searched(found.dataset, grouped, concepts),
        ]


def sections(found: Split, model: WordLlamaEmbedder) -> Sequence[str]:
    names, groups = len(found.dataset.records), len(found.groups)
    header = [
        *("MAP, aliases", "MRR, aliases", "MAP, titles", "MRR, titles"),
        *("MAP, aliases, concepts", "MRR, aliases, concepts"),
    ]
    with searched(found, model) as indexes:
        by_weight = table(["share of meaning", *header], weight_rows(indexes, model))
        by_concepts = table(["weight of concepts", *header], concept_rows(indexes, model))
    return [
        (
            f"{len(found.dataset.queries)} aliases that were left out, {names:,} names to find, {groups:,} concepts to "
            "learn from. A row changes one thing."
        ),
        table(["by meaning", "MAP", "MRR", "success@10", "seconds to learn"], learning_rows(found, model)),
        (
            f"HYBRID through the search path, {SEARCHED} aliases that were left out and {SEARCHED} titles of jobs, "
            "by the share of meaning in a score:"
        ),
        by_weight,
        "The same by the weight of the concepts that a query names. An alias that was left out names only other ones.",
        by_concepts,
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
