"""Resolvers and scalars that do what they should not: only their own fields have errors, as graphql-core tells them."""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from enum import Enum
from itertools import count
from typing import Any

import pytest
import strawberry
from graphql import (
    ExecutionResult,
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    execute,
    parse,
)
from strawberry.directive import DirectiveLocation
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gateway.execution.executor import PlannedExecution, PlannedExecutor
from gateway.execution.operations import Operations
from gateway.execution.plans import Plans
from schema.execution import Found, of_many
from tests.support.compared import told


def both(schema: GraphQLSchema, document: str, root: Any = None) -> list[ExecutionResult]:
    """What ours answers, the second time by a plan that is known, and what graphql-core answers."""
    found = []
    for executor in (PlannedExecutor, PlannedExecutor, None):
        result = execute(schema, parse(document), root, executor_class=executor)
        assert isinstance(result, ExecutionResult)
        found.append(result)
    return found


def assert_same(schema: GraphQLSchema, document: str, root: Any = None) -> ExecutionResult:
    first, again, theirs = both(schema, document, root)
    assert (first.data, told(first)) == (again.data, told(again)) == (theirs.data, told(theirs))
    return theirs


class Row(dict[str, Any]):
    """An object whose name is one of its names, of which it may have none."""


ROW = GraphQLObjectType("Row", {"name": GraphQLField(GraphQLString, resolve=lambda row, _: next(iter(row["names"])))})
ROWS = GraphQLSchema(GraphQLObjectType("Query", {"rows": GraphQLField(GraphQLList(GraphQLNonNull(ROW)))}))


def test_a_resolver_that_raises_the_end_of_an_iteration_loses_nothing() -> None:
    rows = [Row(names=names) for names in (["a"], [], ["b"], [])]
    found = assert_same(ROWS, "{ rows { name } }", {"rows": rows})
    assert found.data == {"rows": [{"name": "a"}, {"name": None}, {"name": "b"}, {"name": None}]}


def test_a_scalar_that_raises_the_end_of_an_iteration_loses_nothing() -> None:
    first = GraphQLScalarType("First", serialize=lambda value: next(iter(value)))
    schema = GraphQLSchema(GraphQLObjectType("Query", {"all": GraphQLField(GraphQLList(first))}))
    found = assert_same(schema, "{ all }", {"all": [["a"], [], ["b"]]})
    assert found.data == {"all": ["a", None, "b"]}


class Unreadable:
    """A list that cannot be begun."""

    def __iter__(self) -> Iterator[Any]:
        raise ConnectionError("the rows could not be read")


def broken_off(*items: Any) -> Iterator[Any]:
    yield from items
    raise ConnectionError("no more rows")


@pytest.mark.parametrize("item", [GraphQLInt, GraphQLNonNull(GraphQLInt)])
@pytest.mark.parametrize(
    "value",
    [
        Unreadable,
        lambda: broken_off(1, 2),
        lambda: broken_off(1, "x", 2),
        lambda: broken_off(None),
        lambda: [1, "x"],
    ],
)
def test_a_list_that_breaks_off_is_an_error_behind_those_of_its_items(item: Any, value: Any) -> None:
    fields = {"numbers": GraphQLField(GraphQLList(item), resolve=lambda *_: value()), "one": GraphQLField(GraphQLInt)}
    found = assert_same(GraphQLSchema(GraphQLObjectType("Query", fields)), "{ numbers one }", {"one": 1})
    assert found.data is not None
    assert found.data["one"] == 1


class Size(Enum):
    BIG = float("nan")
    SMALL = 1


def test_a_member_that_cannot_be_told_is_an_error_of_its_own_value() -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        def sizes(self) -> list[strawberry.enum(Size) | None]:  # type: ignore[misc,valid-type]
            return [Size.SMALL, Size.BIG]

    schema = strawberry.Schema(Query)._schema
    executors = PlannedExecution, StrawberryGraphQLCoreExecutionContext
    ours, theirs = [execute(schema, parse("{ sizes }"), executor_class=one) for one in executors]
    assert isinstance(ours, ExecutionResult)
    assert isinstance(theirs, ExecutionResult)
    assert (ours.data, told(ours)) == (theirs.data, told(theirs))


