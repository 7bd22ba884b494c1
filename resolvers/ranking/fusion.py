"""One ranking out of a lexical and a semantic one."""

import math
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, NamedTuple, Protocol, TypeVar


class Orderable(Protocol):
    """A key that breaks ties by its own order."""

    def __lt__(self, other: Any, /) -> bool: ...


Key = TypeVar("Key", bound=Orderable)
RANKED_BY_WORDS = 100
"""How many places of the lexical list are told in a fused ranking: no more of that list need be known for a page."""


class Fused(NamedTuple):
    """A score and what it was made of; None where that had no part in it.

    `lexical` and `semantic` are the halves, and `rerank` and `recency` what preferences have added. The ranks are the
    places in the lists of both halves, from 1.
    """

    total: float
    lexical: float | None = None
    semantic: float | None = None
    rerank: float | None = None
    recency: float | None = None
    lexical_rank: int | None = None
    semantic_rank: int | None = None


def fuse(
    lexical: Mapping[Key, float], semantic: Mapping[Key, float], weight: float, best: int | None = None
) -> list[tuple[Key, Fused]]:
    """Rank the union of two result lists by `(1 - weight) * lexical + weight * semantic`, best first, ties by key.

    `weight` is the semantic half's share of a score, from 0 to 1, and `best` how many are wanted; None: all. Both lists
    are best first; of the lexical one that has to be so for the first RANKED_BY_WORDS alone.

    A convex combination of normalised scores, as in Bruch, Gai and Ingber, "An Analysis of Fusion Functions for
    Hybrid Retrieval" (ACM TOIS 42(1), 2023, section 4). BM25 has a true minimum of 0, so it is divided by its maximum;
    cosine has none that is reached, so it is scaled between the list's own minimum and maximum. A key that one half
    did not find gets 0 from it. The maximum stands on top of a list however long the list is, so a longer lexical
    list never changes the order of a shorter one's keys.
    """
    words, meaning = _scaled_words(lexical), _scaled_meaning(semantic)
    totals = {key: (1 - weight) * score + weight * meaning.get(key, 0.0) for key, score in words.items()}
    totals |= {key: weight * score for key, score in meaning.items() if key not in words}
    word_ranks, meaning_ranks = _ranks(islice(lexical, RANKED_BY_WORDS)), _ranks(semantic)
    return [
        (
            key,
            Fused(
                totals[key],
                words.get(key),
                meaning.get(key),
                lexical_rank=word_ranks.get(key),
                semantic_rank=meaning_ranks.get(key),
            ),
        )
        for key in _best(totals, len(totals) if best is None else best)
    ]


def _best(totals: Mapping[Key, float], count: int) -> list[Key]:
    """The keys of the highest totals, ties by key."""
    keys: Iterable[Key] = totals
    if count < len(totals):
        # Few are wanted of many, and numbers are sorted faster than keys.
        edge = sorted(totals.values(), reverse=True)[count - 1] if count else math.inf
        keys = [key for key, total in totals.items() if total >= edge]
    return sorted(keys, key=lambda key: (-totals[key], key))[:count]


def by_words(lexical: Mapping[Key, float], *, scaled: bool = False) -> list[tuple[Key, Fused]]:
    """A ranking of the lexical list alone. `scaled`: from 0 to 1, as in a fused ranking."""
    scores = _scaled_words(lexical) if scaled else lexical
    return [(key, Fused(score, score, None, lexical_rank=rank)) for rank, (key, score) in enumerate(scores.items(), 1)]


def by_meaning(semantic: Mapping[Key, float], *, scaled: bool = False) -> list[tuple[Key, Fused]]:
    """A ranking of the semantic list alone. `scaled`: from 0 to 1, as in a fused ranking."""
    scores = _scaled_meaning(semantic) if scaled else semantic
    return [(key, Fused(score, None, score, semantic_rank=rank)) for rank, (key, score) in enumerate(scores.items(), 1)]


def _ranks(keys: Iterable[Key]) -> dict[Key, int]:
    return {key: rank for rank, key in enumerate(keys, 1)}


def _scaled_words(scores: Mapping[Key, float]) -> dict[Key, float]:
    return _scaled(scores, floor=0.0)


def _scaled_meaning(scores: Mapping[Key, float]) -> dict[Key, float]:
    return _scaled(scores, floor=min(scores.values(), default=0.0))


def _scaled(scores: Mapping[Key, float], floor: float) -> dict[Key, float]:
    span = max(scores.values(), default=0.0) - floor
    if span <= 0:
        return dict.fromkeys(scores, 1.0)
    return {key: (score - floor) / span for key, score in scores.items()}
