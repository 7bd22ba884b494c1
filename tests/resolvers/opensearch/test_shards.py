"""An index in several parts gives the answers of one in one part."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from resolvers.sources.aggregations import Count, Histogram, Interval, Percentiles, TermCounts
from resolvers.sources.base import AggregationRequest, RetrievalMode, SearchRequest, Terms
from tests.support.clusters import Place, opened, placed

ABOUT = SearchRequest((Kind.JOB,), text="python developer", limit=100, count=True)
REQUESTS = [
    replace(ABOUT, mode=mode, **about)
    for mode in RetrievalMode
    for about in [
        {},
        {"kinds": tuple(Kind)},
        {"limit": 3},
        {"limit": 0},
        {"backward": True, "limit": 3},
        {"sort": "BUDGET"},
        {"filter": Terms("status", ("OPEN",))},
        {"text": "logo"},
    ]
] + [replace(ABOUT, text=None, sort=sort) for sort in ("NEWEST", "BUDGET")]


FIGURES = (
    *(TermCounts("skill_ids", size) for size in (0, 1, 2, 3, 50)),
    Percentiles("budget", (10, 50, 90)),
    Histogram("published_at", Interval.DAY, Terms("status", ("OPEN",))),
    Count(Terms("contract_type", ("HOURLY",))),
)
FIGURED = [
    AggregationRequest(Kind.JOB, text, mode=mode, aggregations=FIGURES)
    for text in (None, "python developer")
    for mode in RetrievalMode
]


def told(answer: Any) -> Any:
    scores = [pytest.approx(hit.score.total, rel=1e-5) if hit.score else None for hit in answer.hits]
    ids = [hit.document.ref.id for hit in answer.hits]
    return ids, scores, answer.total, answer.mode, answer.has_next, answer.has_previous


async def test_an_index_in_several_parts_gives_the_same_answers(
    shop: Place, build: Callable[..., str], market: Any, topics: Any
) -> None:
    with placed(shop.server) as cut:
        build(cut.target(shards=3), market, topics)
        async with opened(shop, topics) as one, opened(cut, topics) as three:
            whole, parts = [await source.snapshot().search(REQUESTS) for source in (one, three)]
            figures, of_parts = [await source.snapshot().aggregate(FIGURED) for source in (one, three)]
    assert len(whole) == len(REQUESTS)
    for request, expected, found in zip(REQUESTS, whole, parts, strict=True):
        assert told(found) == told(expected), request
    assert [replace(one, took_seconds=0) for one in of_parts] == [replace(one, took_seconds=0) for one in figures]  # type: ignore[type-var]
