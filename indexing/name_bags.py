"""Names of concepts as bags of tokens, to learn from."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from resolvers.sources.adapted import pairs_of
from resolvers.sources.embedding import TokenEmbedder, Vectors

Groups = Sequence[Sequence[str]]
Rows = NDArray[np.int64]
LEAST_NAMES_OF_A_PAIR = 2
"""A pair of neighbours is learned from so many names at the least."""


def concepts_of(groups: Groups) -> Rows:
    """The concept of each name."""
    return np.repeat(np.arange(len(groups)), [len(group) for group in groups])


class ConceptNames:
    """The concept of each of some names."""

    def __init__(self, concepts: Rows, concept_count: int) -> None:
        self.concepts, self.concept_count = concepts, concept_count
        self.counts: Rows = np.bincount(concepts, minlength=concept_count)

    def summed_by_concept(self, vectors: NDArray[np.floating]) -> Vectors:
        sums = np.zeros((self.concept_count, vectors.shape[1]), dtype=vectors.dtype)
        np.add.at(sums, self.concepts, vectors)
        return sums


class NameBags(ConceptNames):
    """Names as bags of tokens and of pairs of neighbours, and the concept of each.

    `vocabulary` has the tokens that are in any name, and `pairs` the keys of the pairs that are learned from.
    """

    def __init__(self, groups: Groups, embedder: TokenEmbedder, most_pairs: int) -> None:
        tokens = embedder.tokens([name for group in groups for name in group])
        said = [row for row, ids in enumerate(tokens) if ids]
        super().__init__(concepts_of(groups)[said], len(groups))
        self.tokens = [tokens[row] for row in said]
        lengths = np.array([len(ids) for ids in self.tokens])
        flat = np.concatenate([np.array(ids, dtype=np.int64) for ids in self.tokens])
        self.vocabulary, columns = np.unique(flat, return_inverse=True)
        self._means = _means_of(np.repeat(np.arange(len(lengths)), lengths), columns, len(self.vocabulary), lengths)
        rows, keys = pairs_of(self.tokens)
        self.pairs: Rows = _frequent(keys, rows, most_pairs)
        places = np.searchsorted(self.pairs, keys)
        known = np.isin(keys, self.pairs)
        pairs = _means_of(rows[known], places[known], len(self.pairs), np.maximum(lengths - 1, 1))
        self._parts = csr_array(hstack([self._means, pairs], format="csr"))
        self._sums = self._parts.T.tocsr()

    def mean_of_tokens(self, vectors: Vectors) -> Vectors:
        """For each name the mean of its tokens' vectors, which are in the order of the vocabulary."""
        means: Vectors = self._means @ vectors
        return means

    def mean_of_parts(self, vectors: Vectors) -> Vectors:
        """For each name the mean of its tokens' vectors and that of its pairs', which stand behind the tokens'."""
        means: Vectors = self._parts @ vectors
        return means

    def summed_by_part(self, vectors: Vectors) -> Vectors:
        """For each token and pair the sum of its names' vectors, by its share in each: the transpose of the above."""
        sums: Vectors = self._sums @ vectors
        return sums


def _means_of(rows: Rows, columns: Rows, width: int, lengths: Rows) -> csr_array:
    """The matrix that takes vectors of parts to the means of names; `lengths` has how many parts each name has."""
    shares = (1.0 / lengths[rows]).astype(np.float32)
    return csr_array((shares, (rows, columns)), shape=(len(lengths), width))


def _frequent(keys: Rows, rows: Rows, most: int) -> Rows:
    """The keys that are in several names, in order: no more than `most`, and rather those that are in many."""
    once = np.unique(np.stack([rows, keys]), axis=1)[1] if len(keys) else keys
    found, counts = np.unique(once, return_counts=True)
    best = np.lexsort((found, -counts))[:most]
    return np.sort(found[best][counts[best] >= LEAST_NAMES_OF_A_PAIR])
