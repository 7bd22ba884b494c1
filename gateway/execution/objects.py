"""Objects of one type, of an interface or of a union: sorted by their type, and completed type by type."""

from abc import abstractmethod
from collections.abc import Awaitable, Coroutine, Mapping
from types import CoroutineType, NoneType
from typing import TYPE_CHECKING, Any, cast

from graphql import GraphQLAbstractType, GraphQLObjectType
from graphql.execution.executor import invalid_return_type_error

from gateway.execution.awaiting import settled, together
from gateway.execution.completion import NOTHING, Column, Completed, Completion
from gateway.execution.places import Picked, Place
from schema.execution import PYTHON_CLASSES

if TYPE_CHECKING:
    from gateway.execution.executor import Run
    from gateway.execution.plan import Field, Selection

Told = Coroutine[Any, Any, "Selection"]
"""A selection that is known once a function of the schema has answered."""


class Sorted:
    """The objects of a column by the selection that they are asked for, each with its index in the column."""

    def __init__(self, count: int) -> None:
        self.column: Column = [None] * count
        self._indexes: dict[Selection, list[int]] = {}

    def put(self, index: int, selection: "Selection") -> None:
        self._indexes.setdefault(selection, []).append(index)

    def put_all(self, indexes: list[int], selection: "Selection") -> None:
        if selection in self._indexes:
            indexes = sorted([*self._indexes[selection], *indexes])
        self._indexes[selection] = indexes

    def rows(self, run: "Run", values: Column, place: Place) -> list[tuple[list[int], Completed]]:
        """The objects of each selection, completed or still to come."""
        return [
            (indexes, selection.rows(run, [values[index] for index in indexes], Picked(place, indexes)))
            for selection, indexes in self._indexes.items()
        ]


class OfObjects(Completion):
    """What objects of one type, and of several, have in common."""

    classes: Mapping[type, GraphQLObjectType]
    """The object types that are told by a value's Python class alone."""

    def present(self, run: "Run", values: Column, types: set[type], place: Place) -> Completed:
        only = self._only(types)
        if only is not None:
            return self._of_one(run, only, values, place)
        found = Sorted(len(values))
        if self.nullable and NoneType in types:
            only = self._only(types - {NoneType})
            if only is not None:
                found.put_all([index for index, value in enumerate(values) if value is not None], only)
                return self._completed(run, values, found, place)
        if types <= self.classes.keys():
            self._sort_by_class(run, values, place, found)
            return self._completed(run, values, found, place)
        later: dict[int, Told] = {}
        for index, value in enumerate(values):
            self._sort(run, value, place, index, found, later)
        if later:
            run.kept(list(later.values()))
            return run.begun(self._sorted_later(run, values, found, later, place))
        return self._completed(run, values, found, place)

    def _only(self, types: set[type]) -> "Selection | None":
        """The one selection of all values, where their one class tells it."""
        if len(types) != 1:
            return None
        [one] = types
        of = self.classes.get(one)
        return None if of is None else self.field.selections.get(of)

    def _of_one(self, run: "Run", selection: "Selection", values: Column, place: Place) -> Completed:
        shared = self._shared(run, selection, values, place) if selection.is_flat and run.shares_rows else None
        if shared is not None:
            return shared
        rows = selection.rows(run, values, place)
        if type(rows) is list:
            return self.contained(run, rows, place)
        return run.begun(self._contained_later(run, rows, place))

    def _shared(self, run: "Run", selection: "Selection", values: Column, place: Place) -> Column | None:
        """The rows, where a record that is there more than once has one row for all; None where that does not pay.

        Only a record is known to say the same each time. An error has a path for each time, and nothing is shared.
        """
        ids = list(map(id, values))
        records = dict(zip(ids, values, strict=True))
        if not values or len(records) * 2 > len(values) or type(values[0]) not in self.classes:
            return None
        before = len(run.failures)
        rows = selection.rows(run, list(records.values()), place)
        if len(run.failures) > before or type(rows) is not list:
            run.failures.forget(before)
            return None
        of = dict(zip(records, rows, strict=True))
        return [of[one] for one in ids]

    async def _contained_later(self, run: "Run", rows: Any, place: Place) -> Column:
        return self.contained(run, await rows, place)

    def _sort_by_class(self, run: "Run", values: Column, place: Place, found: Sorted) -> None:
        indexes: dict[type, list[int]] = {}
        for index, value in enumerate(values):
            indexes.setdefault(type(value), []).append(index)
        for of, some in indexes.items():
            try:
                found.put_all(some, self.field.selection(run, self.classes[of]))
            except Exception as error:  # noqa: BLE001  it is an error of each of these values
                for index in some:
                    found.column[index] = self.failed(run, error, place, index)

    def _sort(self, run: "Run", value: Any, place: Place, index: int, found: Sorted, later: dict[int, Told]) -> None:
        if isinstance(value, Exception):
            found.column[index] = self.failed(run, value, place, index)
        elif type(value) in NOTHING:
            found.column[index] = self.nothing(run, place, index)
        else:
            try:
                selection = self._selection(run, value, place, index)
            except Exception as error:  # noqa: BLE001  it is an error of this value
                found.column[index] = self.failed(run, error, place, index)
                return
            if isinstance(selection, CoroutineType):
                later[index] = selection
            else:
                found.put(index, cast("Selection", selection))

    def _selection(self, run: "Run", value: Any, place: Place, index: int) -> "Selection | Told":
        """The selection of a value, by its class, or by what the schema's functions say of it."""
        of = self.classes.get(type(value))
        if of is not None:
            return self.field.selection(run, of)
        return self._told(run, value, run.info(self.field, *place.origin(index)))

    @abstractmethod
    def _told(self, run: "Run", value: Any, info: Any) -> "Selection | Told":
        """The selection of a value by what the schema's functions say of it."""

    def _checked(self, run: "Run", of: GraphQLObjectType, value: Any, info: Any) -> "Selection | Told":
        """The selection of a type, once the type has said that the value is of it."""
        if of.is_type_of is not None:
            is_of = of.is_type_of(value, info)
            if run.is_awaitable(is_of):
                return self._checked_later(run, of, value, cast("Awaitable[bool]", is_of))
            if not is_of:
                raise invalid_return_type_error(of, value, self.field.details)
        return self.field.selection(run, of)

    async def _checked_later(
        self, run: "Run", of: GraphQLObjectType, value: Any, is_of: Awaitable[bool]
    ) -> "Selection":
        if not await is_of:
            raise invalid_return_type_error(of, value, self.field.details)
        return self.field.selection(run, of)

    async def _sorted_later(
        self, run: "Run", values: Column, found: Sorted, later: dict[int, Told], place: Place
    ) -> Column:
        told = await settled(list(later.values()))
        run.failures.turn += 1
        for index, selection in zip(later, told, strict=True):
            if isinstance(selection, Exception):
                found.column[index] = self.failed(run, selection, place, index)
            else:
                found.put(index, selection)
        completed = self._completed(run, values, found, place)
        return completed if isinstance(completed, list) else await completed

    def _completed(self, run: "Run", values: Column, found: Sorted, place: Place) -> Completed:
        parts = found.rows(run, values, place)
        if all(type(rows) is list for _, rows in parts):
            return self._merged(run, found.column, parts, place)
        return run.begun(self._merged_later(run, found.column, parts, place))

    async def _merged_later(
        self, run: "Run", column: Column, parts: list[tuple[list[int], Any]], place: Place
    ) -> Column:
        awaitables = [rows for _, rows in parts if type(rows) is not list]
        done = iter(await together(awaitables))
        there = [(indexes, rows if type(rows) is list else next(done)) for indexes, rows in parts]
        return self._merged(run, column, there, place)

    def _merged(self, run: "Run", column: Column, parts: list[tuple[list[int], Any]], place: Place) -> Column:
        for indexes, rows in parts:
            for index, row in zip(indexes, rows, strict=True):
                column[index] = row
        return self.contained(run, column, place)


