"""Rankings deeper than what is looked at for a first page."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from resolvers.sources.base import RetrievalMode, SearchRequest, Snapshot
from resolvers.sources.matching import NEAREST
from tests.support.paging import behind

DOCUMENTS = 2 * NEAREST + 200
FILLERS = ["meadow", "river", "stone", "cloud", "harbour", "lantern", "orchard"]


@pytest.fixture(scope="module")
def deep(engine: Any, make_jobs: Callable[..., Any], topics: Any) -> Any:
    """An index of jobs that all have one word. The nearest by meaning are long, so that words rank them low."""
    rows = [
        {"id": f"{at:04}", "title": "python", "description": " ".join(FILLERS * (1 + at % 40 + 60 * (at % 2)) + topic)}
        for at in range(DOCUMENTS)
        for topic in [[] if at % 2 else ["design"] * (at % 7)]
    ]
    fresh = engine()
    fresh.build(fresh.place, {Kind.JOB: make_jobs(rows)}, topics)
    return fresh


@pytest.fixture
async def view(deep: Any, topics: Any) -> AsyncIterator[Snapshot]:
    async with deep.open(deep.place, topics) as source:
        yield source.snapshot()


@pytest.mark.parametrize("mode", list(RetrievalMode))
async def test_deep_pages_are_the_whole_ranking(view: Any, mode: RetrievalMode) -> None:
    about = SearchRequest((Kind.JOB,), text="python", mode=mode, limit=100)
    [whole] = await view.search([replace(about, limit=5_000, count=True)])
    collected: list[Any] = []
    more = True
    while more:
        [page] = await view.search([behind(about, collected)])
        collected += page.hits
        more = page.has_next
    [last] = await view.search([replace(about, limit=40, backward=True)])
    assert [hit.document.ref for hit in collected] == [hit.document.ref for hit in whole.hits]
    assert len(whole.hits) == whole.total == (NEAREST if mode is RetrievalMode.SEMANTIC else DOCUMENTS)
    assert last.hits == whole.hits[-40:]
