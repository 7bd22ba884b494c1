"""Where in the answer the values of a column are.

A column is the list of what one field has for all parents of its level. Its values' paths are worked out only for an
error, and for a resolver that wants to know: most are never asked for.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from graphql.pyutils import Path

if TYPE_CHECKING:
    from gateway.execution.plan import Field


class Crumb(NamedTuple):
    """One step on the way from the root to a value: a field, or an index of a list.

    `order` is where it comes among its siblings, and `nullable` whether null may stand there.
    """

    key: str | int
    order: int
    nullable: bool
    typename: str | None = None


Trail = tuple[Crumb, ...]


class Place:
    """The place of each value of a column; of the root, where it is not one of the classes below."""

    __slots__ = ()

    def trail(self, index: int) -> Trail:  # noqa: ARG002  the root is one value
        """The way from the root to a value."""
        return ()

    def origin(self, index: int) -> tuple["Place", int]:
        """The place of the object whose field a value is of, and which of its column it is."""
        return self, index

    def path(self, index: int) -> Path | None:
        """The way to a value as graphql-core has it."""
        path: Path | None = None
        for crumb in self.trail(index):
            path = Path(path, crumb.key, crumb.typename)
        return path


class OfField(Place):
    """The values of one field, one for each of its parents."""

    __slots__ = ("_field", "_parents")

    def __init__(self, parents: Place, field: "Field") -> None:
        self._parents, self._field = parents, field

    def trail(self, index: int) -> Trail:
        field = self._field
        here = Crumb(field.key, field.order, field.completion.nullable, field.parent_type.name)
        return (*self._parents.trail(index), here)

    def origin(self, index: int) -> tuple[Place, int]:
        return self._parents, index


class OfItems(Place):
    """The items of lists, one list behind the other."""

    __slots__ = ("_counts", "_ends", "_lists", "_nullable")

    def __init__(self, lists: Place, counts: Sequence[int], *, nullable: bool) -> None:
        self._lists, self._counts, self._nullable = lists, counts, nullable
        self._ends: list[int] | None = None

    def trail(self, index: int) -> Trail:
        at = self.list_of(index)
        number = index - self._starts(at)
        return (*self._lists.trail(at), Crumb(number, number, self._nullable))

    def origin(self, index: int) -> tuple[Place, int]:
        return self._lists.origin(self.list_of(index))

    def list_of(self, index: int) -> int:
        """Which list an item is of."""
        if self._ends is None:
            self._ends = list(accumulate(self._counts))
        return bisect_right(self._ends, index)

    def _starts(self, at: int) -> int:
        return self._ends[at - 1] if at and self._ends else 0


class Picked(Place):
    """Some values of a column, by their indexes."""

    __slots__ = ("_column", "_indexes")

    def __init__(self, column: Place, indexes: Sequence[int]) -> None:
        self._column, self._indexes = column, indexes

    def trail(self, index: int) -> Trail:
        return self._column.trail(self._indexes[index])

    def origin(self, index: int) -> tuple[Place, int]:
        return self._column.origin(self._indexes[index])
