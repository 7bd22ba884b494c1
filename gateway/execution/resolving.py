"""How the values of a field are had for all parents of a level.

Strawberry wraps every resolver in functions that make an `Info`, convert arguments and call extensions, whether there
are any or not. What a field needs of this is known when it is planned: an attribute is read, a method without
arguments is called, and a batch resolver (see `schema.execution`) gets all parents at once. A field with extensions,
permissions or exception handlers is left to Strawberry's wrapper, and one that is not Strawberry's to its resolver.

An exception stands in the column in place of a value. A value may be awaitable.
"""

from collections.abc import Callable, Iterator
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from strawberry import Info
from strawberry.relay import GlobalID
from strawberry.scalars import is_scalar
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_argument
from strawberry.types.base import StrawberryMaybe, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from gateway.eager import started
from gateway.execution.arguments import Arguments, is_shared
from gateway.execution.completion import Column, Completed
from gateway.execution.places import Place
from schema.access import Guard, guard_of
from schema.execution import batch_of, is_eager

if TYPE_CHECKING:
    from gateway.execution.executor import Run
    from gateway.execution.plan import Field

Resolver = Callable[["Run", Column, Place], Completed]


def resolver(field: "Field") -> Resolver:
    """What gives the column of a field."""
    of = field.definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    made = _of_strawberry(field, of) if isinstance(of, StrawberryField) else None
    guard = guard_of(field.definition)
    # A field's own resolver is guarded by itself.
    return OneByOne(field) if made is None else made if guard is None else Guarded(guard, made)


def _of_strawberry(field: "Field", of: StrawberryField) -> Resolver | None:
    """The direct way to a field of Strawberry; None where its wrapper has something to do."""
    converter: GraphQLCoreConverter = field.schema._strawberry_schema.schema_converter  # type: ignore[attr-defined]  # noqa: SLF001
    if of.extensions or converter._get_field_exception_handlers(of):  # noqa: SLF001
        return None
    if of.base_resolver is None:
        return Attribute(of.python_name) if of.default_resolver is getattr else None
    batch = batch_of(of.base_resolver.wrapped_func)
    parts = _parts(of)
    if parts is None:
        return None
    return Method(field, of, parts, converter) if batch is None else Batch(field, of, parts, batch, converter)


def _parts(of: StrawberryField) -> list[str] | None:
    """What a resolver takes in front of its arguments, `source` or `info`; None where it is none of the usual ways."""
    base = of.base_resolver
    if base is None:
        return None
    meant = {
        parameter.name: part
        for parameter, part in (
            (base.self_parameter, "source"),
            (base.root_parameter, "source"),
            (base.parent_parameter, "source"),
            (base.info_parameter, "info"),
        )
        if parameter is not None
    }
    parts = []
    for parameter in base.signature.parameters.values():
        if parameter.name not in meant:
            break
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
            return None
        parts.append(meant[parameter.name])
    return parts if len(parts) == len(meant) else None


def collected(values: Iterator[Any], count: int) -> Column:
    """So many values of an iterator that can go on behind an exception, which stands in the place of its value."""
    column: Column = []
    while len(column) < count:
        try:
            column.extend(values)
        except Exception as error:  # noqa: BLE001  whatever a resolver raises is an error of its field
            column.append(error)
        else:
            if len(column) < count:
                # A resolver has raised what is taken for the end.
                column.append(StopIteration())
    return column


class Guarded:
    """A field that is not for every viewer: for all parents, or for none."""

    def __init__(self, guard: Guard, inside: Resolver) -> None:
        self._guard, self.inside = guard, inside

    def __call__(self, run: "Run", sources: Column, place: Place) -> Completed:
        refusal = self._guard.refusal(run.context_value.viewer)
        return self.inside(run, sources, place) if refusal is None else [refusal] * len(sources)


class Attribute:
    """A field that is an attribute of its source."""

    def __init__(self, name: str) -> None:
        self._get = attrgetter(name)

    def __call__(self, run: "Run", sources: Column, place: Place) -> Column:  # noqa: ARG002  as every resolver
        return collected(map(self._get, sources), len(sources))


class OneByOne:
    """A field by its own resolver, as graphql-core calls it."""

    def __init__(self, field: "Field") -> None:
        self._field, self._arguments = field, Arguments(field)
        self._resolve = field.definition.resolve

    def __call__(self, run: "Run", sources: Column, place: Place) -> Column:
        return collected(map(self._caller(run, place), range(len(sources)), sources), len(sources))

    def _caller(self, run: "Run", place: Place) -> Callable[[int, Any], Any]:
        resolve = self._resolve or run.field_resolver

        def call(index: int, source: Any) -> Any:
            info = run.info(self._field, place, index)
            return resolve(source, info, **self._arguments.of(run))

        return call


InfoOf: TypeAlias = Callable[["Run", "Field", Place, int, StrawberryField], Any]


