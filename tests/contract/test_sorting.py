"""Every order of listing, ties by id, missing values last."""

from collections.abc import Callable
from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from resolvers.sources.base import RetrievalMode, SearchRequest, SearchResult, Terms

ORDERS = [(kind, order.name) for kind, spec in KINDS.items() for order in spec.sorts]
EXPECTED = {
    "NEWEST": "02 06 10 03 07 11 01 04 05 08 09 12",
    "BUDGET": "03 04 05 06 10 08 01 02 07 09 11 12",
    "HOURLY_RATE": "02 12 01 09 03 04 05 06 07 08 10 11",
    "CLIENT_RATING": "01 04 05 06 08 09 10 03 11 12 02 07",
    "CLIENT_SPENT": "03 11 12 01 04 05 06 08 09 10 02 07",
    "FEWEST_PROPOSALS": "01 02 03 04 07 08 09 10 11 12 06 05",
    "JOB_SUCCESS": "01 02 04 08 03 05 06 07 09 10",
    "RATE_ASC": "06 07 09 08 02 03 01 05 04 10",
    "RATE_DESC": "10 04 05 01 02 03 08 09 06 07",
    "EARNINGS": "08 02 10 01 03 04 05 06 07 09",
    "LAST_ACTIVE": "05 01 02 03 04 06 07 08 10 09",
    "SPENT": "c a b",
}


def ids(result: SearchResult) -> list[str]:
    return [hit.document.ref.id for hit in result.hits]


def named(kind: Kind, ends: str) -> list[str]:
    return [KINDS[kind].prefix + end for end in ends.split()]


@pytest.mark.parametrize(("kind", "order"), ORDERS)
async def test_a_listing_is_in_the_order_of_its_fact_then_of_ids(
    find: Callable[..., Any], kind: Kind, order: str
) -> None:
    found = await find(SearchRequest((kind,), sort=order, limit=100))
    assert ids(found) == named(kind, EXPECTED[order])
    assert {hit.score for hit in found.hits} == {None}


@pytest.mark.parametrize("kind", list(Kind))
async def test_relevance_without_text_is_the_default_order_of_the_kind(
    find: Callable[..., Any], kind: Kind, market: Any
) -> None:
    order = KINDS[kind].default_sort
    expected = [record.id for record in market[kind]] if order == "ID" else named(kind, EXPECTED[order])
    assert ids(await find(SearchRequest((kind,), limit=100))) == expected
    assert ids(await find(SearchRequest((kind,), text="  \n", limit=100))) == expected
    assert (await find(SearchRequest((kind,), text="", limit=100))).mode is None


@pytest.mark.parametrize("mode", list(RetrievalMode))
async def test_a_text_with_a_sort_lists_what_the_text_matches_in_that_order(
    find: Callable[..., Any], mode: RetrievalMode
) -> None:
    about = SearchRequest((Kind.JOB,), text="developer", mode=mode, limit=100, filter=Terms("status", ("OPEN",)))
    matched = set(ids(await find(about)))
    listed = await find(SearchRequest(**vars(about) | {"sort": "BUDGET", "count": True}))
    assert ids(listed) == [id_ for id_ in named(Kind.JOB, EXPECTED["BUDGET"]) if id_ in matched]
    assert listed.total == len(matched)
    assert listed.mode is mode
