"""An executor that has graphql-core's execute each operation too, and compares the two answers.

What ours has found is in the loaders of the operation's context, where graphql-core's finds it: no engine is asked
again, and no failure, deadline or cache is another one for it. What is not planned is executed by graphql-core anyway.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Coroutine, Iterator, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import orjson
from graphql import ExecutionResult, print_ast
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gateway.execution.executor import PlannedExecution
from gateway.execution.plan import Plan
from resolvers.context import Context
from resolvers.sources.feedback import Event, Recorded, ShownQuery

QUERY_ID = re.compile(rb'"[\w-]{22}"')
Place = tuple[Any, ...]


def told(result: ExecutionResult) -> list[tuple[Place, Any]]:
    """The errors in their order: the path of each, and what else a client is told of it or by its code."""
    return [
        (tuple(one.path or ()), (one.message, one.locations, one.extensions, type(one.original_error)))
        for one in result.errors or []
    ]


def spoilt(result: ExecutionResult, data: Any) -> set[Place]:
    """The places of the data that are null because of errors."""
    return {tuple(_there(data, error.path or [])) for error in result.errors or []}


def _there(data: Any, path: Sequence[Any]) -> Iterator[Any]:
    for key in path:
        if data is None:
            return
        data = data[key]
        yield key


def difference(ours: ExecutionResult, theirs: ExecutionResult, *, has_query_ids: bool = False) -> str | None:
    """How our answer differs from graphql-core's in what anybody may rely on; None where it does not.

    The data is the same to the byte, but for query ids, which are made anew. So are the errors of places that are null
    by themselves. Where null has spread, it has as far, and any of the errors inside may be the one that is told.
    """
    written = [orjson.dumps(one.data) for one in (ours, theirs)]
    if has_query_ids:
        written = [QUERY_ID.sub(b'"queryId"', one) for one in written]
    if written[0] != written[1]:
        return "\n".join(one.decode() for one in written)
    places = [spoilt(one, theirs.data) for one in (ours, theirs)]
    exact = {path for path, _ in told(theirs)} & places[1]
    errors = [Counter(repr(one) for one in told(result) if one[0] in exact) for result in (ours, theirs)]
    return None if (places[0], errors[0]) == (places[1], errors[1]) else f"{told(ours)}\n{told(theirs)}"


class ShownAgain:
    """A store that has no need of what is shown: it was shown before."""

    def __init__(self) -> None:
        self.is_told = False

    async def start(self) -> None:
        """It is there."""

    async def close(self) -> None:
        """It has nothing."""

    def shown(self, query: ShownQuery) -> None:  # noqa: ARG002
        self.is_told = True

    async def queries(self, ids: Sequence[str]) -> dict[str, ShownQuery]:
        raise AssertionError(f"a query looks for {ids}")

    async def record(self, events: Sequence[Event]) -> list[Recorded]:
        raise AssertionError(f"a query records {events}")


class Comparisons:
    """What the comparisons of a test have found, and those that are still to come."""

    def __init__(self) -> None:
        self.differences: list[str] = []
        self._coming: set[asyncio.Task[None]] = set()

    def begin(self, comparing: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Compare beside what the event loop does, to the end even where a request is given up."""
        task = asyncio.get_running_loop().create_task(comparing)
        self._coming.add(task)
        return task

    async def done(self) -> None:
        """Wait for all comparisons that this event loop has under way."""
        here = {one for one in self._coming if one.get_loop() is asyncio.get_running_loop()}
        if here:
            # Not gather, which would end them with a request that is given up.
            await asyncio.wait(here)

    def taken(self) -> list[str]:
        """What was found since it was last asked. All event loops have come to their end, or have nothing under way."""
        found, coming = self.differences, self._coming
        self.differences, self._coming = [], set()
        failed = [repr(one) for one in coming if not one.done() or one.cancelled() or one.exception()]
        return found + failed


COMPARISONS = Comparisons()


def at_one_moment(context: Context) -> Context:
    """The same context, in which no time goes by, and whoever is not known is drawn into one arm of an experiment."""
    _ = context._unit
    moment, still = context.now(), copy(context)
    still.now = lambda: moment
    return still


class ComparedExecution(PlannedExecution):
    """Ours, whose answers graphql-core's gives too."""

    def run(self, plan: Plan) -> Any:
        self.context_value = at_one_moment(self.context_value)
        answer = super().run(plan)
        if not isinstance(answer, ExecutionResult):
            return self._compared(answer)
        COMPARISONS.begin(self._compare(answer))
        return answer

    async def _compared(self, answer: Awaitable[ExecutionResult]) -> ExecutionResult:
        found = await answer
        await asyncio.wait([COMPARISONS.begin(self._compare(found))])
        return found

    async def _compare(self, ours: ExecutionResult) -> None:
        context, store = copy(self.context_value), ShownAgain()
        assert isinstance(context, Context)
        if context.feedback is not None:
            context.feedback = replace(context.feedback, store=store)
        result = self._of_graphql_core(context).execute_operation()
        theirs = result if isinstance(result, ExecutionResult) else await result
        found = difference(ours, theirs, has_query_ids=store.is_told)
        if found is not None:
            COMPARISONS.differences.append(f"{print_ast(self.operation)}\n{self.variable_values.coerced}\n{found}")

    def _of_graphql_core(self, context: Context) -> StrawberryGraphQLCoreExecutionContext:
        return StrawberryGraphQLCoreExecutionContext(
            self.schema,
            self.fragment_definitions,
            self.fragments,
            self.root_value,
            context,
            self.operation,
            self.variable_values,
            self.field_resolver,
            self.type_resolver,
            self.subscribe_field_resolver,
            is_awaitable=self.is_awaitable,
            hide_suggestions=self.hide_suggestions,
        )
