"""Conditions that exclude each other.

Whatever has to hold at once is looked at together: the fields of an input, and of everything under its `all`, and
under an `any` of one. An `any` of several is left alone as long as each of its filters can hold by itself.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from resolvers.catalog.talent import lower_levels
from resolvers.catalog.values import ContractType
from resolvers.errors import InvalidFilter
from resolvers.sources.base import AllOf, Exists, Filter, FilterValue, Not, Range, Terms
from schema.domains import Domain

Path = tuple[str | int, ...]
Atom = Terms | Range | Exists | Not
MOST_NAMED = 3
HOURLY = Terms("contract_type", (ContractType.HOURLY.value,)), "only HOURLY jobs have an hourly rate"
FIXED_PRICE = Terms("contract_type", (ContractType.FIXED_PRICE.value,)), "only FIXED_PRICE jobs have a budget"
MEANS: Mapping[str, Sequence[tuple[Terms | Exists, str | None]]] = {
    "hourly_rate_max": [HOURLY],
    "hourly_rate_min": [HOURLY, (Exists("hourly_rate_max"), None)],
    "budget": [FIXED_PRICE],
}
"""What else is so of a job that has the fact, and why. `JobRecord` has it that way."""
LANGUAGES = "languages"


@dataclass(frozen=True)
class Fact:
    """Something that has to hold of one field, the input that asks for it, and why, where it does not itself say so."""

    atom: Atom
    path: Path
    why: str | None = None


def facts(wanted: Filter, path: Path) -> list[Fact]:
    """All that has to hold for a filter to pass, of what can be said of one field."""
    match wanted:
        case AllOf(parts):
            return [fact for part in parts for fact in facts(part, path)]
        case Terms() | Range() | Exists() | Not(Terms() | Range() | Exists()):
            return [Fact(wanted, path)]
    return []


def negated(wanted: Filter, known: Sequence[Fact]) -> list[Fact]:
    """All that has to hold for a filter not to pass, where that can be said of one field."""
    if len(known) != 1 or known[0].atom != wanted:
        return []
    [fact] = known
    return [Fact(fact.atom.part if isinstance(fact.atom, Not) else Not(fact.atom), fact.path)]  # type: ignore[arg-type]


def check(known: Sequence[Fact], domains: Mapping[str, Domain]) -> None:
    """Raise InvalidFilter, with the way to an input, when the facts cannot hold together."""
    of_field: dict[str, list[Fact]] = defaultdict(list)
    for fact in known:
        field = field_of(fact.atom)
        of_field[field].append(fact)
        for meant, why in _meant(fact.atom):
            of_field[meant.field].append(Fact(meant, fact.path, why))
    for field, some in of_field.items():
        if impossible([fact.atom for fact in some], domains[field]):
            raise _explained(_core(some, domains[field]), domains[field])


def _meant(atom: Atom) -> Sequence[tuple[Terms | Exists, str | None]]:
    """What else is so where this holds."""
    if isinstance(atom, Not):
        return ()
    if isinstance(atom, Terms) and atom.field == LANGUAGES and atom.every:
        lower = tuple(term for value in atom.values for term in lower_levels(str(value)))
        return [(Terms(LANGUAGES, lower, every=True), None)] if lower else ()
    return MEANS.get(atom.field, ())


def field_of(atom: Atom) -> str:
    """The one field that it is about."""
    return field_of(atom.part) if isinstance(atom, Not) else atom.field  # type: ignore[arg-type]


def impossible(atoms: Sequence[Atom], domain: Domain) -> bool:
    """Whether no value of one field fulfils all of these. `anyOf: []` is said to match nothing, and is no mistake."""
    wanted = [one for atom in atoms if isinstance(atom, Terms) for one in _choices(atom)]
    unwanted = {
        value
        for atom in atoms
        if isinstance(atom, Not) and isinstance(atom.part, Terms) and len(_choices(atom.part)) == 1
        for value in atom.part.values
    }
    ranges = [atom for atom in atoms if isinstance(atom, Range)]
    if (wanted or ranges or any(isinstance(atom, Exists) for atom in atoms)) and any(_misses(atom) for atom in atoms):
        return True
    if domain.values:
        wanted.append(frozenset(domain.values))
    left = wanted if domain.is_many or not wanted else [frozenset.intersection(*wanted)]
    return any(choice <= unwanted for choice in left) or (bool(ranges) and empty([*ranges, _bounds(domain)]))


def _choices(terms: Terms) -> list[frozenset[FilterValue]]:
    """Sets of values of each of which the field has to have one."""
    if terms.every:
        return [frozenset([value]) for value in terms.values]
    return [frozenset(terms.values)] if terms.values else []


def _misses(atom: Atom) -> bool:
    return isinstance(atom, Not) and isinstance(atom.part, Exists)


def _bounds(domain: Domain) -> Range:
    return Range("", gte=domain.low, lte=domain.high)


def empty(ranges: Sequence[Range]) -> bool:
    """Whether no value lies in all of the ranges."""
    lows: list[Any] = [(low, is_open) for one in ranges for low, is_open in ((one.gte, 0), (one.gt, 1))]
    highs: list[Any] = [(high, -is_open) for one in ranges for high, is_open in ((one.lte, 0), (one.lt, 1))]
    low, low_open = max((bound for bound in lows if bound[0] is not None), default=(None, 0))
    high, high_open = min((bound for bound in highs if bound[0] is not None), default=(None, 0))
    return low is not None and high is not None and (low > high or (low == high and bool(low_open or high_open)))


def _core(known: Sequence[Fact], domain: Domain) -> list[Fact]:
    """As few of the facts as cannot hold together, the last one first; of many, no more than are worth naming."""
    core: list[Fact] = []
    while len(core) < MOST_NAMED and not (core and impossible([fact.atom for fact in core], domain)):
        atoms, found = [fact.atom for fact in known], [fact.atom for fact in core]
        # More facts leave less, so the first that leaves nothing is found by halving.
        count = bisect_left(range(len(atoms)), True, key=lambda end: impossible([*atoms[:end], *found], domain))
        core.append(known[count - 1])
        known = known[: count - 1]
    return core


def _explained(core: Sequence[Fact], domain: Domain) -> InvalidFilter:
    wrong, *others = core
    beside = dict.fromkeys(_shown(fact.path) for fact in others if fact.path != wrong.path)
    if not beside:
        # Each input has been checked by itself, so it is what the fact can be at all that excludes this one.
        return InvalidFilter(f"nothing can match this: {domain}", wrong.path)
    reasons = " and ".join(dict.fromkeys(fact.why for fact in core if fact.why))
    others_too = "" if impossible([fact.atom for fact in core], domain) else " and others"
    because = f", since {reasons}" if reasons else ""
    message = f"nothing can match this beside {' and '.join(beside)}{others_too}{because}; leave one out"
    return InvalidFilter(message, wrong.path)


def _shown(path: Path) -> str:
    return f"`{'.'.join(str(step) for step in path[1:])}`"
