"""The fused ranking: a weighted sum of normalised halves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.ranking.fusion import RANKED_BY_WORDS, Fused, by_meaning, by_words, fuse


def test_scores_are_the_weighted_sum_of_the_scaled_halves() -> None:
    ranked = fuse({"a": 8.0, "b": 4.0}, {"b": 0.9, "c": 0.5, "d": 0.1}, weight=0.25)
    assert ranked == [
        ("a", Fused(0.75, 1.0, None, lexical_rank=1)),
        ("b", Fused(0.375 + 0.25, 0.5, 1.0, lexical_rank=2, semantic_rank=1)),
        ("c", Fused(pytest.approx(0.125), None, pytest.approx(0.5), semantic_rank=2)),
        ("d", Fused(0.0, None, 0.0, semantic_rank=3)),
    ]


def test_ties_are_in_the_order_of_keys() -> None:
    assert [key for key, _ in fuse({"c": 1.0, "a": 1.0, "b": 1.0}, {}, 0.3)] == ["a", "b", "c"]


def test_one_half_alone_keeps_its_order() -> None:
    assert [key for key, _ in fuse({}, {"a": -0.5, "b": 0.5}, 0.3)] == ["b", "a"]
    assert [key for key, _ in fuse({"a": 0.1, "b": 7.0}, {}, 0.3)] == ["b", "a"]


def test_equal_scores_of_a_half_all_count_in_full() -> None:
    assert fuse({}, {"a": 0.3, "b": 0.3}, 0.3) == [
        ("a", Fused(0.3, None, 1.0, semantic_rank=1)),
        ("b", Fused(0.3, None, 1.0, semantic_rank=2)),
    ]


def test_nothing_and_nothing_is_nothing() -> None:
    assert fuse({}, {}, 0.3) == []  # type: ignore[var-annotated]


def test_a_longer_lexical_list_keeps_the_order_of_a_shorter_one() -> None:
    words = {key: 100.0 - key for key in range(50)}
    meaning = {key: key / 50 for key in range(10)}
    head = dict(list(words.items())[:20])
    assert [item for item in fuse(words, meaning, 0.3) if item[0] in head] == fuse(head, meaning, 0.3)


@given(st.dictionaries(st.integers(0, 9), st.integers(0, 3)), st.dictionaries(st.integers(0, 9), st.integers(0, 3)))
def test_the_best_are_the_beginning_of_all(words: dict[int, float], meaning: dict[int, float]) -> None:
    whole = fuse(words, meaning, 0.3)
    assert [fuse(words, meaning, 0.3, best) for best in range(len(whole) + 2)] == [
        whole[:best] for best in range(len(whole) + 2)
    ]


def test_places_by_words_are_told_as_far_as_every_engine_knows_them() -> None:
    words = {key: 1000.0 - key for key in range(RANKED_BY_WORDS + 5)}
    ranks = {key: fused.lexical_rank for key, fused in fuse(words, {0: 0.5, 103: 0.9}, 0.3)}
    assert ranks == {key: key + 1 if key < RANKED_BY_WORDS else None for key in words}


def test_one_list_alone_has_its_own_scores_unless_they_have_to_be_from_0_to_1() -> None:
    assert by_words({"a": 8.0, "b": 2.0}) == [
        ("a", Fused(8.0, 8.0, None, lexical_rank=1)),
        ("b", Fused(2.0, 2.0, None, lexical_rank=2)),
    ]
    assert [fused.total for _, fused in by_words({"a": 8.0, "b": 2.0}, scaled=True)] == [1.0, 0.25]
    assert by_meaning({"a": 0.5, "b": -0.5}) == [
        ("a", Fused(0.5, None, 0.5, semantic_rank=1)),
        ("b", Fused(-0.5, None, -0.5, semantic_rank=2)),
    ]
    assert [fused.semantic for _, fused in by_meaning({"a": 0.5, "b": 0.0, "c": -0.5}, scaled=True)] == [1.0, 0.5, 0.0]
