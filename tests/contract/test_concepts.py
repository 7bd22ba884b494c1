"""What a text finds by the concepts that it names."""

from collections.abc import Callable
from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from resolvers.sources.base import Concept, RetrievalMode, SearchRequest, SearchResult, Snapshot, Terms

LEXICAL, SEMANTIC, HYBRID = RetrievalMode.LEXICAL, RetrievalMode.SEMANTIC, RetrievalMode.HYBRID
PYTHON, SQL, PROGRAMMING = (Concept(f"skill_{name}") for name in ("python", "sql", "programming"))
NEWEST = "NEWEST"


def found_jobs(result: SearchResult) -> list[str]:
    return [hit.document.ref.id.removeprefix("job_") for hit in result.hits]


def about(text: str, *concepts: Concept, **facts: Any) -> SearchRequest:
    return SearchRequest((Kind.JOB,), text, limit=100, count=True, concepts=concepts, **{"mode": LEXICAL} | facts)


@pytest.mark.parametrize("sort", ["RELEVANCE", NEWEST])
async def test_documents_about_it_match_without_any_of_the_words(find: Callable[..., Any], sort: str) -> None:
    found = await find(about("snake", PYTHON, sort=sort))
    assert sorted(found_jobs(found)) == ["01", "09", "12"]
    assert found.total == 3


async def test_documents_about_something_narrower_match_below_them(find: Callable[..., Any]) -> None:
    found = await find(about("snake", PROGRAMMING, Concept("skill_python", 2.0)))
    assert sorted(found_jobs(found)[:3]) == ["01", "09", "12"]
    assert sorted(found_jobs(found)) == ["01", "02", "03", "04", "09", "12"]


async def test_a_concept_counts_for_more_by_its_weight(find: Callable[..., Any]) -> None:
    [light] = (await find(about("snake", Concept("skill_sql", 0.5), filter=Terms("id", ("job_01",))))).hits
    [heavy] = (await find(about("snake", SQL, filter=Terms("id", ("job_01",))))).hits
    assert heavy.score.lexical == pytest.approx(2 * light.score.lexical)


async def test_words_and_concepts_are_summed(find: Callable[..., Any]) -> None:
    def one(text: str, *concepts: Concept) -> SearchRequest:
        return about(text, *concepts, filter=Terms("id", ("job_09",)))

    [words], [concept], [both] = [
        (await find(request)).hits for request in (one("statistics"), one("snake", SQL), one("statistics", SQL))
    ]
    assert both.score.lexical == pytest.approx(words.score.lexical + concept.score.lexical)


async def test_an_occupation_is_a_concept_of_jobs_and_talent(find: Callable[..., Any]) -> None:
    request = SearchRequest(
        (Kind.JOB, Kind.TALENT, Kind.OCCUPATION), "snake", mode=LEXICAL, concepts=(Concept("occ_data"),)
    )
    assert sorted(hit.document.ref.id for hit in (await find(request)).hits) == ["job_09", "occ_data", "talent_04"]


async def test_a_text_that_is_written_out_is_matched_so_by_meaning_alone(find: Callable[..., Any]) -> None:
    as_written = await find(about("snake", mode=SEMANTIC, written_out="logo"))
    assert as_written.hits == (await find(about("logo", mode=SEMANTIC))).hits
    assert as_written.hits != (await find(about("snake", mode=SEMANTIC))).hits
    assert (await find(about("snake", written_out="logo"))).hits == ()
    both = await find(about("python", mode=HYBRID, written_out="logo"))
    by_words = (await find(about("python"))).hits
    by_meaning = as_written.hits
    assert {hit.document.ref for hit in both.hits} == {hit.document.ref for hit in (*by_words, *by_meaning)}


async def test_hybrid_searches_have_it_in_their_lexical_half(find: Callable[..., Any]) -> None:
    found = await find(about("logo", SQL, mode=HYBRID))
    by_words = {hit.document.ref.id for hit in found.hits if hit.score.lexical is not None}
    assert by_words == {"job_01", "job_05", "job_06", "job_07", "job_09"}
    assert found.total == len(found.hits)


async def test_meaning_alone_knows_no_concepts(find: Callable[..., Any]) -> None:
    assert (await find(about("logo", SQL, mode=SEMANTIC))).hits == (await find(about("logo", mode=SEMANTIC))).hits


async def test_searches_that_differ_in_their_concepts_are_different(snapshot: Snapshot) -> None:
    with_it, without, weaker = await snapshot.search(
        [about("snake", PYTHON), about("snake"), about("snake", Concept("skill_python", 0.5))]
    )
    assert isinstance(with_it, SearchResult)
    assert isinstance(without, SearchResult)
    assert isinstance(weaker, SearchResult)
    assert (with_it.total, without.total, weaker.total) == (3, 0, 3)
    assert [hit.score for hit in with_it.hits] != [hit.score for hit in weaker.hits]
