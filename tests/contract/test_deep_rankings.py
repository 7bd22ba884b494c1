"""Rankings deeper than what is looked at for a first page."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from resolvers.ranking.reranking import WINDOW
from resolvers.sources.base import Not, RetrievalMode, SearchRequest, Snapshot, Terms
from resolvers.sources.matching import NEAREST
from resolvers.sources.preferences import Diversity, Preference, Preferences
from tests.support.paging import behind, in_front

DOCUMENTS = 2 * NEAREST + 200
FILLERS = ["meadow", "river", "stone", "cloud", "harbour", "lantern", "orchard"]


@pytest.fixture(scope="module")
def deep(engine: Any, make_jobs: Callable[..., Any], topics: Any) -> Any:
    """An index of jobs that all have one word. The nearest by meaning are long, so that words rank them low.

    The first 500 in the order of ids, which is that of words and of times too, are of one client.
    """
    rows = [
        {
            "id": f"{at:04}",
            "title": "python",
            "description": " ".join(FILLERS * (1 + at % 40 + 60 * (at % 2)) + topic),
            "clientId": f"client_{'a' if at < 500 else at % 11}",
        }
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


async def test_a_ranking_by_words_is_the_same_whether_or_not_its_filter_was_searched_by_before(view: Any) -> None:
    # More than half of all pass, and none of the best: those are of the client that is left out.
    others = Not(Terms("client_id", ("client_a",)))
    about = SearchRequest((Kind.JOB,), text="python", filter=others, mode=RetrievalMode.LEXICAL, limit=150)
    [first] = await view.search([about])
    await view.search([about.but(mode=RetrievalMode.SEMANTIC)])
    [second] = await view.search([about.but(limit=151)])
    assert len(first.hits) == 150
    assert first.hits == second.hits[:150]


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


@pytest.mark.parametrize("mode", [RetrievalMode.LEXICAL, RetrievalMode.HYBRID])
async def test_preferences_reach_the_head_of_a_ranking_and_the_rest_stays_as_it_was(
    view: Any, mode: RetrievalMode
) -> None:
    about = SearchRequest((Kind.JOB,), text="python", mode=mode, limit=5_000)
    [plain] = await view.search([about])
    order = [hit.document.ref.id for hit in plain.hits]
    last, beyond = order[WINDOW - 1 : WINDOW + 1]
    preferred = replace(about, preferences=Preferences((Preference(Terms("id", (last, beyond)), 5.0),)))
    [whole] = await view.search([preferred])
    assert [hit.document.ref.id for hit in whole.hits] == [last, *order[: WINDOW - 1], *order[WINDOW:]]
    assert [hit.score.rerank for hit in whole.hits] == [5.0, *[0.0] * (WINDOW - 1), *[None] * (DOCUMENTS - WINDOW)]
    pages = [
        replace(behind(preferred, whole.hits[: WINDOW - 3]), limit=7),
        replace(in_front(preferred, whole.hits[WINDOW:]), limit=3),
    ]
    over_the_edge, before = await view.search(pages)
    assert over_the_edge.hits == whole.hits[WINDOW - 3 : WINDOW + 4]
    assert before.hits == whole.hits[WINDOW - 3 : WINDOW]


async def test_without_a_text_whatever_is_preferred_is_in_front_however_far_behind_it_was(view: Any) -> None:
    matching = Preference(Terms("client_id", ("client_5",)), 0.25), Preference(Terms("id", ("job_1199",)), 0.125)
    about = SearchRequest((Kind.JOB,), limit=100, preferences=Preferences(matching))
    [found] = await view.search([about])
    of_client = [f"job_{at:04}" for at in range(500, DOCUMENTS) if at % 11 == 5]
    others = ["job_1199", *(f"job_{at:04}" for at in range(DOCUMENTS))]
    assert [hit.document.ref.id for hit in found.hits] == [*of_client, *others][:100]
    assert [hit.score.total for hit in found.hits] == [0.25] * len(of_client) + [0.125] + [0.0] * (99 - len(of_client))


async def test_what_is_shown_of_a_client_is_looked_for_until_the_page_is_full(view: Any) -> None:
    about = SearchRequest((Kind.JOB,), text="python", mode=RetrievalMode.LEXICAL, limit=7, count=True)
    limited = replace(about, diversity=Diversity("client_id", 2))
    listed = replace(limited, text=None, sort="NEWEST")
    first, both, in_order = await view.search([limited, replace(limited, mode=RetrievalMode.HYBRID, limit=40), listed])
    [second] = await view.search([replace(behind(limited, first.hits), limit=100)])
    shown = [hit.document.record.client_id for hit in (*first.hits, *second.hits)]
    assert shown[:2] == ["client_a", "client_a"]
    assert Counter(shown) == Counter({f"client_{one}": 2 for one in ["a", *range(11)]})
    assert Counter(hit.document.record.client_id for hit in both.hits) == Counter(shown)
    assert (len(first.hits), first.total, first.has_next, second.has_next) == (7, DOCUMENTS, True, False)
    listed_ids = [hit.document.ref.id for hit in in_order.hits]
    assert listed_ids == [f"job_{at:04}" for at in (0, 1, 500, 501, 502, 503, 504)]
