"""What embeddings learn from a catalog: which names are names of one thing.

Occupations and skills have aliases. From them is learned, without labels and in closed form:

1.  A projection. Names of one concept differ by what does not matter, and concepts differ by what does. The vectors
    are whitened by the covariance within concepts, and the directions in which concepts differ most are kept: Fisher's
    linear discriminant analysis, the within-class covariance shrunk towards a sphere as by Ledoit and Wolf, "A
    Well-Conditioned Estimator for Large-Dimensional Covariance Matrices" (J. Multivariate Analysis 88, 2004).
2.  Offsets of tokens. Each name is to lie where the other names of its concept do. That is a ridge regression of what
    is still missing on the tokens, solved by conjugate gradients. A token that is in one name alone moves little.
3.  Concepts: the middle of each one's names, which documents are drawn to.

A model that embeds whole texts has no tokens to move, and learns the first and the last.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexing.progress import Progress
from indexing.staging import Stage
from resolvers.catalog.extract import names
from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from resolvers.catalog.values import Record
from resolvers.sources.adaptation import Adaptation
from resolvers.sources.embedding import Embedder, TokenEmbedder, Vectors, has_tokens, pooled, unit_rows

Groups = Sequence[Sequence[str]]
Matrix = NDArray[np.float64]
Rows = NDArray[np.int64]
LEAST_CONCEPTS = 500
"""With fewer concepts of several names there is too little to learn from."""
MOST_NAMES = 400_000
"""So many names are learned from at the most: memory and time are bounded, and more would not change the estimates."""
MOST_EMBEDDED_NAMES = 100_000
"""The same for a model that takes milliseconds for each name, or money."""


class Learning(NamedTuple):
    """How much is made of a catalog; benchmarks/adaptation.py measures it on aliases that were left out.

    `shrinkage` is the sphere's share of the covariance within concepts, `ridge` the penalty of an offset, and `steps`
    how often the offsets are mended.
    """

    dimension: int = 128
    shrinkage: float = 0.3
    ridge: float = 1.0
    steps: int = 10


IN_USE = Learning()


def adaptation_of(stage: Stage, embedder: Embedder | None, progress: Progress) -> bytes | None:
    """What a model learns from the staged catalog, to be kept with its index; None when it learns nothing."""
    if embedder is None:
        return None
    progress.start("Learning from names", None, "concepts")
    groups = list(_staged_names(stage))
    progress.advance(len(groups))
    adaptation = adaptation_of_names(groups, embedder)
    progress.finish()
    return adaptation


def adaptation_of_names(groups: Groups, embedder: Embedder) -> bytes | None:
    """What a model learns from the names of concepts; None when those with several names are too few."""
    several = [group for group in groups if len(group) > 1]
    return learned(several, embedder).content if len(several) >= LEAST_CONCEPTS else None


def _staged_names(stage: Stage) -> Iterator[tuple[str, ...]]:
    """The names of each occupation and skill, as far as there is room for them."""
    room = MOST_NAMES
    for kind in (Kind.OCCUPATION, Kind.SKILL):
        decode = msgspec.json.Decoder(KINDS[kind].record).decode
        for line in stage.scan(kind):
            names = names_of(decode(line))
            room -= len(names)
            if room < 0:
                return
            yield names


def names_of(record: Record) -> tuple[str, ...]:
    """The different names of an occupation or a skill; none of another record."""
    return tuple(dict.fromkeys(names({record.id: record}, record.id)))


def learned(groups: Groups, embedder: Embedder, how: Learning = IN_USE) -> Adaptation:
    """What the names of concepts teach a model, in a few seconds for some ten thousand names, and their embedding."""
    return _of_tokens(groups, embedder, how) if has_tokens(embedder) else _of_sentences(groups, embedder, how)


def _of_tokens(groups: Groups, embedder: TokenEmbedder, how: Learning) -> Adaptation:
    bags = NameBags(groups, embedder)
    mean, projection = _discriminants(bags, pooled(embedder.table, bags.tokens).astype(np.float64), how)
    table = ((embedder.table - mean) @ projection).astype(np.float32)
    offsets = _offsets(bags, table, how)
    table[bags.vocabulary] += offsets
    concepts = unit_rows(bags.summed_by_concept(unit_rows(pooled(table, bags.tokens))))
    return Adaptation(
        mean.astype(np.float32), projection.astype(np.float32), bags.vocabulary.astype(np.int32), offsets, concepts
    )


def _of_sentences(groups: Groups, embedder: Embedder, how: Learning) -> Adaptation:
    ends = np.cumsum([len(group) for group in groups])
    groups = groups[: max(1, int(np.searchsorted(ends, MOST_EMBEDDED_NAMES, side="right")))]
    names = ConceptNames(_concepts(groups), len(groups))
    vectors = embedder.embed([name for group in groups for name in group])
    mean, projection = _discriminants(names, vectors.astype(np.float64), how)
    directions = unit_rows(((vectors - mean) @ projection).astype(np.float32))
    none = np.zeros((0, projection.shape[1]), dtype=np.float32)
    return Adaptation(
        mean.astype(np.float32),
        projection.astype(np.float32),
        np.zeros(0, dtype=np.int32),
        none,
        unit_rows(names.summed_by_concept(directions)),
    )


def _concepts(groups: Groups) -> Rows:
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
    """Names as bags of tokens, and the concept of each.

    `vocabulary` has the tokens that are in any name.
    """

    def __init__(self, groups: Groups, embedder: TokenEmbedder) -> None:
        tokens = embedder.tokens([name for group in groups for name in group])
        said = [row for row, ids in enumerate(tokens) if ids]
        super().__init__(_concepts(groups)[said], len(groups))
        self.tokens = [tokens[row] for row in said]
        lengths = np.array([len(ids) for ids in self.tokens])
        flat = np.concatenate([np.array(ids, dtype=np.int64) for ids in self.tokens])
        self.vocabulary, columns = np.unique(flat, return_inverse=True)
        shares = np.repeat(1.0 / lengths, lengths).astype(np.float32)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        self._means = csr_array((shares, columns, starts), shape=(len(lengths), len(self.vocabulary)))
        self._sums = self._means.T.tocsr()

    def mean_of_tokens(self, vectors: Vectors) -> Vectors:
        """For each name the mean of its tokens' vectors, which are in the order of the vocabulary."""
        means: Vectors = self._means @ vectors
        return means

    def summed_by_token(self, vectors: Vectors) -> Vectors:
        """For each token the sum of the vectors of its names, by its share in each: the transpose of the above."""
        sums: Vectors = self._sums @ vectors
        return sums


