"""What of an operation asks for an answer in parts: its `@defer` and `@stream`."""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    REMOVE,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    visit,
)

from gateway.execution.shape import INCREMENTAL


class Wishes:
    """The `@defer` and `@stream` of an operation: whether it has any, and whether they hold for some variables."""

    def __init__(self, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments, self._seen = fragments, set[str]()
        self._variables, self._is_fixed, self.are_there = set[str](), False, False
        self._look(operation.selection_set)

    def hold(self, variables: Mapping[str, Any]) -> bool:
        """Whether any is asked for with these values: their `if` is true where nobody says otherwise."""
        return self._is_fixed or any(variables.get(name) is not False for name in self._variables)

    def _look(self, selections: SelectionSetNode | None) -> None:
        for node in selections.selections if selections else ():
            self._note(node.directives or ())
            if isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name not in self._seen and name in self._fragments:
                    self._seen.add(name)
                    self._look(self._fragments[name].selection_set)
            else:
                self._look(node.selection_set)  # type: ignore[attr-defined]  # a field or an inline fragment

    def _note(self, directives: Iterable[DirectiveNode]) -> None:
        for directive in directives:
            if directive.name.value not in INCREMENTAL:
                continue
            self.are_there = True
            given = next((one.value for one in directive.arguments or () if one.name.value == "if"), None)
            if isinstance(given, VariableNode):
                self._variables.add(given.name.value)
            elif not isinstance(given, BooleanValueNode) or given.value:
                self._is_fixed = True


class _Whole(Visitor):
    def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
        return REMOVE if node.name.value in INCREMENTAL else None


def whole(document: DocumentNode) -> DocumentNode:
    """The document that has the same answer in one."""
    found: DocumentNode = visit(document, _Whole())
    return found
