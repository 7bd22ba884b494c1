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


def ref_of(id_: str) -> Ref | None:
    """The entity that an id names by its prefix; None when no kind has that prefix."""
    for spec in KINDS.values():
        if id_.startswith(spec.prefix) and len(id_) > len(spec.prefix):
            return Ref(spec.kind, id_)
    return None
