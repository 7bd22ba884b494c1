"""Plans: what of an operation does not change from request to request, as a tree of selections and fields.

A plan is made once for an operation and the values of the variables in its `@skip` and `@include`, by graphql-core's
own `collect_fields`: which fields there are, in which order, and which of the document's nodes are merged into each.
A selection of a field is made when the first object of a type comes up there: of an interface with a hundred types,
most never do.
"""

from collections.abc import Awaitable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

import orjson
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import FieldDetails

from gateway.execution.assembling import assembler
from gateway.execution.awaiting import together
from gateway.execution.completion import Column, Completed, Completion, OfLeaf, OfList
from gateway.execution.encoding import Encoded, InParts, Kept, Whole
from gateway.execution.failures import FAILED, AllFailed
from gateway.execution.joining import Joined, leads_to_records
from gateway.execution.objects import OfAbstract, OfObject
from gateway.execution.places import OfField, Place
from gateway.execution.resolving import Attribute, resolver
from schema.execution import KEPT_CLASSES

if TYPE_CHECKING:
    from gateway.execution.executor import Run

TYPENAME = "__typename"
LEAST_OWN = 5
"""So many own facts beside other fields have to be selected for it to pay to join bytes, and not to write objects."""
Given: TypeAlias = Mapping["Field", Completed]
NOTHING_GIVEN: Given = {}
Own: TypeAlias = Sequence[tuple[bytes, ...]] | None
"""What is written of the own facts of each source; None where that is among the columns."""


class Size:
    """How many fields a plan has so far, each as often as it is planned."""

    def __init__(self) -> None:
        self.fields = 0


class Field:
    """A field of a selection: what it is called in the answer, how it is resolved, and how its values are completed."""

    def __init__(
        self, of: "Selection", schema: GraphQLSchema, key: str, order: int, details: list[FieldDetails]
    ) -> None:
        self.schema, self.parent_type, self.key, self.order, self.details = schema, of.of, key, order, details
        self._size, parent_type = of.size, of.of
        self.nodes: list[FieldNode] = [detail.node for detail in details]
        self.name = self.nodes[0].name.value
        definition = schema.get_field(parent_type, self.name)
        if definition is None:
            raise LookupError(f"{parent_type} has no field {self.name!r}")
        self.definition: GraphQLField = definition
        self.completion = self._completion(self.definition.type)
        self.resolve = resolver(self)
        self.selections: dict[GraphQLObjectType, Selection] = {}
        is_own = self.completion.is_of_leaves and isinstance(self.resolve, Attribute)
        self.is_flat = self.name == TYPENAME or is_own
        """Whether its values are its sources' own facts."""

    def column(self, run: "Run", sources: Column, place: Place) -> Completed:
        """The field of each source, completed or still to come."""
        if self.name == TYPENAME:
            return [self.parent_type.name] * len(sources)
        return self.completed(run, run.resolved(self, sources, place), place)

    def completed(self, run: "Run", values: Completed, place: Place) -> Completed:
        """The field of each source, whose values are these, there or still to come."""
        if type(values) is list:
            return self.completion.complete(run, values, OfField(place, self))
        return run.begun(self._completed_later(run, values, place))

    async def _completed_later(self, run: "Run", values: Any, place: Place) -> Column:
        there = await values
        run.failures.turn += 1
        completed = self.completion.complete(run, there, OfField(place, self))
        return completed if isinstance(completed, list) else await completed

    def selection(self, run: "Run", of: GraphQLObjectType) -> "Selection":
        """What is selected of an object of a type. Raises GraphQLError where a directive has no value."""
        found = self.selections.get(of)
        if found is None:
            grouped = run.collect_subfields(of, self.details).grouped_field_set
            found = self.selections[of] = Selection(self.schema, of, grouped, self._size)
        return found

    def _completion(self, of: GraphQLOutputType, *, nullable: bool = True) -> Completion:
        if is_non_null_type(of):
            return self._completion(of.of_type, nullable=False)
        if is_list_type(of):
            return OfList(self, self._completion(of.of_type), nullable=nullable)
        if is_leaf_type(of):
            return OfLeaf(self, of, nullable=nullable)
        if is_abstract_type(of):
            return OfAbstract(self, of, nullable=nullable)
        return OfObject(self, cast("GraphQLObjectType", of), nullable=nullable)


class Level(NamedTuple):
    """What there is of the objects of one selection: the values of some of its fields, and `own` for the others."""

    sources: Column
    place: Place
    fields: Sequence[Field]
    columns: list[Any]
    own: Own


