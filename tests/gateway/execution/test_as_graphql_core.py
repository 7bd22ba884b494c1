"""Plans answer as graphql-core does: made-up schemas, documents and data, with nulls, errors and awaitables."""

import asyncio
import gc
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from graphql import (
    ExecutionResult,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    execute,
    is_composite_type,
    is_list_type,
    is_non_null_type,
    specified_scalar_types,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.execution.executor import PlannedExecutor
from tests.support.compared import difference, told
from tests.support.garbage import collected_by_hand
from tests.support.made_up_documents import VARIABLES, Documents
from tests.support.made_up_values import ODD, Soon

ENUM = GraphQLEnumType("E", {"RED": 0, "BLUE": 2})
LEAVES = [*specified_scalar_types.values(), ENUM]
NAMES = ("A", "B", "C")


class Thing:
    """An object of a made-up type."""

    def __init__(self, name: str) -> None:
        self.name = name


class Made:
    """A schema, a document, and data that depend on nothing but a seed and the place where they are asked for."""

    def __init__(self, choice: Random, *, is_async: bool) -> None:
        self._choice, self._seed, self._is_async = choice, choice.randrange(2**32), is_async
        self.interface = GraphQLInterfaceType("I", {"id": GraphQLField(GraphQLInt)}, resolve_type=self._name)
        self.objects = [self._object(name) for name in NAMES]
        self.union = GraphQLUnionType("U", self.objects[:2], resolve_type=self._name)
        self.schema = GraphQLSchema(self.objects[0], types=self.objects)
        self.document = Documents(choice, self.objects).query(self.objects[0], 4)

    def _object(self, name: str) -> GraphQLObjectType:
        checks = self._choice.random() < 0.3
        return GraphQLObjectType(
            name,
            lambda: {"id": GraphQLField(GraphQLInt, resolve=self._resolve), **dict(self._fields())},
            interfaces=[self.interface],
            is_type_of=(lambda value, _: self._maybe(value.name == name, value.name)) if checks else None,
        )

    def _fields(self) -> Iterator[tuple[str, GraphQLField]]:
        for number in range(self._choice.randint(2, 4)):
            named: Any = self._choice.choice([*LEAVES, *self.objects, self.interface, self.union])
            for _ in range(self._choice.choice((0, 0, 0, 1, 2))):
                named = GraphQLList(GraphQLNonNull(named) if self._choice.random() < 0.4 else named)
            of = GraphQLNonNull(named) if self._choice.random() < 0.4 else named
            yield f"f{number}", GraphQLField(of, {"n": GraphQLArgument(GraphQLInt, 3)}, resolve=self._resolve)

    def _at(self, *place: object) -> Random:
        return Random(repr((self._seed, place)))  # noqa: S311  nothing secret

    def _resolve(self, _: Any, info: Any, **arguments: Any) -> Any:
        place = self._at(info.path.as_list(), arguments)
        if place.random() < 0.05:
            raise ValueError(f"raised at {info.path.as_list()}")
        return self._later(self._value(info.return_type, place), place)

    def _value(self, of: Any, place: Random) -> Any:
        if is_non_null_type(of):
            return self._value(of.of_type, place)
        if place.random() < 0.12:
            return place.choice((None, ValueError("a value"), place.choice(ODD)))
        if is_list_type(of):
            return [self._later(self._value(of.of_type, place), place) for _ in range(place.randint(0, 3))]
        if is_composite_type(of):
            return Thing(of.name if place.random() < 0.4 and of.name in NAMES else place.choice(NAMES))
        return place.choice((0, 1, 2)) if of is ENUM else place.choice(ODD[1:6])

    def _later(self, value: Any, place: Random) -> Any:
        return Soon(value) if self._is_async and place.random() < 0.3 else value

    def _name(self, value: Any, *_: Any) -> Any:
        return self._maybe(getattr(value, "name", None), value)

    def _maybe(self, answer: Any, about: object) -> Any:
        return self._later(answer, self._at(str(about)))

    def run(self, executor: Any) -> Any:
        return execute(self.schema, self.document, None, None, dict(VARIABLES), executor_class=executor)


@given(choice=st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_without_awaiting_the_answer_is_the_same_to_the_last_error(choice: Random) -> None:
    made = Made(choice, is_async=False)
    ours, theirs = made.run(PlannedExecutor), made.run(None)
    assert ours.data == theirs.data
    assert repr(ours.data) == repr(theirs.data)
    assert told(ours) == told(theirs)


# graphql-core leaves coroutines of its own behind when it gives up the others of a list.
@pytest.mark.filterwarnings("ignore:coroutine 'Executor:RuntimeWarning")
def test_with_awaitables_the_same_places_are_spoilt() -> None:
    with collected_by_hand():
        spoil_the_same_places()


@given(choice=st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def spoil_the_same_places(choice: Random) -> None:
    made = Made(choice, is_async=True)

    async def both() -> list[ExecutionResult]:
        found = [made.run(PlannedExecutor), made.run(None)]
        results = [one if isinstance(one, ExecutionResult) else await one for one in found]
        # What graphql-core leaves behind a failure comes to its end in the background.
        for _ in range(30):
            await asyncio.sleep(0)
        return results

    ours, theirs = asyncio.run(both())
    assert repr(ours.data) == repr(theirs.data)
    assert difference(ours, theirs) is None
    gc.collect()
