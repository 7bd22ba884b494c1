"""How the endpoint has an operation executed: first it is prepared, then, if it is admitted, executed."""

from collections.abc import AsyncGenerator, Awaitable, Sequence
from typing import NamedTuple, Protocol, TypeAlias

from graphql import GraphQLError, InitialIncrementalExecutionResult, SubsequentIncrementalExecutionResult
from strawberry.types import ExecutionResult

from gateway.parameters import Parameters
from gateway.tracing.trace import Trace
from resolvers.context import Context

Executed: TypeAlias = ExecutionResult | bytes
"""A result, or the body of the response to one that was executed, as JSON."""


class InParts(NamedTuple):
    """A first result, and what comes behind it: asked for to the end, or closed."""

    first: InitialIncrementalExecutionResult
    later: AsyncGenerator[SubsequentIncrementalExecutionResult, None]


Delivered: TypeAlias = Executed | InParts


class RequestErrors(Exception):
    """Why an operation cannot be executed at all: GraphQL's "request errors" (7.1.3). Its answer has no data."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(*errors)
        self.errors = list(errors)


class Operation(Protocol):
    """An operation of a valid document with the values of its variables: what is left is to execute it."""

    def execute(self, context: Context, trace: Trace | None = None) -> Executed | Awaitable[Executed]:
        """The result, at once where that is possible. With a trace, its fields are recorded there.

        It comes to an end early once `context.end()` was called, and may be cancelled after that.
        """


class Incremental:
    """What an operation is beside that which asks for an answer in parts, by `@defer` or `@stream`.

    Executed as any other, it is answered in one.
    """

    __slots__ = ()

    def deliver(self, context: Context) -> Delivered | Awaitable[Delivered]:
        """The answer in parts; in one, where nothing of it is left for later.

        `context.end()` ends it early, as with `execute`.
        """
        raise NotImplementedError


class Prepare(Protocol):
    """Parses, validates and checks what was asked for. `only_reads`: anything but a query is refused.

    Raises RequestErrors for what GraphQL itself has against it, and InvalidRequest for anything else.
    """

    def __call__(self, asked: Parameters, *, only_reads: bool) -> Operation: ...
