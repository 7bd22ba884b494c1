"""The order in which ranked candidates are shown: by score, without near copies side by side, and with new faces.

Candidates are taken one by one, so that a page never depends on how long it is.

1.  Near copies. As in maximal marginal relevance (Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking
    for Reordering Documents and Producing Summaries", SIGIR 1998) a candidate loses by its likeness to what was taken
    already. Only likeness above SIMILAR counts, since all good candidates for one job have much in common.
2.  New faces. Of WINDOW places in a row one goes to somebody without history, where there is one whose score is at
    least FAIR_SHARE of the score of who would be taken else. Exposure is what history is made of (Singh and Joachims,
    "Fairness of Exposure in Rankings", KDD 2018).
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

SIMILAR = 0.7
COPY_COSTS = 0.1
"""What an exact copy of something taken already loses, where scores are from 0 to 1."""
WINDOW = 5
FAIR_SHARE = 0.9
Numbers = NDArray[np.float64]
Likeness = Callable[[int], Numbers]
"""How like all candidates are to one of them, from 0 to 1."""


def likeness(vectors: Sequence[Mapping[str, float]]) -> Likeness:
    """The cosines of sparse vectors, such as skills with their rarities; nothing is like what is empty.

    Only of those that are shown it is asked what is like them, so that not all are compared with all.
    """
    places = {key: at for at, key in enumerate(dict.fromkeys(key for one in vectors for key in one))}
    dense = np.zeros((len(vectors), len(places)))
    for row, one in enumerate(vectors):
        for key, value in one.items():
            dense[row, places[key]] = value
    lengths = np.linalg.norm(dense, axis=1, keepdims=True)
    unit = np.divide(dense, lengths, out=np.zeros_like(dense), where=lengths > 0)
    # Not `@`, which starts threads for so much.
    return lambda at: np.einsum("ij,j->i", unit, unit[at])


def shown_order(scores: Numbers, alike: Likeness, is_new: Sequence[bool], count: int) -> list[int]:
    """The first `count` candidates in the order in which they are shown; ties are taken as they come."""
    new = np.array(is_new, dtype=bool)
    left, lost = scores.copy(), np.zeros(len(scores))
    order: list[int] = []
    while len(order) < min(count, len(scores)):
        taken = _taken(left - COPY_COSTS * lost, new, order)
        order.append(taken)
        left[taken] = -np.inf
        # What was lost is never below 0, so that less likeness than SIMILAR takes nothing.
        lost = np.maximum(lost, np.minimum((alike(taken) - SIMILAR) / (1 - SIMILAR), 1))
    return order


def _taken(values: Numbers, new: NDArray[np.bool_], order: Sequence[int]) -> int:
    best = int(values.argmax())
    window = order[-(WINDOW - 1) :]
    if len(window) < WINDOW - 1 or new[window].any() or new[best]:
        return best
    fair = np.where(new, values, -np.inf)
    chance = int(fair.argmax())
    return chance if fair[chance] >= FAIR_SHARE * values[best] else best
