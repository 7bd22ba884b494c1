"""Embedders with what was learned from a catalog."""

from collections.abc import Sequence
from itertools import chain, pairwise
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resolvers.deadline import Deadline
from resolvers.errors import SourceUnavailable
from resolvers.sources.embedding import (
    AwaitedEmbedder,
    Embedder,
    TokenEmbedder,
    Vector,
    Vectors,
    has_tokens,
    mean_row,
    pooled,
    unit_row,
    unit_rows,
)
from resolvers.sources.learned import Adaptation

NEAREST_CONCEPTS = 10
SHARPNESS = 50.0
"""What a cosine is multiplied with before the softmax: a concept that is 0.05 nearer counts 12 times as much."""
AT_ONCE = 1_024
BITS = 32
"""A pair's key has its second token in so many lower bits."""


class Shares(NamedTuple):
    """How far vectors are drawn to concepts, and the model's own direction's share in them.

    What a catalog teaches of names tells texts apart less well.
    """

    general: float = 0.0
    concepts: float = 0.0


class Blocks:
    """Puts what was learned and the model's own direction together."""

    def __init__(self, adaptation: Adaptation, shares: Shares) -> None:
        self.shares, self._concepts = shares, adaptation.concepts
        size = adaptation.projection.shape[1]
        learned = np.float32(sqrt(1 - shares.general)) * adaptation.rotation[:size]
        general = np.float32(sqrt(shares.general)) * adaptation.rotation[size:]
        self._both = np.concatenate((learned, general))
        self._learned, self._general = self._both[:size], self._both[size:]

    def together(self, directions: Vectors, own: Vectors | None) -> Vectors:
        """The unit vectors of directions by what was learned and, where it has a share, by the model alone."""
        if self.shares.concepts:
            directions = all_drawn_to(self._concepts, directions, self.shares.concepts)
        vectors: Vectors = directions @ self._learned
        if own is not None:
            vectors += own @ self._general
        return unit_rows(vectors)

    def one_together(self, direction: Vector, own: Vector) -> Vectors:
        """The same for one text, which is not drawn to concepts."""
        return unit_row(np.concatenate((direction, own)) @ self._both)[np.newaxis]


class LearnedTokens:
    """A model's tokens with what was learned of them and of pairs of neighbours."""

    def __init__(self, embedder: TokenEmbedder, adaptation: Adaptation) -> None:
        self.embedder, self.adaptation = embedder, adaptation
        self.table: Vectors = ((embedder.table - adaptation.mean) @ adaptation.projection).astype(np.float32)
        self.table[adaptation.tokens] += adaptation.offsets
        self._places = {key: place for place, key in enumerate(adaptation.pairs.tolist())}

    def directions(self, tokens: Sequence[Sequence[int]]) -> Vectors:
        """The directions of texts by what was learned."""
        vectors = pooled(self.table, tokens)
        add_pairs(vectors, tokens, self.adaptation.pairs, self.adaptation.pair_offsets)
        return unit_rows(vectors)

    def direction(self, ids: Sequence[int]) -> Vector:
        """The same for one text, which has a token at the least."""
        vector = mean_row(self.table, ids)
        keys = ((one << BITS) | other for one, other in pairwise(ids))
        if places := [self._places[key] for key in keys if key in self._places]:
            vector += np.add.reduce(self.adaptation.pair_offsets.take(places, axis=0)) / np.float32(len(ids) - 1)
        return unit_row(vector)


class AdaptedEmbedder:
    """Embeds with a model of tokens and with what was learned of them."""

    def __init__(self, learned: LearnedTokens, shares: Shares) -> None:
        adaptation = learned.adaptation
        self.name, self.dimension = f"{learned.embedder.name}+{adaptation.name}", adaptation.dimension
        self._learned, self._blocks = learned, Blocks(adaptation, shares)

    def embed(self, texts: Sequence[str]) -> Vectors:
        model = self._learned.embedder
        tokens = model.tokens(texts)
        if len(tokens) == 1 and tokens[0] and not self._blocks.shares.concepts:
            return self._of_one(tokens[0])
        own = unit_rows(pooled(model.table, tokens)) if self._blocks.shares.general else None
        return self._blocks.together(self._learned.directions(tokens), own)

    def _of_one(self, ids: Sequence[int]) -> Vectors:
        """What somebody searches for comes alone, and is embedded in a third of the time so."""
        return self._blocks.one_together(
            self._learned.direction(ids), unit_row(mean_row(self._learned.embedder.table, ids))
        )


class ProjectedEmbedder:
    """Embeds with a model of whole texts, and projects what it gives."""

    def __init__(self, embedder: Embedder, adaptation: Adaptation, shares: Shares) -> None:
        self.name, self.dimension = f"{embedder.name}+{adaptation.name}", adaptation.dimension
        self._embedder, self._adaptation, self._blocks = embedder, adaptation, Blocks(adaptation, shares)

    def embed(self, texts: Sequence[str]) -> Vectors:
        own = self._embedder.embed(texts)
        return self._blocks.together(projected(own, self._adaptation), own)


