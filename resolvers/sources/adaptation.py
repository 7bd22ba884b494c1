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
from resolvers.deadline import Deadline
from resolvers.errors import SourceUnavailable
from resolvers.sources.embedding import (
    AwaitedEmbedder,
    Embedder,
    TokenEmbedder,
    Vectors,
    has_tokens,
    parts_to_embed,
    pooled,
    unit_rows,
)

HALF, INTEGER = np.dtype("<f2"), np.dtype("<i4")
FINGERPRINT_BYTES = 4
NEAREST_CONCEPTS = 10
SHARPNESS = 50.0
"""What a cosine is multiplied with before the softmax: a concept that is 0.05 nearer counts 12 times as much."""
CONCEPT_SHARE = 0.5
"""How far a document's vector is drawn to the concepts that it is near to."""
AT_ONCE = 1_024
MODELS_KEPT = 4
"""Changes come in many small batches to the same index."""


@dataclass(frozen=True)
class Adaptation:
    """What was learned from a catalog.

    A token's vector is `(row of the model's table - mean) @ projection`, and `offsets` are added to those of `tokens`.
    Of a model without tokens it is a text's vector that becomes `(vector - mean) @ projection`, without offsets.
    `concepts` has the unit vectors of the catalog's occupations and skills, in the same dimensions.
    """

    mean: Vectors
    projection: Vectors
    tokens: NDArray[np.int32]
    offsets: Vectors
    concepts: Vectors

    @property
    def dimension(self) -> int:
        return int(self.projection.shape[1])

    @cached_property
    def content(self) -> bytes:
        """The adaptation as it is kept with an index; half precision is more than the estimates have."""
        matrices = (self.mean, self.projection, self.offsets, self.concepts)
        stored = _Stored(self.dimension, self.tokens.astype(INTEGER).tobytes(), *(_halves(one) for one in matrices))
        return msgspec.msgpack.encode(stored)

    @staticmethod
    def of(content: bytes) -> "Adaptation":
        """The adaptation that was kept. Raises SourceUnavailable for what is none."""
        try:
            stored = msgspec.msgpack.decode(content, type=_Stored)
            size = stored.dimension
            return Adaptation(
                _single(stored.mean, 0),
                _single(stored.projection, size),
                np.frombuffer(stored.tokens, dtype=INTEGER),
                _single(stored.offsets, size),
                _single(stored.concepts, size),
            )
        except (msgspec.MsgspecError, ValueError) as error:
            raise SourceUnavailable(f"the index's adaptation is damaged ({error}); index the catalog again") from error

    @cached_property
    def name(self) -> str:
        """Tells adaptations apart: two with one name are the same."""
        return f"catalog-{self.dimension}-{blake2b(self.content, digest_size=FINGERPRINT_BYTES).hexdigest()}"


class _Stored(msgspec.Struct, array_like=True, frozen=True):
    """An adaptation in a file: the matrices as they lie in memory, row by row."""

    dimension: int
    tokens: bytes
    mean: bytes
    projection: bytes
    offsets: bytes
    concepts: bytes


def _halves(matrix: Vectors) -> bytes:
    return matrix.astype(HALF).tobytes()


def _single(content: bytes, columns: int) -> Vectors:
    matrix = np.frombuffer(content, dtype=HALF).astype(np.float32)
    return matrix.reshape(-1, columns) if columns else matrix


class Model(NamedTuple):
    """How an index embeds: what is searched for, and what is found. Both give vectors of one name and dimension."""

    queries: Embedder
    documents: Embedder

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
        if single := [row for row, of_row in enumerate(parts) if len(of_row) == 1]:
            vectors[single] = self.documents.embed([parts[row][0] for row in single])
        if several := [row for row, of_row in enumerate(parts) if len(of_row) > 1]:
            rows = np.repeat(several, [len(parts[row]) for row in several])
            # With several names it is a concept itself, and nothing is to be drawn to another.
            np.add.at(vectors, rows, self.queries.embed([part for row in several for part in parts[row]]))
            vectors[several] = unit_rows(vectors[several])
        return vectors


def model_with(embedder: Embedder, content: bytes | None) -> Model:
    """A model with what it has learned, and kept as `content`; alone without that.

    Raises SourceUnavailable when what was kept is damaged.
    """
    if content is None:
        return Model(embedder, embedder)
    model: Any = embedder
    return _adapted(model, content)


def model_of_index(embedder: Embedder, remembered: str, content: bytes | None) -> Model:
    """The model that the vectors of an index are of, which has remembered its name and kept what it has learned.

    Raises SourceUnavailable, saying what to do, when `embedder` is another one: their vectors cannot be compared.
    """
    check_model(embedder, remembered)
    model = model_with(embedder, content)
    if model.name != remembered:
        raise SourceUnavailable(f"the index has lost what {remembered} had learned; index the catalog again")
    return model


