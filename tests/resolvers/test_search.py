"""Loaders and searches: what is asked of a source, counted at a source that counts."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.context import Context, PageSizes
from resolvers.errors import InvalidFilter, InvalidRequest, SourceError, SourceUnavailable
from resolvers.loaders.searches import merged, subject
from resolvers.search.page import PageArguments
from resolvers.search.search import LONGEST_TEXT, NamedId, search
from resolvers.sources.aggregations import Aggregate, Count, TermCounts
from resolvers.sources.base import (
    AggregationRequest,
    AggregationResult,
    Hit,
    Position,
    RetrievalMode,
    Score,
    SearchRequest,
    SearchResult,
    SourceInfo,
)
from resolvers.sources.typeahead import SuggestRequest
from resolvers.sources.unavailable import UnavailableSnapshot

ABOUT = SearchRequest((Kind.JOB,), text="python")


class CountingSnapshot:
    """Has the documents it is given, and keeps what it is asked."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = {document.ref: document for document in documents}
        self.fetched: list[list[Ref]] = []
        self.searched: list[list[SearchRequest]] = []
        self.aggregated: list[list[AggregationRequest]] = []

    def info(self) -> SourceInfo:
        return SourceInfo("counting", "1", datetime(2026, 1, 1, tzinfo=UTC))

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        self.fetched.append(list(refs))
        return [SourceError("broken") if ref.id == "job_broken" else self.documents.get(ref) for ref in refs]

    async def search(self, requests: Sequence[SearchRequest]) -> Sequence[SearchResult | SourceError]:
        self.searched.append(list(requests))
        return [SourceError("no") if request.sort == "NO" else self.answer(request) for request in requests]

    async def aggregate(self, requests: Sequence[AggregationRequest]) -> Sequence[AggregationResult | SourceError]:
        """Each figure is the number of its place in the request."""
        self.aggregated.append(list(requests))
        found = [tuple(Aggregate(at) for at, _ in enumerate(request.aggregations)) for request in requests]
        return [
            SourceError("no") if request.text == "NO" else AggregationResult(9, some, None, 0.0)
            for request, some in zip(requests, found, strict=True)
        ]

    def answer(self, request: SearchRequest) -> SearchResult:
        score = Score(1.0, lexical=1.0) if request.is_ranked else None
        hits = [
            Hit(one, None if request.is_ranked else Position(one.ref.id), score)
            for one in self.documents.values()
            if one.ref.kind in request.kinds and one.ref not in request.seen.refs
        ]
        total = len(hits) if request.count else None
        return SearchResult(tuple(hits[: request.limit]), len(hits) > request.limit, False, total, request.mode, 0.0)


@pytest.fixture
def snapshot(market: Any) -> CountingSnapshot:
    return CountingSnapshot([Document(Ref(kind, one.id), one) for kind, some in market.items() for one in some])


@pytest.fixture
async def context(snapshot: CountingSnapshot) -> Context:
    return Context(snapshot, PageSizes(default=5, maximum=10))


async def test_documents_of_one_level_are_one_fetch(context: Context, snapshot: CountingSnapshot, ref: Any) -> None:
    ids = ["job_01", "client_a", "job_01", "skill_none"]
    found = await asyncio.gather(*(context.documents.load(ref(id_)) for id_ in ids))
    assert [document and document.ref.id for document in found] == ["job_01", "client_a", "job_01", None]
    assert snapshot.fetched == [[ref("job_01"), ref("client_a"), ref("skill_none")]]


async def test_an_error_in_a_slot_fails_that_document_alone(context: Context, ref: Any) -> None:
    broken, fine = await asyncio.gather(
        context.documents.load(ref("job_broken")), context.documents.load(ref("job_02")), return_exceptions=True
    )
    assert isinstance(broken, SourceError)
    assert isinstance(fine, Document)


async def test_a_document_is_looked_up_by_an_id_of_its_kind(context: Context, snapshot: CountingSnapshot) -> None:
    assert await context.document(Kind.CLIENT, "job_01") is None
    assert await context.document(Kind.CLIENT, "nonsense") is None
    assert snapshot.fetched == []
    found = await context.document(Kind.CLIENT, "client_b")
    assert found is not None
    assert found.ref.id == "client_b"


async def test_existing_leaves_out_what_has_gone(context: Context, ref: Any) -> None:
    found = await context.existing([ref("job_02"), ref("job_none"), ref("job_01")])
    assert [document.ref.id for document in found] == ["job_02", "job_01"]


