"""The executor that writes down when fields were resolved, for operations whose router asks for a trace.

A planned operation resolves a field once for all parents of a level. The time of a resolver that was called once is
told of each of its values; a value that was waited for by itself has its own end.
"""

from collections.abc import Awaitable, Iterator
from typing import Any

from graphql.pyutils import Path

from gateway.execution.completion import Column, Completed
from gateway.execution.executor import PlannedExecution
from gateway.execution.places import OfField, Place
from gateway.execution.plan import Field
from gateway.tracing.trace import Resolved, Trace


class Level:
    """A field of all its parents: when it was resolved."""

    def __init__(self, trace: Trace, field: Field, parents: Place, count: int) -> None:
        self._trace, self._field, self._place = trace, field, OfField(parents, field)
        self._started = trace.now()
        self._ended = [self._started] * count

    def end(self) -> None:
        """All values are there."""
        self._ended = [self._trace.now()] * len(self._ended)

    async def waited(self, index: int, value: Awaitable[Any]) -> Any:
        """A value that is there only now."""
        try:
            return await value
        finally:
            self._ended[index] = self._trace.now()

    def recorded(self) -> Iterator[tuple[list[str | int], Resolved]]:
        """Each value's path, and when it was resolved."""
        field = self._field
        named = field.name, str(field.definition.type), field.parent_type.name, self._started
        for index, ended in enumerate(self._ended):
            yield [crumb.key for crumb in self._place.trail(index)], Resolved(*named, ended)


class TracedExecution(PlannedExecution):
    """As the plain one, with a trace of it, by plan or without one."""

    shares_rows = False  # each place has times of its own

    def __init__(self, trace: Trace, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._trace, self._fields = trace, dict[tuple[str | int, ...], Resolved]()
        trace.record(self._fields.items)

    def resolved(self, field: Field, sources: Column, place: Place) -> Completed:
        level = Level(self._trace, field, place, len(sources))
        self._trace.record(level.recorded)
        values = super().resolved(field, sources, place)
        level.end()
        if type(values) is not list:
            return self.begun(self._later(level, values))
        # What is awaited for by a coroutine of ours is not seen by the executor, which closes what nobody awaits.
        self.kept([one for one in values if self.is_awaitable(one)])
        return [level.waited(at, one) if self.is_awaitable(one) else one for at, one in enumerate(values)]

    async def _later(self, level: Level, values: Any) -> Column:
        found: Column = await values
        level.end()
        return found

    def execute_field(self, parent_type: Any, source: Any, field_details_list: Any, path: Path, *more: Any) -> Any:
        """A field without a plan. Its end is where its value begins to be completed."""
        name, now = field_details_list[0].node.name.value, self._trace.now()
        definition = self.schema.get_field(parent_type, name)
        if definition is not None:
            self._fields[tuple(path.as_list())] = Resolved(name, str(definition.type), parent_type.name, now, now)
        return super().execute_field(parent_type, source, field_details_list, path, *more)

    def complete_value(self, return_type: Any, field_details_list: Any, info: Any, path: Path, *more: Any) -> Any:
        if path is info.path:
            self._end(path)
        return super().complete_value(return_type, field_details_list, info, path, *more)

    def handle_field_error(self, raw_error: Exception, return_type: Any, field_details_list: Any, path: Path) -> None:
        self._end(path)
        super().handle_field_error(raw_error, return_type, field_details_list, path)

    def _end(self, path: Path) -> None:
        """The first time counts: a type that may not be null completes its value a second time."""
        field = self._fields.get(at := tuple(path.as_list()))
        if field is not None and field.ended_ns == field.started_ns:
            self._fields[at] = field._replace(ended_ns=self._trace.now())
