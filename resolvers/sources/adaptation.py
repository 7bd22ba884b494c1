"""The model of an index: the embedder with what it has learned from the catalog that the index was built of.

Names of one thing, which the catalog's aliases are, lie nearer together than the model alone puts them, in fewer
dimensions.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from resolvers.catalog.kind import Texts
from resolvers.errors import SourceUnavailable
from resolvers.sources.adapted import Shares, embedders_of
from resolvers.sources.embedding import Embedder, Vectors, parts_to_embed, unit_rows
from resolvers.sources.learned import Adaptation

MODELS_KEPT = 4
"""Changes come in many small batches to the same index."""
QUERY_GENERAL, TEXT_GENERAL = 0.25, 0.75
"""The share of the model's own direction in the vector of a query and of a text; a name has none of it.

So a query is compared with names by what was learned alone, and with texts by both alike; the best score is the same.
"""
CONCEPT_SHARE = 0.5
"""How far a name's vector is drawn to the concepts that it is near to."""


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
    """A model with what it has learned, and kept as `content`; alone without that.

    Raises SourceUnavailable when what was kept is damaged.
    """
    if content is None:
        return Model(embedder, embedder, embedder, embedder)
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
    """A model with what was learned.

    Queries are not drawn to concepts: they are near to what is meant, and still nearest to what says it in their words.
    """
    shares = (Shares(QUERY_GENERAL), Shares(), Shares(concepts=CONCEPT_SHARE), Shares(TEXT_GENERAL))
    return Model(*embedders_of(embedder, adaptation, shares))
