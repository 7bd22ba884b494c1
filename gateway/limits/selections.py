"""What an operation selects of an object of some type, merged as the answer has it, whatever variables say.

GraphQL, 6.3.2, CollectFields, with the difference that `@skip` and `@include` by variables are kept as conditions.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)

from gateway.limits.expressions import Variables


class Condition(NamedTuple):
    """A variable, and what it has to be."""

    variable: str
    wanted: bool


Conditions: TypeAlias = frozenset[Condition]
ALWAYS: Conditions = frozenset()


class Part(NamedTuple):
    """A piece of a selection, and what has to hold for it to be there."""

    selections: SelectionSetNode
    conditions: Conditions


class Selected(NamedTuple):
    """A field by one of its nodes, and what has to hold for it to be there."""

    node: FieldNode
    conditions: Conditions


class Selections:
    """Collects the fields of the operations of one document."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema, self._fragments = schema, fragments

    def fields(self, of: GraphQLObjectType, parts: Iterable[Part]) -> dict[str, list[Selected]]:
        """The fields by their keys in the answer, each with all of its nodes."""
        found: dict[str, list[Selected]] = {}
        seen: set[tuple[str, Conditions]] = set()
        for part in parts:
            for key, selected in self._collected(of, part, seen):
                found.setdefault(key, []).append(selected)
        return found

    def _collected(
        self, of: GraphQLObjectType, part: Part, seen: set[tuple[str, Conditions]]
    ) -> Iterator[tuple[str, Selected]]:
        for node in part.selections.selections:
            own = _conditions(node.directives or ())
            if own is None:
                continue
            conditions = part.conditions | own
            if isinstance(node, FieldNode):
                yield (node.alias or node.name).value, Selected(node, conditions)
                continue
            inside = self._inside(of, node, conditions, seen)
            if inside is not None:
                yield from self._collected(of, Part(inside, conditions), seen)

    def _inside(
        self, of: GraphQLObjectType, node: object, conditions: Conditions, seen: set[tuple[str, Conditions]]
    ) -> SelectionSetNode | None:
        """What a fragment selects; None for one of another type, and for one that was looked at."""
        if isinstance(node, InlineFragmentNode):
            return node.selection_set if self._applies(node.type_condition, of) else None
        if not isinstance(node, FragmentSpreadNode) or (node.name.value, conditions) in seen:
            return None
        seen.add((node.name.value, conditions))
        fragment = self._fragments[node.name.value]
        return fragment.selection_set if self._applies(fragment.type_condition, of) else None

    def _applies(self, condition: NamedTypeNode | None, of: GraphQLObjectType) -> bool:
        if condition is None or condition.name.value == of.name:
            return True
        named = self._schema.get_type(condition.name.value)
        return named is not None and is_abstract_type(named) and self._schema.is_sub_type(named, of)


def _conditions(directives: Iterable[DirectiveNode]) -> Conditions | None:
    """What has to hold by `@skip` and `@include`; None where it never does."""
    found = set()
    for directive in directives:
        if directive.name.value not in ("skip", "include"):
            continue
        wanted = directive.name.value == "include"
        for argument in directive.arguments or ():
            if isinstance(argument.value, VariableNode):
                found.add(Condition(argument.value.name.value, wanted))
            elif isinstance(argument.value, BooleanValueNode) and argument.value.value is not wanted:
                return None
    return frozenset(found)


def any_holds(selected: Sequence[Selected]) -> Callable[[Variables], bool] | None:
    """Whether a field is there by any of its nodes; None where it always is."""
    alternatives = [one.conditions for one in selected]
    if not all(alternatives):
        return None
    return lambda variables: any(
        all(variables.get(name) is wanted for name, wanted in conditions) for conditions in alternatives
    )
