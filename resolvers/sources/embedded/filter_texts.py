"""From the gateway's filters to tantivy's query language, which is all that its aggregations take for a filter.

So everything about a matching set is one pass over it; a pass for each filter takes thirty times as long for the facets
of jobs.
"""

from datetime import datetime
from decimal import Decimal

from resolvers.sources.embedded.mapping import field_column
from resolvers.sources.filters import AllOf, AnyOf, Exists, Filter, FilterValue, Not, Range, Terms
from resolvers.sources.sort_keys import stored_value

EVERYTHING, NOTHING = "*", "(+* -*)"


def filter_text(wanted: Filter) -> str:
    """A filter as a text of the query language; the same documents as `filter_query` finds."""
    match wanted:
        case AllOf(parts):
            return _joined("AND", [filter_text(part) for part in parts], EVERYTHING)
        case AnyOf(parts):
            return _joined("OR", [filter_text(part) for part in parts], NOTHING)
        case Not(part):
            return f"(+* -{filter_text(part)})"
        case Exists(field):
            return f"{field_column(field)}:*"
        case Terms(field, values, every):
            terms = [f"{field_column(field)}:{_term(value)}" for value in values]
            return _joined("AND", terms, EVERYTHING) if every else _joined("OR", terms, NOTHING)
        case Range():
            return f"{field_column(wanted.field)}:{_range(wanted)}"


def _joined(word: str, parts: list[str], none: str) -> str:
    return f"({f' {word} '.join(parts)})" if parts else none


def _term(value: FilterValue) -> str:
    stored = stored_value(value)
    if isinstance(stored, bool):
        return str(stored).lower()
    if isinstance(stored, str):
        escaped = stored.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    number = _number(stored)
    return f"[{number} TO {number}]"


def _range(wanted: Range) -> str:
    low, high = wanted.gte if wanted.gt is None else wanted.gt, wanted.lte if wanted.lt is None else wanted.lt
    if low is None and high is None:
        return "*"
    begins, ends = "[" if wanted.gt is None else "{", "]" if wanted.lt is None else "}"
    return f"{begins}{_bound(low)} TO {_bound(high)}{ends}"


def _bound(bound: float | datetime | None) -> str:
    return "*" if bound is None else _number(stored_value(bound))


def _number(stored: str | float) -> str:
    """All digits of it, since the language knows no exponent with a plus."""
    return str(stored) if isinstance(stored, int) else format(Decimal(repr(stored)), "f")