async def test_a_page_and_its_count_are_one_search_and_no_fetch(context: Context, snapshot: CountingSnapshot) -> None:
    found = await search(context, ABOUT, PageArguments(first=3))
    page, total, answered = await asyncio.gather(found.result(), found.total(), found.answered())
    assert snapshot.searched == [[replace(ABOUT, limit=3, count=True)]]
    assert (len(page.hits), total, answered.total) == (3, 12, 12)
    await context.documents.load_many([hit.document.ref for hit in page.hits])
    assert snapshot.fetched == []


async def test_a_count_alone_asks_for_no_hit(context: Context, snapshot: CountingSnapshot) -> None:
    about = replace(ABOUT, mode=RetrievalMode.LEXICAL)
    found = await search(context, about, PageArguments())
    assert await found.total() == 12
    assert snapshot.searched == [[replace(about, limit=0, count=True)]]


async def test_in_hybrid_a_count_comes_with_the_page_that_tells_whether_words_are_found(
    context: Context, snapshot: CountingSnapshot
) -> None:
    assert await (await search(context, ABOUT, PageArguments())).total() == 12
    assert await (await search(context, ABOUT, PageArguments(first=0))).total() == 12
    by_words = replace(ABOUT, mode=RetrievalMode.LEXICAL, limit=0, count=True)
    assert snapshot.searched == [[replace(ABOUT, limit=5, count=True)], [by_words]]


async def test_nothing_is_asked_before_it_is_needed(context: Context, snapshot: CountingSnapshot) -> None:
    await search(context, ABOUT, PageArguments())
    assert snapshot.searched == []


async def test_searches_of_one_level_go_together_and_fail_alone(context: Context, snapshot: CountingSnapshot) -> None:
    by_words = replace(ABOUT, mode=RetrievalMode.LEXICAL)
    fine = await search(context, by_words, PageArguments())
    broken = await search(context, replace(by_words, text="other", sort="NO"), PageArguments())
    page, error = await asyncio.gather(fine.result(), broken.result(), return_exceptions=True)
    assert isinstance(page, SearchResult)
    assert isinstance(error, SourceError)
    assert [len(batch) for batch in snapshot.searched] == [2]


async def test_a_cursor_in_a_listing_continues_it(context: Context, snapshot: CountingSnapshot) -> None:
    about = replace(ABOUT, sort="BUDGET")
    first = await search(context, about, PageArguments(first=2))
    page = await first.page()
    second = await search(context, about, PageArguments(first=2, after=first.cursor(page, 1)))
    await second.result()
    assert snapshot.searched[-1] == [replace(about, limit=2, after=page.result.hits[1].position)]


async def test_an_unknown_id_in_a_filter_is_named(context: Context, ref: Any) -> None:
    path = ("filter", "skillIds", "anyOf", 1)
    named = [NamedId(ref("skill_python"), path[:3]), NamedId(ref("skill_basket"), path)]
    with pytest.raises(InvalidFilter, match="there is no skill 'skill_basket'; leave the id out") as caught:
        await search(context, ABOUT, PageArguments(), named)
    assert caught.value.extensions == {"inputPath": list(path)}
    assert await search(context, ABOUT, PageArguments(), named[:1])


async def test_a_text_has_a_longest_length(context: Context) -> None:
    await search(context, replace(ABOUT, text="x" * LONGEST_TEXT), PageArguments())
    with pytest.raises(InvalidRequest, match="1001 characters, and may have 1000"):
        await search(context, replace(ABOUT, text="x" * (LONGEST_TEXT + 1)), PageArguments())


def test_a_count_rides_on_the_largest_page_of_the_same_search() -> None:
    small, large = replace(ABOUT, limit=2), replace(ABOUT, limit=9, sort="BUDGET")
    count, other = replace(ABOUT, limit=0, count=True), SearchRequest((Kind.TALENT,), limit=0, count=True)
    sent = replace(large, count=True)
    assert merged([small, count, large, other]) == {small: small, large: sent, count: sent, other: other}
    assert subject(large) == subject(small) == replace(ABOUT, limit=0)


async def test_without_an_index_every_question_fails_in_its_slot(ref: Any) -> None:
    error = SourceUnavailable("none")
    snapshot = UnavailableSnapshot(error)
    with pytest.raises(SourceUnavailable):
        snapshot.info()
    assert await snapshot.fetch([ref("job_01")] * 2) == [error, error]
    assert await snapshot.search([ABOUT]) == [error]
    assert await snapshot.suggest([SuggestRequest(Kind.JOB, ("py",), 8)]) == [error]


