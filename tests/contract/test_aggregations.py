"""Figures about a matching set: the same as counting its documents in Python, in every mode."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from resolvers.sources.aggregations import (
    Aggregate,
    Aggregation,
    Bucket,
    Count,
    Histogram,
    Interval,
    Percentiles,
    TermCounts,
)
from resolvers.sources.base import (
    AggregationRequest,
    AggregationResult,
    AllOf,
    AnyOf,
    Exists,
    Filter,
    Not,
    RetrievalMode,
    SearchRequest,
    Terms,
)
from resolvers.sources.building import IndexedDocument
from resolvers.sources.matching import NEAREST
from tests.support.filters import some_filter

HOURLY = Terms("contract_type", ("HOURLY",))
DEVELOPERS = Terms("occupation_id", ("occ_dev",))
FILTERS: list[Filter] = [AllOf(), HOURLY, Not(HOURLY), Exists("budget"), AnyOf(), AllOf((DEVELOPERS, Not(HOURLY)))]
TEXTS = [None, "python developer", "logo brand", "zookeeper"]
FIELDS = ["contract_type", "skill_ids", "occupation_id", "client_payment_verified", "languages", "proposal_count"]
PERCENTS = (0.0, 10.0, 25.0, 50.0, 75.0, 90.0, 100.0)
Ask = Callable[..., Any]


@pytest.fixture
def ask(snapshot: Any) -> Ask:
    """Asks for figures, and fails when they are answered with an error."""

    async def asked(*aggregations: Aggregation, **about: Any) -> AggregationResult:
        request = AggregationRequest(Kind.JOB, **about, aggregations=aggregations)
        [answer] = await snapshot.aggregate([request])
        assert isinstance(answer, AggregationResult), answer
        return answer

    return asked


@pytest.fixture
def matched(find: Any, prepared: Any, market: Any) -> Callable[..., Any]:
    """The documents of all hits of the same search."""
    documents = {one.document.ref: one for one in prepared(market, None)[Kind.JOB]}

    async def hits(**about: Any) -> list[IndexedDocument]:
        found = await find(SearchRequest((Kind.JOB,), **about, limit=100, count=True))
        assert found.total == len(found.hits)
        return [documents[hit.document.ref] for hit in found.hits]

    return hits


def counted(documents: Iterable[IndexedDocument], field: str, size: int) -> Aggregate:
    documents = list(documents)
    counts = Counter(value for one in documents for value in set(one.fields[field]))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return Aggregate(len(documents), tuple(Bucket(value, count) for value, count in ordered[:size]), len(counts))  # type: ignore[arg-type]


def nearest_rank(documents: Sequence[IndexedDocument], field: str) -> Aggregate:
    values = sorted(value for one in documents for value in one.fields[field])
    ranks = (max(1, -int(-len(values) * percent // 100)) for percent in PERCENTS)
    return Aggregate(len(values), percentiles=tuple(values[rank - 1] for rank in ranks) if values else ())  # type: ignore[arg-type]


@pytest.mark.parametrize("wanted", FILTERS)
@pytest.mark.parametrize("text", TEXTS)
async def test_figures_are_those_of_the_hits_in_every_mode(
    ask: Ask, matched: Any, passes: Any, text: str | None, wanted: Filter
) -> None:
    fields = [TermCounts(field, 3) for field in FIELDS]
    amounts = [Percentiles(field, PERCENTS) for field in ("budget", "hourly_rate_max")]
    counts = [Count(), Count(HOURLY), TermCounts("skill_ids", 100, DEVELOPERS), Percentiles("budget", PERCENTS, HOURLY)]
    for mode in RetrievalMode:
        about = {"text": text, "filter": wanted, "mode": mode}
        hits = await matched(**about)
        hourly = [one for one in hits if passes(HOURLY, one)]
        found = await ask(*fields, *amounts, *counts, **about)
        assert found.total == len(hits)
        assert found.mode is (None if text is None else mode)
        assert found.aggregates == (
            *(counted(hits, field, 3) for field in FIELDS),
            *(nearest_rank(hits, one.field) for one in amounts),
            Aggregate(len(hits)),
            Aggregate(len(hourly)),
            counted([one for one in hits if passes(DEVELOPERS, one)], "skill_ids", 100),
            nearest_rank(hourly, "budget"),
        )


async def test_ties_are_in_the_order_of_values_wherever_they_are_cut(ask: Ask) -> None:
    found = await ask(*(TermCounts("skill_ids", size) for size in range(5)))
    whole = ("skill_figma", "skill_python", "skill_sql", "skill_cpp")
    assert [tuple(bucket.value for bucket in one.buckets) for one in found.aggregates] == [
        whole[:size] for size in range(5)
    ]
    assert {one.distinct for one in found.aggregates} == {7}


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        (Interval.DAY, [("2026-05-01", 6), ("2026-05-02", 6)]),
        (Interval.WEEK, [("2026-04-27", 12)]),
        (Interval.MONTH, [("2026-05-01", 12)]),
    ],
)
async def test_a_histogram_counts_by_the_calendar_in_utc(
    ask: Ask, interval: Interval, expected: list[tuple[str, int]]
) -> None:
    [found] = (await ask(Histogram("published_at", interval))).aggregates
    assert found == Aggregate(12, tuple(Bucket(begins, count) for begins, count in expected))


EDGES = {
    Interval.DAY: {
        "1969-12-31": 1,
        "1970-01-01": 1,
        "2024-02-29": 2,
        "2024-03-01": 1,
        "2025-12-31": 1,
        "2026-01-01": 1,
    },
    Interval.WEEK: {"1969-12-29": 2, "2024-02-26": 3, "2025-12-29": 2},
    Interval.MONTH: {
        "1969-12-01": 1,
        "1970-01-01": 1,
        "2024-02-01": 2,
        "2024-03-01": 1,
        "2025-12-01": 1,
        "2026-01-01": 1,
    },
}
MOMENTS = [
    "1969-12-31T23:59:59.999999Z",
    "1970-01-01T00:00:00Z",
    "2024-02-29T00:00:00Z",
    "2024-03-01T00:59:59+01:00",
    "2024-03-01T00:00:00Z",
    "2025-12-31T23:59:59.999999Z",
    "2026-01-01T00:00:00Z",
]


async def test_a_moment_belongs_to_the_interval_that_it_begins(engine: Any, topics: Any, make_jobs: Any) -> None:
    fresh = engine()
    rows = [{"id": str(at), "title": "python", "publishedAt": moment} for at, moment in enumerate(MOMENTS)]
    fresh.build(fresh.place, {Kind.JOB: make_jobs(rows)}, topics)
    asked = tuple(Histogram("published_at", interval) for interval in Interval)
    async with fresh.open(fresh.place, topics) as source:
        [found] = await source.snapshot().aggregate([AggregationRequest(Kind.JOB, aggregations=asked)])
    counts = [{bucket.value: bucket.count for bucket in one.buckets} for one in found.aggregates]
    assert counts == [EDGES[interval] for interval in Interval]


async def test_a_kind_without_documents_has_empty_figures(engine: Any, topics: Any, market: Any) -> None:
    fresh = engine()
    fresh.build(fresh.place, {Kind.SKILL: market[Kind.SKILL]}, topics)
    asked = (TermCounts("skill_ids", 3), Percentiles("budget", PERCENTS), Histogram("published_at", Interval.DAY))
    async with fresh.open(fresh.place, topics) as source:
        for text in (None, "python"):
            request = AggregationRequest(Kind.JOB, text, aggregations=asked)
            [found] = await source.snapshot().aggregate([request])
            assert (found.total, found.aggregates) == (0, (Aggregate(0, distinct=0), Aggregate(0), Aggregate(0)))


ODD = ['a "b" c', "back\\slash", "*", "a AND b", "x:y", "[1 TO 2]", "", "ü", "a-b", "+a", "(", "a b", "IN", "'", "\n"]


async def test_odd_values_are_counted_within(ask: Ask) -> None:
    """No value is taken for a part of an engine's query language."""
    odd = tuple(Count(Terms("skill_ids", (value,))) for value in ODD)
    found = await ask(*odd, Count(Not(Terms("skill_ids", tuple(ODD)))))
    assert [one.count for one in found.aggregates] == [0] * len(ODD) + [12]


