"""Random filters of a kind."""

from random import Random
from typing import Any

from resolvers.catalog.kind import FieldType, Kind
from resolvers.catalog.kinds import KINDS
from resolvers.sources.base import AllOf, AnyOf, Exists, Filter, Not, Range, Terms


def some_filter(random: Random, kind: Kind, documents: Any, depth: int) -> Filter:
    """A filter of the kind's own fields and values, and now and then of a value that no document has."""
    shape = random.choice(["terms", "range", "exists", *(["all", "any", "not"] * 2 if depth else [])])
    if shape in ("all", "any"):
        parts = tuple(some_filter(random, kind, documents, depth - 1) for _ in range(random.randrange(4)))
        return AllOf(parts) if shape == "all" else AnyOf(parts)
    if shape == "not":
        return Not(some_filter(random, kind, documents, depth - 1))
    ordered = {FieldType.NUMBER, FieldType.DATE}
    fields = [field for field in KINDS[kind].fields if shape != "range" or field.type in ordered]
    if not fields:
        return Exists("id")
    field = random.choice(fields).name
    values = sorted({value for document in documents for value in document.fields[field]})
    if shape == "exists" or not values:
        return Exists(field)
    if shape == "terms":
        return Terms(field, tuple(random.choices(values, k=random.randrange(4))), random.random() < 0.3)
    bounds = {random.choice(["gt", "gte"]): random.choice(values), random.choice(["lt", "lte"]): random.choice(values)}
    return Range(field, **dict(random.sample(sorted(bounds.items()), random.randrange(1, 3))))  # type: ignore[arg-type]
