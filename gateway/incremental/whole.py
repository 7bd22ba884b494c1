"""The answer so far, put together of the parts that have come."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from graphql import (
    GraphQLError,
    IncrementalDeferResult,
    IncrementalStreamResult,
    InitialIncrementalExecutionResult,
)
from graphql.execution import PendingResult

Path: TypeAlias = Sequence[str | int]


class Whole:
    """What a client has that has read all parts up to now: data, errors, and what is still to come at which place.

    It takes over the data of the parts and changes them: a part is written before the next one is added.
    """

    def __init__(self, first: InitialIncrementalExecutionResult) -> None:
        self.data: dict[str, Any] | None = first.data
        self.errors: list[GraphQLError] = [*(first.errors or ())]
        self._pending: dict[str, PendingResult] = {}
        self.expect(first.pending)

    def expect(self, pending: Sequence[PendingResult]) -> None:
        """Something is still to come."""
        self._pending |= {one.id: one for one in pending}

    def pending(self, id_: str) -> PendingResult:
        """What was said of something that is to come, by its id."""
        return self._pending[id_]

    def at(self, path: Path) -> Any:
        """What is at a place."""
        found: Any = self.data
        for key in path:
            found = found[key]
        return found

    def add(self, part: IncrementalDeferResult | IncrementalStreamResult) -> None:
        """The fields of a fragment, or more items of a list."""
        place = self.at([*self.pending(part.id).path, *(part.sub_path or ())])
        if isinstance(part, IncrementalStreamResult):
            place.extend(part.items)
        else:
            place.update(part.data)
        self.errors.extend(part.errors or ())

    def fail(self, errors: Sequence[GraphQLError]) -> None:
        """Something that was to come does not."""
        self.errors.extend(errors)