JOBS = AggregationRequest(Kind.JOB, text="python")


async def test_figures_of_one_level_are_one_call_and_those_of_one_matching_set_one_request(
    context: Context, snapshot: CountingSnapshot
) -> None:
    skills, places = TermCounts("skill_ids", 5), TermCounts("client_country", 5)
    requests = [
        replace(JOBS, aggregations=(skills, Count())),
        replace(JOBS, aggregations=(places,)),
        replace(JOBS, text="sql", aggregations=(Count(),)),
        replace(JOBS, aggregations=(Count(), skills)),
    ]
    found = await asyncio.gather(*map(context.aggregations.load, requests))
    assert snapshot.aggregated == [
        [replace(JOBS, aggregations=(skills, Count(), places)), replace(JOBS, text="sql", aggregations=(Count(),))]
    ]
    assert [one.aggregates for one in found] == [
        (Aggregate(0), Aggregate(1)),
        (Aggregate(2),),
        (Aggregate(0),),
        (Aggregate(1), Aggregate(0)),
    ]


async def test_figures_that_fail_fail_alone(context: Context) -> None:
    requests = [replace(JOBS, text="NO"), JOBS]
    failed, fine = await asyncio.gather(*map(context.aggregations.load, requests), return_exceptions=True)
    assert isinstance(failed, SourceError)
    assert fine == AggregationResult(9, (), None, 0.0)


class Handy(CountingSnapshot):
    """Has the answers to all that was asked of it at hand."""

    def answered(self, request: SearchRequest) -> SearchResult | None:
        return self.answer(request) if any(request in sent for sent in self.searched) else None


@pytest.mark.parametrize("counts_before", [False, True])
async def test_an_answer_at_hand_is_not_asked_for_and_has_the_count(
    snapshot: CountingSnapshot, counts_before: bool
) -> None:
    handy = Handy(list(snapshot.documents.values()))
    page, count = replace(ABOUT, limit=3), subject(ABOUT).but(count=True)

    async def asked(*requests: SearchRequest) -> list[SearchResult]:
        context = Context(handy, PageSizes())
        found = await asyncio.gather(*map(context.searches.load, requests))
        # Its documents are known to the operation.
        assert context.documents.known([hit.document.ref for hit in found[0].hits]) is not None
        return list(found)

    first = await asked(page, count) if counts_before else await asked(page)
    assert len(handy.searched) == 1
    again, counted = await asked(page, count)
    assert (again.hits, counted.total) == (first[0].hits, handy.answer(count).total)
    # A page that came without its count leaves that to be asked for.
    assert handy.searched[1:] == ([] if counts_before else [[count]])
    assert (await asked(page, subject(ABOUT)))[1].hits == first[0].hits


class Changing(CountingSnapshot):
    """Has all documents at hand, as they are now."""

    def at_hand(self, refs: Sequence[Ref]) -> list[Document | None]:
        return [self.documents.get(ref) for ref in refs]


async def test_a_document_stays_as_an_operation_has_met_it(snapshot: CountingSnapshot) -> None:
    changing = Changing(list(snapshot.documents.values()))
    met, loaded = [one for one in changing.documents.values() if one.ref.kind is Kind.JOB][:2]
    context = Context(changing, PageSizes())
    context.documents.remember([met])
    changing.documents[met.ref] = Document(met.ref, loaded.record)
    assert context.documents.known_of(Kind.JOB, [met.ref, loaded.ref]) == [met, loaded]
    skills = [one for one in changing.documents.values() if one.ref.kind is Kind.SKILL]
    refs = [one.ref for one in skills]
    assert context.documents.known_of(Kind.SKILL, refs) == skills
    changing.documents.clear()
    assert context.documents.known_of(Kind.SKILL, refs) == context.documents.known(refs) == skills
    assert await context.documents.load_many([met.ref, loaded.ref, *refs]) == [met, loaded, *skills]


async def test_a_count_that_was_asked_for_first_rides_on_a_page_at_hand(snapshot: CountingSnapshot) -> None:
    handy = Handy(list(snapshot.documents.values()))
    page, count = replace(ABOUT, limit=3), subject(ABOUT).but(count=True)
    for _ in range(2):
        context = Context(handy, PageSizes())
        counted, found = await asyncio.gather(context.searches.load(count), context.searches.load(page))
        assert (counted.total, len(found.hits)) == (handy.answer(count).total, 3)
    assert [len(one) for one in handy.searched] == [1]
