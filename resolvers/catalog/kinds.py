"""The one list of kinds."""

from collections.abc import Mapping
from typing import Any

from resolvers.catalog.client import CLIENT
from resolvers.catalog.job import JOB
from resolvers.catalog.kind import Kind, KindSpec, Ref
from resolvers.catalog.occupation import OCCUPATION
from resolvers.catalog.skill import SKILL
from resolvers.catalog.talent import TALENT

KINDS: Mapping[Kind, KindSpec[Any]] = {spec.kind: spec for spec in (SKILL, OCCUPATION, CLIENT, JOB, TALENT)}
"""Every kind, those that are referred to before those that refer to them."""

SEPARATOR = "_"
"""Ends the prefix of an id, and is nowhere else in one."""
_BY_PREFIX = {spec.prefix: spec.kind for spec in KINDS.values()}


def ref_of(id_: str) -> Ref | None:
    """The entity that an id names by its prefix; None when no kind has that prefix."""
    prefix, separator, rest = id_.partition(SEPARATOR)
    kind = _BY_PREFIX.get(prefix + separator)
    return Ref(kind, id_) if kind is not None and rest else None
