"""What a search really applied of its filter, condition by condition, in words and as inputs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import strawberry
from strawberry.scalars import JSON

from resolvers.catalog.kinds import ref_of
from resolvers.context import Context
from schema.entity import Info
from schema.inputs import as_json, fields_of
from schema.wording import condition_of, title_of

GROUPS = {"any": "any of", "not_": "not"}
NESTED = ("client",)
HAS_EFFECT_WHEN_EMPTY = ("any_of", "only_of")


@strawberry.type(description="A condition that the search applied. All of them hold for every item.")
class AppliedFilter:
    path: list[str] = strawberry.field(description='The way to it in the filter, such as `["client", "rating"]`.')
    label: str = strawberry.field(description='The condition in words, such as "Client rating: at least 4".')
    filter: JSON = strawberry.field(description="The condition alone, as a `filter` argument.")
    without: JSON = strawberry.field(
        description="The whole `filter` argument without it, ready to be sent as a variable; `{}` when nothing is left."
    )


@dataclass(frozen=True)
class Part:
    """A condition of an input: the way to it, its Python name, and an input that has it alone."""

    path: tuple[str, ...]
    name: str
    condition: Any
    alone: Any
    without: Any


Rebuild = Callable[[Any], Any]


async def applied(info: Info, given: Any) -> list[AppliedFilter]:
    """The conditions of a filter input; none of None."""
    if given is None:
        return []
    parts = list(_parts(given, (), lambda rest: rest))
    names = await _names(info.context, as_json(given))
    return [
        AppliedFilter(
            path=list(part.path),
            label=_label(part, names),
            filter=as_json(part.alone),
            without={} if part.without is None else as_json(part.without),
        )
        for part in parts
    ]


def _parts(given: Any, path: tuple[str, ...], rebuilt: Rebuild) -> Iterator[Part]:
    """The conditions of an input. `rebuilt` makes the whole filter again of what becomes of the input."""
    for name, shown, value in fields_of(given):
        way = (*path, shown)

        def whole(changed: Any, name: str = name) -> Any:
            left = replace(given, **{name: changed})
            return rebuilt(left if any(fields_of(left)) else None)

        if name == "all":
            yield from _all_of(value, way, whole)
        elif name in NESTED:
            yield from (_within(given, name, part) for part in _parts(value, way, whole))
        elif restricts(value) or name in GROUPS:
            yield Part(way, name, value, type(given)(**{name: value}), whole(None))


def _all_of(values: list[Any], way: tuple[str, ...], whole: Rebuild) -> Iterator[Part]:
    for at, one in enumerate(values):

        def with_one(changed: Any, at: int = at) -> Any:
            others = [*values[:at], *([] if changed is None else [changed]), *values[at + 1 :]]
            return whole(others or None)

        yield from _parts(one, (*way, str(at)), with_one)


def _within(given: Any, name: str, part: Part) -> Part:
    """A condition of a nested input as one of the input around it."""
    return replace(part, name=f"{name}_{part.name}", alone=type(given)(**{name: part.alone}))


def restricts(value: Any) -> bool:
    """Whether a condition that is given asks for anything. An empty `anyOf` or `onlyOf` does."""
    if isinstance(value, list):
        return bool(value)
    if not hasattr(value, "__strawberry_definition__"):
        return True
    return any(name in HAS_EFFECT_WHEN_EMPTY or one != [] for name, _, one in fields_of(value))


def _label(part: Part, names: Mapping[str, str]) -> str:
    if part.name in GROUPS:
        return f"{title_of(GROUPS[part.name])}: {_group(part, names)}"
    name = part.name.removeprefix("client_") if part.name != "client_id" else part.name
    return f"{title_of(part.name)}: {condition_of(name, part.condition, names)}"


def _group(part: Part, names: Mapping[str, str]) -> str:
    """The filters of an `any` or a `not` in words."""
    inputs = part.condition if isinstance(part.condition, list) else [part.condition]
    said = [" and ".join(_label(one, names) for one in _parts(given, (), lambda rest: rest)) for given in inputs]
    return " or ".join(f"({one or 'everything'})" for one in said) or "nothing at all"


async def _names(context: Context, given: Any) -> dict[str, str]:
    """What the entities are called whose ids are in a filter."""
    refs = [ref for id_ in _texts(given) if (ref := ref_of(id_)) is not None]
    found = await context.existing(list(dict.fromkeys(refs))) if refs else []
    return {one.ref.id: str(getattr(one.record, "name", one.ref.id)) for one in found}


def _texts(given: Any) -> Iterator[str]:
    if isinstance(given, str):
        yield given
    for one in given.values() if isinstance(given, dict) else given if isinstance(given, list) else ():
        yield from _texts(one)
