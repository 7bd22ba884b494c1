"""Models that are awaited: both engines search with them as with any other, and without them when they fail."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from resolvers.deadline import Deadline
from resolvers.errors import DeadlineExceeded, SourceUnavailable
from resolvers.sources.aggregations import TermCounts
from resolvers.sources.base import AggregationRequest, Call, Degradation, RetrievalMode, SearchRequest
from tests.conftest import TopicEmbedder
from tests.contract.conftest import Engine
from tests.support.awaited import AwaitedTopics

TEXT = "python developer"
SEARCHES = [
    SearchRequest((Kind.JOB,), TEXT, mode=mode, sort=sort, count=True)
    for mode in RetrievalMode
    for sort in ("RELEVANCE", "BUDGET")
]
FIGURES = [
    AggregationRequest(Kind.JOB, TEXT, mode=mode, aggregations=(TermCounts("skill_ids", 9),)) for mode in RetrievalMode
]
WORDS_ALONE = [RetrievalMode.LEXICAL] * 3
MISSED = frozenset({Degradation.MEANING_UNAVAILABLE})


class AnotherModel(TopicEmbedder):
    name = "another-4"


async def answers(engine: Engine, model: Any, call: Call = Call()) -> list[Any]:  # noqa: B008
    async with engine.open(engine.place, model) as source:
        view = source.snapshot(call)
        found = [*await view.search(SEARCHES), *await view.aggregate(FIGURES)]
    return [replace(one, took_seconds=0) for one in found]


async def test_a_model_that_is_awaited_finds_what_one_finds_that_is_not(indexed: Engine, topics: Any) -> None:
    model = AwaitedTopics()
    assert await answers(indexed, model, Call(Deadline(60))) == await answers(indexed, topics)
    assert all(texts == [TEXT] and 15 < seconds <= 30 for texts, seconds in model.asked)
    assert model.closed


@pytest.mark.parametrize(
    "model", [AwaitedTopics(SourceUnavailable("away")), AwaitedTopics(DeadlineExceeded("late")), AwaitedTopics(extra=2)]
)
async def test_without_the_model_words_answer_and_say_so(indexed: Engine, topics: Any, model: AwaitedTopics) -> None:
    by_words: Sequence[Any] = [one for one in await answers(indexed, topics) if one.mode is RetrievalMode.LEXICAL]
    found = await answers(indexed, model)
    assert [one.mode for one in found] == [RetrievalMode.LEXICAL] * len(found)
    wanted = [request.mode for request in (*SEARCHES, *FIGURES)]
    assert [one.degraded for one in found] == [
        frozenset() if mode is RetrievalMode.LEXICAL else MISSED for mode in wanted
    ]
    plain = [replace(one, degraded=frozenset()) for one in found]
    assert plain == [*by_words[:2] * 3, *by_words[2:] * 3]


async def test_an_index_of_another_model_is_refused_with_what_to_do(indexed: Engine) -> None:
    said = r"model topics-4, and this gateway has another-4; set GATEWAY_EMBEDDER to the model of the index, or index"
    with pytest.raises(SourceUnavailable, match=said):
        async with indexed.open(indexed.place, AnotherModel()) as source:
            source.snapshot()
