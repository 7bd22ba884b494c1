"""What fields declare of their cost, for the gateway and for a router in front: see docs/security.md.

One point is about what it takes to answer with one object that is at hand. A search of the engine is some ten of them,
and a page of recommendations some fifty.
"""

from typing import Any

from strawberry import UNSET
from strawberry.federation.schema_directives import Cost, ListSize

SEARCH, FIGURE, SUGGESTION = 10, 5, 2
RECOMMENDATION, LIKENESS, PAIRING = 50, 20, 10
ONE_EACH = frozenset({"ids", "representations", "fields", "by"})
"""Arguments whose field gives one item for each item of theirs. The specification has no way to declare it."""
SIZED_BELOW = {"limit": "values"}
"""Arguments that bound lists in each item of a list. Composition refuses `sizedFields` at a list."""
PAGE = 20
"""The items of a page when nobody says, as long as GATEWAY_PAGE_SIZE_DEFAULT is not set."""


def costs(weight: int) -> list[object]:
    """The cost of each value of a field."""
    return [Cost(weight=weight)]


def page(weight: int, *slicing: str) -> list[object]:
    """The cost of a connection, whose `edges` and `nodes` have as many items as the arguments `slicing` ask for."""
    return _list(list(slicing), ["edges", "nodes"], PAGE, weight)


def sized(argument: str, weight: int | None = None) -> list[object]:
    """The size of a list that an argument says, and what each of its items costs where that is not 1.

    The argument has a default, beside which Cosmo's composition refuses an `assumedSize`.
    """
    return _list([argument], UNSET, UNSET, weight)


def some(assumed: int, weight: int | None = None) -> list[object]:
    """About how many items a list has that no argument bounds, and what each costs where that is not 1."""
    return _list(UNSET, UNSET, assumed, weight)


def _list(slicing: Any, below: Any, assumed: Any, weight: int | None) -> list[object]:
    size = ListSize(
        assumed_size=assumed, slicing_arguments=slicing, sized_fields=below, require_one_slicing_argument=False
    )
    return [size] if weight is None else [Cost(weight=weight), size]