@cache
def info_of(info: Any) -> InfoOf:
    """What makes a resolver's `Info`, of this class: where it can, one that looks where it is when it is asked.

    Most resolvers ask for the context alone, and their path takes longer to work out than all else that they are told.
    """
    if info.__init__ is not Info.__init__ or info.context is not Info.context:
        return lambda run, field, place, index, of: info(run.info(field, place, index), of)

    class Asked(info):  # type: ignore[misc]
        def __init__(self, run: "Run", field: "Field", place: Place, index: int, of: StrawberryField) -> None:
            self._field, self._run, self._asked = of, run, (field, place, index)

        @property
        def context(self) -> Any:
            return self._run.context_value

        def __getattr__(self, name: str) -> Any:
            if name != "_raw_info":
                raise AttributeError(name)
            self._raw_info = self._run.info(*self._asked)
            return self._raw_info

    Asked.__name__ = Asked.__qualname__ = info.__name__
    return Asked


class Converted:
    """What fields of Strawberry get beside their sources: its `Info`, and its arguments."""

    def __init__(self, field: "Field", of: StrawberryField, converter: GraphQLCoreConverter) -> None:
        self._field, self._of, self._converter, self._arguments = field, of, converter, Arguments(field)
        named = [
            (converter.config.name_converter.from_argument(one), one.python_name, one.type) for one in of.arguments
        ]
        plain = {name for name, _, type_ in named if _is_plain(type_, converter)}
        self._plain = [(name, to) for name, to, _ in named if name in plain]
        self._others = [(name, to, type_) for name, to, type_ in named if name not in plain]
        self._converted: dict[str, Any] | None = None
        info_class: Any = converter.config.info_class
        self._info = info_of(info_class)

    def info(self, run: "Run", place: Place, index: int) -> Any:
        return self._info(run, self._field, place, index, self._of)

    def arguments(self, run: "Run", place: Place) -> dict[str, Any]:
        """The arguments of all parents, converted once. Raises whatever is wrong with them."""
        if self._converted is not None:
            return self._converted
        given = self._arguments.of(run)
        if not given:
            return {}
        converted = {to: given[name] for name, to in self._plain if name in given}
        others = [one for one in self._others if one[0] in given]
        if others:
            info, config, scalars = self.info(run, place, 0), self._converter.config, self._converter.scalar_registry
            for name, to, of in others:
                converted[to] = convert_argument(given[name], of, scalars, config, info, path=(name,))
        if self._arguments.is_constant and all(map(is_shared, converted.values())):
            self._converted = converted
        return converted


def _is_plain(of: Any, converter: GraphQLCoreConverter) -> bool:
    """Whether an argument stays what graphql-core has made of it, as scalars and enums do in `convert_argument`."""
    while isinstance(of, StrawberryOptional) and not isinstance(of, StrawberryMaybe):
        of = of.of_type
    is_leaf = isinstance(of, StrawberryEnumDefinition) or is_scalar(of, converter.scalar_registry)
    return is_leaf and of is not GlobalID


class Method(Converted):
    """A field by a function of Strawberry's that needs no wrapper."""

    def __init__(self, field: "Field", of: StrawberryField, parts: list[str], converter: GraphQLCoreConverter) -> None:
        super().__init__(field, of, converter)
        self._resolver, self._parts = of.base_resolver, parts
        self._is_eager = self._resolver is not None and is_eager(self._resolver.wrapped_func)

    def __call__(self, run: "Run", sources: Column, place: Place) -> Column:
        # A resolver that is a class's or static method is bound to its type when the schema is made.
        function: Any = self._resolver.wrapped_func if self._resolver else None
        try:
            arguments = self.arguments(run, place)
        except Exception as error:  # noqa: BLE001  it is an error of the field
            return [error] * len(sources)
        if self._parts == ["source"] and not arguments:
            values = map(function, sources)
        else:
            values = map(self._caller(run, place, function, arguments), range(len(sources)), sources)
        return collected(map(started, values) if self._is_eager else values, len(sources))

    def _caller(
        self, run: "Run", place: Place, function: Callable[..., Any], arguments: dict[str, Any]
    ) -> Callable[[int, Any], Any]:
        def call(index: int, source: Any) -> Any:
            parts = [source if part == "source" else self.info(run, place, index) for part in self._parts]
            return function(*parts, **arguments)

        return call


class Batch(Converted):
    """A field by a function that takes all parents of a level."""

    def __init__(
        self, field: "Field", of: StrawberryField, parts: list[str], batch: Any, converter: GraphQLCoreConverter
    ) -> None:
        super().__init__(field, of, converter)
        self._batch, self._parts = batch, parts

    def __call__(self, run: "Run", sources: Column, place: Place) -> Completed:
        if not sources:
            return []
        try:
            arguments = self.arguments(run, place)
            parts = [sources if part == "source" else self.info(run, place, 0) for part in self._parts]
            found = self._batch(*parts, **arguments)
            if not run.is_awaitable(found):
                return self._answered(found, len(sources))
        except Exception as error:  # noqa: BLE001  it is an error of the field
            return [error] * len(sources)
        run.kept([found])
        return run.begun(self._answered_later(found, len(sources)))

    async def _answered_later(self, found: Any, count: int) -> Column:
        try:
            return self._answered(await found, count)
        except Exception as error:  # noqa: BLE001  it is an error of the field
            return [error] * count

    def _answered(self, found: Any, count: int) -> Column:
        column = list(found)
        if len(column) != count:
            name = f"{self._field.parent_type}.{self._field.name}"
            raise ValueError(f"the batch resolver of {name} gave {len(column)} values for {count} parents")
        return column
