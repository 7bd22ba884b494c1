"""The vectors of texts that were embedded before: queries come again and again, and so do names."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock

import numpy as np

from resolvers.deadline import Deadline
from resolvers.sources.embedding import AwaitedEmbedder, Vector, Vectors

MEMORY_BYTES = 2**26
"""About 40,000 vectors of 384 dimensions, or 10,000 of 1,536."""
ENTRY_BYTES = 200
"""What a text and its place take, about, beside its vector."""


class RememberingEmbedder(AwaitedEmbedder):
    """A model that is asked for every text once, as long as there is room; the least lately used goes first."""

    def __init__(self, embedder: AwaitedEmbedder, memory_bytes: int = MEMORY_BYTES) -> None:
        self._embedder, self._room = embedder, memory_bytes
        self._kept: OrderedDict[str, Vector] = OrderedDict()
        self._lock = Lock()

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        known = self._known(texts)
        if asked := [text for text in dict.fromkeys(texts) if text not in known]:
            known |= self._keep(asked, self._embedder.embed(asked))
        return np.array([known[text] for text in texts])

    async def embed_queries(self, texts: Sequence[str], deadline: Deadline) -> Vectors:
        known = self._known(texts)
        if asked := [text for text in dict.fromkeys(texts) if text not in known]:
            known |= self._keep(asked, await self._embedder.embed_queries(asked, deadline))
        return np.array([known[text] for text in texts])

    async def close(self) -> None:
        await self._embedder.close()

    def _known(self, texts: Sequence[str]) -> dict[str, Vector]:
        with self._lock:
            found = {text: self._kept[text] for text in texts if text in self._kept}
            for text in found:
                self._kept.move_to_end(text)
        return found

    def _keep(self, texts: Sequence[str], vectors: Vectors) -> Mapping[str, Vector]:
        # Copies, since a row would keep all the rows beside it.
        new = {text: vector.copy() for text, vector in zip(texts, vectors, strict=True)}
        with self._lock:
            for text, vector in new.items():
                if text not in self._kept:
                    self._kept[text] = vector
                    self._room -= _size(text, vector)
            while self._room < 0:
                self._room += _size(*self._kept.popitem(last=False))
        return new


def _size(text: str, vector: Vector) -> int:
    return ENTRY_BYTES + len(text) + vector.nbytes
