"""One ranking out of a lexical and a semantic one."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, TypeVar


class Orderable(Protocol):
    """A key that breaks ties by its own order."""

    def __lt__(self, other: Any, /) -> bool: ...


Key = TypeVar("Key", bound=Orderable)


class Fused(NamedTuple):
    """A score and the normalised halves it was made of, all from 0 to 1; None where a half did not find the key."""

    total: float
    lexical: float | None
    semantic: float | None


def fuse(lexical: Mapping[Key, float], semantic: Mapping[Key, float], weight: float) -> list[tuple[Key, Fused]]:
    """Rank the union of two result lists by `(1 - weight) * lexical + weight * semantic`, best first, ties by key.

    `weight` is the semantic half's share of a score, from 0 to 1.

    A convex combination of normalised scores, as in Bruch, Gai and Ingber, "An Analysis of Fusion Functions for
    Hybrid Retrieval" (ACM TOIS 42(1), 2023, section 4). BM25 has a true minimum of 0, so it is divided by its maximum;
    cosine has none that is reached, so it is scaled between the list's own minimum and maximum. A key that one half
    did not find gets 0 from it. The maximum stands on top of a list however long the list is, so a longer lexical
    list never changes the order of a shorter one's keys.
    """
    words = _scaled(lexical, floor=0.0)
    meaning = _scaled(semantic, floor=min(semantic.values(), default=0.0))
    ranked = []
    for key in words.keys() | meaning.keys():
        total = (1 - weight) * words.get(key, 0.0) + weight * meaning.get(key, 0.0)
        ranked.append((key, Fused(total, words.get(key), meaning.get(key))))
    ranked.sort(key=lambda item: (-item[1].total, item[0]))
    return ranked


def _scaled(scores: Mapping[Key, float], floor: float) -> dict[Key, float]:
    span = max(scores.values(), default=0.0) - floor
    if span <= 0:
        return dict.fromkeys(scores, 1.0)
    return {key: (score - floor) / span for key, score in scores.items()}