def _discriminants(bags: ConceptNames, vectors: Matrix, how: Learning) -> tuple[Matrix, Matrix]:
    """The mean, and the directions in which concepts differ most where names of one concept differ alike."""
    mean = vectors.mean(axis=0)
    centred = vectors - mean
    middles = bags.summed_by_concept(centred) / np.maximum(bags.counts, 1)[:, None]
    within = centred - middles[bags.concepts]
    covariance = within.T @ within / max(1, len(within) - bags.concept_count)
    size = len(covariance)
    sphere = np.trace(covariance) / size * np.eye(size)
    values, axes = np.linalg.eigh((1 - how.shrinkage) * covariance + how.shrinkage * sphere)
    whitening = axes / np.sqrt(values)
    between = middles @ whitening
    _, directions = np.linalg.eigh((between * bags.counts[:, None]).T @ between)
    return mean, whitening @ directions[:, ::-1][:, : how.dimension]


def _offsets(bags: NameBags, table: Vectors, how: Learning) -> Vectors:
    """What is to be added to the tokens of the vocabulary, so that a name lies where its concept's other names do."""
    vectors = bags.mean_of_tokens(table[bags.vocabulary])
    directions = unit_rows(vectors)
    others = unit_rows(bags.summed_by_concept(directions)[bags.concepts] - directions)
    wanted = others * np.linalg.norm(vectors, axis=1, keepdims=True)
    # A name whose concept has no other teaches nothing.
    missing = np.where(others.any(axis=1, keepdims=True), wanted - vectors, 0).astype(np.float32)
    return _ridge(bags, missing, how)


def _ridge(bags: NameBags, missing: Vectors, how: Learning) -> Vectors:
    """The offsets of least squares with a penalty, by conjugate gradients; each dimension is a system of its own."""
    residual = bags.summed_by_token(missing)
    found, step = np.zeros_like(residual), residual.copy()
    size = (residual**2).sum(axis=0)
    for _ in range(how.steps):
        image = bags.summed_by_token(bags.mean_of_tokens(step)) + how.ridge * step
        length = size / np.maximum((step * image).sum(axis=0), np.finfo(np.float32).tiny)
        found += length * step
        residual -= length * image
        smaller = (residual**2).sum(axis=0)
        step = residual + smaller / np.maximum(size, np.finfo(np.float32).tiny) * step
        size = smaller
    return found
