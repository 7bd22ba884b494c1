"""Plans answer as graphql-core does: made-up schemas, documents and data, with nulls, errors and awaitables."""

import asyncio
import gc
from collections.abc import Generator, Iterator, Sequence
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
    get_named_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
    parse,
    specified_scalar_types,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.execution.executor import PlannedExecutor

ENUM = GraphQLEnumType("E", {"RED": 0, "BLUE": 2})
LEAVES = [*specified_scalar_types.values(), ENUM]
NAMES = ("A", "B", "C")
ODD: Sequence[Any] = (None, "text", "", 7, 2.5, True, float("nan"), 2**40, ["a"], object, (), {"a": 1})
VARIABLES = {"yes": True, "no": False, "n": 5}
Errors = list[tuple[str, Any, Any]]


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
        self.document = parse(f"query ($yes: Boolean!, $no: Boolean!, $n: Int) {self._selection(self.objects[0], 4)}")

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

    def _selection(self, of: Any, depth: int) -> str:
        parts = ["__typename"]
        for _ in range(self._choice.randint(1, 5)):
            if hasattr(of, "fields") and (depth < 2 or self._choice.random() < 0.8):
                parts.append(self._field(of, depth))
            elif depth > 1:
                inner = of if isinstance(of, GraphQLObjectType) else self._choice.choice(self.objects)
                parts.append(f"... on {inner} {self._directive()} {self._selection(inner, depth - 1)}")
        return f"{{ {' '.join(parts)} }}"

    def _field(self, of: Any, depth: int) -> str:
        name = self._choice.choice(sorted(of.fields))
        below = get_named_type(of.fields[name].type)
        if is_composite_type(below) and depth < 2:
            return "id"
        given = self._choice.choice(("", "(n: 4)", "(n: $n)")) if name != "id" else ""
        alias = f"a{self._choice.randrange(100)}: " if given else ""
        inner = self._selection(below, depth - 1) if is_composite_type(below) else ""
        return f"{alias}{name}{given} {self._directive()} {inner}"

    def _directive(self) -> str:
        return self._choice.choice(("", "", "", "@include(if: $yes)", "@skip(if: $no)", "@skip(if: $yes)"))

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


class Soon:
    """A value that has to be awaited. It may be left alone, as graphql-core does with what is behind a failure."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __await__(self) -> Generator[Any, Any, Any]:
        yield from asyncio.sleep(0).__await__()
        if isinstance(self._value, Exception):
            raise self._value
        return self._value


def told(result: ExecutionResult) -> Errors:
    return [(error.message, error.path, error.locations) for error in result.errors or []]


def spoilt(result: ExecutionResult) -> set[tuple[Any, ...]]:
    """The places that are null because of errors."""
    return {tuple(_place(result.data, error.path or [])) for error in result.errors or []}


def _place(data: Any, path: Sequence[Any]) -> Iterator[Any]:
    for key in path:
        if data is None:
            return
        data = data[key]
        yield key


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
    spoil_the_same_places()
    # Some are in cycles, and Python would warn of them in another test.
    gc.collect()


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
    assert spoilt(ours) == spoilt(theirs)
    exact = {tuple(error.path or ()) for error in theirs.errors or []} & spoilt(theirs)
    assert _at_their_own_place(ours, exact) == _at_their_own_place(theirs, exact)


def _at_their_own_place(result: ExecutionResult, places: set[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    return {(path, error.message) for error in result.errors or [] if (path := tuple(error.path or ())) in places}
