"""What fails while something else is still awaited: nobody waits for what is null anyway, as in graphql-core."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from graphql import ExecutionResult, build_schema, execute, parse

from gateway.execution.executor import PlannedExecutor
from tests.support.compared import told

NESTS = build_schema(
    """
    type Nest { fails: Int! fine: Int nest: Nest must: Nest! }
    type Query { nest: Nest must: Nest! now: Nest }
    """
)


class Nest:
    """An object that is awaited wherever it is inside another, but for `now`."""

    def __init__(self, way: str = "sync") -> None:
        self._way = way

    def fine(self, _: Any) -> int:
        return 1

    def fails(self, _: Any) -> Any:
        return self._fails_later() if self._way == "later" else self._fail()

    def _fail(self) -> int:
        raise ValueError("bad")

    async def _fails_later(self) -> int:
        return self._fail()

    def now(self, _: Any) -> "Nest":
        return self

    async def nest(self, _: Any) -> "Nest":
        return self

    must = nest


def lists(item: str) -> Any:
    return build_schema(f"type Query {{ numbers: [{item}] other: [{item}] rows: [[{item}]] one: Int }}")


async def both(schema: Any, document: str, root: Callable[[], Any]) -> tuple[ExecutionResult, ExecutionResult]:
    """What ours answers, and what graphql-core answers."""
    found: list[ExecutionResult] = []
    async with asyncio.timeout(10):
        for executor in (PlannedExecutor, None):
            result = execute(schema, parse(document), root(), executor_class=executor)
            found.append(await result if isinstance(result, Awaitable) else result)
    return found[0], found[1]


async def assert_same(schema: Any, document: str, root: Callable[[], Any]) -> ExecutionResult:
    ours, theirs = await both(schema, document, root)
    assert (ours.data, told(ours)) == (theirs.data, told(theirs))
    return ours


@pytest.mark.parametrize("way", ["sync", "later"])
@pytest.mark.parametrize(
    "document",
    [
        "{ must { fails } nest { fails } }",
        "{ nest { fails } must { fails } }",
        "{ now { must { fails } nest { fails } } }",
        "{ now { must { fails } nest { nest { nest { fails } } } } }",
        "{ now { must { must { fails } } nest { must { fails } } } }",
        "{ now { must { fine } nest { fine must { fails } } } must { fails } }",
        "{ nest { fine } now { fails } must { fine } }",
    ],
)
async def test_what_failed_before_something_around_it_became_null_is_told(document: str, way: str) -> None:
    found = await assert_same(NESTS, document, lambda: Nest(way))
    assert found.errors


class Items:
    """Items that never come, and such that fail; it knows which were cancelled."""

    def __init__(self) -> None:
        self.cancelled = 0

    async def never(self) -> int:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return 1

    async def fails(self) -> int:
        await asyncio.sleep(0)
        raise ConnectionError("gone")

    async def soon(self) -> int:
        await asyncio.sleep(0.001)
        return 2


async def stream(*items: Any) -> AsyncIterator[Any]:
    for item in items:
        yield item


@pytest.mark.parametrize("way", [list, tuple, lambda items: stream(*items)])
async def test_the_other_items_of_a_list_that_is_null_are_given_up(way: Callable[[list[Any]], Any]) -> None:
    made: list[Items] = []

    def root() -> dict[str, Any]:
        items = Items()
        made.append(items)
        return {"numbers": way([1, items.never(), items.fails()]), "one": 1}

    found = await assert_same(lists("Int!"), "{ numbers one }", root)
    assert (found.data, [error.path for error in found.errors or []]) == (
        {"numbers": None, "one": 1},
        [["numbers", 2]],
    )
    assert [one.cancelled for one in made] == [1, 1]


async def test_a_list_beside_it_is_waited_for() -> None:
    def root() -> dict[str, Any]:
        items = Items()
        return {"rows": [[items.soon(), items.soon()], [items.never(), items.fails()], [items.soon(), 3]]}

    found = await assert_same(lists("Int!"), "{ rows }", root)
    assert found.data == {"rows": [[2, 2], None, [2, 3]]}


@pytest.mark.parametrize("bad", [None, ValueError("bad")])
async def test_a_list_with_a_failed_item_is_null_at_once(bad: Any) -> None:
    begun = Items()
    result = execute(
        lists("Int!"), parse("{ numbers one }"), {"numbers": [begun.fails(), bad], "one": 1}, None,
        executor_class=PlannedExecutor,
    )  # fmt: skip
    assert isinstance(result, ExecutionResult)
    assert (result.data, [error.path for error in result.errors or []]) == (
        {"numbers": None, "one": 1},
        [["numbers", 1]],
    )
    await asyncio.sleep(0.01)


async def test_items_that_may_be_null_are_all_waited_for() -> None:
    def root() -> dict[str, Any]:
        items = Items()
        return {"numbers": [items.fails(), None, ValueError("bad"), items.soon()]}

    found = await assert_same(lists("Int"), "{ numbers }", root)
    assert (found.data, len(found.errors or [])) == ({"numbers": [None, None, None, 2]}, 2)


class Closed:
    """An asynchronous iterator, and whether it was let go before its end."""

    def __init__(self, *items: Any) -> None:
        self._items = iter(items)
        self.closed = 0

    def __aiter__(self) -> "Closed":
        return self

    async def __anext__(self) -> Any:
        for item in self._items:
            if isinstance(item, OSError):
                raise item
            return item
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self.closed += 1
        raise RuntimeError("nobody wants to know")


@pytest.mark.parametrize("item", ["Int", "Int!"])
@pytest.mark.parametrize(
    "items", [(1, None, 2), (1, "x", OSError("cut")), (None, OSError("cut")), (OSError("cut"),), (1, 2)]
)
async def test_an_iterator_is_let_go_where_its_list_is_null(item: str, items: tuple[Any, ...]) -> None:
    made: list[Closed] = []

    def root() -> dict[str, Any]:
        made.append(Closed(*items))
        return {"numbers": made[-1], "one": 1}

    found = await assert_same(lists(item), "{ numbers one }", root)
    assert found.data is not None
    assert found.data["one"] == 1
    if "x" not in items:
        assert made[0].closed == made[1].closed
