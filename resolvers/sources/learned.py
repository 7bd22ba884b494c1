"""What a model has learned from a catalog, as it is kept with the index that was built with it.

`indexing/adapting.py` says how it is learned, and `adapted.py` how texts are embedded with it.
"""

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import msgspec
import numpy as np
from numpy.typing import NDArray

from resolvers.errors import SourceUnavailable
from resolvers.sources.embedding import Vectors

HALF, INTEGER, LONG = np.dtype("<f2"), np.dtype("<i4"), np.dtype("<i8")
FINGERPRINT_BYTES = 4


@dataclass(frozen=True)
class Adaptation:
    """What was learned from a catalog.

    A token's vector is `(row of the model's table - mean) @ projection`, and `offsets` are added to those of `tokens`.
    A name's is the mean of its tokens' and of the `pair_offsets` of its `pairs` of neighbours, which are sorted keys.
    Of a model without tokens it is a text's vector that becomes `(vector - mean) @ projection`, without offsets.
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
