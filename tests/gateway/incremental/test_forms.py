"""The two forms of parts, where something that was to come does not."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import orjson
import pytest
from graphql import (
    ExperimentalIncrementalExecutionResults,
    GraphQLDeferDirective,
    GraphQLError,
    GraphQLStreamDirective,
    build_schema,
    experimental_execute_incrementally,
    parse,
)

from gateway.execution.streaming import StreamsTogether
from gateway.incremental.forms import Current, Older, Shown
from gateway.incremental.whole import Whole

SCHEMA = build_schema("""
type Query { it: Thing  things: [Thing!]  numbers: [Int!]  endless: [Int] }
type Thing { id: ID  must: String!  may: String  other: Thing }
""")
SCHEMA.directives = (*SCHEMA.directives, GraphQLDeferDirective, GraphQLStreamDirective)


def show(errors: Sequence[GraphQLError]) -> list[Shown]:
    return [{"message": error.message, "path": error.path} for error in errors]


def fails(_: Any) -> None:
    raise ZeroDivisionError("no")


async def fails_later(_: Any) -> None:
    await asyncio.sleep(0)
    raise ZeroDivisionError("no")


async def told(
    form: Callable[..., Any], document: str, root: dict[str, Any]
) -> tuple[list[dict[str, Any]], Whole, ExperimentalIncrementalExecutionResults]:
    results: Any = experimental_execute_incrementally(SCHEMA, parse(document), root, executor_class=StreamsTogether)
    results = results if isinstance(results, ExperimentalIncrementalExecutionResults) else await results
    written = form(results.initial_result, show)
    shown = [written.first()]
    async for result in results.subsequent_results:
        part = written.later(result)
        shown += [] if part is None else [part]
    return [orjson.loads(orjson.dumps(part)) for part in shown], written.whole, results


FAILED = {"message": "no", "path": ["it", "must"]}


async def test_a_fragment_that_fails_is_completed_with_its_error_or_is_null() -> None:
    document, root = '{ it { id ... @defer(label: "a") { must may } } }', {"it": {"id": 1, "must": fails, "may": "x"}}
    [_, current], whole, _ = await told(Current, document, root)
    assert current == {"hasNext": False, "completed": [{"id": "0", "errors": [FAILED]}]}
    assert (whole.data, [error.path for error in whole.errors]) == ({"it": {"id": "1"}}, [["it", "must"]])
    [_, older], whole, _ = await told(Older, document, root)
    piece = {"label": "a", "path": ["it"], "data": None, "errors": [FAILED]}
    assert older == {"hasNext": False, "incremental": [piece]}
    assert [error.path for error in whole.errors] == [["it", "must"]]


async def test_an_error_that_a_fragment_can_bear_is_in_its_part() -> None:
    document, root = "{ it { ... @defer { may id } } }", {"it": {"id": 1, "may": fails}}
    error = {"message": "no", "path": ["it", "may"]}
    [_, current], whole, _ = await told(Current, document, root)
    assert current["incremental"] == [{"id": "0", "data": {"may": None, "id": "1"}, "errors": [error]}]
    assert [one.path for one in whole.errors] == [["it", "may"]]
    [_, older], _, _ = await told(Older, document, root)
    assert older["incremental"] == [{"path": ["it"], "data": {"may": None, "id": "1"}, "errors": [error]}]


async def test_errors_of_the_first_part_are_in_it() -> None:
    document, root = "{ it { may ... @defer { id } } }", {"it": {"id": 1, "may": fails}}
    for form in (Current, Older):
        [first, _], whole, _ = await told(form, document, root)
        assert first["errors"] == [{"message": "no", "path": ["it", "may"]}]
        assert [one.path for one in whole.errors] == [["it", "may"]]


@pytest.mark.parametrize("failing", [fails, fails_later])
async def test_a_list_goes_on_up_to_the_first_item_that_fails(failing: Any) -> None:
    things = [{"must": lambda _, n=n: n} for n in "abc"]
    root = {"things": [*things, {"must": failing}, {"must": failing}, {"must": lambda _: "f"}]}
    document = '{ things @stream(initialCount: 1, label: "l") { must } }'
    error = {"message": "no", "path": ["things", 3, "must"]}
    current, whole, _ = await told(Current, document, root)
    assert whole.data == {"things": [{"must": n} for n in "abc"]}
    assert current[-1] == {"hasNext": False, "completed": [{"id": "0", "errors": [error]}]}
    older, whole, _ = await told(Older, document, root)
    assert whole.data == {"things": [{"must": n} for n in "abc"]}
    piece = {"items": None, "label": "l", "path": ["things", 3], "errors": [error]}
    assert older[-1] == {"hasNext": False, "incremental": [piece]}


async def test_an_empty_rest_of_a_list_ends_the_answer() -> None:
    document, root = "{ numbers @stream(initialCount: 2) }", {"numbers": [1, 2]}
    assert [part["hasNext"] for part in (await told(Current, document, root))[0]] == [True, False]
    assert (await told(Older, document, root))[0][1:] == [{"hasNext": False}]


async def test_a_list_that_comes_item_by_item_is_streamed_as_it_comes() -> None:
    async def numbers(_: Any) -> AsyncIterator[int]:
        for number in range(4):
            yield number

    shown, whole, _ = await told(Current, "{ endless @stream(initialCount: 1) }", {"endless": numbers})
    assert shown[0]["data"] == {"endless": [0]}
    assert whole.data == {"endless": [0, 1, 2, 3]}


async def test_items_that_nobody_waits_for_any_more_are_cancelled() -> None:
    cancelled, begun = set[str](), asyncio.Event()

    async def never(info: Any) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.add(info.path.as_list()[1])
            raise

    document, root = "{ things @stream { may } }", {"things": [{"may": never}, {"may": never}]}
    results: Any = experimental_execute_incrementally(SCHEMA, parse(document), root, executor_class=StreamsTogether)
    later = asyncio.ensure_future(anext(results.subsequent_results))
    await begun.wait()
    later.cancel()
    await asyncio.wait([later])
    await results.subsequent_results.aclose()
    assert cancelled == {0, 1}


async def test_a_fragment_that_others_have_brought_all_fields_of_is_there_in_the_older_form() -> None:
    document = '{ it { ... @defer(label: "a") { other { id } } ... @defer(label: "b") { other { id } } } }'
    [_, *later], whole, _ = await told(Older, document, {"it": {"other": {"id": 2}}})
    pieces = {piece["label"]: piece["data"] for part in later for piece in part["incremental"]}
    assert pieces == {"a": {"other": {"id": "2"}}, "b": {}}
    assert whole.data == {"it": {"other": {"id": "2"}}}
