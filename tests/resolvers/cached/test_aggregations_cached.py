"""Figures out of the cache: the engine's, as long as nothing has changed, and never less than whole ones."""

from dataclasses import fields, replace
from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from resolvers.errors import SourceUnavailable
from resolvers.sources.aggregations import Aggregation, Count, Histogram, Interval, Percentiles, TermCounts
from resolvers.sources.base import AggregationRequest, AllOf, Concept, Degradation, Exists, RetrievalMode
from resolvers.sources.cached.canonical import canonical_aggregation
from resolvers.sources.cached.source import CachedSource
from tests.support.caching import FakeEngine, FakeRemote, Time, settled, skill_ref

ABOUT = AggregationRequest(Kind.SKILL, "x", aggregations=(TermCounts("kind", 5),))
OTHERS: dict[str, list[Any]] = {
    "kind": [Kind.JOB],
    "text": [None, "y", ""],
    "filter": [Exists("kind")],
    "mode": [RetrievalMode.LEXICAL],
    "aggregations": [
        (),
        *(
            (one,)
            for one in (
                Count(),
                Count(Exists("kind")),
                TermCounts("kind", 6),
                TermCounts("id", 5),
                TermCounts("kind", 5, Exists("kind")),
                Percentiles("kind", (5,)),
                Percentiles("kind", (50,)),
                Percentiles("kind", (50,), Exists("kind")),
                Histogram("kind", Interval.DAY),
                Histogram("kind", Interval.WEEK),
                Histogram("kind", Interval.WEEK, Exists("kind")),
            )
        ),
        (TermCounts("kind", 5), Count()),
        (Count(), TermCounts("kind", 5)),
    ],
    "concepts": [(Concept("skill_a"),), (Concept("skill_a", 0.5),)],
    "written_out": ["", "kubernetes"],
}


async def figures(source: CachedSource, *requests: AggregationRequest) -> list[Any]:
    """The answers, without how long they took."""
    found = await source.snapshot().aggregate(requests or [ABOUT])
    return [replace(answer, took_seconds=0) for answer in found]  # type: ignore[type-var]


def test_figures_that_are_asked_otherwise_have_another_name() -> None:
    assert set(OTHERS) == {field.name for field in fields(AggregationRequest)}
    requests = [ABOUT, *(replace(ABOUT, **{name: value}) for name, values in OTHERS.items() for value in values)]
    assert len({canonical_aggregation(request) for request in requests}) == len(requests)


def test_figures_within_filters_that_mean_the_same_have_the_same_name() -> None:
    def within(*parts: str) -> tuple[Aggregation, ...]:
        from_parts = tuple(Exists(part) for part in parts)
        return (Count(AllOf(from_parts)),)

    one, other = (replace(ABOUT, aggregations=within(*parts)) for parts in ("ab", "ba"))
    assert canonical_aggregation(one) == canonical_aggregation(other)


async def test_figures_out_of_the_cache_are_the_engines(
    shared: CachedSource, engine: FakeEngine, remote: FakeRemote, open_cache: Any
) -> None:
    [direct] = await engine.snapshot().aggregate([ABOUT])
    engine.aggregated.clear()
    first = await figures(shared)
    assert first == [replace(direct, took_seconds=0)]  # type: ignore[type-var]
    await settled(shared)
    other = await open_cache(remote)
    assert [await figures(source) for source in (shared, other, other)] == [first] * 3
    assert engine.aggregated == [[ABOUT]]
    assert (engine.searched, engine.asked) == ([], [])


async def test_only_what_is_not_cached_is_asked_of_the_engine(alone: CachedSource, engine: FakeEngine) -> None:
    others = [replace(ABOUT, text=text) for text in "abc"]
    await figures(alone, others[1])
    await figures(alone, *others)
    assert engine.aggregated == [[others[1]], [others[0], others[2]]]


async def test_a_change_of_a_document_of_the_kind_ends_its_figures(shared: CachedSource, engine: FakeEngine) -> None:
    [before] = await figures(shared)
    await settled(shared)
    engine.change("a", 2)
    await shared.invalidate([skill_ref("a")])
    [after] = await figures(shared)
    assert [len(one.aggregates[0].buckets) for one in (before, after)] == [1, 2]


async def test_degraded_figures_are_not_kept(alone: CachedSource, engine: FakeEngine) -> None:
    engine.degraded = frozenset({Degradation.PARTIAL})
    [first] = await figures(alone)
    engine.degraded = frozenset()
    [second] = await figures(alone)
    assert (first.degraded, second.degraded) == (frozenset({Degradation.PARTIAL}), frozenset())
    assert len(engine.aggregated) == 2


@pytest.mark.parametrize("seconds", [20, 400])
async def test_while_the_engine_is_down_figures_that_were_given_before_are_marked(
    alone: CachedSource, engine: FakeEngine, time: Time, seconds: int
) -> None:
    [first] = await figures(alone)
    time.now += seconds
    engine.error = SourceUnavailable("it is down")
    [answer] = await alone.snapshot().aggregate([ABOUT])
    if seconds == 400:
        assert answer is engine.error
        return
    assert replace(answer, took_seconds=0) == replace(first, degraded=frozenset({Degradation.STALE}))  # type: ignore[type-var]
