"""What is asked of a cluster for one search, round by round, and what becomes of the answers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.errors import SourceError
from resolvers.ranking.fusion import fuse
from resolvers.sources.base import AllOf, Degradation, Position, RetrievalMode, SearchRequest, SearchResult, Seen, Terms
from resolvers.sources.opensearch.answers import answered
from resolvers.sources.opensearch.asks import Fetch, Search, Walk
from resolvers.sources.opensearch.filters import filter_query
from resolvers.sources.opensearch.queries import (
    MAX_WINDOW,
    Text,
    counting,
    keys_query,
    listing,
    near_query,
    ranking,
    scored,
    words_query,
)
from resolvers.sources.opensearch.responses import Hits
from resolvers.sources.sort_keys import id_sort_key
from tests.support.clusters_made_up import generation, hits, listed

LEXICAL, SEMANTIC, HYBRID = RetrievalMode.LEXICAL, RetrievalMode.SEMANTIC, RetrievalMode.HYBRID
OPEN = Terms("status", ("OPEN",))
DIRECTION = (1.0, 0.0, 0.0, 0.0)
ABOUT = SearchRequest((Kind.JOB,), text="logo", filter=OPEN, limit=2)
WORDS = scored(words_query("logo"), filter_query(OPEN))
PRESENT = {"exists": {"field": "sorts.ID"}}
NEAR = near_query(DIRECTION, OPEN)
WORDS_OF_NEAR = scored(words_query("logo"), NEAR)
BROKEN = SourceError("out of order")
MEANING_UNAVAILABLE = frozenset({Degradation.MEANING_UNAVAILABLE})
Ask = Callable[..., Any]


@pytest.fixture
def facts(market: Any) -> dict[str, Any]:
    return {record.id: record for records in market.values() for record in records}


def text(mode: RetrievalMode) -> Text:
    return Text(mode, "logo", None if mode is LEXICAL else DIRECTION)


def rounds(request: SearchRequest, about: Text | None, *answers: Sequence[Any], shards: int = 1) -> Any:
    """The asks of each round, and the result, when the rounds are answered so."""
    steps = answered(request, about, generation(shards))
    asked = []
    try:
        for answer in (None, *answers):
            asked.append(list(steps.send(answer)))  # noqa: PERF401  what was asked before the end counts
    except StopIteration as end:
        assert len(asked) == len(answers)
        return asked, end.value
    raise AssertionError(f"it goes on to ask {asked[-1]}")


def ids(result: SearchResult) -> list[str]:
    return [hit.document.ref.id for hit in result.hits]


def seen(*wanted: str) -> Seen:
    return Seen(" ".join(wanted).encode(), frozenset(Ref(Kind.JOB, id_) for id_ in wanted))


def documents(facts: Any, *wanted: str) -> dict[Ref, Document]:
    return {Ref(Kind.JOB, id_): Document(Ref(Kind.JOB, id_), facts[id_]) for id_ in wanted}


def test_a_page_by_words_is_one_search_with_its_records(facts: Any) -> None:
    found = hits(("job_05", 3.0), ("job_06", 2.0), ("job_07", 1.0), facts=facts)
    asked, result = rounds(ABOUT, text(LEXICAL), [found])
    assert asked == [[Search(Kind.JOB, ranking(WORDS, size=3, facts=True), "logo")]]
    assert ids(result) == ["job_05", "job_06"]
    assert [hit.document.record for hit in result.hits] == [facts["job_05"], facts["job_06"]]
    assert [(hit.score.total, hit.score.lexical, hit.score.semantic) for hit in result.hits] == [
        (3.0, 3.0, None),
        (2.0, 2.0, None),
    ]
    assert (result.has_next, result.has_previous, result.total, result.mode) == (True, False, None, LEXICAL)
    assert result.hits[1].position is None


def test_the_next_page_by_words_leaves_out_what_was_seen_and_counts_it(facts: Any) -> None:
    found = hits(("job_05", 3.0), ("job_06", 2.0), ("job_07", 1.0), facts=facts, total=3)
    asked, result = rounds(replace(ABOUT, seen=seen("job_05", "job_07"), count=True), text(LEXICAL), [found])
    assert asked == [[Search(Kind.JOB, ranking(WORDS, size=6, facts=True, count=True), "logo")]]
    assert (ids(result), result.total, result.has_next, result.has_previous) == (["job_06"], 3, False, False)


def test_of_several_kinds_the_best_are_merged_and_the_rest_of_their_records_thrown_away(facts: Any) -> None:
    about = replace(ABOUT, kinds=(Kind.JOB, Kind.SKILL))
    jobs = hits(("job_05", 3.0), ("job_06", 1.0), facts=facts)
    skills = hits(("skill_figma", 3.0), ("skill_sql", 2.0), facts=facts)
    asked, result = rounds(about, text(LEXICAL), [jobs, skills])
    body = ranking(WORDS, size=4, facts=True)
    assert asked == [[Search(Kind.JOB, body, "logo"), Search(Kind.SKILL, body, "logo")]]
    assert ids(result) == ["job_05", "skill_figma"]
    assert result.has_next is True


def test_records_of_a_deep_page_of_several_kinds_are_fetched_when_it_is_known_which(facts: Any) -> None:
    had = [f"job_{at:03}" for at in range(61)]
    about = replace(ABOUT, kinds=(Kind.JOB, Kind.SKILL), seen=seen(*had))
    jobs = hits(*((id_, 9.0) for id_ in [*had, "job_061"]))
    asked, result = rounds(about, text(LEXICAL), [jobs, hits(("skill_sql", 2.0))], [documents(facts)])
    body = ranking(WORDS, size=65)
    assert asked == [
        [Search(Kind.JOB, body, "logo"), Search(Kind.SKILL, body, "logo")],
        [Fetch((Ref(Kind.JOB, "job_061"), Ref(Kind.SKILL, "skill_sql")))],
    ]
    assert result.hits == ()


def test_a_page_by_meaning_is_one_search_with_its_records(facts: Any) -> None:
    found = hits(("job_05", 1.0), ("job_06", 0.75), ("job_07", 0.5), facts=facts, total=700)
    asked, result = rounds(replace(ABOUT, count=True), text(SEMANTIC), [found])
    assert asked == [[Search(Kind.JOB, ranking(NEAR, size=3, facts=True, count=True), by_meaning=True)]]
    assert [(hit.score.total, hit.score.lexical, hit.score.semantic) for hit in result.hits] == [
        (1.0, None, 1.0),
        (0.5, None, 0.5),
    ]
    assert (ids(result), result.total, result.mode) == (["job_05", "job_06"], 500, SEMANTIC)


def test_the_next_page_by_meaning_is_of_the_same_nearest(facts: Any) -> None:
    about = replace(ABOUT, seen=seen("job_06"), count=True)
    near = hits(("job_06", 0.9), ("job_05", 0.5))
    asked, result = rounds(about, text(SEMANTIC), [near], [documents(facts, "job_05")])
    assert asked[0] == [Search(Kind.JOB, ranking(NEAR, size=500), by_meaning=True)]
    assert (ids(result), result.has_next, result.total) == (["job_05"], False, 2)


def test_both_halves_go_out_together_and_the_records_follow_the_fusion(facts: Any) -> None:
    head = hits(("job_05", 4.0), ("job_06", 2.0), ("job_08", 1.5), ("job_09", 1.0), total=9)
    near = hits(("job_07", 1.0), ("job_06", 0.9), ("job_01", 0.8))
    words_of_near = hits(("job_06", 2.0), ("job_01", 0.5))
    fetched = documents(facts, "job_05", "job_06")
    asked, result = rounds(replace(ABOUT, count=True), text(HYBRID), [head, near, words_of_near], [fetched])
    assert asked == [
        [
            Search(Kind.JOB, ranking(WORDS, size=100, count=True), "logo"),
            Search(Kind.JOB, ranking(NEAR, size=500), by_meaning=True),
            Search(Kind.JOB, ranking(WORDS_OF_NEAR, size=500), "logo", by_meaning=True),
        ],
        [Fetch((Ref(Kind.JOB, "job_05"), Ref(Kind.JOB, "job_06")))],
    ]
    fused = fuse(
        {"job_05": 4.0, "job_06": 2.0, "job_08": 1.5, "job_09": 1.0, "job_01": 0.5},
        {"job_07": 1.0, "job_06": 0.8, "job_01": 0.6},
        0.3,
    )
    assert [(hit.document.ref.id, hit.score.total) for hit in result.hits] == [
        (id_, pytest.approx(score.total)) for id_, score in fused[:2]
    ]
    # Nine have the words, and of the three near ones two do.
    assert (result.total, result.has_next, result.mode, result.degraded) == (10, True, HYBRID, frozenset())


def test_every_shard_may_have_near_documents_with_the_words() -> None:
    [asked, *_], _ = rounds(ABOUT, text(HYBRID), [hits(), hits(), hits()], shards=3)
    assert [search.body["size"] for search in asked] == [100, 500, 1500]


def test_a_text_that_points_nowhere_is_near_to_nothing(facts: Any) -> None:
    nowhere = Text(HYBRID, "logo")
    asked, result = rounds(ABOUT, nowhere, [hits(("job_05", 4.0))], [documents(facts, "job_05")])
    assert asked[0] == [Search(Kind.JOB, ranking(WORDS, size=100), "logo")]
    assert (ids(result), result.mode, result.hits[0].score.total) == (["job_05"], HYBRID, pytest.approx(0.7))
    with pytest.raises(StopIteration) as end:
        next(answered(replace(ABOUT, count=True), Text(SEMANTIC, "logo"), generation()))
    assert (end.value.value.hits, end.value.value.total, end.value.value.mode) == ((), 0, SEMANTIC)


@pytest.mark.parametrize("broken", [0, 1])
def test_without_meaning_words_answer_and_it_is_said(facts: Any, broken: int) -> None:
    meaning: list[Any] = [hits(("job_07", 1.0)), hits()]
    meaning[broken] = BROKEN
    found = hits(("job_05", 4.0), ("job_06", 2.0))
    _, result = rounds(ABOUT, text(HYBRID), [found, *meaning], [documents(facts, "job_05", "job_06")])
    assert (ids(result), result.mode, result.degraded) == (["job_05", "job_06"], LEXICAL, MEANING_UNAVAILABLE)
    assert result.hits[0].score.total == 4.0


def test_a_page_by_meaning_that_fails_is_one_by_words(facts: Any) -> None:
    asked, result = rounds(ABOUT, text(SEMANTIC), [BROKEN], [hits(("job_05", 4.0), facts=facts)])
    assert asked[1] == [Search(Kind.JOB, ranking(WORDS, size=3, facts=True), "logo")]
    assert (ids(result), result.mode, result.degraded) == (["job_05"], LEXICAL, MEANING_UNAVAILABLE)


@pytest.mark.parametrize("mode", list(RetrievalMode))
def test_without_words_there_is_no_answer(mode: RetrievalMode) -> None:
    answers = {LEXICAL: [[BROKEN]], SEMANTIC: [[BROKEN], [BROKEN]], HYBRID: [[BROKEN, hits(), hits()]]}
    with pytest.raises(SourceError, match="out of order"):
        rounds(ABOUT, text(mode), *answers[mode])


def test_records_that_cannot_be_fetched_are_an_error() -> None:
    with pytest.raises(SourceError, match="out of order"):
        rounds(ABOUT, text(HYBRID), [hits(("job_05", 1.0)), hits(), hits()], [BROKEN])


@pytest.mark.parametrize("mode", list(RetrievalMode))
def test_missing_shards_are_told(facts: Any, mode: RetrievalMode) -> None:
    some = hits(("job_05", 4.0), facts=facts, partial=True)
    answers = {LEXICAL: [[some]], SEMANTIC: [[some]], HYBRID: [[some, hits(), hits()], [documents(facts, "job_05")]]}
    _, result = rounds(ABOUT, text(mode), *answers[mode])
    assert (result.mode, result.degraded) == (mode, frozenset({Degradation.PARTIAL}))


@pytest.mark.parametrize(
    ("mode", "asks"),
    [
        (LEXICAL, [Search(Kind.JOB, counting(WORDS), "logo")]),
        (SEMANTIC, [Search(Kind.JOB, ranking(NEAR, size=0, facts=True, count=True), by_meaning=True)]),
        (
            HYBRID,
            [
                Search(Kind.JOB, counting(WORDS), "logo"),
                Search(Kind.JOB, ranking(NEAR, size=500), by_meaning=True),
                Search(Kind.JOB, ranking(WORDS_OF_NEAR, size=500), "logo", by_meaning=True),
            ],
        ),
    ],
)
@pytest.mark.parametrize("sort", ["RELEVANCE", "BUDGET"])
def test_a_count_of_a_text_is_one_round_whatever_the_order(mode: RetrievalMode, asks: list[Search], sort: str) -> None:
    near = hits(("job_05", 0.9), ("job_06", 0.8), total=2)
    answers = {LEXICAL: [hits(total=7)], SEMANTIC: [near], HYBRID: [hits(total=7), near, hits(("job_05", 1.0))]}
    asked, result = rounds(replace(ABOUT, limit=0, count=True, sort=sort), text(mode), answers[mode])
    assert asked == [asks]
    assert (result.hits, result.total) == ((), {LEXICAL: 7, SEMANTIC: 2, HYBRID: 8}[mode])


@pytest.mark.parametrize("sort", ["RELEVANCE", "BUDGET"])
@pytest.mark.parametrize("about", [None, *map(text, RetrievalMode)])
def test_how_a_search_would_be_answered_needs_no_cluster(about: Text | None, sort: str) -> None:
    steps = answered(replace(ABOUT, limit=0, sort=sort), about, generation())
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value == SearchResult((), False, False, None, about and about.mode, 0.0)


def test_a_listing_is_one_search(facts: Any) -> None:
    about = replace(ABOUT, text=None, count=True)
    asked, result = rounds(about, None, [listed("job_05", "job_06", "job_07", facts=facts, total=9)])
    query = {"bool": {"filter": [PRESENT, filter_query(OPEN)]}}
    assert asked == [[Search(Kind.JOB, listing(query, "NEWEST", size=3, count=True))]]
    assert (ids(result), result.total, result.has_next, result.mode) == (["job_05", "job_06"], 9, True, None)
    assert result.hits[0].position == Position("key-job_05")
    assert result.hits[0].score is None


def test_a_listing_that_is_bounded_behind_is_counted_apart(facts: Any) -> None:
    place = Position("key-job_05")
    about = replace(ABOUT, text=None, filter=AllOf(), count=True, before=place, sort="BUDGET")
    asked, result = rounds(about, None, [listed("job_03", facts=facts), Hits(total=12)])
    assert asked == [
        [
            Search(Kind.JOB, listing(PRESENT, "BUDGET", size=3, before="key-job_05")),
            Search(Kind.JOB, counting(PRESENT)),
        ]
    ]
    assert (ids(result), result.total) == (["job_03"], 12)


def test_what_is_near_is_known_before_it_is_listed(facts: Any) -> None:
    about = replace(ABOUT, sort="BUDGET")
    near = hits(("job_07", 0.9), ("job_06", 0.8), partial=True)
    asked, result = rounds(about, text(HYBRID), [near], [listed("job_05", facts=facts)])
    keys = keys_query([id_sort_key("job_07"), id_sort_key("job_06")])
    either = {"bool": {"should": [words_query("logo"), keys], "minimum_should_match": 1}}
    query = {"bool": {"filter": [either, filter_query(OPEN)]}}
    assert asked == [
        [Search(Kind.JOB, ranking(NEAR, size=500), by_meaning=True)],
        [Search(Kind.JOB, listing(query, "BUDGET", size=3))],
    ]
    assert (result.mode, result.degraded) == (HYBRID, frozenset({Degradation.PARTIAL}))


def test_without_meaning_what_has_the_words_is_listed(facts: Any) -> None:
    about = replace(ABOUT, sort="BUDGET", filter=AllOf())
    asked, result = rounds(about, text(SEMANTIC), [BROKEN], [listed("job_05", facts=facts)])
    assert asked[1] == [Search(Kind.JOB, listing(words_query("logo"), "BUDGET", size=3))]
    assert (ids(result), result.mode, result.degraded) == (["job_05"], LEXICAL, MEANING_UNAVAILABLE)


def test_a_listing_of_several_kinds_is_refused() -> None:
    with pytest.raises(SourceError, match="several kinds"):
        rounds(SearchRequest((Kind.JOB, Kind.SKILL), sort="NEWEST"), None)


def test_a_page_deeper_than_one_search_may_look_is_walked_to(facts: Any) -> None:
    had = [f"job_{at:05}" for at in range(MAX_WINDOW)]
    head = hits(*((id_, 1.0) for id_ in had), total=MAX_WINDOW + 3)
    walked = Hits([*head.hits, *hits(("job_a", 1.0), ("job_b", 1.0), ("job_05", 0.5)).hits])
    asked, result = rounds(
        replace(ABOUT, seen=seen(*had, "job_a"), count=True),
        text(LEXICAL),
        [head],
        [walked],
        [documents(facts, "job_05")],
    )
    assert asked == [
        [Search(Kind.JOB, ranking(WORDS, size=MAX_WINDOW, count=True), "logo")],
        [Walk(Kind.JOB, WORDS, MAX_WINDOW + 5)],
        [Fetch((Ref(Kind.JOB, "job_b"), Ref(Kind.JOB, "job_05")))],
    ]
    assert (ids(result), result.total) == (["job_05"], MAX_WINDOW + 3)


def test_the_end_of_a_ranking_is_looked_for_without_a_walk_where_it_is_near(facts: Any) -> None:
    found = hits(("job_05", 3.0), ("job_06", 2.0), ("job_07", 1.0))
    fetched = documents(facts, "job_06", "job_07")
    asked, result = rounds(replace(ABOUT, backward=True), text(LEXICAL), [found], [fetched])
    assert asked[0] == [Search(Kind.JOB, ranking(WORDS, size=MAX_WINDOW), "logo")]
    assert (ids(result), result.has_previous, result.has_next) == (["job_06", "job_07"], True, False)
