"""What a text finds, by words, by meaning, and by both."""

from collections.abc import Callable
from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from resolvers.sources.base import AllOf, Not, RetrievalMode, SearchRequest, SearchResult, SourceError, Terms

LEXICAL, SEMANTIC, HYBRID = RetrievalMode.LEXICAL, RetrievalMode.SEMANTIC, RetrievalMode.HYBRID
ANYTHING = "01 02 03 04 05 06 07 08 09 11 12"
"""The jobs whose text has a topic: all but the zookeeper, whose description is empty."""


def found_jobs(result: SearchResult) -> list[str]:
    return [hit.document.ref.id.removeprefix("job_") for hit in result.hits]


@pytest.mark.parametrize(
    ("text", "best", "matched"),
    [
        ("C++", "02", "02"),
        ("c++", "02", "02"),
        ("C#", "03", "03"),
        (".NET", "03", "03"),
        (".net", "03", "03"),
        ("node.js", "04", "04"),
        ("Node JS", "04", "04"),
        ("IT", "09", "09"),
        ("it", "09", "09"),
        ("C", "03", "03 12"),
        ("cafe", "11", "11"),
        ("CAFÉ", "11", "11"),
        ("writers", "08", "08"),
        ("structured query language", "09", "01 09"),
        ("CPython", "12", "01 09 12"),
        ("zookeeper", "10", "10"),
    ],
)
async def test_words_find_the_documents_that_have_them(
    find: Callable[..., Any], text: str, best: str, matched: str
) -> None:
    found = await find(SearchRequest((Kind.JOB,), text=text, mode=LEXICAL, limit=100, count=True))
    assert sorted(found_jobs(found)) == matched.split()
    assert found_jobs(found)[0] == best
    assert found.total == len(matched.split())


@pytest.mark.parametrize("text", ["xyzzyx", "!!! ??? ...", "+++", "日本語"])
@pytest.mark.parametrize("mode", list(RetrievalMode))
async def test_words_that_nobody_uses_find_nothing(find: Callable[..., Any], text: str, mode: RetrievalMode) -> None:
    found = await find(SearchRequest((Kind.JOB,), text=text, mode=mode, limit=5, count=True))
    assert (found.hits, found.total, found.has_next, found.mode) == ((), 0, False, mode)


async def test_a_text_of_stop_words_alone_is_searched_as_it_stands(find: Callable[..., Any]) -> None:
    found = await find(SearchRequest((Kind.JOB,), text="and the", mode=LEXICAL, limit=100))
    assert sorted(found_jobs(found)) == ["09", "12"]


async def test_stop_words_beside_other_words_find_nothing_of_their_own(find: Callable[..., Any]) -> None:
    found = await find(SearchRequest((Kind.JOB,), text="a writer and the zookeeper", mode=LEXICAL, limit=100))
    assert sorted(found_jobs(found)) == ["08", "10"]


async def test_meaning_finds_every_document_with_a_vector_the_nearest_first(find: Callable[..., Any]) -> None:
    found = await find(SearchRequest((Kind.JOB,), text="designer", mode=SEMANTIC, limit=100, count=True))
    assert sorted(found_jobs(found)) == ANYTHING.split()
    assert found_jobs(found)[:3] == ["05", "06", "07"]
    assert found.total == 11
    first = found.hits[0].score
    assert (first.total, first.lexical, first.semantic) == (pytest.approx(1.0), None, pytest.approx(1.0))


async def test_hybrid_finds_what_words_or_meaning_find(find: Callable[..., Any]) -> None:
    found = await find(SearchRequest((Kind.JOB,), text="figma zookeeper", limit=100, count=True))
    assert sorted(found_jobs(found)) == sorted([*ANYTHING.split(), "10"])
    assert found.total == 12
    scores = {hit.document.ref.id: hit.score for hit in found.hits}
    assert scores["job_10"].semantic is None
    assert scores["job_08"].lexical is None
    for score in scores.values():
        assert score.total == pytest.approx(0.7 * (score.lexical or 0) + 0.3 * (score.semantic or 0))