class AwaitedProjection(AwaitedEmbedder):
    """The same with a model that is awaited."""

    name, dimension = "", 0

    def __init__(self, embedder: AwaitedEmbedder, adaptation: Adaptation, shares: Shares) -> None:
        self.name, self.dimension = f"{embedder.name}+{adaptation.name}", adaptation.dimension
        self._embedder, self._adaptation, self._blocks = embedder, adaptation, Blocks(adaptation, shares)

    def embed(self, texts: Sequence[str]) -> Vectors:
        return self._of(self._embedder.embed(texts))

    async def embed_queries(self, texts: Sequence[str], deadline: Deadline) -> Vectors:
        return self._of(await self._embedder.embed_queries(texts, deadline))

    def _of(self, own: Vectors) -> Vectors:
        return self._blocks.together(projected(own, self._adaptation), own)

    async def close(self) -> None:
        await self._embedder.close()


def embedders_of(embedder: Embedder, adaptation: Adaptation, shares: Sequence[Shares]) -> list[Embedder]:
    """A model with what was learned, by each of several shares."""
    if has_tokens(embedder):
        learned = LearnedTokens(embedder, adaptation)
        return [AdaptedEmbedder(learned, one) for one in shares]
    if isinstance(embedder, AwaitedEmbedder):
        return [AwaitedProjection(embedder, adaptation, one) for one in shares]
    return [ProjectedEmbedder(embedder, adaptation, one) for one in shares]


def projected(vectors: Vectors, adaptation: Adaptation) -> Vectors:
    """The directions of texts in the adaptation's dimensions; rows of zeros stay so.

    Raises SourceUnavailable for vectors of another length than those that the adaptation was learned from.
    """
    if vectors.shape[1] != len(adaptation.mean):
        raise SourceUnavailable(
            f"the model gives vectors of length {vectors.shape[1]}, and the index was made with those of length "
            f"{len(adaptation.mean)}: it is another model, so index the catalog again"
        )
    moved = (vectors - adaptation.mean) @ adaptation.projection
    return unit_rows(np.where(vectors.any(axis=1, keepdims=True), moved, 0).astype(np.float32))


def pairs_of(tokens: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pairs of neighbours in texts: the text of each, in order, and a key that tells pairs apart."""
    lengths = np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens))
    flat = np.fromiter(chain.from_iterable(tokens), dtype=np.int64, count=int(lengths.sum()))
    rows = np.repeat(np.arange(len(tokens)), lengths)
    inside = np.flatnonzero(rows[1:] == rows[:-1])
    return rows[inside], (flat[inside] << BITS) | flat[inside + 1]


def add_pairs(vectors: Vectors, tokens: Sequence[Sequence[int]], known: NDArray[np.int64], offsets: Vectors) -> None:
    """Add to each text's vector the mean offset of its pairs of neighbours; a pair that is not known has none."""
    rows, keys = pairs_of(tokens)
    if not len(known) or not len(rows):
        return
    counts = np.bincount(rows, minlength=len(tokens))
    places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    found = known[places] == keys
    rows, places = rows[found], places[found]
    if len(rows):
        starts = np.flatnonzero(np.diff(rows, prepend=-1))
        sums = np.add.reduceat(offsets[places], starts, axis=0)
        vectors[rows[starts]] += sums / counts[rows[starts], None]


def all_drawn_to(concepts: Vectors, vectors: Vectors, share: float) -> Vectors:
    """The same as `drawn_to` for many vectors, whose cosines with all concepts would need much memory."""
    starts = range(0, len(vectors), AT_ONCE)
    drawn = [drawn_to(concepts, vectors[start : start + AT_ONCE], share) for start in starts]
    return np.concatenate(drawn) if drawn else vectors


def drawn_to(concepts: Vectors, vectors: Vectors, share: float) -> Vectors:
    """Unit vectors drawn by a share to the concepts that they are nearest to."""
    cosines = vectors @ concepts.T
    count = min(NEAREST_CONCEPTS, len(concepts))
    near = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
    found = np.take_along_axis(cosines, near, axis=1)
    weights = np.exp(SHARPNESS * (found - found.max(axis=1, keepdims=True)))
    weights /= weights.sum(axis=1, keepdims=True)
    meant = unit_rows(np.einsum("nk,nkd->nd", weights, concepts[near]))
    drawn = unit_rows((1 - share) * vectors + share * meant)
    # What says nothing is near to everything alike.
    return np.where(vectors.any(axis=1, keepdims=True), drawn, vectors).astype(np.float32)
