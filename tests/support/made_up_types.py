"""Made-up types of Strawberry: every way to have a field."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from random import Random
from typing import Annotated, Any

import strawberry
from aiodataloader import DataLoader
from graphql import GraphQLObjectType, GraphQLSchema
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission, PermissionExtension
from strawberry.schema.config import StrawberryConfig

from schema.execution import PYTHON_CLASSES, eager, of_many
from tests.support.made_up_values import NAMES, VALUES, Asked, Colour, Given, Of, Soon, Thing, Values

GIVEN = {
    "n": ("4", "4", "6", "$n"),
    "colour": ("BLUE", "$colour"),
    "several": ("[1, 2]", "7", "[$n]", "$several", "null"),
    "given": ("{a: 1}", "{a: $n, inner: [{a: 2}, {b: RED}]}", "$given", "{inner: {}}", "null", "{b: $several}"),
}
"""What arguments may be, the last of `given` being none of its type."""
HEAD = "$yes: Boolean!, $no: Boolean!, $n: Int, $colour: Colour!, $several: [Int!], $given: Given"


class OwnContext(strawberry.Info):
    """What resolvers are told, with a way of its own to the context."""

    @property
    def context(self) -> Any:
        return self._raw_info.context


class OwnMaking(strawberry.Info):
    """The same, made in a way of its own."""

    def __init__(self, _raw_info: Any, _field: Any) -> None:
        super().__init__(_raw_info, _field)
        self.made = _raw_info.field_name


INFO_CLASSES = (strawberry.Info, OwnContext, OwnMaking)


class Louder(FieldExtension):
    """Has a say in what a field gives."""

    def resolve(self, next_: Any, source: Any, info: Any, **arguments: Any) -> Any:
        return louder(next_(source, info, **arguments))

    async def resolve_async(self, next_: Any, source: Any, info: Any, **arguments: Any) -> Any:
        return louder(await next_(source, info, **arguments))


def louder(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


class Sometimes(BasePermission):
    """Lets some parents' fields be seen."""

    message = "not of this one"

    def has_permission(self, source: Any, info: Any, **arguments: Any) -> Any:
        return Asked(source, info.field_name, tuple(sorted(arguments))).random(1).random() < 0.8


class SometimesLater(Sometimes):
    """The same, and has to look first."""

    async def has_permission(self, source: Any, info: Any, **arguments: Any) -> Any:
        await asyncio.sleep(0)
        return super().has_permission(source, info, **arguments)


class Resolvers:
    """Every way to resolve a field of one type."""

    def __init__(self, values: Values, name: str, of: Of, annotation: Any) -> None:
        self._give, self._give_each = partial(values.give, of), partial(values.give_each, of)
        self._name, self._annotation = name, annotation

    def at_once(self) -> Iterator[Callable[..., Any]]:
        give, name = self._give, self._name

        def plain(self: Any) -> Any:
            return give(self, name)

        def counted(self: Any, n: int = 3) -> Any:
            return give(self, name, n)

        def told(self: Any, info: strawberry.Info, n: int | None = None) -> Any:
            return give(self, name, n, info.path.as_list(), info.field_name, str(info.return_type))

        def of_root(info: strawberry.Info, root: Any) -> Any:
            return give(root, name, info.path.as_list())

        def of_parent(parent: strawberry.Parent[Any], colour: Colour = Colour.RED) -> Any:
            return give(parent, name, colour)

        def given_much(
            self: Any, colour: Colour | None = None, several: list[int] | None = None, given: Given | None = None
        ) -> Any:
            return give(self, name, colour, several, given)

        def of_nobody(info: strawberry.Info) -> Any:
            return give(None, name, info.path.as_list())

        yield from map(self._typed, (plain, counted, told, of_root, of_parent, given_much, of_nobody))

    def later(self) -> Iterator[Callable[..., Any]]:
        give, give_each, name = self._give, self._give_each, self._name

        async def late(self: Any, n: int = 3) -> Any:
            await asyncio.sleep(0)
            found = give(self, name, n)
            return await found if isinstance(found, Soon) else found

        @eager
        async def begun(self: Any, info: strawberry.Info, n: int = 3) -> Any:
            found = give(self, name, n, info.path.as_list())
            return await found if isinstance(found, Soon) else found

        @eager
        async def begun_to_load(self: Any, info: strawberry.Info) -> Any:
            return await loaded(self, info)

        async def loaded(self: Any, info: strawberry.Info) -> Any:
            loader: DataLoader[Any, Any] = info.context.setdefault(load, DataLoader(load, cache=False))
            return await loader.load(self)

        async def load(parents: list[Any]) -> list[Any]:
            return give_each(parents, name)

        def together(parents: Sequence[Any], info: strawberry.Info, n: int = 3) -> Any:  # noqa: ARG001
            return give_each(parents, name, n)

        async def together_later(parents: Sequence[Any], info: strawberry.Info, given: Given | None = None) -> Any:  # noqa: ARG001
            await asyncio.sleep(0)
            return give_each(parents, name, given)

        yield from map(self._typed, (late, begun, begun_to_load, loaded))
        for batch in (together, together_later):
            batch.__annotations__["return"] = list[self._annotation]  # type: ignore[name-defined]
            yield of_many(batch)

    def _typed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        function.__annotations__["return"] = self._annotation
        return function