class Selection:
    """The fields that are selected of objects of one type."""

    def __init__(
        self, schema: GraphQLSchema, of: GraphQLObjectType, grouped: dict[str, list[FieldDetails]], size: Size
    ) -> None:
        self.of, self.size = of, size
        # A field that the type does not have is left out, as graphql-core does where validation was.
        known = {key: details for key, details in grouped.items() if schema.get_field(of, details[0].node.name.value)}
        self.fields: Sequence[Field] = [
            Field(self, schema, key, order, details) for order, (key, details) in enumerate(known.items())
        ]
        size.fields += len(self.fields)
        self._assemble = assembler([field.key for field in self.fields])
        self.is_flat = all(field.is_flat for field in self.fields)
        """Whether an object of a record's class has nothing in the answer but its record's own values."""
        self._required = [field.order for field in self.fields if not field.completion.nullable]
        self.records: frozenset[type] = frozenset(of.extensions.get(KEPT_CLASSES, ()))
        """The classes of its objects that come again as the same objects."""
        self._others = [field for field in self.fields if not field.is_flat]
        self._whole, self._parts = Whole(self.fields), InParts(self.fields)
        self._joined = Joined(self, self._others) if self._others and all(map(leads_to_records, self._others)) else None
        self._kept: Kept | None = None
        # Of a type that no fragment is for nothing is selected, and nothing is to be kept.
        self._is_kept = bool(self.fields) and (self.is_flat or len(self.fields) - len(self._others) >= LEAST_OWN)

    def rows(self, run: "Run", sources: Column, place: Place) -> Completed:
        """The answer's objects, one for each source, or FAILED."""
        if run.encoded is None or not self.records.issuperset(map(type, sources)):
            return self._rows(run, sources, place, self.fields)
        if self._joined is not None:
            return self._joined.rows(run, run.encoded, sources, place)
        return self.of_records(run, run.encoded, sources, place)

    def of_records(
        self, run: "Run", encoded: Encoded, records: Column, place: Place, given: Given = NOTHING_GIVEN
    ) -> Completed:
        """The objects of records, with what is kept of their own facts.

        `given` are the values of fields that are resolved already.
        """
        if not self._is_kept:
            return self._rows(run, records, place, self.fields, given=given)
        if self._kept is None:
            self._kept = encoded.kept()
        if self.is_flat:
            rows = self._whole.rows(run, self._kept, records, place)
            return self._rows(run, records, place, self.fields) if rows is None else rows
        own = self._parts.pieces(run, self._kept, records, place)
        return self._rows(run, records, place, self.fields if own is None else self._others, own, given)

    def _rows(
        self,
        run: "Run",
        sources: Column,
        place: Place,
        fields: Sequence[Field],
        own: Own = None,
        given: Given = NOTHING_GIVEN,
    ) -> Completed:
        """The same, of the values of these fields, and of what there is already of the others."""
        columns: list[Any] = []
        later: dict[int, Awaitable[Column]] = {}
        for at, field in enumerate(fields):
            values = given.get(field)
            column = run.column(field, sources, place) if values is None else field.completed(run, values, place)
            columns.append(column)
            if not isinstance(column, list):
                later[at] = column
            elif run.failures.spread and self._none_left(run, field, column):
                run.track_async_work(list(later.values()))
                return [FAILED] * len(sources)
        level = Level(sources, place, fields, columns, own)
        return run.begun(self._rows_later(run, level, later)) if later else self._assembled(run, level)

    async def _rows_later(self, run: "Run", level: "Level", later: dict[int, Awaitable[Column]]) -> Column:
        try:
            waiting = [self._unless_none_left(run, level.fields[at], column) for at, column in later.items()]
            found = await together(waiting)
        except AllFailed:
            run.failures.turn += 1
            return [FAILED] * len(level.sources)
        run.failures.turn += 1
        for at, column in zip(later, found, strict=True):
            level.columns[at] = column
        return self._assembled(run, level)

    def _none_left(self, run: "Run", field: Field, column: Column) -> bool:
        """Whether a field has made null all objects that it is of, so that the others do not matter any more."""
        return bool(column) and not field.completion.nullable and run.failures.all_failed(column)

    async def _unless_none_left(self, run: "Run", field: Field, later: Awaitable[Column]) -> Column:
        column = await later
        if run.failures.spread and self._none_left(run, field, column):
            raise AllFailed
        return column

    def _assembled(self, run: "Run", level: "Level") -> Column:
        if level.own is not None and not run.failures.spread:
            try:
                return self._parts.rows(level.own, level.columns)
            except orjson.JSONEncodeError:  # whoever writes the whole answer says what is wrong with it
                pass
        columns = level.columns if level.own is None else self._completed(run, level)
        rows = self._assemble(columns, len(level.sources))
        if run.failures.spread:
            for at in self._required:
                for index, value in enumerate(columns[at]):
                    if value is FAILED:
                        rows[index] = FAILED
        return rows

    def _completed(self, run: "Run", level: "Level") -> list[Column]:
        """The columns of all fields, where those of the sources' own facts were left out."""
        there = {field.order: column for field, column in zip(level.fields, level.columns, strict=True)}
        missing = [field for field in self.fields if field.order not in there]
        # They were there before, so nobody has to be waited for.
        there |= {one.order: cast("Column", run.column(one, level.sources, level.place)) for one in missing}
        return [there[field.order] for field in self.fields]


class Plan:
    """An operation, compiled: what is selected of the root. It grows while it runs, and `size` with it."""

    def __init__(self, schema: GraphQLSchema, root: GraphQLObjectType, grouped: dict[str, list[FieldDetails]]) -> None:
        self.size = Size()
        self.root = Selection(schema, root, grouped, self.size)
