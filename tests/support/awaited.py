"""A model that is awaited, and may fail."""

from collections.abc import Sequence

import numpy as np

from resolvers.deadline import Deadline
from resolvers.errors import SourceError
from resolvers.sources.embedding import AwaitedEmbedder, Vectors
from tests.conftest import TopicEmbedder


class AwaitedTopics(AwaitedEmbedder):
    """The model of topics. `failure` is what it says instead of answering; `extra` numbers make it another model.

    `asked` has the texts of every question, with the seconds that there were for it, and `closed` counts.
    """

    name, dimension = TopicEmbedder.name, TopicEmbedder.dimension

    def __init__(self, failure: SourceError | None = None, extra: int = 0) -> None:
        self._failure, self._extra = failure, extra
        self.asked: list[tuple[list[str], float]] = []
        self.closed = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = TopicEmbedder().embed(texts)
        return np.pad(rows, ((0, 0), (0, self._extra)))

    async def embed_queries(self, texts: Sequence[str], deadline: Deadline) -> Vectors:
        self.asked.append((list(texts), deadline.remaining()))
        if self._failure is not None:
            raise self._failure
        return self.embed(texts)

    async def close(self) -> None:
        self.closed += 1
