"""Searches side by side: what goes out together, and what fails alone."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.errors import SourceError
from resolvers.sources.base import SearchResult
from resolvers.sources.opensearch.asks import Fetch, Search, Steps, Walk
from resolvers.sources.opensearch.responses import Hits
from resolvers.sources.opensearch.rounds import results

ONE, TWO, THREE = (Search(Kind.JOB, {"query": number}) for number in (1, 2, 3))
JOB_1, JOB_2, GONE = Ref(Kind.JOB, "job_1"), Ref(Kind.JOB, "job_2"), Ref(Kind.JOB, "job_9")
WALK = Walk(Kind.JOB, {"match_all": {}}, 20_000)


class FakeExchange:
    """Answers with what was asked, and writes it down."""

    def __init__(self, failing: str = "") -> None:
        self.asked: list[Any] = []
        self._failing = failing

    async def search(self, searches: Sequence[Search]) -> Sequence[Hits | SourceError]:
        self.asked.append(list(searches))
        self._fail("search")
        return [SourceError("three") if search is THREE else Hits(total=search.body["query"]) for search in searches]

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        self.asked.append(list(refs))
        self._fail("fetch")
        return [None if ref is GONE else Document(ref, None) for ref in refs]  # type: ignore[arg-type]

    async def walk(self, walk: Walk) -> Hits:
        self.asked.append(walk)
        self._fail("walk")
        return Hits(total=walk.depth)

    def _fail(self, what: str) -> None:
        if what == self._failing:
            raise SourceError(f"no {what}")


def told(*rounds: Sequence[Any]) -> Steps[SearchResult]:
    """A search that asks these rounds and has the answers for its hits."""
    answers: list[Any] = []
    for asks in rounds:
        answers += yield asks
    return SearchResult(tuple(answers), False, False, None, None, 0.0)


def failing(error: Exception) -> Steps[SearchResult]:
    yield [ONE]
    raise error


async def test_searches_of_a_round_go_out_together_and_documents_beside_them_once_each() -> None:
    exchange = FakeExchange()
    running = [told([ONE], [Fetch((JOB_1, GONE))]), told([TWO, ONE], [THREE, Fetch((JOB_2, JOB_1))]), told()]
    first, second, third = await results(running, exchange)
    assert exchange.asked[0] == [ONE, TWO, ONE]
    assert sorted(exchange.asked[1:], key=len) == [[THREE], [JOB_1, GONE, JOB_2]]
    document_1, document_2 = Document(JOB_1, None), Document(JOB_2, None)  # type: ignore[arg-type]
    assert first.hits == (Hits(total=1), {JOB_1: document_1})  # type: ignore[union-attr]
    two, one, three, fetched = second.hits  # type: ignore[union-attr]
    assert (two, one, str(three)) == (Hits(total=2), Hits(total=1), "three")
    assert fetched == {JOB_2: document_2, JOB_1: document_1}
    assert third.hits == ()  # type: ignore[union-attr]


async def test_walks_go_beside_the_others() -> None:
    exchange = FakeExchange()
    [result] = await results([told([WALK, ONE, WALK])], exchange)
    assert result.hits == (Hits(total=20_000), Hits(total=1), Hits(total=20_000))  # type: ignore[union-attr]
    assert exchange.asked == [WALK, WALK, [ONE]]


@pytest.mark.parametrize(
    ("what", "asks"), [("search", [ONE, TWO]), ("fetch", [Fetch((JOB_1, JOB_2))]), ("walk", [WALK])]
)
async def test_what_cannot_be_sent_is_an_error_for_each_who_asked_it(what: str, asks: list[Any]) -> None:
    [result] = await results([told(asks)], FakeExchange(what))
    assert [str(answer) for answer in result.hits] == [f"no {what}"] * len(asks)  # type: ignore[union-attr]


async def test_a_search_that_fails_leaves_the_others() -> None:
    good, bad, odd = await results(
        [told([ONE]), failing(SourceError("bad")), failing(ValueError("odd"))], FakeExchange()
    )
    assert good.hits == (Hits(total=1),)  # type: ignore[union-attr]
    assert (str(bad), str(odd)) == ("bad", "the search engine could not answer this search")
    assert isinstance(odd, SourceError)
    assert str(odd.__cause__) == "odd"


async def test_each_search_took_as_long_as_its_own_rounds() -> None:
    one_round, two_rounds = await results([told([ONE]), told([ONE], [Fetch((JOB_1,))])], FakeExchange())
    assert 0 < one_round.took_seconds < two_rounds.took_seconds  # type: ignore[union-attr]


async def test_a_cancelled_round_leaves_nothing_that_runs() -> None:
    class Endless(FakeExchange):
        async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
            await asyncio.Event().wait()
            return await super().fetch(refs)

    before = asyncio.all_tasks()
    asking = asyncio.create_task(results([told([ONE, Fetch((JOB_1,)), WALK])], Endless()))
    await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert asyncio.all_tasks() == before
