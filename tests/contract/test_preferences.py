"""Preferences move documents up and leave none out; of a group so many are shown at most; scores tell how it came."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from resolvers.catalog.kind import Kind
from resolvers.sources.base import (
    EVERYTHING,
    AllOf,
    AnyOf,
    Exists,
    Filter,
    Hit,
    Not,
    Range,
    RetrievalMode,
    Score,
    SearchRequest,
    Terms,
)
from resolvers.sources.building import IndexedDocument
from resolvers.sources.preferences import Diversity, Preference, Preferences, Recency
from tests.support.paging import behind, in_front

NOON = datetime(2026, 5, 2, 12, tzinfo=UTC)
FULL_TIME, HOURLY = Terms("workload", ("FULL_TIME",)), Terms("contract_type", ("HOURLY",))
FILTERS: dict[Kind, tuple[Filter, ...]] = {
    Kind.JOB: (
        FULL_TIME,
        HOURLY,
        EVERYTHING,
        Terms("status", ("CLOSED",)),
        Terms("languages", ("en", "de"), every=True),
        Range("client_rating", gte=3.0),
        Range("published_at", gt=datetime(2026, 5, 2, 11, tzinfo=UTC)),
        Not(Exists("budget")),
        AnyOf((Terms("client_id", ("client_b",)), Range("budget", lt=100.0))),
        AnyOf(),
    ),
    Kind.TALENT: (
        Terms("badge", ("TOP_RATED",)),
        Terms("languages", ("de:FLUENT",)),
        Range("hourly_rate", gte=20.0, lt=60.0),
        Not(Terms("availability", ("UNAVAILABLE",))),
        Exists("rating"),
    ),
}
TIMES = {Kind.JOB: "published_at", Kind.TALENT: "last_active_at"}
GROUPS = {Kind.JOB: "client_id", Kind.TALENT: "occupation_id"}
ORDERS = {Kind.JOB: "BUDGET", Kind.TALENT: "RATE_ASC"}
TEXTS = {Kind.JOB: "python developer logo", Kind.TALENT: "developer writer"}
Whole = Callable[..., Any]


def some(kind: Kind, seed: int) -> Preferences:
    """Preferences by chance, with weights of which no two sums are alike."""
    chance = np.random.default_rng(seed)
    chosen = [FILTERS[kind][at] for at in chance.permutation(len(FILTERS[kind]))[: chance.integers(0, 5)]]
    matching = tuple(Preference(one, chance.uniform(0.01, 1.5)) for one in chosen)
    recency = Recency(TIMES[kind], chance.uniform(0.01, 1), chance.uniform(0.3, 20), NOON)
    return Preferences(matching, recency if chance.random() < 0.6 or not matching else None)


@pytest.fixture(scope="module")
def facts(market: Any, prepared: Any) -> dict[str, IndexedDocument]:
    return {one.document.ref.id: one for some in prepared(market, None).values() for one in some}


@pytest.fixture
def whole(find: Callable[..., Any]) -> Whole:
    """All that a search finds, on one page."""

    async def asked(about: SearchRequest, **changes: Any) -> Any:
        return await find(replace(about, limit=100, count=True, **changes))

    return asked


def ids(hits: Any) -> list[str]:
    return [hit.document.ref.id for hit in hits]


async def in_pages(find: Callable[..., Any], about: SearchRequest, size: int) -> list[Hit]:
    """All hits, page by page."""
    collected: list[Hit] = []
    while True:
        page = await find(replace(behind(about, collected), limit=size))
        collected += page.hits
        if not page.has_next:
            return collected


def scaled(hits: Any, mode: RetrievalMode | None) -> list[float]:
    """The scores of a plain ranking, from 0 to 1."""
    scores = [hit.score.total if hit.score else 0.0 for hit in hits]
    if mode in {None, RetrievalMode.HYBRID}:
        return scores
    floor = min(scores) if mode is RetrievalMode.SEMANTIC else 0.0
    return [(score - floor) / (max(scores) - floor) for score in scores]


@pytest.mark.parametrize("mode", [*RetrievalMode, None], ids=str)
@pytest.mark.parametrize("kind", [Kind.JOB, Kind.TALENT])
async def test_a_score_is_that_of_the_text_and_the_weights_of_all_that_is_preferred(
    whole: Whole, facts: Any, passes: Any, kind: Kind, mode: RetrievalMode | None
) -> None:
    about = SearchRequest((kind,), text=TEXTS[kind] if mode else None, mode=mode or RetrievalMode.HYBRID)
    plain = await whole(about)
    for seed in range(12):
        wanted = some(kind, seed)
        expected = []
        for hit, score in zip(plain.hits, scaled(plain.hits, mode), strict=True):
            document, recent = facts[hit.document.ref.id], wanted.recency
            rerank = sum(one.weight for one in wanted.matching if passes(one.filter, document))
            recency = None
            if recent is not None:
                age = (recent.at - document.fields[recent.field][0]).total_seconds() / 86_400
                recency = recent.weight * 0.5 ** (max(age, 0) / recent.half_life_days)
            expected.append((hit.document.ref.id, score + rerank + (recency or 0), rerank, recency))
        expected.sort(key=lambda one: -one[1])
        found = await whole(about, preferences=wanted)
        assert ids(found.hits) == [one[0] for one in expected], wanted
        for hit, (_, total, rerank, recency) in zip(found.hits, expected, strict=True):
            assert hit.score.total == pytest.approx(total, abs=1e-6)
            assert (hit.score.rerank, hit.score.recency) == pytest.approx((rerank, recency), abs=1e-9)
        assert (found.total, found.mode) == (plain.total, plain.mode)


async def test_what_is_preferred_alike_stays_in_the_order_there_was(
    find: Callable[..., Any], whole: Whole, passes: Any, facts: Any
) -> None:
    wanted = Preferences((Preference(HOURLY, 0.1), Preference(FULL_TIME, 0.2)))
    plain = ids((await whole(SearchRequest((Kind.JOB,)))).hits)
    expected: list[list[str]] = [[], [], []]
    for id_ in plain:
        expected[0 if passes(FULL_TIME, facts[id_]) else 1 if passes(HOURLY, facts[id_]) else 2].append(id_)
    assert ids(await in_pages(find, SearchRequest((Kind.JOB,), preferences=wanted), 2)) == [
        id_ for alike in expected for id_ in alike
    ]
    # Nothing of another order than relevance changes.
    by_budget = SearchRequest((Kind.JOB,), sort="BUDGET")
    assert (await whole(by_budget, preferences=wanted)).hits == (await whole(by_budget)).hits


SPREAD = [
    SearchRequest((kind,), text=text, mode=mode, sort=sort, preferences=preferences)
    for kind in (Kind.JOB, Kind.TALENT)
    for text, mode, sort, preferences in [
        (TEXTS[kind], RetrievalMode.LEXICAL, "RELEVANCE", None),
        (TEXTS[kind], RetrievalMode.SEMANTIC, "RELEVANCE", None),
        (TEXTS[kind], RetrievalMode.HYBRID, "RELEVANCE", some(kind, 3)),
        (TEXTS[kind], RetrievalMode.HYBRID, ORDERS[kind], None),
        (None, RetrievalMode.HYBRID, "RELEVANCE", some(kind, 5)),
        (None, RetrievalMode.HYBRID, "RELEVANCE", None),
        (None, RetrievalMode.HYBRID, ORDERS[kind], None),
    ]
]
MIXED = [SearchRequest(tuple(Kind), text="developer", mode=mode) for mode in RetrievalMode]


def group_of(document: IndexedDocument, field: str) -> Any:
    return next(iter(document.fields.get(field, ())), None)


@pytest.mark.parametrize(
    "about", [*SPREAD, *MIXED], ids=lambda about: f"{'+'.join(about.kinds)}-{about.sort}-{about.text}"
)
async def test_of_a_group_so_many_are_shown_on_all_pages_together(
    find: Callable[..., Any], whole: Whole, facts: Any, about: SearchRequest
) -> None:
    field = GROUPS.get(about.kinds[0], "occupation_id") if len(about.kinds) == 1 else "occupation_id"
    plain = await whole(about)
    for at_most in (1, 2):
        shown: Counter[Any] = Counter()
        expected: list[str] = []
        for id_ in ids(plain.hits):
            group = group_of(facts[id_], field)
            shown[group] += 1
            if group is None or shown[group] <= at_most:
                expected.append(id_)
        limited = replace(about, diversity=Diversity(field, at_most))
        found = await whole(limited)
        assert ids(found.hits) == expected
        assert (found.total, found.has_next, found.has_previous) == (plain.total, False, False)
        assert [hit.score for hit in found.hits] == [hit.score for hit in plain.hits if hit.document.ref.id in expected]
        assert ids(await in_pages(find, limited, 2)) == expected
        last = await find(replace(limited, limit=2, backward=True))
        before = await find(replace(in_front(limited, last.hits), limit=2))
        assert ids([*before.hits, *last.hits]) == expected[-4:]
        assert (last.has_previous, before.has_previous) == (len(expected) > 2, len(expected) > 4)


async def test_pages_of_what_is_preferred_put_together_are_the_big_page(find: Callable[..., Any], whole: Whole) -> None:
    without_text = [SearchRequest((Kind.JOB,), preferences=some(Kind.JOB, seed)) for seed in range(12)]
    for about in [*without_text, *(one for one in SPREAD if one.preferences is not None)]:
        assert await in_pages(find, about, 3) == list((await whole(about)).hits)


async def test_ranks_are_the_places_in_the_rankings_by_words_and_by_meaning(whole: Whole) -> None:
    about = SearchRequest((Kind.JOB, Kind.TALENT), text="python developer logo", filter=AllOf((Exists("currency"),)))
    words, meaning, both = [
        await whole(about, mode=mode) for mode in (RetrievalMode.LEXICAL, RetrievalMode.SEMANTIC, RetrievalMode.HYBRID)
    ]
    by_words = {id_: rank for rank, id_ in enumerate(ids(words.hits), 1)}
    by_meaning = {id_: rank for rank, id_ in enumerate(ids(meaning.hits), 1)}
    assert 0 < len(by_words) < len(both.hits)
    for hit in both.hits:
        score: Score = hit.score
        assert score.lexical_rank == by_words.get(hit.document.ref.id)
        assert score.semantic_rank == by_meaning.get(hit.document.ref.id)
        assert (score.rerank, score.recency) == (None, None)
    assert [hit.score.lexical_rank for hit in words.hits] == list(by_words.values())
    assert [hit.score.semantic_rank for hit in meaning.hits] == list(by_meaning.values())
    assert {hit.score.semantic_rank for hit in words.hits} == {hit.score.lexical_rank for hit in meaning.hits} == {None}
