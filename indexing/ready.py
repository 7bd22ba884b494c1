"""Records made ready for an engine."""

from typing import Any, NamedTuple, cast

import numpy as np

from resolvers.catalog.kind import Document, KindSpec, Ref, Related, Texts
from resolvers.catalog.values import Record
from resolvers.sources.base import FilterValue
from resolvers.sources.building import IndexedDocument
from resolvers.sources.embedding import Vectors

Values = dict[str, tuple[FilterValue, ...]]


class Ready(NamedTuple):
    """An IndexedDocument that waits for its vector."""

    document: Document
    texts: Texts
    fields: Values
    sorts: dict[str, Any]


def made_ready(spec: KindSpec[Any], record: Record, others: Related) -> Ready:
    """What an engine needs of a record; `others` are the records that it refers to."""
    return Ready(
        Document(Ref(spec.kind, record.id), record),
        spec.texts(record, others),
        cast("Values", {field.name: tuple(field.values(record, others)) for field in spec.fields}),
        {order.name: order.value(record, others) for order in spec.sorts},
    )


def without_vectors(batch: list[Ready]) -> list[IndexedDocument]:
    return [IndexedDocument(*ready, vector=None) for ready in batch]


def with_vectors(batch: list[Ready], vectors: Vectors) -> list[IndexedDocument]:
    """The documents with the vectors of their texts; a row of zeros stands for a text that says nothing."""
    says_something: list[bool] = np.any(vectors, axis=1).tolist()
    return [
        IndexedDocument(*ready, vector=vector if said else None)
        for ready, vector, said in zip(batch, vectors, says_something, strict=True)
    ]