@pytest.mark.parametrize("meaning", [0.0, 0.9])
async def test_a_request_may_say_the_share_of_meaning(find: Callable[..., Any], meaning: float) -> None:
    found = await find(SearchRequest((Kind.JOB,), text="figma zookeeper", limit=100, meaning=meaning))
    for score in (hit.score for hit in found.hits):
        expected = (1 - meaning) * (score.lexical or 0) + meaning * (score.semantic or 0)
        assert score.total == pytest.approx(expected)
    assert (found_jobs(found)[0] == "10") is (meaning == 0)


async def test_words_score_by_lexical_score_alone(find: Callable[..., Any]) -> None:
    found = await find(SearchRequest((Kind.JOB,), text="zookeeper", mode=LEXICAL))
    [hit] = found.hits
    assert hit.score.total == hit.score.lexical > 0
    assert hit.score.semantic is None


@pytest.mark.parametrize("mode", list(RetrievalMode))
async def test_documents_that_are_alike_come_in_the_order_of_ids(find: Callable[..., Any], mode: RetrievalMode) -> None:
    found = await find(SearchRequest((Kind.JOB,), text="logo", mode=mode, limit=3))
    assert found_jobs(found) == ["05", "06", "07"]
    assert len({hit.score.total for hit in found.hits}) == 1


@pytest.mark.parametrize("mode", list(RetrievalMode))
async def test_kinds_are_ranked_together(find: Callable[..., Any], mode: RetrievalMode) -> None:
    request = SearchRequest(tuple(Kind), text="python developer", mode=mode, limit=100, count=True)
    found = await find(request)
    ids = [hit.document.ref.id for hit in found.hits]
    assert len(set(ids)) == len(ids) == found.total
    assert {hit.document.ref.kind for hit in found.hits} >= {Kind.JOB, Kind.TALENT, Kind.OCCUPATION}
    alone = 0
    for kind in Kind:
        of_kind = await find(SearchRequest((kind,), text="python developer", mode=mode, limit=100, count=True))
        assert {hit.document.ref.id for hit in of_kind.hits} == {
            hit.document.ref.id for hit in found.hits if hit.document.ref.kind is kind
        }
        alone += of_kind.total
    assert found.total == alone


async def test_of_kinds_that_score_alike_prefixes_decide(find: Callable[..., Any]) -> None:
    found = await find(SearchRequest((Kind.TALENT, Kind.JOB), text="designer", mode=SEMANTIC, limit=4))
    assert [hit.document.ref.id for hit in found.hits] == ["job_05", "job_06", "job_07", "talent_02"]


async def test_a_failed_search_leaves_the_others_of_its_batch(snapshot: Any) -> None:
    good = SearchRequest((Kind.JOB,), text="zookeeper", mode=LEXICAL)
    bad = SearchRequest((Kind.JOB,), sort="HEIGHT")
    before, failed, after = await snapshot.search([good, bad, good])
    assert isinstance(failed, SourceError)
    assert failed.code == "SOURCE_ERROR"
    assert found_jobs(before) == found_jobs(after) == ["10"]


async def test_no_requests_have_no_answers(snapshot: Any) -> None:
    assert list(await snapshot.search([])) == []


async def test_a_filter_leaves_the_words_scores_as_they_are(find: Callable[..., Any]) -> None:
    about = SearchRequest((Kind.JOB,), text="python developer", mode=LEXICAL, limit=100)
    scores = {hit.document.ref: hit.score.total for hit in (await find(about)).hits}
    wanted = AllOf((Terms("skill_ids", ("skill_python",)), Not(Terms("status", ("CLOSED",)))))
    filtered = await find(SearchRequest(**vars(about) | {"filter": wanted}))
    assert {hit.document.ref.id for hit in filtered.hits} == {"job_01", "job_09", "job_12"}
    assert all(scores[hit.document.ref] == hit.score.total for hit in filtered.hits)


async def test_a_word_counts_as_often_as_it_is_said(find: Callable[..., Any]) -> None:
    async def scores(text: str) -> dict[str, float]:
        found = await find(SearchRequest((Kind.JOB,), text=text, mode=LEXICAL, limit=100))
        return {hit.document.ref.id: hit.score.total for hit in found.hits}

    once, twice, other = (
        await scores("python developer"),
        await scores("python developer Python"),
        await scores("python"),
    )
    assert twice == pytest.approx({id_: score + other.get(id_, 0) for id_, score in once.items()}, rel=1e-4)
