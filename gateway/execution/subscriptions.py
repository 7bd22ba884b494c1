"""Subscriptions (GraphQL, 6.2.3): a stream of events, and an execution for each of them."""

from collections.abc import AsyncIterable, Awaitable
from typing import Any, TypeAlias, cast

from graphql import ExecutionResult as GraphQLResult
from graphql import create_source_event_stream
from strawberry.types import ExecutionResult

from gateway.executing import Executed, Operation
from gateway.execution.operations import Bound
from gateway.operation import to_its_end
from resolvers.context import Context

Source: TypeAlias = AsyncIterable[Any] | GraphQLResult
"""The events of a subscription, or why there are none."""


class Subscription(Bound):
    """A subscription with the values of its variables."""

    __slots__ = ()

    def source(self, context: Context) -> Source | Awaitable[Source]:
        """CreateSourceEventStream: what the field of the root gives."""
        return create_source_event_stream(self.prepared.executor(self.values, context))

    def execute_event(self, event: object, context: Context) -> Executed | Awaitable[Executed]:
        """ExecuteSubscriptionEvent: the result for one event, at once where that is possible."""
        executor = self.prepared.executor(self.values, context)
        executor.root_value = event
        result: Any = executor.execute_operation(serially=False)
        return _told(result) if isinstance(result, GraphQLResult) else to_its_end(_told_later(result), context.end)


def subscription_of(operation: Operation) -> Subscription:
    """The operation, which is one, as a subscription."""
    bound = cast("Bound", operation)
    return Subscription(bound.prepared, bound.values)


def _told(result: GraphQLResult) -> ExecutionResult:
    return ExecutionResult(data=result.data, errors=result.errors)


async def _told_later(result: Awaitable[GraphQLResult]) -> ExecutionResult:
    return _told(await result)
