"""Figures as steps: what is asked of the cluster, and what is made of answers that lack something."""

from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from resolvers.errors import SourceError, SourceUnavailable
from resolvers.sources.aggregations import Aggregate, Bucket, Count, TermCounts
from resolvers.sources.base import AggregationRequest, AggregationResult, Degradation, RetrievalMode, Terms
from resolvers.sources.opensearch.aggregating import aggregated
from resolvers.sources.opensearch.queries import Text
from resolvers.sources.opensearch.responses import Hits, read_searches

ABOUT = AggregationRequest(
    Kind.JOB, "python", aggregations=(Count(Terms("status", ("OPEN",))), TermCounts("status", 1))
)
HYBRID = Text(RetrievalMode.HYBRID, "python", (0.5, 0.5))
ANSWER = """
{"responses": [{"status": 200, "hits": {"total": {"value": 3}, "hits": []}, "aggregations": {
  "0": {"doc_count": 2},
  "1": {"doc_count": 3, "values": {"buckets": [{"key": "OPEN", "doc_count": 2}]}, "distinct": {"value": 2}}
}}]}
"""


def answered(text: Text | None, *answers: Any, shards: int = 1) -> tuple[list[Any], AggregationResult]:
    """What is asked in each round, and the result, where the rounds are answered so."""
    steps, waiting = aggregated(ABOUT, text, shards), iter(answers)
    rounds, reply = list[Any](), None
    while True:
        try:
            rounds.append(steps.send(reply))  # type: ignore[arg-type]  # the first is sent nothing
        except StopIteration as end:
            return rounds, end.value
        reply = [next(waiting)]


def test_figures_are_read_with_the_size_of_the_matching_set() -> None:
    [answer] = read_searches(ANSWER)
    _, found = answered(None, answer)
    assert found.total == 3
    assert found.aggregates == (Aggregate(2), Aggregate(3, (Bucket("OPEN", 2),), 2))
    assert (found.mode, found.degraded) == (None, frozenset())


def test_where_nearness_fails_the_words_are_counted_and_it_is_said() -> None:
    [answer] = read_searches(ANSWER)
    rounds, found = answered(HYBRID, SourceUnavailable("late"), answer)
    assert [round_[0].by_meaning for round_ in rounds] == [True, False]
    assert found.mode is RetrievalMode.LEXICAL
    assert found.degraded == {Degradation.MEANING_UNAVAILABLE}


def test_shards_that_do_not_answer_are_said() -> None:
    _, found = answered(None, Hits(total=1, partial=True))
    assert found.degraded == {Degradation.PARTIAL}
    assert found.aggregates == (Aggregate(0), Aggregate(0, distinct=0))


def test_a_failed_search_is_an_error() -> None:
    steps = aggregated(ABOUT, None, 1)
    next(steps)
    with pytest.raises(SourceError, match="broken"):
        steps.send([SourceError("broken")])


@pytest.mark.parametrize(("shards", "told"), [(1, None), (3, 20_000)])
def test_each_of_several_shards_tells_of_rare_values_too(shards: int, told: int | None) -> None:
    [[search]], _ = answered(None, Hits(total=0), shards=shards)
    terms = search.body["aggs"]["1"]["aggs"]["values"]["terms"]
    assert terms.get("shard_size") == told
    assert search.body["aggs"]["0"] == {"filter": {"terms": {"fields.status": ["OPEN"]}}}
