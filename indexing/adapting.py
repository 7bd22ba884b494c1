"""What embeddings learn from a catalog: which names are names of one thing.

Occupations and skills have aliases. From them is learned, without labels and in closed form:

1.  A projection. Names of one concept differ by what does not matter, and concepts differ by what does. The vectors
    are whitened by the covariance within concepts, and the directions in which concepts differ most are kept: Fisher's
    linear discriminant analysis, the within-class covariance shrunk towards a sphere as by Ledoit and Wolf, "A
    Well-Conditioned Estimator for Large-Dimensional Covariance Matrices" (J. Multivariate Analysis 88, 2004).
2.  Offsets of tokens and of pairs of neighbours. Each name is to lie where the other names of its concept do. That is
    a ridge regression of what is still missing on the tokens and pairs, solved by conjugate gradients. A token that is
    in one name alone moves little. A pair knows what its tokens do not: a `project manager` manages no manager.
3.  Concepts: the middle of each one's names, which names are drawn to.
4.  A rotation. What was learned and the model's own direction say much alike: of both together the directions are kept
    in which the model's tokens and the names differ most (principal components).

A model that embeds whole texts has no tokens to move, and learns the first and the third.
"""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from indexing.name_bags import ConceptNames, Groups, NameBags, concepts_of
from indexing.progress import Progress
from indexing.staging import Stage
from resolvers.catalog.extract import names
from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from resolvers.catalog.values import Record
from resolvers.sources.embedding import Embedder, TokenEmbedder, Vectors, has_tokens, pooled, unit_rows
from resolvers.sources.learned import Adaptation

Matrix = NDArray[np.float64]
LEAST_CONCEPTS = 500
"""With fewer concepts of several names there is too little to learn from."""
MOST_NAMES = 400_000
"""So many names are learned from at the most: memory and time are bounded, and more would not change the estimates."""
MOST_EMBEDDED_NAMES = 100_000
"""The same for a model that takes milliseconds for each name, or money."""
MOST_PAIRS = 30_000
"""So many pairs of neighbours are learned from at the most: the most frequent ones."""
TOKENS_STEP = 8
"""Every so many-th token of the model is looked at for the rotation."""


class Learning(NamedTuple):
    """How much is made of a catalog; benchmarks/adaptation.py measures it on aliases that were left out.

    `shrinkage` is the sphere's share of the covariance within concepts, `ridge` the penalty of an offset, and `steps`
    how often the offsets are mended. `learned` is how many directions are kept of what was learned, and `dimension` how
    many of that and of the model together. `pairs` says whether pairs of neighbours have offsets.
    """

    learned: int = 128
    dimension: int = 160
    pairs: bool = True
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
    bags = NameBags(groups, embedder, MOST_PAIRS if how.pairs else 0)
    own = pooled(embedder.table, bags.tokens)
    mean, projection = _discriminants(bags, own.astype(np.float64), how)
    table = ((embedder.table - mean) @ projection).astype(np.float32)
    offsets = _offsets(bags, table, how)
    vectors = unit_rows(bags.mean_of_tokens(table[bags.vocabulary]) + bags.mean_of_parts(offsets))
    of_tokens, of_pairs = np.split(offsets, [len(bags.vocabulary)])
    table[bags.vocabulary] += of_tokens
    concepts = unit_rows(bags.summed_by_concept(vectors))
    said = np.vstack([_both(table[::TOKENS_STEP], embedder.table[::TOKENS_STEP]), _both(vectors, own)])
    _, directions = np.linalg.eigh(said.T @ said)
    rotation = directions[:, ::-1][:, : how.dimension]
    return Adaptation(
        mean=mean.astype(np.float32),
        projection=projection.astype(np.float32),
        tokens=bags.vocabulary.astype(np.int32),
        offsets=of_tokens,
        pairs=bags.pairs,
        pair_offsets=of_pairs,
        concepts=concepts,
        rotation=rotation.astype(np.float32),
    )


def _both(learned_vectors: Vectors, own: Vectors) -> Vectors:
    """The directions of two blocks beside one another."""
    return np.hstack([unit_rows(learned_vectors), unit_rows(own)])


def _of_sentences(groups: Groups, embedder: Embedder, how: Learning) -> Adaptation:
    ends = np.cumsum([len(group) for group in groups])
    groups = groups[: max(1, int(np.searchsorted(ends, MOST_EMBEDDED_NAMES, side="right")))]
    names = ConceptNames(concepts_of(groups), len(groups))
    vectors = embedder.embed([name for group in groups for name in group])
    mean, projection = _discriminants(names, vectors.astype(np.float64), how)
    directions = unit_rows(((vectors - mean) @ projection).astype(np.float32))
    size, kept = projection.shape
    none = np.zeros((0, kept), dtype=np.float32)
    return Adaptation(
        mean=mean.astype(np.float32),
        projection=projection.astype(np.float32),
        tokens=np.zeros(0, dtype=np.int32),
        offsets=none,
        pairs=np.zeros(0, dtype=np.int64),
        pair_offsets=none,
        concepts=unit_rows(names.summed_by_concept(directions)),
        # Nothing is kept of the model's own direction.
        rotation=np.eye(kept + size, kept, dtype=np.float32),
    )


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
    return mean, whitening @ directions[:, ::-1][:, : how.learned]


def _offsets(bags: NameBags, table: Vectors, how: Learning) -> Vectors:
    """What is to be added to tokens and to pairs, so that a name lies where its concept's other names do."""
    vectors = bags.mean_of_tokens(table[bags.vocabulary])
    directions = unit_rows(vectors)
    others = unit_rows(bags.summed_by_concept(directions)[bags.concepts] - directions)
    wanted = others * np.linalg.norm(vectors, axis=1, keepdims=True)
    # A name whose concept has no other teaches nothing.
    missing = np.where(others.any(axis=1, keepdims=True), wanted - vectors, 0).astype(np.float32)
    return _ridge(bags, missing, how)


def _ridge(bags: NameBags, missing: Vectors, how: Learning) -> Vectors:
    """The offsets of least squares with a penalty, by conjugate gradients; each dimension is a system of its own."""
    residual = bags.summed_by_part(missing)
    found, step = np.zeros_like(residual), residual.copy()
    size = (residual**2).sum(axis=0)
    for _ in range(how.steps):
        image = bags.summed_by_part(bags.mean_of_parts(step)) + how.ridge * step
        length = size / np.maximum((step * image).sum(axis=0), np.finfo(np.float32).tiny)
        found += length * step
        residual -= length * image
        smaller = (residual**2).sum(axis=0)
        step = residual + smaller / np.maximum(size, np.finfo(np.float32).tiny) * step
        size = smaller
    return found
