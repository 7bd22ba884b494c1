"""The plans that were made, those used last; and which operations are planned at all."""

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, OperationType, Undefined
from graphql.execution.collect_fields import collect_fields

from gateway.execution.plan import Plan
from gateway.execution.shape import Shape, shape_of

if TYPE_CHECKING:
    from gateway.execution.executor import Run

MOST_FIELDS = 10_000
"""Of all plans that are kept together. One takes some 5 kB. Plans grow while they run; by how much is seen when the
next operation comes that was not known."""
MOST_CHOICES = 16
"""Plans of one operation: for so many combinations of the variables in its `@skip` and `@include`."""
NOT_PLANNED = {"__schema", "__type"}


class Known:
    """An operation that was seen, and its plans by the values of the variables that choose among its fields.

    It holds what its key is made of: while it is here, no other object can have the same identity.
    """

    def __init__(self, run: "Run") -> None:
        self._held = run.schema, run.operation, run.fragments
        self.shape: Shape = shape_of(run.operation, run.fragments)
        self._plans: OrderedDict[tuple[Any, ...], Plan | None] = OrderedDict()

    @property
    def fields(self) -> int:
        """How many fields its plans have, and how many are written."""
        return self.shape.fields + sum([plan.size.fields for plan in self._plans.values() if plan is not None])

    def plan(self, run: "Run") -> Plan | None:
        """The plan; None where graphql-core executes the operation."""
        given = run.variable_values.coerced
        choice = tuple([given.get(name, Undefined) for name in self.shape.choosing])
        try:
            is_known = choice in self._plans
        except TypeError:  # a value that is not even hashable, in a document that nobody has validated
            return None
        if not is_known:
            self._plans[choice] = planned(run)
            if len(self._plans) > MOST_CHOICES:
                self._plans.popitem(last=False)
        return self._plans[choice]


def planned(run: "Run") -> Plan | None:
    """A plan of an operation; None where it asks for introspection, or where graphql-core has an error for it."""
    root = run.schema.query_type
    if root is None:
        return None
    try:
        found = collect_fields(
            run.schema, run.fragments, run.variable_values, root, run.operation, run.hide_suggestions
        )
    except GraphQLError:
        return None
    grouped = found.grouped_field_set
    if any(details[0].node.name.value in NOT_PLANNED for details in grouped.values()):
        return None
    return Plan(run.schema, root, grouped)


def is_plain(run: "Run") -> bool:
    """Whether nothing is wanted beside a query's answer: what else there is, graphql-core has."""
    return (
        run.operation.operation is OperationType.QUERY
        and not (run.middleware_manager and run.middleware_manager.middlewares)
        and run.abort_signal is None
        and run.hooks is None
        and run.error_propagation
    )


class Plans:
    """Plans by operation, those used last, up to so many fields together."""

    def __init__(self, most_fields: int = MOST_FIELDS) -> None:
        self._known: OrderedDict[tuple[int, ...], Known] = OrderedDict()
        self._most_fields = most_fields

    def __len__(self) -> int:
        return len(self._known)

    def of(self, run: "Run") -> Plan | None:
        """The plan of an operation; None where graphql-core executes it."""
        if not is_plain(run):
            return None
        key = id(run.schema), id(run.operation), *map(id, run.fragment_definitions.values())
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Known(run)
            self._forget()
        self._known.move_to_end(key)
        return known.plan(run) if known.shape.is_planned else None

    def _forget(self) -> None:
        fields = sum(known.fields for known in self._known.values())
        while fields > self._most_fields and len(self._known) > 1:
            _, forgotten = self._known.popitem(last=False)
            fields -= forgotten.fields
