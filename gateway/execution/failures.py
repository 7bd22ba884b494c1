"""The errors of one operation, and which of them the answer has."""

from collections.abc import Sequence
from math import inf
from typing import Any, Final, NamedTuple

from graphql import FieldNode, GraphQLError, located_error

from gateway.execution.places import Place, Trail

Where = tuple[str | int, ...]
"""A place in the answer, by the keys and indexes that lead to it."""


class Failed:
    """What stands in a column for a value that may not be null and failed: whatever holds it is null instead."""


FAILED: Final[Any] = Failed()


class Noted(Exception):
    """Takes the place of a value whose error has been noted, or of one that was given up because of another's."""


class AllFailed(Exception):
    """Ends the wait for the other fields of objects that are null anyway: a field of theirs failed for all of them."""


class Failure(NamedTuple):
    """An error, the way to where it happened, and the turn that it happened in.

    `is_behind` says that it happened behind all that is inside of that place.
    """

    turn: int
    trail: Trail
    error: GraphQLError
    is_behind: bool = False


class Failures:
    """The errors of one operation.

    `spread` says whether any value that may not be null has failed: only then FAILED is anywhere, and is looked for.
    `turn` counts how often something was awaited: within a turn errors are told in the order of fields, as of resolvers
    that await nothing.
    """

    __slots__ = ("_noted", "_nulled", "spread", "turn")

    def __init__(self) -> None:
        self._noted: list[Failure] = []
        self._nulled: dict[Where, int] = {}
        self.spread, self.turn = False, 0

    def note(
        self,
        error: Exception,
        nodes: Sequence[FieldNode],
        place: Place,
        index: int,
        *,
        nullable: bool,
        is_behind: bool = False,
    ) -> Any:
        """Take note of an error. Returns what stands for the value: null, or FAILED where that is not allowed."""
        trail = place.trail(index)
        located = located_error(error, nodes, [crumb.key for crumb in trail])
        self._noted.append(Failure(self.turn, trail, located, is_behind))
        if nullable:
            self._null(trail)
            return None
        self.spread = True
        return FAILED

    def reached(self, place: Place, index: int) -> None:
        """Take note that what failed inside a value has made it null now."""
        self._null(place.trail(index))

    def _null(self, trail: Trail) -> None:
        self._nulled.setdefault(_where(trail), self.turn)

    def __len__(self) -> int:
        return len(self._noted)

    def forget(self, length: int) -> None:
        """Forget all errors but the first so many."""
        del self._noted[length:]

    def all_failed(self, column: Sequence[Any]) -> bool:
        """Whether a field failed for all its parents, and makes all of them null."""
        return self.spread and all(value is FAILED for value in column)

    def told(self) -> list[GraphQLError] | None:
        """The errors of the answer; None without any.

        An error makes null the innermost place around it where null is allowed. What else failed inside such a place is
        told only if it made something null before, as in graphql-core, which does not even get to what comes behind.
        """
        if not self._noted:
            return None
        told: list[GraphQLError] = []
        nulled: set[Where] = set()
        for place, error in self._in_order():
            if any(place[:length] in nulled for length in range(len(place) + 1)):
                continue
            nulled.add(place)
            told.append(error)
        return told

    def _in_order(self) -> list[tuple[Where, GraphQLError]]:
        """The errors as they have made a place null, each with that place."""
        placed = [(_nulled_by(failure.trail), failure) for failure in self._noted]
        # Of what has reached no place yet, the answer is about to become null.
        placed.sort(key=lambda one: (self._nulled.get(one[0], self.turn), *_order(one[1])))
        return [(place, failure.error) for place, failure in placed]


def _order(failure: Failure) -> tuple[int, list[float]]:
    orders: list[float] = [crumb.order for crumb in failure.trail]
    return failure.turn, [*orders, inf] if failure.is_behind else orders


def _where(trail: Trail) -> Where:
    return tuple(crumb.key for crumb in trail)


def _nulled_by(trail: Trail) -> Where:
    """The place that is null because of an error there: the whole answer is `()`."""
    length = len(trail)
    while length and not trail[length - 1].nullable:
        length -= 1
    return _where(trail[:length])
