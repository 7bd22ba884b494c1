"""Aggregations of an opened index: from the gateway's to tantivy's and back."""

from collections.abc import Sequence
from typing import Any, cast

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
from resolvers.sources.embedded.kind_index import ALL, KindIndex
from resolvers.sources.embedded.mapping import field_column
from resolvers.sources.embedded.queries import every
from resolvers.sources.filters import EVERYTHING, Filter


def aggregated(
    index: KindIndex, matching: Query, aggregations: Sequence[Aggregation]
) -> tuple[int, tuple[Aggregate, ...]]:
    """The size of the matching set, and the figures in their order. What is within the same filter is one pass."""
    passes: dict[Filter, list[int]] = {EVERYTHING: []}
    for at, aggregation in enumerate(aggregations):
        passes.setdefault(aggregation.within, []).append(at)
    total, found = 0, dict[int, Aggregate]()
    for within, places in passes.items():
        asked = {str(at): _asked(aggregations[at]) for at in places if not isinstance(aggregations[at], Count)}
        answer = index.aggregate(every(matching, index.passing(within)), asked)
        count = int(answer[ALL]["value"])
        total = count if within == EVERYTHING else total
        found |= {at: _read(aggregations[at], count, answer.get(str(at), {}).get("buckets", ())) for at in places}
    return total, tuple(found[at] for at in range(len(aggregations)))


def _asked(aggregation: Aggregation) -> dict[str, Any]:
    column = field_column(cast("Any", aggregation).field)
    if isinstance(aggregation, Histogram):
        length, offset = grid_of(aggregation.interval)
        return {"histogram": {"field": column, "interval": length, "offset": offset, "min_doc_count": 1}}
    # All of the values: the engine's own estimate of how many there are is wrong by percents, and its ties are chance.
    return {"terms": {"field": column, "size": MOST_VALUES, "segment_size": MOST_VALUES}}


def _read(aggregation: Aggregation, count: int, buckets: Sequence[dict[str, Any]]) -> Aggregate:
    values = [(_value(bucket), int(bucket["doc_count"])) for bucket in buckets]
    match aggregation:
        case Count():
            return Aggregate(count)
        case TermCounts(_, size):
            found = most_frequent((Bucket(value, times) for value, times in values), size)
            return Aggregate(count, found, distinct=len(values))
        case Percentiles(_, percents):
            return percentiles(cast("Any", values), percents)
        case Histogram(_, interval):
            return histogram(cast("Any", values), interval)


def _value(bucket: dict[str, Any]) -> str | float | bool:
    if "key_as_string" in bucket:
        return bool(bucket["key_as_string"] == "true")
    key: str | float = bucket["key"]
    return key
