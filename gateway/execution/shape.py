"""What can be seen of an operation before its variables are known."""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from graphql import FieldNode, FragmentSpreadNode, OperationDefinitionNode, SelectionSetNode, VariableNode
from graphql.execution.collect_fields import FragmentDetails
from graphql.language import DirectiveNode

DEEPEST = 60
"""Levels of an operation. graphql-core says of a deeper one where it ends, when Python's stack does."""
INCREMENTAL = {"defer", "stream"}
CHOOSING = {"skip", "include"}


class Shape(NamedTuple):
    """Whether an operation is planned, which variables choose among its fields, and how many fields are written."""

    is_planned: bool
    choosing: tuple[str, ...]
    fields: int


def shape_of(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDetails]) -> Shape:
    """Look through an operation and its fragments."""
    look = _Look(fragments)
    try:
        depth = look.depth(operation.selection_set)
    except RecursionError:
        depth = math.inf
    takes_arguments = any(fragment.variable_signatures for fragment in fragments.values())
    is_planned = depth <= DEEPEST and not look.is_incremental and not takes_arguments
    return Shape(is_planned, tuple(dict.fromkeys(look.choosing)), look.fields)


class _Look:
    """A look through selections. Each fragment is looked at once."""

    def __init__(self, fragments: Mapping[str, FragmentDetails]) -> None:
        self._fragments, self._depths = fragments, dict[str, float]()
        self.choosing: list[str] = []
        self.is_incremental, self.fields = False, 0

    def depth(self, selections: SelectionSetNode | None) -> float:
        """How many levels there are; without end where a fragment is inside itself."""
        deepest: float = 0
        for node in selections.selections if selections else ():
            self._directives(node.directives)
            if isinstance(node, FieldNode):
                self.fields += 1
                deepest = max(deepest, 1 + self.depth(node.selection_set))
            elif isinstance(node, FragmentSpreadNode):
                deepest = max(deepest, self._fragment(node.name.value))
            else:
                deepest = max(deepest, self.depth(node.selection_set))  # type: ignore[attr-defined]  # an inline fragment
        return deepest

    def _fragment(self, name: str) -> float:
        if name not in self._depths and name in self._fragments:
            self._depths[name] = math.inf
            self._depths[name] = self.depth(self._fragments[name].definition.selection_set)
        return self._depths.get(name, 0)

    def _directives(self, directives: Iterable[DirectiveNode] | None) -> None:
        for directive in directives or ():
            name = directive.name.value
            self.is_incremental = self.is_incremental or name in INCREMENTAL
            if name in CHOOSING:
                values = [argument.value for argument in directive.arguments or ()]
                self.choosing += [value.name.value for value in values if isinstance(value, VariableNode)]
