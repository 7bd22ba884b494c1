"""What a model learns from the names of concepts."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from indexing.adapting import LEAST_CONCEPTS, MOST_EMBEDDED_NAMES, Learning, adaptation_of_names, learned
from resolvers.sources.adaptation import adapted
from resolvers.sources.embedding import Vectors, pooled, unit_rows
from resolvers.sources.learned import Adaptation

SIZE = 160


class RandomTokens:
    """A model in which a text is its words, `w0` to `w1999`, and no word is like another."""

    name, dimension = "random-160", SIZE

    def __init__(self) -> None:
        self.table: Vectors = np.random.default_rng(3).normal(size=(2_000, SIZE)).astype(np.float32)

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        return [[int(word[1:]) for word in text.split()] for text in texts]

    def embed(self, texts: Sequence[str]) -> Vectors:
        return unit_rows(pooled(self.table, self.tokens(texts)))


def concepts(count: int) -> list[tuple[str, ...]]:
    """Concepts in which even words stand for the odd ones behind them: `w4` and `w5` mean the same."""
    draw = np.random.default_rng(5)
    pairs = [2 * draw.choice(300, size=2, replace=False) for _ in range(count)]
    return [(f"w{one} w{other}", f"w{one + 1} w{other + 1}", f"w{one} w{other + 1}") for one, other in pairs]


def test_words_that_stand_for_one_another_come_near() -> None:
    embedder = RandomTokens()
    model = adapted(embedder, learned(concepts(LEAST_CONCEPTS), embedder))
    words = [f"w{number}" for number in range(600)]
    before, after = (
        np.array([one @ other for one, other in pairwise(vectors)])[::2]
        for vectors in (embedder.embed(words), model.queries.embed(words))
    )
    assert abs(before.mean()) < 0.05
    assert after.mean() > 0.5
    assert model.dimension == 160


def test_a_pair_of_neighbours_means_what_its_words_do_not() -> None:
    embedder, words = RandomTokens(), [f"w{number}" for number in range(40)]
    both = [f"{one} {other}" for one in words for other in words if one != other][:LEAST_CONCEPTS]
    names = [(f"{name} w{1500 + at % 2}", f"{name} w{1600 + at % 2}", f"w{at + 100}") for at, name in enumerate(both)]
    found = {
        pairs: adapted(embedder, learned(names, embedder, Learning(pairs=pairs))).several for pairs in (False, True)
    }
    near = {
        pairs: float((model.embed(both) * model.embed([name[2] for name in names])).sum(axis=1).mean())
        for pairs, model in found.items()
    }
    assert near[True] > near[False] + 0.05


def test_the_same_names_teach_the_same() -> None:
    embedder = RandomTokens()
    names = [*concepts(LEAST_CONCEPTS), ("",), ("", "w1"), ("alone",)[:0]]
    several = [group for group in names if len(group) > 1]
    assert learned(several, embedder).name == Adaptation.of(adaptation_of_names(names, embedder) or b"").name


def test_too_few_concepts_teach_nothing() -> None:
    few = concepts(LEAST_CONCEPTS - 1)
    assert adaptation_of_names([*few, *[("w1",)] * 100], RandomTokens()) is None


class WholeTexts:
    """The same model where nobody sees its tokens."""

    name, dimension = "whole-160", SIZE

    def __init__(self) -> None:
        self.embed = RandomTokens().embed


def test_a_model_of_whole_texts_learns_a_projection_and_concepts() -> None:
    names, embedder = concepts(LEAST_CONCEPTS), WholeTexts()
    adaptation = learned(names, embedder)
    assert (adaptation.tokens.size, adaptation.offsets.size, adaptation.concepts.shape) == (0, 0, (LEAST_CONCEPTS, 128))
    first, second = ([group[at] for group in names] for at in (0, 1))
    model = adapted(embedder, adaptation)
    before, after = (
        np.einsum("nd,nd->n", embed(first), embed(second)).mean() for embed in (embedder.embed, model.queries.embed)
    )
    assert abs(before) < 0.05
    assert after > before + 0.1


class Counted:
    """A model that counts what it embeds."""

    name, dimension = "counted-3", 3
    count = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.count += len(texts)
        return unit_rows(np.random.default_rng(7).normal(size=(len(texts), 3)).astype(np.float32))


def test_a_model_of_whole_texts_embeds_no_more_names_than_it_has_to() -> None:
    embedder = Counted()
    third = MOST_EMBEDDED_NAMES // 3
    adaptation = learned([("a", "b", "c")] * (third + 9), embedder)
    assert (embedder.count, len(adaptation.concepts), adaptation.dimension) == (3 * third, third, 3)
