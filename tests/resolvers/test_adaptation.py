"""What is kept of what was learned, and what it does to vectors."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from resolvers.catalog.kind import Texts
from resolvers.errors import SourceUnavailable
from resolvers.sources.adaptation import model_of_index, model_with
from resolvers.sources.adapted import drawn_to
from resolvers.sources.embedding import unit_rows
from resolvers.sources.learned import Adaptation
from tests.conftest import TopicEmbedder
from tests.contract.test_adaptation import WORD, TokensOfTopics, adaptation
from tests.support.awaited import AwaitedTopics


def test_what_was_kept_is_what_was_learned() -> None:
    learned = Adaptation(
        np.array([0.5, 0, 0, 0], np.float32),
        np.arange(8, dtype=np.float32).reshape(4, 2),
        np.array([3], np.int32),
        np.array([[0.25, -1]], np.float32),
        np.array([(2 << 32) | 3], np.int64),
        np.array([[1, 0.5]], np.float32),
        np.eye(2, dtype=np.float32),
        np.eye(6, 3, dtype=np.float32),
    )
    kept = Adaptation.of(learned.content)
    assert (kept.name, kept.dimension) == (learned.name, 3)
    for name in ("mean", "projection", "tokens", "offsets", "pairs", "pair_offsets", "concepts", "rotation"):
        assert getattr(kept, name).tolist() == getattr(learned, name).tolist()


@pytest.mark.parametrize("content", [b"", b"\x93\x01\x02\x03", adaptation().content[:-1]])
def test_what_is_damaged_is_told(content: bytes) -> None:
    with pytest.raises(SourceUnavailable, match="adaptation is damaged"):
        model_with(TokensOfTopics(), content)


def moved(pairs: Sequence[int] = ()) -> Adaptation:
    """Two directions are learned, and data is moved to that of design; both blocks are kept as they are."""
    return Adaptation(
        np.zeros(4, np.float32),
        np.eye(4, 2, dtype=np.float32),
        np.array([3], np.int32),
        np.array([[0, 2]], np.float32),
        np.array(pairs, np.int64),
        np.array([[0, 1]] * len(pairs), np.float32).reshape(-1, 2),
        np.eye(2, dtype=np.float32),
        np.eye(6, dtype=np.float32),
    )


def test_a_query_has_what_was_learned_and_its_own_direction() -> None:
    model = model_with(TokensOfTopics(), moved().content)
    most, least = np.sqrt(0.75), np.sqrt(0.25)
    found = model.queries.embed(["python", "sql", ""])
    assert found == pytest.approx(np.array([[most, 0, least, 0, 0, 0], [0, most, 0, 0, 0, least], [0] * 6]), abs=1e-6)


def test_names_have_what_was_learned_alone_and_texts_have_both() -> None:
    model = model_with(TokensOfTopics(), moved().content)
    documents = [Texts("sql"), Texts("", body="sql"), Texts("sql", aliases=["python"]), Texts("")]
    least, most = np.sqrt(0.25), np.sqrt(0.75)
    expected = [[0, 1, 0, 0, 0, 0], [0, least, 0, 0, 0, most], [np.sqrt(0.5)] * 2 + [0] * 4, [0] * 6]
    vectors = model.document_vectors(documents)
    assert vectors == pytest.approx(np.array(expected), abs=1e-6)
    # A name and a text that say what the query says are equally near to it.
    [query] = model.queries.embed(["sql"])
    assert vectors[:2] @ query == pytest.approx(np.full(2, np.sqrt(0.75)), abs=1e-6)


def test_pairs_of_neighbours_move_names() -> None:
    known = (WORD["python"] << 32) | WORD["logo"]
    several = model_with(TokensOfTopics(), moved([known]).content).several
    found = several.embed(["python logo", "python logo sql", "logo python", "python"])
    # The mean of the tokens, and the offset of the pair by its share of all pairs.
    expected = [[1 / 2, 1 / 2 + 1], [1 / 3, 1 / 3 + 2 / 3 + 1 / 2], [1 / 2, 1 / 2], [1, 0]]
    assert found[:, :2] == pytest.approx(unit_rows(np.array(expected, np.float32)), abs=1e-3)


def test_one_text_is_embedded_as_among_others() -> None:
    known = (WORD["python"] << 32) | WORD["logo"]
    model = model_with(TokensOfTopics(), moved([known]).content)
    texts = ["python logo", "python logo sql", "logo python", "python", ""]
    for embedder in model:
        alone = np.concatenate([embedder.embed([text]) for text in texts])
        assert alone.dtype == np.float32
        assert alone == pytest.approx(embedder.embed(texts), abs=1e-6)


def test_names_are_drawn_to_the_concepts_that_they_are_near_to() -> None:
    concepts = np.array([[1, 0, 0, 0], [0, 0.6, 0.8, 0]], dtype=np.float32)
    [drawn, nothing] = drawn_to(concepts, np.array([[0, 1, 0, 0], [0, 0, 0, 0]], np.float32), 0.5)
    # Halfway to the second concept; the first one is too far to count.
    assert drawn == pytest.approx(np.array([0, 1.6, 0.8, 0]) / np.sqrt(1.6**2 + 0.8**2), abs=1e-5)
    assert nothing.tolist() == [0, 0, 0, 0]


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
