"""The values of an operation's variables."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    Undefined,
    get_variable_values,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, input_is_nested_too_deeply
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value

ANY = "_Any"
MOST_COERCION_ERRORS = 50
"""As graphql-core's `execute` has it."""


class Variables:
    """The variables of an operation, whose types are looked up once."""

    def __init__(
        self, schema: GraphQLSchema, operation: OperationDefinitionNode, *, hide_suggestions: bool = False
    ) -> None:
        self._schema, self._nodes = schema, operation.variable_definitions or ()
        self._hide_suggestions = hide_suggestions
        self._signatures = [get_variable_signature(schema, node) for node in self._nodes]

    def of(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values of a request, or what is wrong with them, in graphql-core's words."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature in self._signatures:
            if isinstance(signature, GraphQLError) or not _take(signature, given, sources, coerced):
                return get_variable_values(
                    self._schema,
                    self._nodes,
                    dict(given),
                    MOST_COERCION_ERRORS,
                    hide_suggestions=self._hide_suggestions,
                )
        return VariableValues(sources, coerced)


def _take(
    signature: GraphQLVariableSignature,
    given: Mapping[str, Any],
    sources: dict[str, VariableValueSource],
    coerced: dict[str, Any],
) -> bool:
    """Take over the value of a variable, as `coerce_variable_values` of graphql-core does. False where it is wrong."""
    name, of = signature.name, signature.type
    value = given.get(name, Undefined)
    if value is Undefined:
        sources[name] = VariableValueSource(signature)
        if signature.default is None:
            return not is_non_null_type(of)
        found = coerce_default_value(signature)
    else:
        sources[name] = VariableValueSource(signature, value)
        if is_as_it_is(value, of):
            coerced[name] = value
            return True
        if input_is_nested_too_deeply(value, of):
            return False
        found = coerce_input_value(value, of)
    if found is not Undefined:
        coerced[name] = found
    return found is not Undefined


def is_as_it_is(value: Any, of: GraphQLInputType) -> bool:
    """Whether graphql-core would take a value of JSON as it is; where that takes long to see, it is not said.

    `_Any` of the federation's specification is anything, and a router sends hundreds.
    """
    if isinstance(of, GraphQLNonNull):
        of = of.of_type
    if of is GraphQLString or of is GraphQLID:
        return type(value) is str
    if of is GraphQLBoolean:
        return type(value) is bool
    if of is GraphQLInt:
        return type(value) is int and GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT
    if isinstance(of, GraphQLList) and type(value) is list:
        item = of.of_type.of_type if isinstance(of.of_type, GraphQLNonNull) else None
        return isinstance(item, GraphQLScalarType) and item.name == ANY and None not in value
    return False
