"""Embeddings adapted to a catalog: what a model has learned from it, and how texts are embedded with that.

The adaptation belongs to the index that was built with it. Names of one thing, which the catalog's aliases are, lie
nearer together than the model alone puts them, in fewer dimensions. `indexing/adapting.py` says how it is learned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from resolvers.catalog.kind import Texts
from resolvers.errors import SourceUnavailable
from resolvers.sources.embedding import Embedder, TokenEmbedder, Vectors, parts_to_embed, pooled, unit_rows

HALF, INTEGER, LONG = np.dtype("<f2"), np.dtype("<i4"), np.dtype("<i8")
FINGERPRINT_BYTES = 4
QUERY_GENERAL, TEXT_GENERAL = 0.25, 0.75
"""The share of the model's own direction in the vector of a query and of a text; a name has none of it.

So a query is compared with names by what was learned alone, and with texts by both alike; the best score is the same.
"""
NEAREST_CONCEPTS = 10
SHARPNESS = 50.0
"""What a cosine is multiplied with before the softmax: a concept that is 0.05 nearer counts 12 times as much."""
CONCEPT_SHARE = 0.5
"""How far a name's vector is drawn to the concepts that it is near to."""
AT_ONCE = 1_024
MODELS_KEPT = 4
"""Changes come in many small batches to the same index."""


@dataclass(frozen=True)
class Adaptation:
    """What was learned from a catalog.

    A token's vector is `(row of the model's table - mean) @ projection`, and `offsets` are added to those of `tokens`.
    A name's is the mean of its tokens' and of the `pair_offsets` of its `pairs` of neighbours, which are sorted keys.
    `concepts` has the unit vectors of the catalog's occupations and skills, in the same dimensions. `rotation` takes
    such a vector, with that of the model behind it, to the fewer dimensions that are kept of both.
    """

    mean: Vectors
    projection: Vectors
    tokens: NDArray[np.int32]
    offsets: Vectors
    pairs: NDArray[np.int64]
    pair_offsets: Vectors
    concepts: Vectors
    rotation: Vectors

    @property
    def dimension(self) -> int:
        return int(self.rotation.shape[1])

    @cached_property
    def content(self) -> bytes:
        """The adaptation as it is kept with an index; half precision is more than the estimates have."""
        matrices = (self.mean, self.projection, self.offsets, self.pair_offsets, self.concepts, self.rotation)
        numbers = self.tokens.astype(INTEGER).tobytes(), self.pairs.astype(LONG).tobytes()
        learned = int(self.projection.shape[1])
        return msgspec.msgpack.encode(_Stored(learned, self.dimension, *numbers, *(_halves(one) for one in matrices)))

    @staticmethod
    def of(content: bytes) -> "Adaptation":
        """The adaptation that was kept. Raises SourceUnavailable for what is none."""
        try:
            stored = msgspec.msgpack.decode(content, type=_Stored)
            size = stored.learned
            return Adaptation(
                _single(stored.mean, 0),
                _single(stored.projection, size),
                np.frombuffer(stored.tokens, dtype=INTEGER),
                _single(stored.offsets, size),
                np.frombuffer(stored.pairs, dtype=LONG),
                _single(stored.pair_offsets, size),
                _single(stored.concepts, size),
                _single(stored.rotation, stored.dimension),
            )
        except (msgspec.MsgspecError, ValueError) as error:
            raise SourceUnavailable(f"the index's adaptation is damaged ({error}); index the catalog again") from error

    @cached_property
    def name(self) -> str:
        """Tells adaptations apart: two with one name are the same."""
        return f"catalog-{self.dimension}-{blake2b(self.content, digest_size=FINGERPRINT_BYTES).hexdigest()}"


class _Stored(msgspec.Struct, array_like=True, frozen=True):
    """An adaptation in a file: the matrices as they lie in memory, row by row."""

    learned: int
    dimension: int
    tokens: bytes
    pairs: bytes
    mean: bytes
    projection: bytes
    offsets: bytes
    pair_offsets: bytes
    concepts: bytes
    rotation: bytes


def _halves(matrix: Vectors) -> bytes:
    return matrix.astype(HALF).tobytes()


def _single(content: bytes, columns: int) -> Vectors:
    matrix = np.frombuffer(content, dtype=HALF).astype(np.float32)
    return matrix.reshape(-1, columns) if columns else matrix


