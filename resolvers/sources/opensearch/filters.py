"""From the gateway's filters to OpenSearch's queries, which do not score: pure functions."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from resolvers.sources.base import AllOf, AnyOf, Exists, Filter, FilterValue, Not, Range, Terms
from resolvers.sources.sort_keys import stored_value

Query = dict[str, Any]
EVERYTHING: Query = {"match_all": {}}
MOST_TERMS = 65_536
"""How many values one query may have: the default of `index.max_terms_count`."""
NOTHING: Query = {"match_none": {}}


def filter_query(wanted: Filter) -> Query | None:
    """A query for what the filter passes; None when that is everything."""
    return None if wanted == AllOf() else _query(wanted)


def every(*queries: Query | None) -> Query:
    """What passes all of the queries that are given; everything when none is."""
    parts = [query for query in queries if query is not None]
    if not parts:
        return EVERYTHING
    return parts[0] if len(parts) == 1 else {"bool": {"filter": parts}}


def some(*queries: Query) -> Query:
    """What passes any of the queries; nothing when there is none."""
    if not queries:
        return NOTHING
    return queries[0] if len(queries) == 1 else {"bool": {"should": list(queries), "minimum_should_match": 1}}


def _query(wanted: Filter) -> Query:
    match wanted:
        case AllOf(parts):
            return every(*map(_query, parts))
        case AnyOf(parts):
            return some(*map(_query, parts))
        case Not(part):
            return {"bool": {"must_not": [_query(part)]}}
        case Exists(field):
            return {"exists": {"field": field_path(field)}}
        case Terms():
            return _terms(wanted)
        case Range():
            return _range(wanted)


def field_path(name: str) -> str:
    """Where an indexed field lies in a document."""
    return f"fields.{name}"


def _terms(wanted: Terms) -> Query:
    field = field_path(wanted.field)
    values: list[FilterValue] = [stored_value(value) for value in wanted.values]
    if wanted.every:
        return every(*({"term": {field: value}} for value in values))
    return some(*({"terms": {field: few}} for few in batched(values)))


def batched(values: list[FilterValue]) -> Iterator[list[FilterValue]]:
    """The values in parts that one query may have."""
    return (values[start : start + MOST_TERMS] for start in range(0, len(values), MOST_TERMS))


def _range(wanted: Range) -> Query:
    bounds = {"gt": wanted.gt, "gte": wanted.gte, "lt": wanted.lt, "lte": wanted.lte}
    given = {name: _stored(bound) for name, bound in bounds.items() if bound is not None}
    if not given:
        return {"exists": {"field": field_path(wanted.field)}}
    # Of two bounds on one side the exclusive one holds, as in the embedded engine.
    if "gt" in given:
        given.pop("gte", None)
    if "lt" in given:
        given.pop("lte", None)
    return {"range": {field_path(wanted.field): given}}


def _stored(bound: float | datetime) -> FilterValue:
    return stored_value(bound)
