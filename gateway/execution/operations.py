"""Operations from their text to their answer: those seen before go straight to their plans."""

from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property, partial
from typing import Any, Protocol

from graphql import (
    DocumentNode,
    ExperimentalIncrementalExecutionResults,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
)
from graphql import ExecutionResult as GraphQLResult
from graphql.execution import default_field_resolver, default_type_resolver
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import SchemaExtension
from strawberry.schema import Schema as StrawberrySchema
from strawberry.types import ExecutionResult

from gateway.executing import Delivered, Executed, Incremental, InParts, RequestErrors
from gateway.execution.encoding import Encoded
from gateway.execution.executor import PlannedExecution
from gateway.execution.rules import NO_RULES, Rules
from gateway.execution.traced import TracedExecution
from gateway.execution.variables import Variables
from gateway.execution.wishes import Wishes, whole
from gateway.operation import to_its_end
from gateway.parameters import Parameters
from gateway.refusals import MethodRefused
from gateway.tracing.trace import Trace
from gateway.transports.refusals import NeedsStream
from resolvers.context import Context
from resolvers.errors import InvalidRequest
from schema.documents import KnownDocuments

WHICH = "the document must have one operation, or `operationName` must say which one to run"


class Graph(Protocol):
    """A schema as Strawberry has it, or another one, with what graphql-core needs of it."""

    @property
    def core(self) -> GraphQLSchema: ...


def _check_hooks(schema: GraphQLSchema) -> None:
    """Raise ValueError for a schema that Strawberry would execute in another way than graphql-core does."""
    of: StrawberrySchema | None = getattr(schema, "_strawberry_schema", None)
    if of is None:
        return
    hooked = [one for one in of.extensions if _class_of(one).resolve is not SchemaExtension.resolve]
    if hooked or of.directives:
        raise ValueError(
            "schema extensions with `resolve`, and directives of operations, are Strawberry's, which does not execute "
            "these operations; use field extensions, or resolvers"
        )


def _class_of(extension: Any) -> type[SchemaExtension]:
    made = extension.func if isinstance(extension, partial) else extension
    found: type[SchemaExtension] = made if isinstance(made, type) else type(made)
    return found


class Operations:
    """Prepares the operations of clients. What a document alone decides is done once for those that come again.

    Hooks of Strawberry's around fields are not called: a schema that has any is refused by ValueError.

    With `encoded`, data of answers has records as `orjson.Fragment`, to be written and not to be read. `execution` is
    what executes them.
    """

    def __init__(
        self,
        schema: Graph,
        rules: Rules = NO_RULES,
        encoded: Encoded | None = None,
        execution: type[PlannedExecution] = PlannedExecution,
    ) -> None:
        # What is known was found valid by these rules, so it is not the schema's, which others may have too.
        self._known, self._schema, self._rules, self._encoded = KnownDocuments(), schema.core, rules, encoded
        self._execution = execution
        _check_hooks(self._schema)
        # Of a schema with subscriptions they are told to come as a stream, which a GET may ask for.
        streams = {OperationType.QUERY, *([OperationType.SUBSCRIPTION] if self._schema.subscription_type else [])}
        self._not_read = set(OperationType) - streams

    def __call__(self, asked: Parameters, *, only_reads: bool, streams: bool = False) -> "Bound":
        """Raises RequestErrors, MethodRefused for a mutation if `only_reads`, and InvalidRequest.

        Without `streams` a subscription is refused by NeedsStream.
        """
        prepared = self._prepared(asked, only_reads=only_reads)
        if not prepared.only_reads:
            _check_way(prepared.operation, only_reads=only_reads, streams=streams)
        values = prepared.values(asked.variables or {})
        if isinstance(values, list):
            raise RequestErrors(self._rules.told(values))
        return (BoundInParts if prepared.wishes.hold(values.coerced) else Bound)(prepared, values)

    def _prepared(self, asked: Parameters, *, only_reads: bool) -> "Prepared":
        document = self._known.get(asked.query)
        if document is None:
            return self._new(asked, only_reads=only_reads)
        kept = self._known.beside(asked.query)
        if asked.operation_name not in kept:
            kept[asked.operation_name] = self._checked(document, chosen(document, asked.operation_name))
        found: Prepared = kept[asked.operation_name]
        return found

    def _new(self, asked: Parameters, *, only_reads: bool) -> "Prepared":
        document = self._rules.parsed(asked.query)
        operation = chosen(document, asked.operation_name)
        if only_reads and operation.operation in self._not_read:
            raise MethodRefused
        self._rules.validate(self._schema, document)
        prepared = self._checked(document, operation)
        if self._known.put(asked.query, document):
            self._known.beside(asked.query)[asked.operation_name] = prepared
        return prepared

    def _checked(self, document: DocumentNode, operation: OperationDefinitionNode) -> "Prepared":
        prepared = Prepared(
            self._schema,
            document,
            operation,
            hide_suggestions=self._rules.hide_suggestions,
            encoded=self._encoded,
            execution=self._execution,
        )
        for check in self._rules.of_operations:
            check(prepared)
        return prepared


def chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation to run (GraphQL, 6.1, GetOperation). Raises InvalidRequest where there is no such one, or two."""
    found = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    named = [one for one in found if name is None or (one.name is not None and one.name.value == name)]
    if name is not None and not named:
        raise InvalidRequest(f"the document has no operation {name!r}; set `operationName` to one that it has")
    if name is None and len(named) != 1:
        raise InvalidRequest(WHICH)
    return named[0]


def _check_way(operation: OperationDefinitionNode, *, only_reads: bool, streams: bool) -> None:
    """Raise MethodRefused or NeedsStream for an operation that is no query, and has come by a way that is not its."""
    if operation.operation is OperationType.SUBSCRIPTION:
        if not streams:
            raise NeedsStream
    elif only_reads:
        raise MethodRefused


async def _told(result: Awaitable[GraphQLResult]) -> ExecutionResult:
    return _as_strawberry(await result)


async def _delivered(result: Awaitable[Any]) -> Delivered:
    return _as_delivered(await result)


def _as_delivered(result: GraphQLResult | ExperimentalIncrementalExecutionResults) -> Delivered:
    return _as_strawberry(result) if isinstance(result, GraphQLResult) else InParts(*result)


def _as_strawberry(result: GraphQLResult) -> ExecutionResult:
    return ExecutionResult(data=result.data, errors=result.errors)


class Bound:
    """An operation with the values of its variables."""

    __slots__ = ("prepared", "values")

    def __init__(self, prepared: "Prepared", values: VariableValues) -> None:
        self.prepared, self.values = prepared, values

    def execute(self, context: Context, trace: Trace | None = None) -> Executed | Awaitable[Executed]:
        executor = self.prepared.executor(self.values, context, trace)
        result = executor.execute_operation()
        if isinstance(result, GraphQLResult):
            return _as_strawberry(result)
        # A plan that is cancelled closes what it has begun by itself.
        return _told(result) if executor.is_planned else to_its_end(_told(result), context.end)


class BoundInParts(Bound, Incremental):
    """One that asks for an answer in parts."""

    __slots__ = ()

    def deliver(self, context: Context) -> Delivered | Awaitable[Delivered]:
        result = self.prepared.deliver(self.values, context)
        is_there = isinstance(result, GraphQLResult | ExperimentalIncrementalExecutionResults)
        return _as_delivered(result) if is_there else to_its_end(_delivered(result), context.end)


class Prepared:
    """An operation of a valid document, with what its executor is given each time.

    `beside` is for what others find out of it and want to keep for as long as it is known, such as what it costs.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        *,
        hide_suggestions: bool = False,
        encoded: Encoded | None = None,
        execution: type[PlannedExecution] = PlannedExecution,
    ) -> None:
        self.schema, self.document, self.operation = schema, document, operation
        self.only_reads = operation.operation is OperationType.QUERY
        self.fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self.wishes = Wishes(operation, self.fragments)
        self.beside: dict[Any, Any] = {}
        self._details = {name: FragmentDetails(one) for name, one in self.fragments.items()}
        self._hide_suggestions, self._encoded, self._execution = hide_suggestions, encoded, execution
        self._variables = Variables(schema, operation, hide_suggestions=hide_suggestions)

    def values(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values of the variables, or what is wrong with them."""
        return self._variables.of(given)

    @cached_property
    def _whole(self) -> "Prepared":
        """The operation without what asks for an answer in parts."""
        document, name = whole(self.document), self.operation.name
        return Prepared(
            self.schema,
            document,
            chosen(document, name.value if name else None),
            hide_suggestions=self._hide_suggestions,
            encoded=self._encoded,
            execution=self._execution,
        )

    def execute(self, values: VariableValues, context: object) -> Any:
        """The answer, in one, or an awaitable of it."""
        return self.executor(values, context).execute_operation()

    def deliver(self, values: VariableValues, context: object) -> Any:
        """The answer, in one or in parts, or an awaitable of it."""
        return self._executor(values, context, self._execution).execute_operation()

    def executor(self, values: VariableValues, context: object, trace: Trace | None = None) -> PlannedExecution:
        """What executes it, once, and answers it in one."""
        if self.wishes.are_there:
            return self._whole.executor(values, context, trace)
        if trace is not None:
            return self._executor(values, context, partial(TracedExecution, trace))
        executor = self._executor(values, context, self._execution)
        executor.encoded = self._encoded
        return executor

    def _executor(
        self, values: VariableValues, context: object, execution: Callable[..., PlannedExecution]
    ) -> PlannedExecution:
        return execution(
            self.schema,
            self.fragments,
            self._details,
            None,
            context,
            self.operation,
            values,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            is_awaitable=optimized_is_awaitable,
            hide_suggestions=self._hide_suggestions,
        )
