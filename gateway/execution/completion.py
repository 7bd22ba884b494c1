"""From what resolvers gave to what the answer has, a column at a time.

Each class completes the values of one kind of type, as "Value Completion" of the GraphQL specification says, for all
parents of a level in one call. The usual column, where every value has the type that is expected, is recognized by the
set of its values' Python types and taken as a whole. Anything else is looked at value by value, in graphql-core's way.

A column comes back as a list where everything was there, else as an awaitable of one.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, groupby, islice
from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import GraphQLError, GraphQLLeafType, Undefined
from graphql.execution.executor import Executor, collect_iterator_awaitables
from graphql.pyutils import is_iterable

from gateway.execution.awaiting import settled, settled_groups, waiting
from gateway.execution.failures import FAILED, Noted
from gateway.execution.leaves import shortcut
from gateway.execution.places import OfItems, Picked, Place

if TYPE_CHECKING:
    from gateway.execution.executor import Run
    from gateway.execution.plan import Field

Column = list[Any]
Completed = Column | Awaitable[Column]
LISTS = frozenset({list, tuple})
NOTHING = frozenset({NoneType, type(Undefined)})


class Completion(ABC):
    """How the values of one type are completed. `field` is whose they are, and `nullable` whether null is allowed."""

    def __init__(self, field: "Field", *, nullable: bool) -> None:
        self.field, self.nullable = field, nullable

    is_of_leaves = False
    """Whether all values are scalars and enums, or lists of these."""

    def complete(self, run: "Run", values: Column, place: Place) -> Completed:
        """The values as they are answered. Exceptions among them become errors."""
        types = set(map(type, values))
        awaitables = waiting(values, types, run.is_awaitable)
        if awaitables:
            return self._awaiting(run, values, types, awaitables, place)
        return self.present(run, values, types, place)

    @abstractmethod
    def present(self, run: "Run", values: Column, types: set[type], place: Place) -> Completed:
        """The same, where all values are there. `types` are the values'."""

    def failed(self, run: "Run", error: Exception, place: Place, index: int) -> Any:
        """Take note of an error. Returns what stands for the value."""
        if isinstance(error, Noted):
            return None if self.nullable else FAILED
        return run.failures.note(error, self.field.nodes, place, index, nullable=self.nullable)

    def nothing(self, run: "Run", place: Place, index: int) -> Any:
        """What stands where a resolver gave null."""
        if self.nullable:
            return None
        name = f"{self.field.parent_type}.{self.field.name}"
        return self.failed(run, TypeError(f"Cannot return null for non-nullable field {name}."), place, index)

    def contained(self, run: "Run", column: Column, place: Place) -> Column:
        """The column, where what failed inside a value makes that value null, if it may be."""
        if not self.nullable or not run.failures.spread:
            return column
        for index, value in enumerate(column):
            if value is FAILED:
                run.failures.reached(place, index)
        return [None if value is FAILED else value for value in column]

    def _awaiting(self, run: "Run", values: Column, types: set[type], awaitables: list[int], place: Place) -> Completed:
        # Before anything waits for them: that may be given up before it begins.
        run.kept([values[index] for index in awaitables])
        if any(map(self.is_failure, types)):
            values = self._noted(run, values, place)
            if not self.nullable and isinstance(place, OfItems):
                awaitables = _worth_awaiting(run, values, awaitables, place)
        if not awaitables:
            return self.present(run, values, set(map(type, values)), place)
        return run.begun(self._complete_later(run, values, awaitables, place))

    def is_failure(self, of: type) -> bool:
        """Whether any value of a class is an error here."""
        return issubclass(of, Exception) or (of in NOTHING and not self.nullable)

    def _noted(self, run: "Run", values: Column, place: Place) -> Column:
        """The values, where note is taken at once of what has failed, before anything else fails later."""
        noted = list(values)
        for index, value in enumerate(values):
            if self.is_failure(type(value)):
                if isinstance(value, Exception):
                    self.failed(run, value, place, index)
                else:
                    self.nothing(run, place, index)
                noted[index] = Noted()
        return noted

    async def _complete_later(self, run: "Run", values: Column, awaitables: list[int], place: Place) -> Column:
        if self.nullable or not isinstance(place, OfItems):
            found = await settled([values[index] for index in awaitables])
        else:
            lists = groupby(awaitables, place.list_of)
            found = await settled_groups([[values[index] for index in items] for _, items in lists])
        run.failures.turn += 1
        there = list(values)
        for index, value in zip(awaitables, found, strict=True):
            there[index] = value
        completed = self.present(run, there, set(map(type, there)), place)
        return completed if isinstance(completed, list) else await completed


def _worth_awaiting(run: "Run", items: Column, awaitables: list[int], place: OfItems) -> list[int]:
    """Which items to wait for where a failed one makes its list null. The others are given up in `items`."""
    null = {place.list_of(index) for index, item in enumerate(items) if isinstance(item, Noted)}
    given_up = [index for index in awaitables if place.list_of(index) in null]
    run.track_async_work([items[index] for index in given_up])
    for index in given_up:
        items[index] = Noted()
    return [index for index in awaitables if place.list_of(index) not in null]


