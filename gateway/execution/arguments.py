"""The arguments of a field, found out once as far as its document alone decides."""

from enum import Enum
from types import NoneType
from typing import TYPE_CHECKING, Any

from graphql import (
    ArgumentNode,
    GraphQLArgument,
    GraphQLError,
    get_named_type,
    is_enum_type,
    is_non_null_type,
    is_specified_scalar_type,
)
from graphql.execution.values import coerce_argument
from graphql.language import VariableNode, visit
from graphql.language.visitor import BREAK, Visitor

if TYPE_CHECKING:
    from gateway.execution.executor import Run
    from gateway.execution.plan import Field

SIMPLE = frozenset({NoneType, bool, int, float, str})


def is_shared(value: Any) -> bool:
    """Whether requests may share a value, since nobody can change it."""
    return type(value) in SIMPLE or isinstance(value, Enum)


class Arguments:
    """The arguments of a field: those without variables, and that nobody can change, are found once."""

    def __init__(self, field: "Field") -> None:
        self._node, self._of_fragment = field.nodes[0], field.details[0].fragment_variable_values
        self._fixed: dict[str, Any] = {}
        self._varying: list[tuple[str, GraphQLArgument, ArgumentNode | None]] = []
        self._variables: list[tuple[str, str]] = []
        """Those that are variables as they come: what a resolver calls each, and its variable."""
        given = {one.name.value: one for one in self._node.arguments or ()}
        for name, definition in field.definition.args.items():
            if not self._is_fixed(name, definition, given.get(name)):
                self._vary(name, definition, given.get(name))

    def _is_fixed(self, name: str, definition: GraphQLArgument, given: ArgumentNode | None) -> bool:
        if given is not None and (self._of_fragment is not None or _has_variables(given)):
            return False
        found: dict[str, Any] = {}
        try:
            coerce_argument(found, self._node, name, definition, given, None, None)
        except GraphQLError:
            return False  # it is raised again for each request
        # A scalar of a schema's own may read the same text as another value each time.
        named = get_named_type(definition.type)
        is_known = is_specified_scalar_type(named) or is_enum_type(named)
        if not all(value is None or (is_known and is_shared(value)) for value in found.values()):
            return False
        self._fixed |= found
        return True

    def _vary(self, name: str, definition: GraphQLArgument, given: ArgumentNode | None) -> None:
        value = None if given is None else given.value
        # Of a type that cannot be null it is looked whether the variable is.
        if isinstance(value, VariableNode) and self._of_fragment is None and not is_non_null_type(definition.type):
            self._variables.append((definition.out_name or name, value.name.value))
        self._varying.append((name, definition, given))

    @property
    def is_constant(self) -> bool:
        """Whether they are the same for every request."""
        return not self._varying

    def of(self, run: "Run") -> dict[str, Any]:
        """The arguments, as graphql-core gives them to a resolver. Raises GraphQLError."""
        if not self._varying:
            return self._fixed
        found = dict(self._fixed)
        if len(self._variables) == len(self._varying):
            coerced = run.variable_values.coerced
            found |= {to: coerced[variable] for to, variable in self._variables if variable in coerced}
            if len(found) == len(self._fixed) + len(self._varying):
                return found
        for name, definition, given in self._varying:
            values = run.variable_values, self._of_fragment
            coerce_argument(found, self._node, name, definition, given, *values, run.hide_suggestions)
        return found


class _Variables(Visitor):
    """Looks for a variable."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_variable(self, _node: VariableNode, *_: Any) -> Any:
        self.found = True
        return BREAK


def _has_variables(argument: ArgumentNode) -> bool:
    looking = _Variables()
    visit(argument, looking)
    return looking.found