def test_what_is_written_in_a_document_is_read_for_each_request() -> None:
    calls = count()
    moment = GraphQLScalarType("Moment", parse_value=lambda _: f"moment {next(calls)}")
    bag = GraphQLScalarType("Bag", parse_value=lambda value: {value})
    fields = {
        "at": GraphQLField(GraphQLString, {"at": GraphQLArgument(moment)}, lambda _, __, at: at),
        "grown": GraphQLField(GraphQLInt, {"of": GraphQLArgument(bag)}, lambda _, __, of: (of.add("more"), len(of))[1]),
    }
    schema, document = GraphQLSchema(GraphQLObjectType("Query", fields)), parse('{ at(at: "now") grown(of: "one") }')
    found = [execute(schema, document, executor_class=PlannedExecutor).data for _ in range(3)]  # type: ignore[union-attr]
    assert [one["grown"] for one in found] == [2, 2, 2]
    assert len({one["at"] for one in found}) == 3


@strawberry.type
class Item:
    @strawberry.field
    @of_many
    @staticmethod
    def name(items: Sequence["Item"]) -> Found[str]:
        return [f"of {len(items)}" for _ in items]

    @strawberry.field
    @of_many
    @staticmethod
    def missing(items: Sequence["Item"]) -> Found[str | None]:  # noqa: ARG004
        return ["too few"]

    @strawberry.field
    @of_many
    @staticmethod
    def nothing(items: Sequence["Item"], times: int = 2) -> Found[str | None]:  # noqa: ARG004
        return None  # type: ignore[return-value]


@strawberry.type
class Items:
    @strawberry.field
    def items(self) -> list[Item]:
        return [Item(), Item()]


def test_a_batch_resolver_may_be_told_of_parents_alone_and_one_that_gives_too_few_spoils_its_own_field() -> None:
    schema = strawberry.Schema(Items)._schema
    result = execute(schema, parse("{ items { name missing nothing(times: 3) } }"), executor_class=PlannedExecution)
    assert isinstance(result, ExecutionResult)
    assert result.data == {"items": [{"name": "of 2", "missing": None, "nothing": None}] * 2}
    paths = [error.path for error in result.errors or []]
    assert paths == [["items", at, name] for at in (0, 1) for name in ("missing", "nothing")]


def test_operations_deeper_than_python_can_look_and_odd_choices_are_left_to_graphql_core() -> None:
    depth = 2_000
    fragments = " ".join(f"fragment F{at} on Row {{ ...F{at + 1} }}" for at in range(depth))
    deep = f"{{ rows {{ ...F0 }} }} {fragments} fragment F{depth} on Row {{ name }}"
    assert_same(ROWS, deep, {"rows": []})
    assert_same(ROWS, "{ rows @skip(if: [true]) { name } }", {"rows": []})


def test_plans_are_counted_by_the_fields_that_they_have() -> None:
    names = " ".join(f"n{at}: name" for at in range(20))
    plans = Plans(most_fields=1_500)
    for key in "ab":
        uses = " ".join(f"{key}{at}: rows {{ ...All }}" for at in range(50))
        document = parse(f"{{ {uses} }} fragment All on Row {{ {names} }}")
        run = PlannedExecutor.build(ROWS, document, {"rows": [Row(names=["a"])]})
        assert isinstance(run, PlannedExecutor)
        plan = plans.of(run)
        assert plan is not None
        run.run(plan)
        assert plan.size.fields == 50 + 50 * 20
    assert len(plans) == 2
    small = PlannedExecutor.build(ROWS, parse("{ rows { name } }"), {"rows": []})
    assert isinstance(small, PlannedExecutor)
    assert plans.of(small) is not None
    assert len(plans) == 2


def test_a_schema_with_hooks_that_would_not_be_called_is_refused() -> None:
    class Hook(SchemaExtension):
        def resolve(self, _next: Any, root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
            return _next(root, info, *args, **kwargs)

    @strawberry.directive(locations=[DirectiveLocation.FIELD])
    def loud(value: str) -> str:
        return value.upper()

    class Of:
        def __init__(self, **of: Any) -> None:
            self.core = strawberry.Schema(Items, **of)._schema

    Operations(Of(extensions=[SchemaExtension]))
    for of in ({"extensions": [Hook]}, {"directives": [loud]}):
        with pytest.raises(ValueError, match="use field extensions"):
            Operations(Of(**of))


async def test_a_batch_resolver_that_fails_later_is_an_error_of_its_field() -> None:
    async def failing(parents: Sequence[Any]) -> list[str]:  # noqa: ARG001
        await asyncio.sleep(0)
        raise ConnectionError("gone")

    @strawberry.type
    class Late:
        one: str | None = strawberry.field(resolver=of_many(failing))

    @strawberry.type
    class Query:
        @strawberry.field
        def late(self) -> Late:
            return object.__new__(Late)

    result = execute(strawberry.Schema(Query)._schema, parse("{ late { one } }"), executor_class=PlannedExecution)
    assert isinstance(result, Awaitable)
    found = await result
    assert (found.data, [error.message for error in found.errors or []]) == ({"late": {"one": None}}, ["gone"])
