"""Documents of made-up schemas: fields with and without arguments, fragments of any type, `@skip` and `@include`."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from graphql import DocumentNode, GraphQLObjectType, get_named_type, is_composite_type, parse

HEAD = "$yes: Boolean!, $no: Boolean!, $n: Int"
VARIABLES = {"yes": True, "no": False, "n": 5}
NUMBERS = {"n": ("4", "$n")}


class Documents:
    """Writes queries of some object types, as `choice` wants them.

    `given` are the values that arguments of a name may have, as they are written; of others none is given.
    """

    def __init__(
        self, choice: Random, objects: Sequence[GraphQLObjectType], given: Mapping[str, Sequence[str]] = NUMBERS
    ) -> None:
        self._choice, self._objects, self._given = choice, objects, given

    def query(self, root: GraphQLObjectType, depth: int, head: str = HEAD) -> DocumentNode:
        """A query with so many levels at most."""
        return parse(f"query ({head}) {self._selection(root, depth)}")

    def _selection(self, of: Any, depth: int) -> str:
        parts = ["__typename"]
        for _ in range(self._choice.randint(1, 5)):
            if hasattr(of, "fields") and (depth < 2 or self._choice.random() < 0.8):
                parts.append(self._field(of, depth))
            elif depth > 1:
                inner = of if isinstance(of, GraphQLObjectType) else self._choice.choice(self._objects)
                parts.append(f"... on {inner} {self._directive()} {self._selection(inner, depth - 1)}")
        return f"{{ {' '.join(parts)} }}"

    def _field(self, of: Any, depth: int) -> str:
        name = self._choice.choice(sorted(of.fields))
        below = get_named_type(of.fields[name].type)
        if is_composite_type(below) and depth < 2:
            return "id"
        given = self._arguments(of.fields[name].args)
        # The same field may be asked for twice in one place, and with one name only if it is the same in all.
        alias = f"a{self._choice.randrange(10**6)}: " if given else ""
        inner = self._selection(below, depth - 1) if is_composite_type(below) else ""
        return f"{alias}{name}{given} {self._directive()} {inner}"

    def _arguments(self, args: Mapping[str, Any]) -> str:
        named = [name for name in args if name in self._given and self._choice.random() < 0.6]
        given = ", ".join(f"{name}: {self._choice.choice(self._given[name])}" for name in named)
        return f"({given})" if given else ""

    def _directive(self) -> str:
        return self._choice.choice(("", "", "", "@include(if: $yes)", "@skip(if: $no)", "@skip(if: $yes)"))
