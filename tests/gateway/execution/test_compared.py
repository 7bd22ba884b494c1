"""Whatever a test asks a gateway for, graphql-core's executor is asked for too, and a difference fails the test."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLError

from gateway.app import build_app
from gateway.settings import Settings
from tests.support.asking import asking_of
from tests.support.compared import COMPARISONS, ComparedExecution, difference
from tests.support.demo import OpenedIndex

TESTS = Path(__file__).parents[2]
EXCEPT = {"support/streaming.py", "support/wires.py", "faults/conftest.py"}
"""Their resolvers tell the test that they were called, and wait for it; and requests of a load are given up at any
moment, where graphql-core leaves coroutines behind."""


def gateways() -> Iterator[tuple[str, ast.Call]]:
    """Each place where the tests build a gateway."""
    for file in TESTS.rglob("*.py"):
        text = file.read_text()
        for node in ast.walk(ast.parse(text)) if build_app.__name__ in text else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func) == build_app.__name__:
                yield file.relative_to(TESTS).as_posix(), node


def test_every_gateway_that_a_test_builds_is_compared() -> None:
    plain = {
        file
        for file, call in gateways()
        if "ComparedExecution" not in {ast.unparse(one.value) for one in call.keywords}
    }
    assert plain == EXCEPT | {"gateway/execution/test_compared.py"}


async def test_a_wrong_answer_is_found(opened: OpenedIndex) -> None:
    class Defective(ComparedExecution):
        def _answer(self, rows: Any) -> ExecutionResult:
            found = super()._answer(rows)
            found.data = dict(reversed(list((found.data or {}).items())))
            return found

    async with asking_of(build_app(Settings(), opened, execution=Defective)) as gateway:
        await gateway.data("{ a: __typename b: __typename }")
        await gateway.data('{ __typename job(id: "job_000000") { title } }')
        await gateway.data("{ __typename }")
    at_once, awaited = COMPARISONS.taken()
    assert at_once.splitlines()[-2:] == ['{"b":"Query","a":"Query"}', '{"a":"Query","b":"Query"}']
    assert awaited.splitlines()[-1].startswith('{"__typename":"Query","job":')


def answered(data: Any, *errors: GraphQLError) -> ExecutionResult:
    return ExecutionResult(data, list(errors) or None)


def failed(message: str, *path: str | int, error: type[Exception] = ValueError) -> GraphQLError:
    return GraphQLError(message, path=list(path), original_error=error(message))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (answered({"a": 1}), answered({"a": 1.0})),
        (answered({"a": 1, "b": 2}), answered({"b": 2, "a": 1})),
        (answered({"a": None}), answered({"a": None}, failed("no", "a"))),
        (answered({"a": None}, failed("no", "a")), answered({"a": None})),
        (answered({"a": None}, failed("no", "a"), failed("no", "a")), answered({"a": None}, failed("no", "a"))),
        (answered({"a": None}, failed("no", "a")), answered({"a": None}, failed("not", "a"))),
        (answered({"a": None}, failed("no", "a")), answered({"a": None}, failed("no", "a", error=KeyError))),
        (answered({"a": [None, 1]}, failed("no", "a", 0)), answered({"a": [None, 1]}, failed("no", "a", 1))),
        (answered({"a": None, "b": 1}, failed("no", "b")), answered({"a": None, "b": 1}, failed("no", "a", 0))),
    ],
)
def test_what_differs_is_told(ours: ExecutionResult, theirs: ExecutionResult) -> None:
    assert difference(ours, theirs) is not None
    assert difference(ours, ours) is None


def test_any_error_may_be_told_of_a_place_that_several_have_made_null() -> None:
    one, other = failed("no", "a", "b"), failed("not", "a", "c")
    assert difference(answered({"a": None}, one), answered({"a": None}, other)) is None


def test_an_id_of_a_query_is_another_one_each_time() -> None:
    first, second = (answered({"queryId": letter * 22, "a": 1}) for letter in "xy")
    assert difference(first, second, has_query_ids=True) is None
    assert difference(first, second) is not None
