"""Pages of any size, forward and backward, put together give the one big page."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from resolvers.sources.base import EVERYTHING, Exists, Hit, Not, RetrievalMode, SearchRequest
from tests.support.paging import behind, in_front

LISTINGS = [
    SearchRequest((kind,), sort=order)
    for kind, spec in KINDS.items()
    for order in ("RELEVANCE", *(one.name for one in spec.sorts))
]
TEXTS = [
    SearchRequest(kinds, text=text, mode=mode, sort=sort)
    for mode in RetrievalMode
    for kinds, text, sort in [
        ((Kind.JOB,), "python developer", "RELEVANCE"),
        ((Kind.JOB,), "logo design", "RELEVANCE"),
        ((Kind.TALENT,), "developer", "RELEVANCE"),
        ((Kind.JOB,), "developer logo", "BUDGET"),
        (tuple(Kind), "python developer", "RELEVANCE"),
    ]
]


def spelled(request: SearchRequest) -> str:
    return "-".join(["+".join(request.kinds), request.sort, request.text or "", request.mode if request.text else ""])


PAGE = 2
"""Equal hits are on one page, and are parted by its end."""


@pytest.fixture(params=[*LISTINGS, *TEXTS], ids=spelled)
def about(request: pytest.FixtureRequest) -> Any:
    return request.param


async def test_forward_pages_are_the_big_page(find: Callable[..., Any], about: SearchRequest) -> None:
    whole = await find(replace(about, limit=100, count=True))
    collected: list[Hit] = []
    more = True
    while more:
        page = await find(behind(replace(about, limit=PAGE), collected))
        assert page.hits
        # Whoever pages through a ranking knows what was in front.
        assert page.has_previous is (bool(collected) and not about.is_ranked)
        collected += page.hits
        more = page.has_next
    assert collected == list(whole.hits)
    assert len(collected) == whole.total
    assert (whole.has_previous, whole.has_next) == (False, False)


async def test_backward_pages_are_the_big_page(find: Callable[..., Any], about: SearchRequest) -> None:
    whole = await find(replace(about, limit=100))
    collected: list[Hit] = []
    more = True
    while more:
        page = await find(in_front(replace(about, limit=PAGE), collected))
        assert page.hits
        assert page.has_next is (bool(collected) and not about.is_ranked)
        collected = [*page.hits, *collected]
        more = page.has_previous
    assert collected == list(whole.hits)


@pytest.mark.parametrize("about", [one for one in LISTINGS + TEXTS if not one.is_ranked], ids=spelled)
async def test_a_page_between_two_places_has_what_lies_between_them(
    find: Callable[..., Any], about: SearchRequest
) -> None:
    hits = (await find(replace(about, limit=100))).hits
    first, last = hits[0].position, hits[-1].position
    between = replace(about, limit=100, after=first, before=last)
    assert (await find(between)).hits == hits[1:-1]
    assert (await find(replace(between, backward=True))).hits == hits[1:-1]
    assert (await find(replace(between, after=last, before=first))).hits == ()


async def test_behind_the_last_hit_there_is_nothing(find: Callable[..., Any], about: SearchRequest) -> None:
    hits = (await find(replace(about, limit=100))).hits
    page = await find(behind(replace(about, limit=5), hits))
    assert (page.hits, page.has_previous, page.has_next) == ((), not about.is_ranked, False)


@pytest.mark.parametrize("about", [one for one in TEXTS if one.is_ranked], ids=spelled)
async def test_a_ranking_without_what_was_seen_is_the_rest_of_it_wherever_that_was(
    find: Callable[..., Any], about: SearchRequest
) -> None:
    hits = (await find(replace(about, limit=100))).hits
    some, rest = hits[1::3], [hit for at, hit in enumerate(hits) if at % 3 != 1]
    first = await find(replace(behind(about, some), limit=2, count=True))
    assert (list(first.hits), first.total, first.has_next) == (rest[:2], len(hits), len(rest) > 2)
    last = await find(replace(in_front(about, some), limit=2))
    assert (list(last.hits), last.has_previous, last.has_next) == (rest[-2:], len(rest) > 2, False)


async def test_a_limit_of_nothing_gives_the_count_alone(find: Callable[..., Any], about: SearchRequest) -> None:
    total = len((await find(replace(about, limit=100))).hits)
    counted = await find(replace(about, limit=0, count=True))
    assert (counted.hits, counted.total, counted.has_next, counted.has_previous) == ((), total, False, False)
    assert (await find(replace(about, limit=0))).total is None


@pytest.mark.parametrize("wanted", [EVERYTHING, Not(Exists("budget"))])
@pytest.mark.parametrize("mode", list(RetrievalMode))
async def test_a_ranking_goes_down_from_its_first_hit(
    find: Callable[..., Any], mode: RetrievalMode, wanted: Any
) -> None:
    found = await find(SearchRequest((Kind.JOB,), text="python developer", mode=mode, filter=wanted, limit=100))
    totals = [hit.score.total for hit in found.hits]
    assert totals == sorted(totals, reverse=True)
