"""What every entity of the graph has in common, and the one place where stored facts become one."""

from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from typing import Any, Self, TypeVar

import strawberry
from strawberry.types import Info as StrawberryInfo

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.context import Context
from schema.scalars import CurrencyCode

Info = StrawberryInfo[Context, None]
T = TypeVar("T", bound="Node")
FEED_CURRENCY = "USD"
"""The feed's amounts that name no currency are US dollars."""

_TYPES: dict[Kind, type["Node"]] = {}
_KINDS: dict[type["Node"], Kind] = {}
_FACTS: dict[type["Node"], tuple[str, ...]] = {}


@strawberry.interface(description="An entity with an id of its own.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="The entity's id, unique over all kinds; its prefix tells the kind."
    )

    @classmethod
    def of(cls, document: Document) -> Self:
        """The entity of a document. Fields that are facts are taken over under their own names."""
        record = document.record
        return cls(**{name: getattr(record, name) for name in _FACTS[cls]})

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:  # noqa: A002
        """The entity that another subgraph points at; null when it is not here."""
        document = await info.context.document(_KINDS[cls], id)
        return None if document is None else cls.of(document)


def represents(kind: Kind) -> Callable[[type[T]], type[T]]:
    """Say which kind's documents become this type."""

    def register(cls: type[T]) -> type[T]:
        _TYPES[kind] = cls
        _KINDS[cls] = kind
        _FACTS[cls] = tuple(field.name for field in fields(cls) if field.init)
        return cls

    return register


def entity(document: Document) -> Any:
    """The entity of a document of any kind."""
    return _TYPES[document.ref.kind].of(document)


def entity_type(name: object) -> type[Node] | None:
    """The entity type that the graph calls by this name; None when there is none."""
    return next((found for found in _KINDS if found.__name__ == name), None)


async def one(info: Info, kind: Kind, id_: str) -> Any:
    """The entity with this id; None when there is none."""
    document = await info.context.document(kind, id_)
    return None if document is None else entity(document)


async def several(info: Info, kind: Kind, ids: tuple[str, ...]) -> Any:
    """The entities with these ids, in their order, without those that have gone."""
    return [entity(document) for document in await info.context.existing([Ref(kind, id_) for id_ in ids])]


@strawberry.type(description="An amount of money.")
class Money:
    amount: Decimal = strawberry.field(description='In major units, exactly, as a text such as "49.90".')
    currency: CurrencyCode = strawberry.field(description="The currency.")


@strawberry.type(description="A range of money, both ends included.")
class MoneyRange:
    min: Money = strawberry.field(description="The lower end.")
    max: Money = strawberry.field(description="The upper end.")


def dollars(amount: Decimal) -> Money:
    """An amount of the feed that names no currency."""
    return Money(amount=amount, currency=CurrencyCode(FEED_CURRENCY))
