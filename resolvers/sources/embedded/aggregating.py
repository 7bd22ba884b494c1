"""Aggregations of an opened index: from the gateway's to tantivy's and back."""

import math
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from tantivy import Query

from resolvers.sources.aggregations import (
    MOST_VALUES,
    Aggregate,
    Aggregation,
    Bucket,
    Count,
    Histogram,
    Percentiles,
    TermCounts,
    grid_of,
    histogram,
    most_frequent,
    percentiles,
)
from resolvers.sources.embedded.filter_texts import filter_text
from resolvers.sources.embedded.kind_index import ALL, KindIndex
from resolvers.sources.embedded.mapping import field_column

VALUES = "values"


def aggregated(
    index: KindIndex, matching: Query, aggregations: Sequence[Aggregation]
) -> tuple[int, tuple[Aggregate, ...]]:
    """The size of the matching set, and the figures in their order, all in one pass."""
    answers = index.aggregate(matching, {str(at): _asked(one) for at, one in enumerate(aggregations)})
    return int(answers[ALL]["value"]), tuple(_read(one, answers[str(at)]) for at, one in enumerate(aggregations))


def _asked(aggregation: Aggregation) -> dict[str, Any]:
    """An aggregation within its filter, which counts by itself."""
    within = {"filter": filter_text(aggregation.within)}
    return within if isinstance(aggregation, Count) else within | {"aggs": {VALUES: _figures(aggregation)}}


def _figures(aggregation: TermCounts | Percentiles | Histogram) -> dict[str, Any]:
    column = field_column(aggregation.field)
    if isinstance(aggregation, Histogram):
        length, offset = grid_of(aggregation.interval)
        return {"histogram": {"field": column, "interval": length, "offset": offset, "min_doc_count": 1}}
    # All of the values: the engine's own estimate of how many there are is wrong by percents, and its ties are chance.
    return {"terms": {"field": column, "size": MOST_VALUES, "segment_size": MOST_VALUES}}


def _read(aggregation: Aggregation, answer: dict[str, Any]) -> Aggregate:
    count = int(answer["doc_count"])
    buckets = answer.get(VALUES, {}).get("buckets", [])
    match aggregation:
        case Count():
            return Aggregate(count)
        case TermCounts(_, size):
            found = (Bucket(_value(bucket), int(bucket["doc_count"])) for bucket in _head(buckets, size))
            return Aggregate(count, most_frequent(found, size), distinct=len(buckets))
        case Percentiles(_, percents):
            return percentiles(_counts(buckets), percents)
        case Histogram(_, interval):
            return histogram(_counts(buckets), interval)


def _head(buckets: list[dict[str, Any]], size: int) -> list[dict[str, Any]]:
    """Of the buckets, which come with the most frequent first, as many as can be among the first `size`."""
    if size >= len(buckets):
        return buckets
    edge = buckets[size - 1]["doc_count"] if size else math.inf
    return list(takewhile(lambda bucket: bucket["doc_count"] >= edge, buckets))


def _counts(buckets: list[dict[str, Any]]) -> list[tuple[float, int]]:
    return [(float(bucket["key"]), int(bucket["doc_count"])) for bucket in buckets]


def _value(bucket: dict[str, Any]) -> str | float | bool:
    if "key_as_string" in bucket:
        return bool(bucket["key_as_string"] == "true")
    key: str | float = bucket["key"]
    return key
