"""The executor: graphql-core's, with plans in place of its walk through the document.

It takes the place of graphql-core's by `execution_context_class` of Strawberry's schema, or `executor_class` of
graphql-core's `execute`. What it does not compile is decided before anything is resolved, and is executed by the class
that it extends.
"""

from collections.abc import Awaitable
from typing import Any

from graphql import ExecutionResult
from graphql.execution.executor import Executor
from graphql.execution.incremental import IncrementalExecutor
from graphql.type import GraphQLResolveInfo
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gateway.execution.awaiting import Begun
from gateway.execution.completion import Column, Completed
from gateway.execution.encoding import Encoded
from gateway.execution.failures import FAILED, Failures
from gateway.execution.places import OfField, Place
from gateway.execution.plan import Field, Plan
from gateway.execution.plans import Plans
from gateway.execution.streaming import StreamsTogether

ROOT = Place()
PLANS = Plans()


class Run(Executor[Any]):
    """One operation under way, by a plan where there is one."""

    encoded: Encoded | None = None
    """Where records are kept as they are written; None for an answer of Python's own objects."""
    shares_rows = True
    """Whether a record that is in a level more than once may have one row in the answer."""
    is_planned = False
    """Whether it went by a plan."""
    failures: Failures
    _begun: Begun

    def execute_operation(self, serially: bool | None = None) -> Any:
        plan = PLANS.of(self)
        return super().execute_operation(serially) if plan is None else self.run(plan)

    def run(self, plan: Plan) -> Any:
        """The answer, or an awaitable of it where anything has to be awaited."""
        self.is_planned, self.failures, self._begun = True, Failures(), Begun()
        rows = plan.root.rows(self, [self.root_value], ROOT)
        return self._answer(rows) if type(rows) is list else self._answer_later(rows)

    async def _answer_later(self, rows: Any) -> ExecutionResult:
        try:
            return self._answer(await rows)
        except BaseException:
            self._begun.close()
            raise

    def _answer(self, rows: Column) -> ExecutionResult:
        [data] = rows
        if self.failures.spread:
            self._dispose()
            for future in self.background_futures:
                future.add_done_callback(self._dispose)
        else:
            # They are its own methods. Without them all that the operation has made is gone with it, and does not wait
            # for the collector of garbage while the next ones take other memory.
            del self.async_helpers
        return ExecutionResult(None if data is FAILED else data, self.failures.told())

    def _dispose(self, *_: Any) -> None:
        """Close what had not begun when it was given up, once all that goes on in the background is through."""
        if all(future.done() for future in self.background_futures):
            self._begun.close()

    def column(self, field: Field, sources: Column, place: Place) -> Completed:
        """A field of all its parents."""
        return field.column(self, sources, place)

    def resolved(self, field: Field, sources: Column, place: Place) -> Completed:
        """The values of a field of all its parents, not completed yet."""
        return field.resolve(self, sources, place)

    def info(self, field: Field, parents: Place, index: int) -> GraphQLResolveInfo[Any]:
        """What a resolver is told of its field, for one of its parents."""
        path = OfField(parents, field).path(index)
        return self.build_resolve_info(field.definition, field.nodes, field.parent_type, path)  # type: ignore[arg-type]

    def begun(self, later: Awaitable[Column]) -> Awaitable[Column]:
        """A column that is still to come."""
        self._begun.keep(later)
        return later

    def kept(self, awaitables: list[Awaitable[Any]]) -> list[Awaitable[Any]]:
        """Values that are still to come."""
        self._begun.keep(*awaitables)
        return awaitables


class PlannedExecutor(Run, IncrementalExecutor):
    """For any schema of graphql-core."""


class PlannedExecution(Run, StreamsTogether, StrawberryGraphQLCoreExecutionContext):
    """For a schema of Strawberry."""