class Model(NamedTuple):
    """How an index embeds: what is searched for, and what is found. All give vectors of one name and dimension.

    A document with several names is the mean of their vectors by `several`, one with a name alone has that by `names`,
    and any other one that by `texts`.
    """

    queries: Embedder
    several: Embedder
    names: Embedder
    texts: Embedder

    @property
    def name(self) -> str:
        return self.queries.name

    @property
    def dimension(self) -> int:
        return self.queries.dimension

    def document_vectors(self, documents: Sequence[Texts]) -> Vectors:
        """The unit vectors of documents, as rows; a row of zeros for one that says nothing."""
        parts = [parts_to_embed(texts) for texts in documents]
        vectors = np.zeros((len(parts), self.dimension), dtype=np.float32)
        single = [row for row, of_row in enumerate(parts) if len(of_row) == 1]
        for embedder, has_body in ((self.names, False), (self.texts, True)):
            if rows := [row for row in single if bool(documents[row].body.strip()) is has_body]:
                vectors[rows] = embedder.embed([parts[row][0] for row in rows])
        if several := [row for row, of_row in enumerate(parts) if len(of_row) > 1]:
            rows = np.repeat(several, [len(parts[row]) for row in several]).tolist()
            # With several names it is a concept itself, and nothing is to be drawn to another.
            np.add.at(vectors, rows, self.several.embed([part for row in several for part in parts[row]]))
            vectors[several] = unit_rows(vectors[several])
        return vectors


def model_with(embedder: Embedder, content: bytes | None) -> Model:
    """The model of an index that has kept `content`; the embedder alone without it, or when it cannot be adapted.

    Raises SourceUnavailable when what was kept is damaged.
    """
    if content is None or not isinstance(embedder, TokenEmbedder):
        return Model(embedder, embedder, embedder, embedder)
    model: Any = embedder
    return _adapted(model, content)


@lru_cache(maxsize=MODELS_KEPT)
def _adapted(embedder: Any, content: bytes) -> Model:
    return adapted(embedder, Adaptation.of(content))


def adapted(embedder: TokenEmbedder, adaptation: Adaptation) -> Model:
    """A model with what was learned."""
    learned = LearnedTokens(embedder, adaptation)
    return Model(
        AdaptedEmbedder(learned, QUERY_GENERAL),
        AdaptedEmbedder(learned),
        AdaptedEmbedder(learned, concept_share=CONCEPT_SHARE),
        AdaptedEmbedder(learned, TEXT_GENERAL),
    )


class LearnedTokens:
    """A model's tokens with what was learned of them and of pairs of neighbours."""

    def __init__(self, embedder: TokenEmbedder, adaptation: Adaptation) -> None:
        self.embedder, self.adaptation = embedder, adaptation
        self.table: Vectors = ((embedder.table - adaptation.mean) @ adaptation.projection).astype(np.float32)
        self.table[adaptation.tokens] += adaptation.offsets

    def directions(self, tokens: Sequence[Sequence[int]]) -> Vectors:
        """The directions of texts by what was learned."""
        vectors = pooled(self.table, tokens)
        add_pairs(vectors, tokens, self.adaptation.pairs, self.adaptation.pair_offsets)
        return unit_rows(vectors)

    def drawn(self, vectors: Vectors, share: float) -> Vectors:
        """Directions drawn to the concepts that they are near to, so that names of one thing come nearer together."""
        drawn = [
            drawn_to(self.adaptation.concepts, vectors[start : start + AT_ONCE], share)
            for start in range(0, len(vectors), AT_ONCE)
        ]
        return np.concatenate(drawn) if drawn else vectors


class AdaptedEmbedder:
    """Embeds with what was learned, drawn to concepts by `concept_share`, and with the model's own direction.

    The latter has the share `general_share`: what a catalog teaches of names tells texts apart less well.

    Queries are not drawn: they are near to what is meant, and still nearest to what says it with their words.
    """

    def __init__(self, learned: LearnedTokens, general_share: float = 0.0, concept_share: float = 0.0) -> None:
        adaptation = learned.adaptation
        self.name, self.dimension = f"{learned.embedder.name}+{adaptation.name}", adaptation.dimension
        self._learned, self._general_share, self._concept_share = learned, general_share, concept_share
        size = learned.table.shape[1]
        self._adapted = np.float32(np.sqrt(1 - general_share)) * adaptation.rotation[:size]
        self._general = np.float32(np.sqrt(general_share)) * adaptation.rotation[size:]

    def embed(self, texts: Sequence[str]) -> Vectors:
        tokens = self._learned.embedder.tokens(texts)
        directions = self._learned.directions(tokens)
        if self._concept_share:
            directions = self._learned.drawn(directions, self._concept_share)
        vectors = directions @ self._adapted
        if self._general_share:
            vectors += unit_rows(pooled(self._learned.embedder.table, tokens)) @ self._general
        return unit_rows(vectors)


def pairs_of(tokens: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pairs of neighbours in texts: the text of each, in order, and a key that tells pairs apart."""
    lengths = np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens))
    flat = np.fromiter((one for ids in tokens for one in ids), dtype=np.int64, count=int(lengths.sum()))
    rows = np.repeat(np.arange(len(tokens)), lengths)
    inside = np.flatnonzero(rows[1:] == rows[:-1])
    return rows[inside], (flat[inside] << 32) | flat[inside + 1]


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
