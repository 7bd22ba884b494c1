"""Operations with their prices: what they may cost, and whether that is more than a viewer may spend at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from graphql import GraphQLSchema
from strawberry.types import ExecutionResult

from gateway.admission import Prepared
from gateway.executing import Executed, Incremental
from gateway.execution.operations import Bound
from gateway.execution.operations import Prepared as PreparedOperation
from gateway.limits.cost import MOST_FIELDS, Cost, Costs, TooManyFields
from gateway.limits.rates import LEAST
from gateway.limits.refusals import CostLimitExceeded, FieldLimitExceeded
from resolvers.viewer import ViewerClass

COST, COST_IN_PARTS = "cost", "cost in parts"
"""Under these names an operation's costs lie beside it: answered in one, and in parts if it asks for that."""
UNPAID = "unpaid"
"""Under this name lies what a document is to cost whoever has sent it first."""
CHARACTERS = 50
"""So many characters of a document that is not known are read for a point: it is parsed and validated."""
LEAF_IN_PARTS = 2
"""What a scalar or an enum of an answer in parts counts. In one, columns of them cost next to nothing (ADR 61)."""


class Prices:
    """What operations cost, and the most that each class of viewers may spend in one request."""

    def __init__(self, schema: GraphQLSchema, page_size: int, most: Mapping[ViewerClass, int]) -> None:
        self._costs, self._most = Costs(schema, page_size), most

    def price(self, prepared: PreparedOperation) -> None:
        """Find out the cost of an operation that is to be kept. Raises FieldLimitExceeded."""
        if prepared.document.loc is not None:
            prepared.beside[UNPAID] = len(prepared.document.loc.source.body) // CHARACTERS
        of = prepared.operation, prepared.fragments
        try:
            prepared.beside[COST] = self._costs.of(*of)
            if prepared.wishes.are_there:
                prepared.beside[COST_IN_PARTS] = self._costs.of(*of, leaf_weight=LEAF_IN_PARTS)
        except TooManyFields as error:
            message = f"the operation has over {MOST_FIELDS} fields, by all types that it may find; ask for fewer"
            raise FieldLimitExceeded(message, limit=MOST_FIELDS, actual=MOST_FIELDS + 1) from error

    def estimated(self, operations: Sequence[Prepared], viewer_class: ViewerClass) -> int:
        """What all operations of a request may cost together. Raises CostLimitExceeded."""
        cost = sum([estimate_of(one) for one in operations])
        most = self._most[viewer_class]
        if cost > most:
            raise CostLimitExceeded(
                f"this may cost {cost} points, and an operation may cost {most}; ask for shorter pages with `first`, "
                "for fewer lists inside of lists, or in several requests (docs/security.md says what costs how much)",
                limit=most,
                actual=cost,
            )
        return cost

    def told(self, operation: Prepared, executed: Executed, viewer_class: ViewerClass) -> Mapping[str, Any]:
        """What is said of an operation's cost: before, after, and at most."""
        cost = _cost(operation) if isinstance(operation, Bound) else FREE
        variables = operation.values.coerced if isinstance(operation, Bound) else {}
        return {
            "estimated": estimate_of(operation),
            "actual": max(LEAST, cost.actual(_data(executed), variables)),
            "limit": self._most[viewer_class],
        }


FREE = Cost(0, {}, 0)


def reading(operations: Sequence[Prepared], failed: int) -> int:
    """What it costs to have read documents that were not known, and so many characters of those that failed."""
    unpaid: list[int] = [one.prepared.beside.pop(UNPAID, 0) for one in operations if isinstance(one, Bound)]
    return sum(unpaid) + failed // CHARACTERS


def estimate_of(operation: Prepared) -> int:
    """What an operation may cost; one that cannot be executed costs the least."""
    if not isinstance(operation, Bound):
        return LEAST
    return max(LEAST, _cost(operation).estimated(operation.values.coerced))


def _cost(operation: Bound) -> Cost:
    found: Cost = operation.prepared.beside[COST_IN_PARTS if isinstance(operation, Incremental) else COST]
    return found


def _data(executed: Executed) -> Any:
    # Records in it are written already, and are read again.
    return (
        orjson.loads(orjson.dumps(executed.data))
        if isinstance(executed, ExecutionResult)
        else orjson.loads(executed)["data"]
    )
