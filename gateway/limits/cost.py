"""What an operation costs: estimated before it is executed, and counted of its answer.

By the cost specification (https://ibm.github.io/graphql-specs/cost-spec.html), added up as Apollo's demand control
does: a field costs its weight and all that is selected of it, as many times as its list has items, and what its
arguments cost. Of an interface or a union, the dearest type counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
    is_abstract_type,
    is_object_type,
)

from gateway.limits.declared import MUTATION_WEIGHT, DeclaredCosts
from gateway.limits.expressions import Number, Variables, largest, times, total, value_of, where
from gateway.limits.selections import ALWAYS, Part, Selected, Selections, any_holds
from gateway.limits.sizes import inputs, sizes_of

MOST_FIELDS = 5_000
"""That are looked at of one operation, once for each type that they may be of."""
META = "__"


class TooManyFields(Exception):
    """The operation has more fields than are looked at."""


@dataclass(frozen=True, slots=True)
class CostedField:
    """A field of the answer: what each of its values and its arguments cost, and the fields below, by their keys."""

    weight: int
    arguments: Number
    below: Mapping[str, "CostedField"]

    def counted(self, value: Any, variables: Variables) -> int:
        """What a value of the answer has cost. A null costs nothing but its arguments."""
        return value_of(self.arguments, variables) + self._values(value, variables)

    def _values(self, value: Any, variables: Variables) -> int:
        if value is None:
            return 0
        if isinstance(value, list):
            if not self.below:
                return self.weight * len(value)
            return sum([self._values(one, variables) for one in value])
        return self.weight + (counted_of(self.below, value, variables) if self.below else 0)


def counted_of(fields: Mapping[str, CostedField], found: Mapping[str, Any], variables: Variables) -> int:
    """What an object of the answer has cost below."""
    return sum([fields[key].counted(value, variables) for key, value in found.items() if key in fields])


class Cost:
    """The cost of an operation, known but for its variables."""

    def __init__(self, estimate: Number, fields: Mapping[str, CostedField], at_least: int) -> None:
        self._estimate, self._fields, self._at_least = estimate, fields, at_least

    def estimated(self, variables: Variables) -> int:
        """What it may cost at the most."""
        return self._at_least + value_of(self._estimate, variables)

    def actual(self, answer: Mapping[str, Any] | None, variables: Variables) -> int:
        """What its answer has cost."""
        return self._at_least + counted_of(self._fields, answer or {}, variables)


class Costs:
    """The costs of a schema's operations. A page of which nobody says how long it is has `page_size` items."""

    def __init__(self, schema: GraphQLSchema, page_size: int) -> None:
        self._schema, self._declared, self._page_size = schema, DeclaredCosts(schema), page_size

    def of(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        *,
        leaf_weight: int = 0,
    ) -> Cost:
        """The cost of a valid operation; a scalar or an enum counts `leaf_weight` more. Raises TooManyFields."""
        root = self._schema.get_root_type(operation.operation)
        if root is None:
            raise LookupError(f"the schema has no {operation.operation.value}")
        look = _Look(self._schema, self._declared, fragments, self._page_size, leaf_weight)
        estimate, fields = look.object(root, [Part(operation.selection_set, ALWAYS)], {})
        return Cost(estimate, fields, MUTATION_WEIGHT if operation.operation is OperationType.MUTATION else 0)


class _Look:
    """A look through one operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        declared: DeclaredCosts,
        fragments: Mapping[str, FragmentDefinitionNode],
        page_size: int,
        leaf_weight: int = 0,
    ) -> None:
        self._schema, self._declared, self._page_size = schema, declared, page_size
        self._leaf_weight = leaf_weight
        self._selections = Selections(schema, fragments)
        self._fields_left = MOST_FIELDS

    def object(
        self, of: GraphQLObjectType, parts: Iterable[Part], sizes: Mapping[str, Number]
    ) -> tuple[Number, dict[str, CostedField]]:
        """What is selected of an object costs, in sum and by field. `sizes` are of the lists in its fields."""
        estimates: list[Number] = []
        fields: dict[str, CostedField] = {}
        for key, selected in self._selections.fields(of, parts).items():
            name = selected[0].node.name.value
            if not name.startswith(META):
                estimate, fields[key] = self._field(of, name, selected, sizes.get(name))
                estimates.append(where(any_holds(selected), estimate))
            elif self._leaf_weight:
                fields[key] = CostedField(self._leaf_weight, 0, {})
                estimates.append(where(any_holds(selected), self._leaf_weight))
        return total(estimates), fields

    def _field(
        self, of: GraphQLObjectType, name: str, selected: Sequence[Selected], given: Number | None
    ) -> tuple[Number, CostedField]:
        self._fields_left -= 1
        if self._fields_left < 0:
            raise TooManyFields
        field, cost, node = of.fields[name], self._declared.of(of.name, name), selected[0].node
        sizes = sizes_of(node, field, cost, given, self._page_size)
        parts = [Part(one.node.selection_set, one.conditions) for one in selected if one.node.selection_set is not None]
        each, below = self._below(field.type, parts, sizes.below) if parts else (0, {})
        arguments = inputs(node, field)
        weight = cost.weight + (0 if parts else self._leaf_weight)
        estimate = total([times(sizes.own, total([weight, each])), arguments])
        return estimate, CostedField(weight, arguments, below)

    def _below(
        self, of: GraphQLOutputType, parts: Sequence[Part], sizes: Mapping[str, Number]
    ) -> tuple[Number, dict[str, CostedField]]:
        estimates: list[Number] = []
        fields: dict[str, CostedField] = {}
        for one in self._possible(of):
            estimate, found = self.object(one, parts, sizes)
            estimates.append(estimate)
            for key, field in found.items():
                if key not in fields or fields[key].weight < field.weight:
                    fields[key] = field
        return largest(estimates), fields

    def _possible(self, of: GraphQLOutputType) -> Sequence[GraphQLObjectType]:
        named = get_named_type(of)
        if is_abstract_type(named):
            return self._schema.get_possible_types(named)
        return [named] if is_object_type(named) else []
