"""Rankings deeper than one search may look, on a real cluster."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from resolvers.sources.base import RetrievalMode, SearchRequest, Snapshot
from resolvers.sources.opensearch.queries import MAX_WINDOW
from tests.servers.opensearch.access import OpenSearchAccess
from tests.support.clusters import Place, opened, placed
from tests.support.paging import behind, in_front

BEYOND = 250
MODES = [RetrievalMode.LEXICAL, RetrievalMode.HYBRID]


@pytest.fixture(scope="module")
def deep(
    opensearch_server: OpenSearchAccess, build: Callable[..., str], make_jobs: Any, topics: Any
) -> Iterator[Place]:
    """More jobs with one word than one search may look at, some of them with more words than others."""
    rows = [
        {"id": f"{at:05}", "title": "python" + " and" * (at % 3), "description": "design" if at % 1_000 == 0 else ""}
        for at in range(MAX_WINDOW + BEYOND)
    ]
    with placed(opensearch_server) as place:
        build(place.target(), {Kind.JOB: make_jobs(rows)}, topics, batch=2_000)
        yield place


@pytest.fixture
async def view(deep: Place, topics: Any) -> AsyncIterator[Snapshot]:
    async with opened(deep, topics) as source:
        yield source.snapshot()


def ids(found: Any) -> list[str]:
    return [hit.document.ref.id for hit in found.hits]


def points_in_time(place: Place) -> int:
    nodes = place.server.ask("GET", "/_nodes/stats/indices/search")["nodes"].values()
    return sum(node["indices"]["search"]["point_in_time_current"] for node in nodes)


@pytest.mark.parametrize("mode", MODES)
async def test_pages_go_on_beyond_the_window_and_end_where_the_ranking_does(
    view: Any, deep: Place, mode: RetrievalMode
) -> None:
    about = SearchRequest((Kind.JOB,), text="python", mode=mode, limit=100, count=True)
    [last] = await view.search([replace(about, backward=True)])
    assert (last.total, last.has_next, last.has_previous) == (MAX_WINDOW + BEYOND, False, True)
    [before] = await view.search([replace(in_front(about, last.hits), limit=200)])
    [whole] = await view.search([replace(about, backward=True, limit=300)])
    assert ids(whole) == ids(before) + ids(last)
    [again] = await view.search([in_front(about, whole.hits[200:])])
    assert (ids(again), again.has_previous) == (ids(whole)[100:200], True)
    [everything] = await view.search([replace(about, limit=MAX_WINDOW + BEYOND)])
    [behind_it] = await view.search([behind(about, everything.hits[:-3])])
    assert (ids(behind_it), behind_it.has_next) == (ids(whole)[-3:], False)
    assert points_in_time(deep) == 0


async def test_every_document_is_met_once(view: Any) -> None:
    about = SearchRequest((Kind.JOB,), text="python", mode=RetrievalMode.LEXICAL, limit=MAX_WINDOW + BEYOND)
    [whole] = await view.search([about])
    ids = [hit.document.ref.id for hit in whole.hits]
    assert len(set(ids)) == MAX_WINDOW + BEYOND
    scores = [hit.score.total for hit in whole.hits]
    assert scores == sorted(scores, reverse=True)
    assert all(
        one.document.ref.id < two.document.ref.id
        for one, two in zip(whole.hits, whole.hits[1:], strict=False)
        if one.score == two.score
    )
