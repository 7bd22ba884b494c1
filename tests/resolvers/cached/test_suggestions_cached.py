"""Suggestions out of the cache: for how long, and until what changes."""

from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from resolvers.errors import SourceError, SourceUnavailable
from resolvers.sources.cached.lifetimes import Lifetimes
from resolvers.sources.cached.source import CachedSource
from resolvers.sources.counting import Event
from resolvers.sources.typeahead import SuggestRequest
from tests.support.caching import FakeEngine, Tally, Time, skill_ref

TYPED, MORE, TITLES = (
    SuggestRequest(kind, typed, 5)
    for kind, typed in ((Kind.SKILL, ("py",)), (Kind.SKILL, ("pyt",)), (Kind.JOB, ("py",)))
)


async def names(source: CachedSource, *requests: SuggestRequest) -> list[Any]:
    answers = await source.snapshot().suggest(requests)
    return [answer if isinstance(answer, SourceError) else [one.text for one in answer] for answer in answers]


async def test_what_was_suggested_is_suggested_again_without_the_engine(
    alone: CachedSource, engine: FakeEngine, tally: Tally
) -> None:
    first = await names(alone, TYPED)
    assert await names(alone, TYPED, MORE, TYPED) == first * 3
    assert engine.suggested == [[TYPED], [MORE]]
    assert tally.counts[Event.LOCAL_HIT, "suggestion"] == 1
    assert tally.counts[Event.MISS, "suggestion"] == 2


async def test_suggestions_are_as_old_as_searches_may_be_fresh(
    alone: CachedSource, engine: FakeEngine, time: Time
) -> None:
    await names(alone, TYPED)
    time.now += Lifetimes().search - 0.01
    await names(alone, TYPED)
    assert len(engine.suggested) == 1
    time.now += 0.02
    await names(alone, TYPED)
    assert len(engine.suggested) == 2


async def test_an_error_is_not_remembered(alone: CachedSource, engine: FakeEngine) -> None:
    engine.error = SourceUnavailable("it is down")
    assert await names(alone, TYPED) == [engine.error]
    engine.error = None
    assert await names(alone, TYPED) == [["v1"] * 3]


async def test_another_index_has_other_suggestions(alone: CachedSource, engine: FakeEngine) -> None:
    await names(alone, TYPED)
    engine.generation = "g2"
    await names(alone, TYPED)
    assert len(engine.suggested) == 2


@pytest.mark.parametrize(("request_", "kind", "asked"), [(TYPED, Kind.JOB, 2), (TITLES, Kind.TALENT, 1)])
async def test_a_change_of_who_has_a_skill_is_a_change_of_its_counts(
    shared: CachedSource, engine: FakeEngine, request_: SuggestRequest, kind: Kind, asked: int
) -> None:
    await names(shared, request_)
    await shared.invalidate([], [kind])
    await names(shared, request_)
    assert len(engine.suggested) == asked


async def test_a_change_is_seen_at_once(shared: CachedSource, engine: FakeEngine) -> None:
    await names(shared, TYPED)
    engine.change("a", 2)
    await shared.invalidate([skill_ref("a")])
    assert "v2" in (await names(shared, TYPED))[0]