class Types:
    """Three object types, an interface of all and a union of two of them, as `choice` wants them."""

    def __init__(self, choice: Random, *, is_async: bool) -> None:
        self._choice, self._is_async = choice, is_async
        self.values = Values(choice.randrange(2**32), is_async=is_async)
        interface: Any = type("I", (Thing,), {})
        classes = self.values.classes
        classes |= {name: type(name, (interface,), {}) for name in NAMES}
        one, other = classes["A"], classes["B"]
        union = Annotated[one | other, strawberry.union("U")]  # type: ignore[valid-type]
        self._named = [Of(annotation, values) for annotation, values in VALUES.items()]
        self._named += [*(Of(one, names=(name,)) for name, one in classes.items())] * 2
        self._named += [Of(interface, names=NAMES), Of(union, names=NAMES[:2])] * 2
        self._declare(strawberry.interface, interface, [("id", self._named[0]), ("shared_one", self._of())])
        for one in classes.values():
            fields = [(f"field_{number}", self._of()) for number in range(choice.randint(3, 6))]
            self._declare(strawberry.type, one, fields)
        config = StrawberryConfig(info_class=choice.choice(INFO_CLASSES))
        self.schema: GraphQLSchema = strawberry.Schema(
            classes["A"], types=[*classes.values(), Given], config=config
        )._schema
        self.objects: list[GraphQLObjectType] = [self.schema.type_map[name] for name in NAMES]  # type: ignore[misc]
        for of in choice.sample(self.objects, choice.randint(1, len(NAMES))):
            of.extensions[PYTHON_CLASSES] = (classes[of.name],)

    def _of(self) -> Of:
        of = self._choice.choice(self._named)
        for _ in range(self._choice.choice((0, 0, 1, 1, 2))):
            of = Of(list[self._nullable(of)], item=of)  # type: ignore[misc]
        return of

    def _nullable(self, of: Of) -> Any:
        return of.annotation if self._choice.random() < 0.25 else of.annotation | None

    def _declare(self, decorate: Callable[[Any], Any], one: Any, fields: Sequence[tuple[str, Of]]) -> None:
        attributes = {}
        for name, of in fields:
            annotation = self._nullable(of)
            if self._choice.random() < 0.4:
                attributes[name] = annotation, of
            else:
                setattr(one, name, self._field(name, of, annotation))
        one.__annotations__ = {name: annotation for name, (annotation, _) in attributes.items()}
        one.__repr__ = Thing.__repr__
        decorate(one)
        for name, (_, of) in attributes.items():
            setattr(one, name, property(partial(self._attribute, name, of)))

    def _attribute(self, name: str, of: Of, parent: Any) -> Any:
        return self.values.give(of, parent, name)

    def _field(self, name: str, of: Of, annotation: Any) -> Any:
        resolvers = Resolvers(self.values, name, of, annotation)
        ways = [*resolvers.at_once(), *(resolvers.later() if self._is_async else ())]
        resolve = self._choice.choice(ways)
        is_soft = annotation != of.annotation or of.item is not None
        beside = self._choice.choice(({}, {}, {}, *self._beside(is_soft=is_soft)))
        return strawberry.field(resolve, **beside)

    def _beside(self, *, is_soft: bool) -> Iterator[dict[str, Any]]:
        permissions = SometimesLater if self._is_async and self._choice.random() < 0.5 else Sometimes
        yield {"extensions": [Louder()]}
        yield {"permission_classes": [permissions]}
        if is_soft:
            yield {"extensions": [PermissionExtension([permissions()], fail_silently=True)]}
