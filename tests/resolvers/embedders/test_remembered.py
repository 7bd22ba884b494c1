"""What a model was asked for once is not asked for again, as long as there is room."""

import asyncio
from collections.abc import Sequence

import numpy as np

from resolvers.deadline import Deadline
from resolvers.sources.embedders.remembered import ENTRY_BYTES, RememberingEmbedder
from resolvers.sources.embedding import Vectors
from tests.support.awaited import AwaitedTopics

ROOM_FOR_TWO = 2 * (ENTRY_BYTES + 4 * 4 + len("python"))


class Counted(AwaitedTopics):
    """Writes down what is embedded."""

    def __init__(self) -> None:
        super().__init__()
        self.embedded: list[list[str]] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded.append(list(texts))
        return super().embed(texts)


async def test_a_text_is_asked_for_once() -> None:
    model = Counted()
    remembering = RememberingEmbedder(model)
    first = await remembering.embed_queries(["sql", "logo", "sql"], Deadline())
    second = await asyncio.to_thread(remembering.embed, ["logo", "python", "sql"])
    assert model.embedded == [["sql", "logo"], ["python"]]
    assert np.array_equal(first, AwaitedTopics().embed(["sql", "logo", "sql"]))
    assert np.array_equal(second, AwaitedTopics().embed(["logo", "python", "sql"]))
    assert (remembering.name, remembering.dimension) == ("topics-4", 4)
    await remembering.close()
    assert model.closed == 1


def test_the_least_lately_used_is_forgotten_first() -> None:
    model = Counted()
    remembering = RememberingEmbedder(model, ROOM_FOR_TWO)
    for text in ("sql", "logo", "sql", "python", "sql", "logo"):
        remembering.embed([text])
    assert model.embedded == [["sql"], ["logo"], ["python"], ["logo"]]