@pytest.mark.parametrize("kind", [Kind.JOB, Kind.TALENT, Kind.CLIENT])
async def test_what_is_counted_within_random_filters_is_what_passes_them(
    snapshot: Any, prepared: Any, market: Any, passes: Any, kind: Kind
) -> None:
    documents = prepared(market, None)[kind]
    random = Random(kind.value)  # noqa: S311  the same filters in every run
    wanted = [some_filter(random, kind, documents, depth=3) for _ in range(200)]
    [found] = await snapshot.aggregate([AggregationRequest(kind, aggregations=tuple(map(Count, wanted)))])
    counts = [sum(passes(one, document) for document in documents) for one in wanted]
    assert [one.count for one in found.aggregates] == counts


async def test_without_a_wish_the_size_of_the_matching_set_is_told(snapshot: Any) -> None:
    requests = [AggregationRequest(Kind.JOB), AggregationRequest(Kind.TALENT, "python", mode=RetrievalMode.LEXICAL)]
    assert [found.total for found in await snapshot.aggregate(requests)] == [12, 3]
    assert list(await snapshot.aggregate([])) == []


async def test_the_nearest_are_those_of_the_search_and_not_of_what_is_counted_within(
    engine: Any, topics: Any, make_jobs: Any
) -> None:
    """More documents lie near to the text than it is near to, and half of them by ids pass the filter."""
    fresh = engine()
    count = NEAREST + 100
    rows = [
        {"id": f"{at:04}", "title": "python developer", "workload": "FULL_TIME" if at % 2 else "PART_TIME"}
        for at in range(count)
    ]
    fresh.build(fresh.place, {Kind.JOB: make_jobs(rows)}, topics)
    full_time = Terms("workload", ("FULL_TIME",))
    within = (Count(full_time), TermCounts("workload", 2))
    about = AggregationRequest(Kind.JOB, "django", aggregations=within)
    async with fresh.open(fresh.place, topics) as source:
        requests = [replace(about, mode=mode) for mode in (RetrievalMode.SEMANTIC, RetrievalMode.HYBRID)]
        requests += [replace(one, filter=full_time) for one in requests]
        found = await source.snapshot().aggregate(requests)
        searches = [SearchRequest((Kind.JOB,), one.text, one.filter, one.mode, limit=0, count=True) for one in requests]
        totals = [one.total for one in await source.snapshot().search(searches)]
    assert [one.total for one in found] == totals == [NEAREST, NEAREST, count // 2, count // 2]
    full, workloads = zip(*(one.aggregates for one in found), strict=True)
    # Of documents that are equally near a graph of vectors finds any.
    assert all(
        {bucket.value: bucket.count for bucket in one.buckets}
        == {"FULL_TIME": within.count, "PART_TIME": NEAREST - within.count}
        for within, one in list(zip(full, workloads, strict=True))[:2]
    )
    assert [one.count for one in full[2:]] == [count // 2] * 2
    assert [one.buckets for one in workloads[2:]] == [(Bucket("FULL_TIME", count // 2),)] * 2
