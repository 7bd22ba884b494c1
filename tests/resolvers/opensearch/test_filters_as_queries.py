"""Filters as the cluster is sent them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from resolvers.sources.base import AllOf, AnyOf, Exists, Filter, Not, Range, Terms
from resolvers.sources.opensearch.filters import filter_query

NOON = datetime(2026, 5, 1, 12, 0, 0, 1, tzinfo=UTC)
STATUS = {"terms": {"fields.status": ["OPEN"]}}
RATED = {"exists": {"field": "fields.rating"}}

CASES: list[tuple[Filter, Any]] = [
    (AllOf(), None),
    (AnyOf(), {"match_none": {}}),
    (Terms("status", ("OPEN", "CLOSED")), {"terms": {"fields.status": ["OPEN", "CLOSED"]}}),
    (Terms("status", ()), {"match_none": {}}),
    (Terms("status", (), every=True), {"match_all": {}}),
    (Terms("status", ("OPEN",), every=True), {"term": {"fields.status": "OPEN"}}),
    (
        Terms("skill_ids", ("skill_a", "skill_b"), every=True),
        {"bool": {"filter": [{"term": {"fields.skill_ids": "skill_a"}}, {"term": {"fields.skill_ids": "skill_b"}}]}},
    ),
    (Terms("published_at", (NOON,)), {"terms": {"fields.published_at": [1_777_636_800_000_001]}}),
    (Terms("verified", (True,)), {"terms": {"fields.verified": [True]}}),
    (Range("budget", gte=1.5, lt=3.0), {"range": {"fields.budget": {"gte": 1.5, "lt": 3.0}}}),
    (Range("budget", gt=1.5, gte=9.0, lt=3.0, lte=0.0), {"range": {"fields.budget": {"gt": 1.5, "lt": 3.0}}}),
    (Range("published_at", lte=NOON), {"range": {"fields.published_at": {"lte": 1_777_636_800_000_001}}}),
    (Range("budget"), {"exists": {"field": "fields.budget"}}),
    (Exists("rating"), RATED),
    (Not(Exists("rating")), {"bool": {"must_not": [RATED]}}),
    (AllOf((Exists("rating"),)), RATED),
    (AllOf((Exists("rating"), Terms("status", ("OPEN",)))), {"bool": {"filter": [RATED, STATUS]}}),
    (AnyOf((Exists("rating"),)), RATED),
    (
        AnyOf((Exists("rating"), Terms("status", ("OPEN",)))),
        {"bool": {"should": [RATED, STATUS], "minimum_should_match": 1}},
    ),
    (
        AllOf((Not(AllOf()), AnyOf())),
        {"bool": {"filter": [{"bool": {"must_not": [{"match_all": {}}]}}, {"match_none": {}}]}},
    ),
]


def test_more_values_than_one_query_may_have_are_several() -> None:
    query: Any = filter_query(Terms("skill_ids", tuple(f"skill_{at}" for at in range(65_537))))
    first, second = (one["terms"]["fields.skill_ids"] for one in query["bool"]["should"])
    assert (len(first), second) == (65_536, ["skill_65536"])


@pytest.mark.parametrize(("wanted", "query"), CASES, ids=[repr(wanted) for wanted, _ in CASES])
def test_a_filter_is_one_query(wanted: Filter, query: Any) -> None:
    assert filter_query(wanted) == query
