"""How often a cluster is asked for what, counted at the connection."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from resolvers.catalog.kind import Kind, Ref
from resolvers.sources.aggregations import Count, Percentiles, TermCounts
from resolvers.sources.base import (
    AggregationRequest,
    Call,
    Position,
    RetrievalMode,
    SearchRequest,
    SearchResult,
    Seen,
    Terms,
)
from resolvers.sources.opensearch.connection import Cluster
from resolvers.sources.preferences import Diversity, Preference, Preferences
from resolvers.sources.typeahead import SuggestRequest, typed_words
from tests.support.clusters import Place, opened

LEXICAL, SEMANTIC, HYBRID = RetrievalMode.LEXICAL, RetrievalMode.SEMANTIC, RetrievalMode.HYBRID
RATHER_OPEN = Preferences((Preference(Terms("status", ("OPEN",)), 0.5),))
SPREAD = Diversity("client_id", 2)
SEEN = Seen(b"01 02", frozenset({Ref(Kind.JOB, "job_01"), Ref(Kind.JOB, "job_02")}))
JOBS = SearchRequest((Kind.JOB,), text="python developer", mode=LEXICAL, limit=3)


class CountingCluster(Cluster):
    """A connection that writes down what it is asked: the path, and how many searches or documents are in it."""

    asked: list[tuple[str, int]]

    async def ask(
        self, method: str, path: str, body: bytes | None = None, *, call: Call, params: Mapping[str, str] | None = None
    ) -> str:
        lines = (body or b"").count(b"\n") // 2 if path == "/_msearch" else (body or b"").count(b'"_id"')
        self.asked.append((path, lines))
        return await super().ask(method, path, body, call=call, params=params)


@pytest.fixture
async def source(shop: Place, topics: Any) -> AsyncIterator[Any]:
    CountingCluster.asked = []
    async with opened(shop, topics, connect=CountingCluster) as started:
        CountingCluster.asked.clear()
        yield started


async def asked(source: Any, *requests: SearchRequest) -> tuple[list[tuple[str, int]], list[Any]]:
    answers = await source.snapshot().search(requests)
    assert all(isinstance(answer, SearchResult) for answer in answers), answers
    return list(CountingCluster.asked), answers


async def test_looking_for_a_new_index_and_counting_its_documents_is_a_request_each(source: Any) -> None:
    await source.reload()
    [(aliases, _), counts] = CountingCluster.asked
    assert aliases.split("/")[2] == "_alias"
    assert counts == ("/_msearch", len(Kind))


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({}, [("/_msearch", 1)]),
        ({"count": True}, [("/_msearch", 1)]),
        ({"kinds": tuple(Kind)}, [("/_msearch", 5)]),
        ({"seen": SEEN, "limit": 2}, [("/_msearch", 1)]),
        ({"mode": SEMANTIC}, [("/_msearch", 1)]),
        ({"mode": HYBRID, "seen": SEEN, "limit": 2}, [("/_msearch", 3), ("/_mget", 2)]),
        ({"mode": SEMANTIC, "kinds": (Kind.JOB, Kind.TALENT)}, [("/_msearch", 2), ("/_mget", 3)]),
        ({"mode": HYBRID, "count": True}, [("/_msearch", 3), ("/_mget", 3)]),
        ({"mode": HYBRID, "kinds": (Kind.JOB, Kind.TALENT)}, [("/_msearch", 6), ("/_mget", 3)]),
        ({"mode": HYBRID, "limit": 0, "count": True}, [("/_msearch", 3)]),
        ({"mode": HYBRID, "limit": 0}, []),
        ({"text": None, "count": True}, [("/_msearch", 1)]),
        ({"sort": "BUDGET"}, [("/_msearch", 1)]),
        ({"sort": "BUDGET", "mode": HYBRID}, [("/_msearch", 1), ("/_msearch", 1)]),
        ({"text": None, "count": True, "before": Position("~")}, [("/_msearch", 2)]),
        ({"text": "xyzzyx", "mode": HYBRID}, [("/_msearch", 1)]),
        ({"mode": HYBRID, "preferences": RATHER_OPEN, "diversity": SPREAD}, [("/_msearch", 3), ("/_mget", 3)]),
        ({"text": None, "preferences": RATHER_OPEN, "count": True}, [("/_msearch", 1), ("/_mget", 3)]),
        ({"text": None, "diversity": SPREAD, "count": True}, [("/_msearch", 1), ("/_mget", 3)]),
    ],
    ids=str,
)
async def test_a_search_takes_so_many_requests(source: Any, about: Any, expected: Any) -> None:
    requests, _ = await asked(source, SearchRequest(**vars(JOBS) | about))
    assert requests == expected


async def test_all_searches_of_a_batch_are_one_request_and_their_records_another(source: Any) -> None:
    batch = [
        JOBS,
        SearchRequest(**vars(JOBS) | {"mode": HYBRID}),
        SearchRequest(**vars(JOBS) | {"mode": HYBRID, "kinds": (Kind.TALENT,)}),
        SearchRequest((Kind.CLIENT,), limit=2),
        SearchRequest((Kind.JOB,), filter=Terms("client_id", ("client_a",)), limit=2),
    ]
    requests, answers = await asked(source, *batch)
    assert requests == [("/_msearch", 1 + 3 + 3 + 1 + 1), ("/_mget", 6)]
    assert [len(answer.hits) for answer in answers] == [3, 3, 3, 2, 2]


async def test_equal_searches_are_sent_once_and_so_are_equal_parts_of_searches(source: Any) -> None:
    hybrid = SearchRequest(**vars(JOBS) | {"mode": HYBRID})
    by_budget = SearchRequest(**vars(hybrid) | {"sort": "BUDGET"})
    requests, answers = await asked(source, JOBS, JOBS, hybrid, by_budget)
    # The nearest documents are the same for a ranking and for a listing.
    assert requests[0] == ("/_msearch", 1 + 3)
    assert sorted(requests[1:]) == [("/_mget", 3), ("/_msearch", 1)]
    assert answers[0].hits == answers[1].hits


async def test_documents_are_one_request_once_each(source: Any, ref: Any) -> None:
    refs = [ref(id_) for id_ in ("job_01", "talent_01", "job_01", "client_a", "job_99")]
    found = await source.snapshot().fetch(refs)
    assert [document and document.ref.id for document in found] == ["job_01", "talent_01", "job_01", "client_a", None]
    assert CountingCluster.asked == [("/_mget", 4)]


@pytest.mark.parametrize(
    ("kind", "typed", "expected"),
    [
        (Kind.JOB, "dev", [("/_msearch", 1)]),
        (Kind.JOB, "devloper", [("/_msearch", 1), ("/_msearch", 1)]),
        (Kind.JOB, "xyz", [("/_msearch", 1)]),
        (Kind.SKILL, "python", [("/_msearch", 1), ("/_msearch", 2), ("/_mget", 1)]),
        (Kind.SKILL, "xyzzy", [("/_msearch", 1), ("/_msearch", 1)]),
        (Kind.SKILL, "", []),
    ],
)
async def test_a_typed_text_is_completed_by_so_many_requests(
    source: Any, kind: Kind, typed: str, expected: Any
) -> None:
    [found] = await source.snapshot().suggest([SuggestRequest(kind, typed_words(typed), 8)])
    assert isinstance(found, tuple), found
    assert CountingCluster.asked == expected


async def test_all_figures_of_a_batch_are_one_request_and_one_before_it_for_what_is_near(source: Any) -> None:
    figures = (Count(), TermCounts("skill_ids", 5), Percentiles("budget", (50,)))
    batch = [
        AggregationRequest(kind, "python", mode=mode, aggregations=figures)
        for kind in (Kind.JOB, Kind.TALENT)
        for mode in RetrievalMode
    ]
    answers = await source.snapshot().aggregate(batch)
    # The nearest of SEMANTIC and of HYBRID are the same search, and what is matched by words does not wait for them.
    assert CountingCluster.asked == [("/_msearch", 2 + 2), ("/_msearch", 4)]
    assert [len(answer.aggregates) for answer in answers] == [3] * 6