def check_model(embedder: Embedder, remembered: str) -> None:
    """Look whether an index that has remembered a name is of this model, whatever it has learned from the catalog.

    Raises SourceUnavailable, saying what to do, when it is of another one.
    """
    if remembered != embedder.name and not remembered.startswith(f"{embedder.name}+"):
        raise SourceUnavailable(
            f"the index has vectors of the model {remembered}, and this gateway has {embedder.name}; "
            "set GATEWAY_EMBEDDER to the model of the index, or index the catalog again"
        )


@lru_cache(maxsize=MODELS_KEPT)
def _adapted(embedder: Any, content: bytes) -> Model:
    return adapted(embedder, Adaptation.of(content))


def adapted(embedder: Embedder, adaptation: Adaptation) -> Model:
    """A model with what was learned."""
    queries = _adapted_queries(embedder, adaptation)
    return Model(queries, ExpandedEmbedder(queries, adaptation.concepts))


def _adapted_queries(embedder: Embedder, adaptation: Adaptation) -> Embedder:
    if has_tokens(embedder):
        return AdaptedEmbedder(embedder, adaptation)
    if isinstance(embedder, AwaitedEmbedder):
        return AwaitedProjection(embedder, adaptation)
    return ProjectedEmbedder(embedder, adaptation)


class AdaptedEmbedder:
    """Embeds with adapted tokens: one look at a smaller table, so it is no slower than the model alone."""

    def __init__(self, embedder: TokenEmbedder, adaptation: Adaptation) -> None:
        self.name, self.dimension = f"{embedder.name}+{adaptation.name}", adaptation.dimension
        self.table: Vectors = ((embedder.table - adaptation.mean) @ adaptation.projection).astype(np.float32)
        self.table[adaptation.tokens] += adaptation.offsets
        self._embedder = embedder

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        return self._embedder.tokens(texts)

    def embed(self, texts: Sequence[str]) -> Vectors:
        return unit_rows(pooled(self.table, self.tokens(texts)))


class ProjectedEmbedder:
    """Embeds with a model of whole texts, and projects what it gives."""

    def __init__(self, embedder: Embedder, adaptation: Adaptation) -> None:
        self.name, self.dimension = f"{embedder.name}+{adaptation.name}", adaptation.dimension
        self._embedder, self._adaptation = embedder, adaptation

    def embed(self, texts: Sequence[str]) -> Vectors:
        return projected(self._embedder.embed(texts), self._adaptation)


class AwaitedProjection(AwaitedEmbedder):
    """The same with a model that is awaited."""

    name, dimension = "", 0

    def __init__(self, embedder: AwaitedEmbedder, adaptation: Adaptation) -> None:
        self.name, self.dimension = f"{embedder.name}+{adaptation.name}", adaptation.dimension
        self._embedder, self._adaptation = embedder, adaptation

    def embed(self, texts: Sequence[str]) -> Vectors:
        return projected(self._embedder.embed(texts), self._adaptation)

    async def embed_queries(self, texts: Sequence[str], deadline: Deadline) -> Vectors:
        return projected(await self._embedder.embed_queries(texts, deadline), self._adaptation)

    async def close(self) -> None:
        await self._embedder.close()


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


class ExpandedEmbedder:
    """Embeds documents: each is drawn to the concepts of the catalog that it is near to.

    So documents that speak of one thing with other words come nearer together. Queries are embedded as they are: they
    are then near to what is meant, and still nearest to what says it with their words.
    """

    def __init__(self, embedder: Embedder, concepts: Vectors, share: float = CONCEPT_SHARE) -> None:
        self.name, self.dimension = embedder.name, embedder.dimension
        self._embedder, self._concepts, self._share = embedder, concepts, share

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = self._embedder.embed(texts)
        for start in range(0, len(vectors), AT_ONCE):
            vectors[start : start + AT_ONCE] = self._drawn(vectors[start : start + AT_ONCE])
        return vectors

    def _drawn(self, vectors: Vectors) -> Vectors:
        cosines = vectors @ self._concepts.T
        count = min(NEAREST_CONCEPTS, len(self._concepts))
        near = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        found = np.take_along_axis(cosines, near, axis=1)
        weights = np.exp(SHARPNESS * (found - found.max(axis=1, keepdims=True)))
        weights /= weights.sum(axis=1, keepdims=True)
        meant = unit_rows(np.einsum("nk,nkd->nd", weights, self._concepts[near]))
        drawn = unit_rows((1 - self._share) * vectors + self._share * meant)
        # What says nothing is near to everything alike.
        return np.where(vectors.any(axis=1, keepdims=True), drawn, vectors).astype(np.float32)
