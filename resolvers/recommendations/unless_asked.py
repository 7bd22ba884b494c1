"""What a filter asks for by name, and would not be recommended else."""

from enum import StrEnum
from typing import NamedTuple

from resolvers.catalog.values import Availability, JobStatus
from resolvers.ranking.rules import Rule
from resolvers.sources.base import AllOf, AnyOf, Filter, Not, Terms


class KeptAway(NamedTuple):
    """The value of a field that a rule keeps away."""

    value: StrEnum
    rule: Rule


KEPT_AWAY = {
    "status": KeptAway(JobStatus.CLOSED, Rule.CLOSED),
    "availability": KeptAway(Availability.UNAVAILABLE, Rule.UNAVAILABLE),
}


def asked_for(wanted: Filter, *, passing: bool = True) -> frozenset[Rule]:
    """The rules that do not hold, as the filter asks for the very value that they keep away.

    It does where the value is among those that may pass. To leave out another is no such wish, as who wants nobody that
    works full time does not want who is absent, unless nothing else is left then. `passing` is whether what the filter
    names may pass, or is left out.
    """
    match wanted:
        case AllOf(parts) | AnyOf(parts):
            return frozenset().union(*(asked_for(part, passing=passing) for part in parts))
        case Not(part):
            return asked_for(part, passing=not passing)
        case Terms(field, values) if field in KEPT_AWAY:
            kept, rule = KEPT_AWAY[field]
            is_asked = kept in values if passing else set(type(kept)) - {*values} == {kept}
            return frozenset({rule} if is_asked else ())
    return frozenset()
