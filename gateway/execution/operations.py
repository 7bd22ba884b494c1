"""Operations from their text to their answer: those seen before go straight to their plans."""

from collections.abc import Awaitable, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    get_variable_values,
    is_non_null_type,
)
from graphql import ExecutionResult as GraphQLResult
from graphql.execution import default_field_resolver, default_type_resolver
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, input_is_nested_too_deeply
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionResult

from gateway.executing import ByStrawberry, Executed
from gateway.execution.executor import PlannedExecution
from gateway.operation import to_its_end
from gateway.parameters import Parameters
from resolvers.context import Context
from schema.subgraph import Subgraph

MOST_COERCION_ERRORS = 50
"""As graphql-core's `execute` has it."""
HOOKS = ("on_operation", "on_execute", "resolve", "get_results")
"""What an extension may do beside its part in parsing and validating, which are done for a known document."""


class Operations:
    """Executes the operations of clients, as the schema's own `execute` does.

    That one parses and validates a document, makes a context and extensions and runs their hooks, for each request anew
    and in some tenths of a millisecond. For a document that was found valid before, none of it has any effect.
    """

    def __init__(self, schema: Subgraph) -> None:
        self._schema, self._by_strawberry = schema, ByStrawberry(schema)
        self._is_direct = schema.execution_context_class is PlannedExecution and not any(
            map(_has_hooks, schema.get_extensions())
        )

    def __call__(self, asked: Parameters, context: Context, *, only_reads: bool) -> Executed | Awaitable[Executed]:
        prepared = self._prepared(asked.query, asked.operation_name)
        if prepared is None or (only_reads and not prepared.only_reads):
            return self._by_strawberry(asked, context, only_reads=only_reads)
        result = prepared.execute(asked.variables or {}, context)
        if isinstance(result, GraphQLResult):
            return _as_strawberry(result)
        return to_its_end(_told(result), context.end)

    def _prepared(self, query: str, name: str | None) -> "Prepared | None":
        """The operation of a known document; None where it has no such one, or is not known."""
        document = self._schema.known.get(query) if self._is_direct else None
        if document is None:
            return None
        kept = self._schema.known.beside(query)
        if name not in kept:
            operation = _operation(document, name)
            if operation is None:
                return None
            kept[name] = Prepared(self._schema._schema, document, operation)  # noqa: SLF001  Strawberry has no other way
        found: Prepared = kept[name]
        return found


async def _told(result: Awaitable[GraphQLResult]) -> ExecutionResult:
    return _as_strawberry(await result)


def _as_strawberry(result: GraphQLResult) -> ExecutionResult:
    return ExecutionResult(data=result.data, errors=result.errors)


def _has_hooks(extension: SchemaExtension) -> bool:
    return any(getattr(type(extension), hook) is not getattr(SchemaExtension, hook) for hook in HOOKS)


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    found = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    named = [one for one in found if name is None or (one.name is not None and one.name.value == name)]
    return named[0] if len(named) == 1 else None


class Prepared:
    """An operation of a known document, with what its executor is given each time."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        self._schema, self._operation = schema, operation
        self.only_reads = operation.operation is OperationType.QUERY
        self._definitions = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._fragments = {name: FragmentDetails(one) for name, one in self._definitions.items()}
        self._variables = Variables(schema, operation)

    def execute(self, variables: Mapping[str, Any], context: object) -> Any:
        """The answer, or an awaitable of it."""
        values = self._variables.of(variables)
        if isinstance(values, list):
            return GraphQLResult(None, values)
        executor = PlannedExecution(
            self._schema,
            self._definitions,
            self._fragments,
            None,
            context,
            self._operation,
            values,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            is_awaitable=optimized_is_awaitable,
        )
        return executor.execute_operation()


class Variables:
    """The variables of an operation, whose types are looked up once."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema, self._nodes = schema, operation.variable_definitions or ()
        self._signatures = [get_variable_signature(schema, node) for node in self._nodes]

    def of(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values of a request, or what is wrong with them, in graphql-core's words."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature in self._signatures:
            if isinstance(signature, GraphQLError) or not _take(signature, given, sources, coerced):
                return get_variable_values(self._schema, self._nodes, dict(given), MOST_COERCION_ERRORS)
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
        if input_is_nested_too_deeply(value, of):
            return False
        found = coerce_input_value(value, of)
    if found is not Undefined:
        coerced[name] = found
    return found is not Undefined
