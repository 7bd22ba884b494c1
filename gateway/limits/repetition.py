"""How often a document says the same in one place: validation compares each field with each other of its name there.

GraphQL, 5.3.2, FieldsInSetCanMerge, which takes the square of the time that such fields take to send.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
)

from gateway.limits.refusals import FieldLimitExceeded

MOST_COMPARISONS = 10_000
"""They take some 0.1 seconds. A page made of thirty fragments that each want the same ten fields has 5,000."""


class Inside(NamedTuple):
    """A selection set, and the fragments that it is written in or spread by."""

    selections: SelectionSetNode
    fragments: frozenset[str]


def check_repetition(document: DocumentNode) -> None:
    """Raise FieldLimitExceeded for a document with too many comparisons, whether what has them is used or not."""
    definitions = [one for one in document.definitions if isinstance(one, FragmentDefinitionNode)]
    look = _Look({one.name.value: one.selection_set for one in definitions})
    for one in document.definitions:
        selections: SelectionSetNode | None = getattr(one, "selection_set", None)
        if selections is not None:
            named = {one.name.value} if isinstance(one, FragmentDefinitionNode) else ()
            look.place([Inside(selections, frozenset(named))])


class _Look:
    """A look through all places of a document, whose fragments may be missing, or be inside themselves."""

    def __init__(self, fragments: Mapping[str, SelectionSetNode]) -> None:
        self._fragments, self._comparisons = fragments, 0

    def place(self, selected: Iterable[Inside]) -> None:
        """Count what is selected in one place of the answer, and below it."""
        fields: dict[str, list[Inside | None]] = {}
        spread: set[str] = set()
        for one in selected:
            self._collect(one, fields, spread)
        for found in (spread, *fields.values()):
            self._count(len(found))
        for nodes in fields.values():
            below = [one for one in nodes if one is not None]
            if below:
                self.place(below)

    def _collect(self, inside: Inside, fields: dict[str, list[Inside | None]], spread: set[str]) -> None:
        for node in inside.selections.selections:
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                below = node.selection_set
                fields.setdefault(key, []).append(Inside(below, inside.fragments) if below else None)
            elif isinstance(node, FragmentSpreadNode):
                self._spread(node.name.value, inside, fields, spread)
            elif isinstance(node, InlineFragmentNode):
                self._collect(Inside(node.selection_set, inside.fragments), fields, spread)

    def _spread(self, name: str, inside: Inside, fields: dict[str, list[Inside | None]], spread: set[str]) -> None:
        if name in spread:
            return
        spread.add(name)
        if name in self._fragments and name not in inside.fragments:
            self._collect(Inside(self._fragments[name], inside.fragments | {name}), fields, spread)

    def _count(self, alike: int) -> None:
        # With itself, so that going through a document costs something, too.
        self._comparisons += alike * (alike + 1) // 2
        if self._comparisons > MOST_COMPARISONS:
            message = (
                f"the document has the same fields, or fragments, so often in one place that it takes over "
                f"{MOST_COMPARISONS} comparisons to see that they agree; say each once"
            )
            raise FieldLimitExceeded(message, limit=MOST_COMPARISONS, actual=self._comparisons)
