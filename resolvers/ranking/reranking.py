"""Preferences: what moves a document up in a ranking that is there already."""

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resolvers.ranking.fusion import Fused, Key

WINDOW = 1_000
"""How many of a ranking are reordered by preferences; the others stay behind them in their own order.

A preference only ever adds to a score, so that the head of a ranking stays in front of the rest.
"""
NO_TEXT = Fused(0.0, None, None)
"""The score of whatever was not searched for by a text."""
Scores = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Bonuses(NamedTuple):
    """What is added to the scores of the first documents of a ranking, in their order.

    By the preferences that they match, and by how recent they are; None where that does not count.
    """

    matching: Scores
    recency: Scores | None = None

    @property
    def total(self) -> Scores:
        return self.matching if self.recency is None else self.matching + self.recency


def matching_bonus(count: int, matches: Iterable[tuple[float, Flags]]) -> Scores:
    """The sum of the weights of what each of `count` documents matches."""
    bonus = np.zeros(count)
    for weight, matching in matches:
        bonus[matching] += weight
    return bonus


def recency_bonus(ages_days: Scores, weight: float, half_life_days: float) -> Scores:
    """`weight * 0.5 ** (age / half-life)`: halved with every half-life, and whole below an age of 0.

    Exponential decay, as in the prior of Li and Croft, "Time-Based Language Models" (CIKM 2003). An age that is not
    known (NaN) has no bonus.
    """
    bonus: Scores = weight * np.exp2(-np.maximum(ages_days, 0.0) / half_life_days)
    return np.nan_to_num(bonus, copy=False, nan=0.0)


def reranked(ranked: Sequence[tuple[Key, Fused]], bonuses: Bonuses) -> list[tuple[Key, Fused]]:
    """The ranking with the bonuses added to its head, which is put in order again; ties stay as they were."""
    recent = repeat(None) if bonuses.recency is None else bonuses.recency.tolist()
    # The head is as long as the bonuses are.
    head = [
        (key, fused._replace(total=fused.total + matching + (recency or 0.0), rerank=matching, recency=recency))
        for (key, fused), matching, recency in zip(ranked, bonuses.matching.tolist(), recent, strict=False)
    ]
    head.sort(key=lambda item: -item[1].total)
    return [*head, *ranked[len(head) :]]
