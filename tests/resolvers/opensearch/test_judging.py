"""What a cluster is asked for preferences and diversity, and how often, and what becomes of its answers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.sources.base import RetrievalMode, SearchRequest, SearchResult, Terms
from resolvers.sources.opensearch.answers import answered
from resolvers.sources.opensearch.asks import Fetch, Walk
from resolvers.sources.opensearch.filters import filter_query
from resolvers.sources.opensearch.queries import MAX_WINDOW, Text, near_query, words_query
from resolvers.sources.opensearch.responses import Found, Hits
from resolvers.sources.preferences import Diversity, Preference, Preferences, Recency
from resolvers.sources.sort_keys import id_sort_key, microseconds
from tests.support.clusters_made_up import generation

LEXICAL, SEMANTIC, HYBRID = RetrievalMode.LEXICAL, RetrievalMode.SEMANTIC, RetrievalMode.HYBRID
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
OPEN, HOURLY = Terms("status", ("OPEN",)), Terms("contract_type", ("HOURLY",))
WANTED = Preferences((Preference(OPEN, 0.5), Preference(HOURLY, 0.25)), Recency("published_at", 0.125, 7.0, NOON))
TWO_OF_A_CLIENT = Diversity("client_id", 2)
ABOUT = SearchRequest((Kind.JOB,), text="logo", limit=2)
DIRECTION = (1.0, 0.0, 0.0, 0.0)
COLUMN, CLIENT = "fields.published_at", "fields.client_id"
NAMED = [
    {"bool": {"filter": [filter_query(OPEN)], "_name": "preference-0"}},
    {"bool": {"filter": [filter_query(HOURLY)], "_name": "preference-1"}},
]


def hit(id_: str, score: float | str, client: str = "client_a", days: float = 0, names: Sequence[int] = ()) -> Found:
    columns: Any = {CLIENT: (client,), COLUMN: (microseconds(NOON) - round(days * 86_400_000_000),)}
    return Found((score, id_sort_key(id_)), None, columns, tuple(f"preference-{at}" for at in names))


def rounds(request: SearchRequest, mode: RetrievalMode | None, *answers: Sequence[Any]) -> tuple[list[Any], Any]:
    """The asks of each round, and the result, when the rounds are answered so; records are always there."""
    text = None if mode is None else Text(mode, "logo", None if mode is LEXICAL else DIRECTION)
    steps, given = answered(request, text, generation()), iter(answers)
    asked: list[Any] = []
    answer: Any = None
    while True:
        try:
            asked.append(list(steps.send(answer)))
        except StopIteration as end:
            result: SearchResult = end.value
            return asked, result
        [ask, *_] = asked[-1]
        answer = [{ref: Document(ref, None) for ref in ask.refs}] if isinstance(ask, Fetch) else next(given)  # type: ignore[arg-type]


def ids(result: SearchResult) -> list[str]:
    return [one.document.ref.id for one in result.hits]


def test_what_hits_are_judged_by_comes_with_them() -> None:
    head = Hits([hit("job_1", 4.0, days=7), hit("job_2", 2.0, names=[0, 1], days=14)])
    near = Hits([hit("job_3", 1.0, names=[0]), hit("job_1", 0.75, days=7)])
    asked, result = rounds(replace(ABOUT, preferences=WANTED), HYBRID, [head, near, Hits([hit("job_1", 4.0)])])
    words, meaning, words_of_near = (search.body for search in asked[0])
    assert words["query"] == {"bool": {"must": [words_query("logo")], "should": NAMED}}
    assert meaning["query"] == {"bool": {"must": [near_query(DIRECTION, ABOUT.filter)], "should": NAMED}}
    assert words["docvalue_fields"] == meaning["docvalue_fields"] == [COLUMN]
    assert "docvalue_fields" not in words_of_near
    assert (words["size"], len(asked)) == (1_000, 2)
    assert ids(result) == ["job_2", "job_3"]
    best, second = (one.score for one in result.hits)
    assert (best.total, best.rerank, best.recency) == (pytest.approx(0.35 + 0.75 + 0.03125), 0.75, 0.03125)
    assert (second.total, second.lexical_rank, second.semantic_rank) == (pytest.approx(0.3 + 0.5 + 0.125), None, 1)


def test_without_a_text_the_cluster_ranks_by_the_same_sums() -> None:
    # What the cluster cannot tell apart is put in order by what it comes to.
    found = Hits([hit("job_1", 0.625, names=[0], days=0.01), hit("job_2", 0.625, names=[0])], total=9)
    asked, result = rounds(replace(ABOUT, text=None, preferences=WANTED, count=True), None, [found])
    [[search], _] = asked
    at = microseconds(NOON)
    decay = {"origin": 2 * at, "offset": at, "scale": 7 * 86_400_000_000, "decay": 0.5}
    recent = {
        "query": {"exists": {"field": COLUMN}},
        "functions": [{"exp": {COLUMN: decay}, "weight": 0.125}],
        "boost_mode": "replace",
    }
    # A weight of a `function_score` cannot be 0, and what no function is about scores 1 there.
    assert search.body["query"]["bool"] == {
        "filter": [{"exists": {"field": "sorts.ID"}}],
        "should": [
            {"constant_score": {"filter": filter_query(OPEN), "boost": 0.5, "_name": "preference-0"}},
            {"constant_score": {"filter": filter_query(HOURLY), "boost": 0.25, "_name": "preference-1"}},
            {"function_score": recent},
        ],
    }
    assert search.body["sort"] == [{"_score": "desc"}, {"sorts.NEWEST": "asc"}, {"sorts.ID": "asc"}]
    assert (ids(result), result.total, result.mode) == (["job_2", "job_1"], 9, None)
    assert result.hits[0].score.total == 0.625


def test_a_page_by_preference_deeper_than_one_search_may_look_is_walked_to() -> None:
    about = replace(ABOUT, text=None, preferences=WANTED, backward=True)
    head = Hits([hit(f"job_{at:05}", 0.0) for at in range(MAX_WINDOW)])
    asked, result = rounds(about, None, [head], [Hits([*head.hits, hit("job_x", 0.0)])])
    [[search], [walk], _] = asked
    assert isinstance(walk, Walk)
    assert walk.query == search.body["query"]
    assert walk.more == {"sort": search.body["sort"], "docvalue_fields": [COLUMN]}
    assert ids(result) == ["job_09999", "job_x"]


@pytest.mark.parametrize("text", ["logo", None])
def test_a_ranking_is_looked_into_deeper_until_the_page_is_full(text: str | None) -> None:
    about = replace(ABOUT, text=text, diversity=TWO_OF_A_CLIENT, preferences=None if text else WANTED, limit=3)
    same = [hit(f"job_{at:03}", 1.0) for at in range(100)]
    more = [*same, hit("job_b", 0.5, "client_b"), hit("job_c", 0.5, "client_c")]
    asked, result = rounds(about, LEXICAL if text else None, [Hits(same)], [Hits(more)])
    assert [search.body["size"] for [search] in asked[:2]] == [100, 400]
    assert asked[0][0].body["docvalue_fields"] == ([CLIENT] if text else [COLUMN, CLIENT])
    assert ids(result) == ["job_000", "job_001", "job_b"]
    assert (result.has_next, result.has_previous) == (True, False)


def test_the_nearest_are_known_at_once_and_not_asked_for_again() -> None:
    near = Hits([hit(f"job_{at:03}", 1.0) for at in range(300)])
    asked, result = rounds(replace(ABOUT, diversity=TWO_OF_A_CLIENT, limit=3), SEMANTIC, [near])
    assert (len(asked), ids(result), result.has_next) == (2, ["job_000", "job_001"], False)


def test_a_listing_is_looked_into_from_its_start_and_on_from_where_it_was() -> None:
    def listed(at: int, client: str) -> Found:
        return hit(f"job_{at:03}", f"key-{at:03}", client)

    about = replace(ABOUT, text=None, sort="BUDGET", diversity=TWO_OF_A_CLIENT, count=True)
    same = [listed(at, "client_a") for at in range(100)]
    first, second = Hits(same, total=102), Hits([listed(100, "client_b"), listed(101, "client_c")])
    asked, result = rounds(about, None, [first], [second])
    [[start], [further], fetched] = asked
    assert start.body["sort"] == [{"sorts.BUDGET": "asc"}, {"sorts.ID": "asc"}]
    assert (start.body["docvalue_fields"], start.body["track_total_hits"]) == ([CLIENT], True)
    assert (further.body["search_after"], further.body["track_total_hits"]) == (list(same[-1].sort), False)
    assert fetched == [Fetch((Ref(Kind.JOB, "job_000"), Ref(Kind.JOB, "job_001")))]
    assert (ids(result), result.total, result.has_next) == (["job_000", "job_001"], 102, True)
    [place] = [one.position for one in result.hits[1:]]
    assert place.key == "key-001"
    _, behind = rounds(replace(about, after=place), None, [first], [second])
    assert (ids(behind), behind.has_previous, behind.has_next) == (["job_100", "job_101"], True, False)
