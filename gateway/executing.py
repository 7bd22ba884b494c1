"""How the endpoint has an operation executed."""

from collections.abc import Awaitable
from typing import Protocol, TypeAlias

from strawberry.federation import Schema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from gateway.operation import to_its_end
from gateway.parameters import MethodRefused, Parameters
from resolvers.context import Context
from resolvers.errors import InvalidRequest

QUERIES_ONLY = {OperationType.QUERY}

Executed: TypeAlias = ExecutionResult | bytes
"""A result, or the body of the response to one that was executed, as JSON."""


class Execute(Protocol):
    """Executes operations. `only_reads`: anything but a query is refused.

    It answers at once where it can, or else in time; it comes to an end early once `context.end()` was called, and may
    be cancelled after that. Raises InvalidRequest for a request that names no operation to run.
    """

    def __call__(self, asked: Parameters, context: Context, *, only_reads: bool) -> Executed | Awaitable[Executed]: ...


class ByStrawberry:
    """Executes operations as Strawberry does, on graphql-core."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    async def __call__(self, asked: Parameters, context: Context, *, only_reads: bool) -> ExecutionResult:
        return await to_its_end(self._executed(asked, context, only_reads=only_reads), context.end)

    async def _executed(self, asked: Parameters, context: Context, *, only_reads: bool) -> ExecutionResult:
        try:
            result = await self._schema.execute(
                asked.query,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation_name,
                allowed_operation_types=QUERIES_ONLY if only_reads else None,
            )
        except InvalidOperationTypeError as error:
            raise MethodRefused("a GET only reads; send any other operation by POST") from error
        except CannotGetOperationTypeError as error:
            raise InvalidRequest(_which_operation(asked)) from error
        if not isinstance(result, ExecutionResult):
            raise InvalidRequest("this API has no incremental delivery; leave out @defer and @stream")
        return result


def _which_operation(asked: Parameters) -> str:
    if asked.operation_name is None:
        return "the document must have one operation, or `operationName` must say which one to run"
    return f"the document has no operation {asked.operation_name!r}; set `operationName` to one that it has"
