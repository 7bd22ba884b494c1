"""The order in which ranked candidates are shown: by score, without near copies side by side, and with new faces.

Candidates are taken one by one, so that a page never depends on how long it is.

1.  Near copies. As in maximal marginal relevance (Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking
    for Reordering Documents and Producing Summaries", SIGIR 1998) a candidate loses by its likeness to what was taken
    already. There it is the likest of these that counts, which makes the tenth copy as good as the second. Here the
    likeness to those of the last NEAR places is added up, as in max-sum diversification (Gollapudi and Sharma, "An
    Axiomatic Approach for Result Diversification", WWW 2009), and each copy costs twice as much as the one before: the
    second of a kind is welcome, the sixth is not. Only likeness above SIMILAR counts, since all good candidates for one
    job have much in common.
2.  New faces. Of WINDOW places in a row one goes to somebody without history, where there is one who has at least
    FAIR_SHARE of who would be taken else, of the score and of what is left of it. Exposure is what history is made of
    (Singh and Joachims, "Fairness of Exposure in Rankings", KDD 2018).
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

SIMILAR, NEAR = 0.9, 9
COPY_COSTS = 0.02
"""What an exact copy of one that is near loses, where scores are from 0 to 1; of two it loses three times as much, and
of n (2 ** n - 1) times."""
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
    new, is_left = np.array(is_new, dtype=bool), np.ones(len(scores), dtype=bool)
    copied: deque[Numbers] = deque(maxlen=NEAR)
    order: list[int] = []
    while len(order) < min(count, len(scores)):
        worth = scores - COPY_COSTS * (np.exp2(sum(copied, np.zeros(len(scores)))) - 1)
        taken = _taken(scores, np.where(is_left, worth, -np.inf), new, order)
        order.append(taken)
        is_left[taken] = False
        copied.append(np.clip((alike(taken) - SIMILAR) / (1 - SIMILAR), 0, 1))
    return order


def _taken(scores: Numbers, worth: Numbers, new: NDArray[np.bool_], order: Sequence[int]) -> int:
    best = int(worth.argmax())
    window = order[-(WINDOW - 1) :]
    if len(window) < WINDOW - 1 or new[window].any() or new[best]:
        return best
    fair = new & (scores >= FAIR_SHARE * scores[best]) & (worth >= FAIR_SHARE * worth[best])
    return int(np.where(fair, worth, -np.inf).argmax()) if fair.any() else best
