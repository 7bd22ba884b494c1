"""Aggregations: one round, and one before it where the text is matched by meaning."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

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
from resolvers.sources.base import AggregationRequest, AggregationResult, SearchRequest
from resolvers.sources.opensearch.asks import Search, Steps
from resolvers.sources.opensearch.filters import EVERYTHING, field_path, filter_query
from resolvers.sources.opensearch.listing import matched
from resolvers.sources.opensearch.queries import Body, Text, counting
from resolvers.sources.opensearch.responses import degradations, good

VALUES, DISTINCT = "values", "distinct"
EXACT_BELOW = 40_000
"""Up to here the cluster's estimate of how many different values there are is close to exact; it takes no more."""


def aggregated(request: AggregationRequest, text: Text | None, shards: int) -> Steps[AggregationResult]:
    """The answer to a request whose text, if it has any, is `text`. Raises SourceError when the search fails."""
    about = SearchRequest((request.kind,), request.text, request.filter, request.mode, count=True)
    matching = yield from matched(about, text)
    asked = {str(at): _asked(one, shards) for at, one in enumerate(request.aggregations)}
    body = counting(matching.query) | ({"aggs": asked} if asked else {})
    [found] = good((yield [Search(request.kind, body)]))
    read = (_read(one, found.aggregations.get(str(at), {})) for at, one in enumerate(request.aggregations))
    return AggregationResult(
        found.total or 0, tuple(read), matching.mode, 0.0, matching.degraded | degradations([found])
    )


def _asked(aggregation: Aggregation, shards: int) -> Body:
    """An aggregation within its filter, which counts by itself."""
    within = filter_query(aggregation.within) or EVERYTHING
    return {"filter": within} | ({} if isinstance(aggregation, Count) else {"aggs": _figures(aggregation, shards)})


def _figures(aggregation: TermCounts | Percentiles | Histogram, shards: int) -> Body:
    path = field_path(aggregation.field)
    if isinstance(aggregation, Histogram):
        length, offset = grid_of(aggregation.interval)
        return {VALUES: {"histogram": {"field": path, "interval": length, "offset": offset, "min_doc_count": 1}}}
    if isinstance(aggregation, TermCounts):
        counts = {"field": path, "size": aggregation.size, "order": [{"_count": "desc"}, {"_key": "asc"}]}
        # A value that is frequent in all may be rare in one shard, which then has to tell of it too.
        spread = {"shard_size": MOST_VALUES} if shards > 1 else {}
        distinct = {"cardinality": {"field": path, "precision_threshold": EXACT_BELOW}}
        values = {VALUES: {"terms": counts | spread}} if aggregation.size else {}
        return values | {DISTINCT: distinct}
    return {VALUES: {"terms": {"field": path, "size": MOST_VALUES}}}


def _read(aggregation: Aggregation, answer: Mapping[str, Any]) -> Aggregate:
    count = int(answer.get("doc_count", 0))
    buckets: Sequence[Mapping[str, Any]] = answer.get(VALUES, {}).get("buckets", ())
    values = [(_value(bucket), int(bucket["doc_count"])) for bucket in buckets]
    match aggregation:
        case Count():
            return Aggregate(count)
        case TermCounts(_, size):
            found = most_frequent((Bucket(value, times) for value, times in values), size)
            return Aggregate(count, found, distinct=int(answer.get(DISTINCT, {}).get("value", 0)))
        case Percentiles(_, percents):
            return percentiles(cast("Any", values), percents)
        case Histogram(_, interval):
            return histogram(cast("Any", values), interval)


def _value(bucket: Mapping[str, Any]) -> str | float | bool:
    if "key_as_string" in bucket:
        return bool(bucket["key_as_string"] == "true")
    key: str | float = bucket["key"]
    return key
