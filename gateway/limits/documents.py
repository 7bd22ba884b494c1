"""How large a document is: what is looked at before it is validated, which may take long for a malicious one.

Each fragment is looked at once, however often it is used; its uses are counted with all that is in it. One that is not
used is looked at, too, as validation does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, FragmentSpreadNode, OperationDefinitionNode

from gateway.limits.refusals import (
    AliasLimitExceeded,
    DepthLimitExceeded,
    DirectiveLimitExceeded,
    FieldLimitExceeded,
    LimitExceeded,
    RootFieldLimitExceeded,
)

MOST_FIELDS = 2_000
"""With every use of a fragment. A page of a website has some hundred; introspection some two hundred."""
TYPENAME = "__typename"


class Size(NamedTuple):
    """What a selection has, and how many levels. `top` are the fields of its first level."""

    fields: int = 0
    aliases: int = 0
    directives: int = 0
    depth: int = 0
    top: int = 0

    def beside(self, other: "Size") -> "Size":
        """Both together."""
        return Size(
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.directives + other.directives,
            max(self.depth, other.depth),
            self.top + other.top,
        )


@dataclass(frozen=True)
class DocumentLimits:
    """How large each operation and each fragment of a document may be."""

    depth: int
    aliases: int
    root_fields: int
    directives: int

    def __call__(self, document: DocumentNode) -> None:
        """Raise LimitExceeded for a document of which anything is too large."""
        fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
        look = _Look(fragments)
        try:
            for one in document.definitions:
                if isinstance(one, OperationDefinitionNode):
                    self._check(look.size(one))
            for name in fragments:
                # What it has at its top is of the root only where an operation has it there.
                self._check(look.fragment(name)._replace(top=0))
        except RecursionError as error:
            message = "the fragments of the document are nested too deeply; put them into one another less often"
            raise DepthLimitExceeded(message, limit=self.depth, actual=self.depth + 1) from error

    def _check(self, size: Size) -> None:
        checks: tuple[tuple[type[LimitExceeded], str, int, int, str], ...] = (
            (FieldLimitExceeded, "fields", MOST_FIELDS, size.fields, "ask for fewer, in several requests"),
            (
                DepthLimitExceeded,
                "levels",
                self.depth,
                size.depth,
                "ask for what is deeper by its id, in a request more",
            ),
            (AliasLimitExceeded, "aliases", self.aliases, size.aliases, "ask for several at once, as `nodes` does"),
            (
                RootFieldLimitExceeded,
                "fields of the root",
                self.root_fields,
                size.top,
                "spread them over more requests",
            ),
            (DirectiveLimitExceeded, "directives", self.directives, size.directives, "leave some out"),
        )
        for refusal, what, limit, actual, advice in checks:
            if actual > limit:
                message = f"the operation has {actual} {what}, and may have {limit}; {advice}"
                raise refusal(message, limit=limit, actual=actual)


class _Look:
    """A look through the selections of one document, whose fragments may be missing, or be inside themselves."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, Size] = {}

    def size(self, node: Any) -> Size:
        """The size of what a node selects, and of its own directives."""
        selected = node.selection_set.selections if node.selection_set else ()
        inside = reduce(Size.beside, map(self._selection, selected), Size())
        return inside._replace(directives=inside.directives + len(node.directives or ()))

    def _selection(self, node: Any) -> Size:
        if isinstance(node, FragmentSpreadNode):
            found = self.fragment(node.name.value)
            return found._replace(directives=found.directives + len(node.directives or ()))
        inside = self.size(node)
        if not isinstance(node, FieldNode):
            return inside
        is_counted = node.name.value != TYPENAME
        return Size(
            1 + inside.fields,
            (node.alias is not None) + inside.aliases,
            inside.directives,
            1 + inside.depth,
            is_counted,
        )

    def fragment(self, name: str) -> Size:
        """The size of what a fragment has; of a missing one, nothing."""
        if name not in self._known and name in self._fragments:
            # For one that is inside itself; validation says so.
            self._known[name] = Size()
            self._known[name] = self.size(self._fragments[name])
        return self._known.get(name, Size())
