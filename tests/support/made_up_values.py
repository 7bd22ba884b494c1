"""Values of made-up types, the same each time: nulls, errors, awaitables, and what no type expects among them."""

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Any, NamedTuple

import strawberry

NAMES = ("A", "B", "C")
POOL = 2
"""So many objects there are of a type, so that some of them come again."""
ODD: Sequence[Any] = (None, "text", "", 7, 2.5, True, float("nan"), 2**40, ["a"], object, (), {"a": 1})


class Soon:
    """A value that has to be awaited. It may be left alone, as graphql-core does with what is behind a failure."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __repr__(self) -> str:
        # Strawberry takes some of what a resolver gives as it is, behind an asynchronous permission.
        return "Soon"

    def __await__(self) -> Generator[Any, Any, Any]:
        yield from asyncio.sleep(0).__await__()
        if isinstance(self._value, Exception):
            raise self._value
        return self._value


class OneByOne:
    """A list that can be gone through once. A scalar that is given one by mistake writes the same of each."""

    def __init__(self, items: Sequence[Any]) -> None:
        self._items = iter(items)

    def __repr__(self) -> str:
        return "OneByOne"

    def __iter__(self) -> Iterator[Any]:
        return self._items


class Streamed:
    """The same, whose items have to be awaited."""

    def __init__(self, items: Sequence[Any]) -> None:
        self._items = items

    def __repr__(self) -> str:
        return "Streamed"

    async def __aiter__(self) -> AsyncIterator[Any]:
        for item in self._items:
            await asyncio.sleep(0)
            yield item


@strawberry.enum
class Colour(Enum):
    RED = "r"
    BLUE = "b"


@strawberry.input
class Given:
    a: int | None = 1
    b: Colour | None = strawberry.UNSET
    inner: list["Given"] | None = None


VALUES: dict[Any, Sequence[Any]] = {
    int: (0, 7, True, 2.0),
    float: (0, 2.5, -1),
    str: ("text", "", 'a "b"', 7),
    bool: (True, False, 1),
    strawberry.ID: ("a", 7),
    Colour: (Colour.RED, Colour.BLUE, "r"),
    date: (date(2024, 2, 29),),
    Decimal: (Decimal("1.50"), Decimal(0)),
}


class Of(NamedTuple):
    """A type: what Strawberry is told of it, the values of a leaf or the names of objects, or what it is a list of."""

    annotation: Any
    values: Sequence[Any] = ()
    names: Sequence[str] = ()
    item: "Of | None" = None


class Thing:
    """An object of a made-up type: one of a few."""

    key: int

    def __repr__(self) -> str:
        return f"{type(self).__name__} {self.key}"


class Asked(NamedTuple):
    """A field that is resolved: of which value, and with what."""

    parent: Any
    name: str
    arguments: tuple[Any, ...] = ()

    def random(self, seed: int) -> Random:
        """What decides on the field's value, the same each time."""
        return Random(repr((seed, self.parent, self.name, self.arguments)))  # noqa: S311  nothing secret


class Values:
    """What the fields of made-up types give: values, nulls, errors and awaitables."""

    def __init__(self, seed: int, *, is_async: bool) -> None:
        self.seed, self._is_async = seed, is_async
        self.classes: dict[str, type[Any]] = {}
        self._things: dict[tuple[str, int], Any] = {}

    def thing(self, name: str, key: int) -> Any:
        """An object, which is the same each time."""
        if (name, key) not in self._things:
            made = self._things[name, key] = object.__new__(self.classes[name])
            made.key = key
        return self._things[name, key]

    def give(self, of: Of, parent: Any, name: str, *arguments: Any) -> Any:
        """What a field gives, at once or to be awaited. Raises ValueError."""
        place = Asked(parent, name, arguments).random(self.seed)
        if place.random() < 0.03:
            raise ValueError(f"{name} raises")
        return self._later(self._value(of, place), place)

    def give_each(self, of: Of, parents: Sequence[Any], name: str, *arguments: Any) -> list[Any]:
        """The same of many parents. Raises ValueError for all of them."""
        if Asked(None, name, arguments).random(self.seed).random() < 0.1:
            raise ValueError(f"{name} raises")
        return [self._value(of, Asked(parent, name, arguments).random(self.seed)) for parent in parents]

    def _value(self, of: Of, place: Random) -> Any:
        if place.random() < 0.07:
            return place.choice((None, ValueError("a value"), place.choice(ODD)))
        if of.item is not None:
            items = [self._later(self._value(of.item, place), place) for _ in range(place.choice((0, 1, 2, 5)))]
            streams = [Streamed(items)] if self._is_async else []
            return place.choice((items, items, tuple(items), OneByOne(items), *streams))
        if of.names:
            name = place.choice(of.names if place.random() < 0.95 else NAMES)
            return self.thing(name, place.randrange(POOL))
        return place.choice(of.values)

    def _later(self, value: Any, place: Random) -> Any:
        return Soon(value) if self._is_async and place.random() < 0.3 else value
