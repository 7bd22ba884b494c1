"""Which operations are planned, and what of the graph is answered by both executors alike."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from weakref import ref

import pytest
import strawberry
from graphql import ExecutionResult as GraphQLResult
from graphql import parse
from strawberry.permission import BasePermission
from strawberry.types import ExecutionResult
from strawberry.types import Info as StrawberryInfo

from gateway.execution.executor import PlannedExecution
from gateway.execution.explaining import explain
from gateway.execution.plans import Plans
from gateway.settings import Settings
from resolvers.context import Context, PageSizes
from resolvers.errors import InvalidRequest
from schema.execution import of_many
from schema.sdl import graph
from tests.support.demo import OpenedIndex
from tests.support.garbage import collected_by_hand

OPERATIONS: Sequence[tuple[str, dict[str, Any]]] = (
    ("{ searchJobs(first: 5) { totalCount nodes { id title client { name } skills { name broader { name } } } } }", {}),
    (
        (
            'query ($first: Int) { searchJobs(query: "website", first: $first) '
            "{ edges { cursor node { id } score { total } highlights { field } } "
            "pageInfo { endCursor } meta { mode } } }"
        ),
        {"first": 3},
    ),
    (
        (
            '{ search(query: "css html", first: 9) { nodes { __typename ... on Job { budget { amount currency } } '
            "... on Talent { hourlyRate { amount } languages { code level } } ... on Skill { kind } } } }"
        ),
        {},
    ),
    ('{ nodes(ids: ["job_000000", "nobody", "skill_css"]) { id ... on Job { publishedAt occupation { name } } } }', {}),
    (
        "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Job { id title } ... on Skill { name } } }",
        {"of": [{"__typename": "Job", "id": "job_000001"}, {"__typename": "Skill", "id": 5}, {"__typename": "X"}]},
    ),
    ('{ a: job(id: "job_000000") { skills { name } } searchJobs(first: 1000) { nodes { id } } }', {}),
    ('{ searchJobs(first: 1, filter: { skillIds: { anyOf: ["skill_none"] } }) { nodes { id } } }', {}),
    ("query ($no: Boolean!) { searchTalent(first: 2) { nodes { id title @skip(if: $no) } } }", {"no": True}),
    ("query ($no: Boolean!) { searchTalent(first: 2) { nodes { id title @skip(if: $no) } } }", {"no": None}),
    (
        "query ($x: Boolean = true) { searchJobs(first: 2) { nodes { id client { name @include(if: $x) } } } }",
        {"x": None},
    ),
    ("query ($x: Boolean = true) { searchJobs(first: 2) { nodes { id @skip(if: $x) } } }", {"x": None}),
    (
        (
            'query ($x: Boolean = true) { nodes(ids: ["job_000000", "skill_css", "nobody"]) '
            "{ id ... on Job { title @skip(if: $x) } } }"
        ),
        {"x": None},
    ),
    ("query ($first: Int) { searchJobs(first: $first) { nodes { id } } }", {"first": "many"}),
    ("{ _service { sdl } __schema { queryType { name } } }", {}),
    ("{ jobMarket { figures { __typename } } __typename }", {}),
)


async def answered(execution: Any, source: OpenedIndex, document: str, variables: dict[str, Any]) -> Any:
    result = await graph(execution).execute(document, variables, Context(source.snapshot(), PageSizes()))
    return result.data, [(error.message, error.path, error.locations) for error in result.errors or []]


@pytest.mark.parametrize(("document", "variables"), OPERATIONS)
async def test_the_graph_is_answered_alike_by_plans_and_by_graphql_core(
    opened: OpenedIndex, document: str, variables: dict[str, Any]
) -> None:
    ours = await answered(PlannedExecution, opened, document, variables)
    assert ours == await answered(None, opened, document, variables)


class Denied(BasePermission):
    message = "not for you"

    def has_permission(self, source: Any, info: StrawberryInfo, **kwargs: Any) -> bool:  # noqa: ARG002
        return False


asked: list[int] = []


async def names(numbers: Sequence["Number"], info: StrawberryInfo, prefix: str = "n") -> list[str | None]:  # noqa: ARG001
    asked.append(len(numbers))
    answers: list[Any] = [ValueError("odd") if one.value % 2 else f"{prefix}{one.value}" for one in numbers]
    return answers


@strawberry.type
class Number:
    value: int
    name: str | None = strawberry.field(resolver=of_many(names))

    @strawberry.field
    async def slow(self) -> int:
        await asyncio.sleep(0)
        return self.value

    @strawberry.field(permission_classes=[Denied])
    def secret(self) -> int | None:
        return 1


@strawberry.type
class Query:
    @strawberry.field
    def numbers(self, count: int = 4) -> list[Number]:
        return [Number(value=value) for value in range(count)]


DOCUMENT = '{ numbers { value name other: name(prefix: "x") slow secret } }'


async def executed(execution: Any, document: str = DOCUMENT) -> ExecutionResult:
    return await strawberry.Schema(Query, execution_context_class=execution).execute(document)


async def test_a_batch_resolver_gets_a_level_at_once_and_one_parent_at_a_time_elsewhere() -> None:
    results = []
    for execution, expected in ((PlannedExecution, [4, 4]), (None, [1] * 8)):
        asked.clear()
        result = await executed(execution)
        results.append((result.data, {(error.message, *(error.path or ())) for error in result.errors or []}))
        assert asked == expected
    assert results[0] == results[1]
    assert results[0][0]["numbers"][2] == {"value": 2, "name": "n2", "other": "x2", "slow": 2, "secret": None}
    assert len(results[0][1]) == 8


async def test_a_cancelled_operation_leaves_no_coroutine_behind() -> None:
    task = asyncio.ensure_future(executed(PlannedExecution))
    for _ in range(2):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def planned(document: str, **variables: Any) -> bool:
    from_text = PlannedExecution.build(graph()._schema, parse(document), raw_variable_values=variables)
    assert not isinstance(from_text, list)
    return Plans().of(from_text) is not None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("document", "is_planned"),
    [
        ("{ __typename }", True),
        ("{ _service { sdl } }", True),
        ("{ __schema { queryType { name } } }", False),
        ("{ ... @defer { __typename } }", False),
        ("{ searchJobs { nodes " + "{ client { openJobs { nodes " * 20 + "{ id }" + " } } }" * 20 + " } }", False),
    ],
)
def test_what_is_not_planned_is_known_beforehand(document: str, is_planned: bool) -> None:
    assert planned(document) is is_planned


def test_a_plan_is_shown_with_how_each_field_is_resolved(tmp_path: Path) -> None:
    query = tmp_path / "query.graphql"
    query.write_text('{ job(id: "job_1") { title client { name } } node(id: "job_1") { ... on Skill { name } } }')
    lines = explain(query, None, Settings(), profile=False)
    assert lines[:6] == [
        "Query",
        "  job: Job  (method)",
        "    Job",
        "      title: String!  (attribute)",
        "      client: Client  (all parents at once)",
        "        Client",
    ]
    assert "    Skill" in lines
    query.write_text("{ nothing }")
    with pytest.raises(InvalidRequest, match="Cannot query field"):
        explain(query, None, Settings(), profile=False)
    query.write_text('query ($x: Boolean = true) { job(id: "job_1") { title @skip(if: $x) } }')
    with pytest.raises(InvalidRequest, match="non-null type 'Boolean!'"):
        explain(query, '{"x": null}', Settings(), profile=False)
    query.write_bytes(b"{ \xff }")
    with pytest.raises(InvalidRequest, match="no text in UTF-8"):
        explain(query, None, Settings(), profile=False)


@strawberry.type
class Broken:
    @strawberry.field
    async def slow(self, turns: int) -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        finished.append(turns)
        return turns

    @strawberry.field
    def failing(self) -> int:
        raise ValueError("failed")


@strawberry.type
class Breaking:
    @strawberry.field
    def broken(self) -> Broken | None:
        return Broken()


finished: list[int] = []


async def test_what_goes_on_behind_an_answer_is_waited_for_once() -> None:
    """Each of them used to double the work at the end of the others: this would take hours."""
    count = 40
    document = " ".join(f"a{number}: broken {{ slow(turns: {number}) failing }}" for number in range(count))
    schema = strawberry.Schema(Breaking, execution_context_class=PlannedExecution)
    result = await schema.execute(f"{{ {document} }}")
    assert result.data == {f"a{number}": None for number in range(count)}
    while len(finished) < count:
        await asyncio.sleep(0)
    assert sorted(finished) == list(range(count))


class Asking:
    """Whoever asks, as a context that can be seen to be gone."""


@pytest.mark.parametrize("document", ["{ broken { __typename } }", "{ broken { slow(turns: 1) } }"])
def test_what_an_operation_has_made_is_gone_with_its_answer(document: str) -> None:
    """It would lie about until the collector of garbage looks, while the next operations take memory of their own."""
    schema, context = strawberry.Schema(Breaking, execution_context_class=PlannedExecution), Asking()
    executor = PlannedExecution.build(schema._schema, parse(document), context_value=context, root_value=Breaking())
    assert isinstance(executor, PlannedExecution)
    with collected_by_hand():
        result = executor.execute_operation()
        result = result if isinstance(result, GraphQLResult) else asyncio.run(awaited(result))
        is_left = ref(context)
        del executor, context
        assert (result.errors, is_left()) == (None, None)


async def awaited(result: Any) -> GraphQLResult:
    found: GraphQLResult = await result
    return found