class OfObject(OfObjects):
    """Objects of one type. Where the type has no say in it, whatever is there is of it."""

    def __init__(self, field: "Field", of: GraphQLObjectType, *, nullable: bool) -> None:
        super().__init__(field, nullable=nullable)
        self.of = of
        self.classes = dict.fromkeys(of.extensions.get(PYTHON_CLASSES, ()), of)

    def _only(self, types: set[type]) -> "Selection | None":
        if self.of.is_type_of is not None:
            return super()._only(types)
        if types.isdisjoint(NOTHING) and not any(issubclass(one, Exception) for one in types):
            return self.field.selections.get(self.of)
        return None

    def _selection(self, run: "Run", value: Any, place: Place, index: int) -> "Selection | Told":
        if self.of.is_type_of is None:
            return self.field.selection(run, self.of)
        return super()._selection(run, value, place, index)

    def _told(self, run: "Run", value: Any, info: Any) -> "Selection | Told":
        return self._checked(run, self.of, value, info)


class OfAbstract(OfObjects):
    """Objects of an interface or a union."""

    def __init__(self, field: "Field", of: GraphQLAbstractType, *, nullable: bool) -> None:
        super().__init__(field, nullable=nullable)
        self.of = of
        possible = field.schema.get_possible_types(of)
        self.classes = {known: one for one in possible for known in one.extensions.get(PYTHON_CLASSES, ())}

    def _told(self, run: "Run", value: Any, info: Any) -> "Selection | Told":
        resolve = self.of.resolve_type or run.type_resolver
        name = resolve(value, info, self.of)
        if run.is_awaitable(name):
            return self._told_later(run, value, info, cast("Awaitable[str]", name))
        return self._checked(run, self._valid(run, value, info, name), value, info)

    async def _told_later(self, run: "Run", value: Any, info: Any, name: Awaitable[str]) -> "Selection":
        of = self._valid(run, value, info, await name)
        selection = self._checked(run, of, value, info)
        return await selection if isinstance(selection, CoroutineType) else cast("Selection", selection)

    def _valid(self, run: "Run", value: Any, info: Any, name: Any) -> GraphQLObjectType:
        return run.ensure_valid_runtime_type(name, self.of, self.field.details, info, value)
