"""What a ranking is worth: the measures of trec_eval, by ir-measures."""

from collections.abc import Mapping, Sequence
from typing import Any

import ir_measures

from gateway.evaluation.dataset import Published

Rankings = Mapping[str, Sequence[str]]
"""For each query the records that were found, best first."""

MEASURES: Mapping[str, Any] = {
    "MAP": ir_measures.AP,
    "MRR": ir_measures.RR,
    "nDCG@10": ir_measures.nDCG @ 10,
    "Recall@50": ir_measures.R @ 50,
    "Recall@100": ir_measures.R @ 100,
    "success@10": ir_measures.Success @ 10,
}
TREC_NAMES = {
    "map": "MAP",
    "recip_rank": "MRR",
    "ndcg_cut_10": "nDCG@10",
    "recall_50": "Recall@50",
    "recall_100": "Recall@100",
    "success_10": "success@10",
}
"""Our measures by what trec_eval calls them."""


PAIRING_MEASURES: Mapping[str, Any] = {
    "nDCG@10": ir_measures.nDCG @ 10,
    "P@10": ir_measures.P @ 10,
    "MRR": ir_measures.RR,
}


def measured(
    rankings: Rankings, judged: Mapping[str, Mapping[str, int]], measures: Mapping[str, Any] = MEASURES
) -> dict[str, float]:
    """The mean of each measure over the queries with judgements; a query without a ranking counts as 0."""
    # The library sorts by score, so a score is made of the rank: ties are broken where the ranking was made.
    run = {query: {id_: float(-rank) for rank, id_ in enumerate(ranking)} for query, ranking in rankings.items()}
    qrels = {query: dict(judgements) for query, judgements in judged.items()}
    values = ir_measures.calc_aggregate(list(measures.values()), qrels, run)
    return {name: float(values[measure]) for name, measure in measures.items()}


def by_query(rankings: Rankings, judged: Mapping[str, Mapping[str, int]], measure: Any) -> dict[str, float]:
    """A measure of each query with judgements."""
    run = {query: {id_: float(-rank) for rank, id_ in enumerate(ranking)} for query, ranking in rankings.items()}
    qrels = {query: dict(judgements) for query, judgements in judged.items()}
    return {one.query_id: float(one.value) for one in ir_measures.iter_calc([measure], qrels, run)}


def published_figures(published: Sequence[Published]) -> dict[str, dict[str, float]]:
    """The figures of published systems by our measures, the best MAP first; what we do not measure is left out."""
    systems: dict[str, dict[str, float]] = {}
    for system, measure, value in published:
        if measure in TREC_NAMES:
            systems.setdefault(system, {})[TREC_NAMES[measure]] = value
    return dict(sorted(systems.items(), key=lambda item: -item[1].get("MAP", 0.0)))
