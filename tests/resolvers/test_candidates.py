"""Candidates out of two searches: what their scores are a share of, and what counts where one has not found them."""

from collections.abc import Mapping
from typing import Any

import pytest

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.ranking.fusion import Fused
from resolvers.recommendations.candidates import (
    FOUND_BY_MEANING,
    FOUND_BY_WORDS,
    UNSEEN_MEANING,
    UNSEEN_WORDS,
    Found,
    merged,
)
from resolvers.sources.base import Hit, RetrievalMode, SearchResult

TOLD = pytest.approx


@pytest.fixture
def record(market: Any) -> Any:
    return market[Kind.TALENT][0]


def result(record: Any, scores: Mapping[str, float], mode: RetrievalMode = RetrievalMode.LEXICAL) -> SearchResult:
    hits = [Hit(Document(Ref(Kind.TALENT, id_), record), None, Fused(score)) for id_, score in scores.items()]
    return SearchResult(tuple(hits), False, False, None, mode, 0.0)


def found(record: Any, words: Mapping[str, float], cosines: Mapping[str, float], best: float) -> dict[str, Found]:
    by_meaning = result(record, cosines, RetrievalMode.SEMANTIC)
    compared = result(record, {"best": best} if best else {})
    return {one.document.ref.id: one for one in merged(result(record, words), by_meaning, compared)}


def test_words_are_a_share_of_the_best_that_is_compared_and_not_of_the_best_found(record: Any) -> None:
    some = found(record, {"a": 4.0, "b": 2.0}, {"a": 0.7}, best=20.0)
    assert (some["a"].words, some["b"].words) == TOLD((0.2, 0.1))
    assert some["a"].meaning == TOLD(0.7)
    # Who is better than all that are compared is no more than as good as the best.
    assert found(record, {"a": 30.0, "b": 10.0}, {}, best=20.0)["a"].words == 1
    # Where nothing can be compared, the best found is all that is known.
    assert found(record, {"a": 4.0, "b": 2.0}, {}, best=0.0)["b"].words == TOLD(0.5)


def test_who_was_not_found_by_one_search_has_nothing_of_it_where_that_found_all(record: Any) -> None:
    some = found(record, {"a": 4.0}, {"b": 0.7}, best=4.0)
    assert some["a"].meaning == some["b"].words == 0


def test_who_is_below_what_one_search_looks_at_counts_as_usual_and_never_as_better_than_the_last(record: Any) -> None:
    words = {f"word_{at}": 10.0 for at in range(FOUND_BY_WORDS)}
    cosines = {f"near_{at}": 0.9 for at in range(FOUND_BY_MEANING)}
    some = found(record, words, cosines, best=10.0)
    assert some["word_0"].meaning == UNSEEN_MEANING
    assert some["near_0"].words == UNSEEN_WORDS
    some = found(record, words | {"word_0": 1.0}, cosines | {"near_1": 0.1}, best=10.0)
    assert some["word_0"].meaning == TOLD(0.1)
    assert some["near_0"].words == TOLD(0.1)


def test_an_index_without_vectors_knows_no_cosines(record: Any) -> None:
    words = result(record, {"a": 1.0})
    assert [one.meaning for one in merged(words, words, words)] == [0.0]