class OfLeaf(Completion):
    """Scalars and enums."""

    is_of_leaves = True

    def __init__(self, field: "Field", of: GraphQLLeafType, *, nullable: bool) -> None:
        super().__init__(field, nullable=nullable)
        self.of, self._shortcut = of, shortcut(of)

    def present(self, run: "Run", values: Column, types: set[type], place: Place) -> Column:
        if self._shortcut is not None:
            completed = self._shortcut(values, types, self.nullable)
            if completed is not None:
                return completed
        return [self._one(run, value, place, index) for index, value in enumerate(values)]

    def _one(self, run: "Run", value: Any, place: Place, index: int) -> Any:
        if isinstance(value, Exception):
            return self.failed(run, value, place, index)
        if value is None or value is Undefined:
            return self.nothing(run, place, index)
        try:
            return Executor.complete_leaf_value(self.of, value)
        except Exception as error:  # noqa: BLE001  whatever a scalar raises is an error of the field
            return self.failed(run, error, place, index)


class OfList(Completion):
    """Lists. The items of all lists of the column are completed as one column."""

    def __init__(self, field: "Field", item: Completion, *, nullable: bool) -> None:
        super().__init__(field, nullable=nullable)
        self.item, self.is_of_leaves = item, item.is_of_leaves

    def present(self, run: "Run", values: Column, types: set[type], place: Place) -> Completed:
        if types <= LISTS:
            return self._lists(run, values, {}, place)
        streams = [index for index, value in enumerate(values) if run.is_async_iterable(value)]
        if streams:
            return run.begun(self._collected(run, values, streams, place))
        lists: list[Sequence[Any]] = []
        instead: dict[int, Any] = {}
        for index, value in enumerate(values):
            found = self._listed(run, value, place, index)
            if type(found) is not list:
                instead[index] = found
            lists.append(found if type(found) is list else ())
        return self._lists(run, lists, instead, place)

    def _listed(self, run: "Run", value: Any, place: Place, index: int) -> Any:
        """The items of a list; what stands for it where it is none."""
        if isinstance(value, BrokenOff):
            return self._broken_off(run, value.items, value.error, place, index)
        if isinstance(value, Exception):
            return self.failed(run, value, place, index)
        if value is None or value is Undefined:
            return self.nothing(run, place, index)
        if not is_iterable(value):
            name = f"{self.field.parent_type}.{self.field.name}"
            message = f"Expected Iterable, but did not find one for field '{name}'."
            return self.failed(run, GraphQLError(message), place, index)
        items: list[Any] = []
        iterator: Iterator[Any] = iter(())
        try:
            iterator = iter(value)
            items.extend(iterator)
        except Exception as error:  # noqa: BLE001  whatever an iterator raises is an error of the field
            run.track_async_work(collect_iterator_awaitables(iterator, run.is_awaitable))
            return self._broken_off(run, items, error, place, index)
        return items

    def _broken_off(self, run: "Run", items: list[Any], error: Exception, place: Place, index: int) -> Any:
        """What stands for a list that has failed behind these items, of which errors are told, too."""
        if waiting(items, set(map(type, items)), run.is_awaitable):
            run.track_async_work(items)
            return self.failed(run, error, place, index)
        inside = OfItems(Picked(place, [index]), [len(items)], nullable=self.item.nullable)
        completed = self.item.complete(run, items, inside)
        if type(completed) is not list:
            run.track_async_work([completed])
        elif FAILED in completed:
            return FAILED
        nodes, nullable = self.field.nodes, self.nullable
        return run.failures.note(error, nodes, place, index, nullable=nullable, is_behind=True)

    def _lists(self, run: "Run", lists: Sequence[Sequence[Any]], instead: dict[int, Any], place: Place) -> Completed:
        counts = list(map(len, lists))
        items = list(chain.from_iterable(lists))
        completed = self.item.complete(run, items, OfItems(place, counts, nullable=self.item.nullable))
        if type(completed) is list:
            return self._folded(run, completed, counts, instead, place)
        return run.begun(self._folded_later(run, completed, counts, instead, place))

    async def _folded_later(
        self, run: "Run", items: Any, counts: list[int], instead: dict[int, Any], place: Place
    ) -> Column:
        return self._folded(run, await items, counts, instead, place)

    def _folded(self, run: "Run", items: Column, counts: list[int], instead: dict[int, Any], place: Place) -> Column:
        """The items as lists again."""
        rest = iter(items)
        lists: Column = [list(islice(rest, count)) for count in counts]
        if not self.item.nullable and run.failures.spread:
            lists = [FAILED if FAILED in one else one for one in lists]
        for index, other in instead.items():
            lists[index] = other
        return self.contained(run, lists, place)

    async def _collected(self, run: "Run", values: Column, streams: list[int], place: Place) -> Column:
        """The same, where some are asynchronous iterators."""
        found = await settled(run.kept([self._all_of(values[index]) for index in streams]))
        run.failures.turn += 1
        there = list(values)
        for index, value in zip(streams, found, strict=True):
            there[index] = value
        completed = self.present(run, there, set(map(type, there)), place)
        return completed if isinstance(completed, list) else await completed

    async def _all_of(self, stream: Any) -> "list[Any] | BrokenOff":
        """The items of an asynchronous iterator, up to one that makes the list null."""
        items: list[Any] = []
        iterator = aiter(stream)
        try:
            async for item in iterator:
                items.append(item)
                if not self.item.nullable and self.item.is_failure(type(item)):
                    await _closed(iterator)
                    break
        except Exception as error:  # noqa: BLE001  whatever an iterator raises is an error of the field
            await _closed(iterator)
            return BrokenOff(items, error)
        return items


class BrokenOff(NamedTuple):
    """What an asynchronous iterator gave before it failed."""

    items: list[Any]
    error: Exception


async def _closed(iterator: Any) -> None:
    """Let an asynchronous iterator go before its end. What it raises then is of no interest to anybody."""
    if hasattr(iterator, "aclose"):
        with suppress(Exception):
            await iterator.aclose()
