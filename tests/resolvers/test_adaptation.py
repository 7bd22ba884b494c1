"""What is kept of what was learned, and what it does to vectors."""

from typing import Any

import numpy as np
import pytest

from resolvers.catalog.kind import Texts
from resolvers.errors import SourceUnavailable
from resolvers.sources.adaptation import Adaptation, ExpandedEmbedder, model_of_index, model_with
from tests.conftest import TopicEmbedder
from tests.contract.test_adaptation import TokensOfTopics, adaptation
from tests.support.awaited import AwaitedTopics


def test_what_was_kept_is_what_was_learned() -> None:
    learned = Adaptation(
        np.array([0.5, 0, 0, 0], np.float32),
        np.arange(8, dtype=np.float32).reshape(4, 2),
        np.array([3], np.int32),
        np.array([[0.25, -1]], np.float32),
        np.eye(2, dtype=np.float32),
    )
    kept = Adaptation.of(learned.content)
    assert kept.name == learned.name
    for name in ("mean", "projection", "tokens", "offsets", "concepts"):
        assert getattr(kept, name).tolist() == getattr(learned, name).tolist()


@pytest.mark.parametrize("content", [b"", b"\x93\x01\x02\x03", adaptation().content[:-1]])
def test_what_is_damaged_is_told(content: bytes) -> None:
    with pytest.raises(SourceUnavailable, match="adaptation is damaged"):
        model_with(TokensOfTopics(), content)


def test_offsets_move_tokens() -> None:
    kept = Adaptation(
        np.zeros(4, np.float32),
        np.eye(4, 2, dtype=np.float32),
        np.array([3], np.int32),
        np.array([[0, 2]], np.float32),
        np.eye(2, dtype=np.float32),
    )
    model = model_with(TokensOfTopics(), kept.content)
    assert model.name == f"topics-4+catalog-2-{kept.name.rpartition('-')[2]}"
    assert model.queries.embed(["python", "sql", "writer", ""]).tolist() == [[1, 0], [0, 1], [0, 0], [0, 0]]


def test_a_document_is_drawn_to_the_concepts_that_it_is_near_to() -> None:
    concepts = np.array([[1, 0, 0, 0], [0, 0.6, 0.8, 0]], dtype=np.float32)
    vectors = ExpandedEmbedder(TokensOfTopics(), concepts).embed(["design", ""])
    # Halfway to the second concept; the first one is too far to count.
    assert vectors[0] == pytest.approx(np.array([0, 1.6, 0.8, 0]) / np.sqrt(1.6**2 + 0.8**2), abs=1e-5)
    assert vectors[1].tolist() == [0, 0, 0, 0]


def test_names_of_a_document_count_alike() -> None:
    model = model_with(TokensOfTopics(), None)
    named, plain = model.document_vectors(
        [Texts("python", aliases=["logo design brand"]), Texts("python", body="logo design brand")]
    )
    assert named == pytest.approx(np.array([1, 1, 0, 0]) / np.sqrt(2))
    assert plain == pytest.approx(np.array([1, 3, 0, 0]) / np.sqrt(10))
    assert model.document_vectors([]).shape == (0, 4)


@pytest.mark.parametrize("model", [TopicEmbedder(), AwaitedTopics()])
def test_a_model_of_whole_texts_is_projected(model: Any) -> None:
    texts = ["python", "sql logo", "writer", ""]
    adapted = model_with(model, adaptation().content)
    of_tokens = model_with(TokensOfTopics(), adaptation().content)
    assert (adapted.name, adapted.dimension) == (of_tokens.name, 2)
    assert adapted.queries.embed(texts) == pytest.approx(of_tokens.queries.embed(texts), abs=1e-3)
    assert adapted.document_vectors([Texts("python"), Texts("")]) == pytest.approx(np.array([[1, 0], [0, 0]]), abs=1e-3)


def test_vectors_of_another_length_are_not_projected() -> None:
    model = model_with(AwaitedTopics(extra=1), adaptation().content)
    with pytest.raises(
        SourceUnavailable, match="gives vectors of length 5, and the index was made with those of length 4"
    ):
        model.queries.embed(["python"])


def test_an_index_that_has_lost_what_was_learned_is_told() -> None:
    name = model_with(TopicEmbedder(), adaptation().content).name
    assert model_of_index(TopicEmbedder(), name, adaptation().content).name == name
    with pytest.raises(SourceUnavailable, match="has lost what topics-4"):
        model_of_index(TopicEmbedder(), name, None)
