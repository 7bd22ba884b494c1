"""A model that has learned from the catalog: both halves of an index, and its changes, use what was learned."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest

from indexing.changes.apply import apply_batch
from indexing.changes.given import GivenChange
from resolvers.catalog.kind import Kind, Ref
from resolvers.sources.adaptation import model_with
from resolvers.sources.base import RetrievalMode, SearchRequest
from resolvers.sources.learned import Adaptation
from tests.conftest import TopicEmbedder
from tests.support.awaited import AwaitedTopics

WORD = {word: topic for topic, words in enumerate(TopicEmbedder.topics) for word in words}


class TokensOfTopics(TopicEmbedder):
    """The model of topics with a token a topic."""

    table = np.eye(4, dtype=np.float32)

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        return [[WORD[word] for word in text.lower().split() if word in WORD] for text in texts]


def adaptation() -> Adaptation:
    """Code and data are one thing, design and writing another; nothing is kept of the model's own direction."""
    projection = np.array([[1, 0], [0, 1], [0, 1], [1, 0]], dtype=np.float32)
    nothing = np.zeros((0, 2), dtype=np.float32)
    concepts, rotation = np.eye(2, dtype=np.float32), np.eye(6, 2, dtype=np.float32)
    tokens, pairs = np.zeros(0, np.int32), np.zeros(0, np.int64)
    return Adaptation(np.zeros(4, np.float32), projection, tokens, nothing, pairs, nothing, concepts, rotation)


@pytest.fixture(scope="module")
def learned(engine: Any, market: Any) -> Any:
    fresh = engine()
    fresh.build(fresh.place, market, TokensOfTopics(), adaptation=adaptation().content)
    return fresh


def near(learned: Any, text: str, model: Any = None) -> tuple[RetrievalMode | None, set[str]]:
    """The mode in which a text was searched, and the ids of the jobs that are as near to it as can be."""

    async def look() -> Any:
        async with learned.open(learned.place, model or TokensOfTopics()) as source:
            request = SearchRequest((Kind.JOB,), text=text, mode=RetrievalMode.SEMANTIC, limit=100)
            [answer] = await source.snapshot().search([request])
            return answer

    answer = asyncio.run(look())
    return answer.mode, {hit.document.ref.id for hit in answer.hits if hit.score.total > 0.999}


def test_queries_and_documents_are_embedded_with_what_was_learned(learned: Any) -> None:
    code, data = near(learned, "django"), near(learned, "sql")
    assert code == data
    assert code[0] is RetrievalMode.SEMANTIC
    assert code[1]
    assert near(learned, "logo")[1].isdisjoint(code[1])


def test_changes_are_embedded_with_what_was_learned(learned: Any, market: Any) -> None:
    [job] = [one for one in market[Kind.JOB] if one.id == "job_05"]
    changed = msgspec.structs.replace(job, title="statistics", description="", skill_ids=(), occupation_id="occ_gone")
    changes = learned.change(learned.place)
    with changes.changing() as batch:
        assert batch.adaptation == adaptation().content
        assert batch.embedder == f"topics-4+{adaptation().name}"
        given = [GivenChange(Ref(Kind.JOB, "job_05"), 1, changed)]
        apply_batch(batch, given, TokensOfTopics(), exclusive=changes.exclusive)
    assert "job_05" in near(learned, "python")[1]


def test_a_model_without_tokens_is_projected_as_they_are(learned: Any) -> None:
    assert near(learned, "django", AwaitedTopics()) == near(learned, "django")


def test_an_index_without_anything_learned_says_so(engine: Any, market: Any) -> None:
    fresh = engine()
    fresh.build(fresh.place, market, TokensOfTopics())
    with fresh.change(fresh.place).changing() as batch:
        assert (batch.embedder, batch.dimension, batch.adaptation) == ("topics-4", 4, None)
    assert model_with(TokensOfTopics(), None).dimension == 4
