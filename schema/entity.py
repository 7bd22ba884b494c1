"""What every entity of the graph has in common, and the one place where stored facts become one.

The object of an entity type is the record itself: its fields read the record's facts by name, and its methods have the
record for `self`. Nothing is copied, which for a page would take longer than answering it.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import accumulate, chain, pairwise
from operator import itemgetter
from types import NoneType
from typing import Any, TypeVar

import strawberry
import strawberry.federation
from strawberry.types import Info as StrawberryInfo

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.catalog.kinds import KINDS
from resolvers.catalog.values import Record
from resolvers.context import Context
from schema.execution import Found
from schema.scalars import CurrencyCode

Info = StrawberryInfo[Context, None]
T = TypeVar("T", bound="Node")
DOCUMENTS = {Document}
_record_of = itemgetter(Document._fields.index("record"))
MOST_REFS = 100_000
INTERNAL = "internal"
"""The tag of what is for the platform's own programs: a public contract of the supergraph leaves it out."""
FEED_CURRENCY = "USD"
"""The feed's amounts that name no currency are US dollars."""

_KINDS: dict[type["Node"], Kind] = {}


@strawberry.interface(description="An entity with an id of its own.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="The entity's id, unique over all kinds; its prefix tells the kind."
    )

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        """Whether an object is an entity of this type."""
        return isinstance(value, record_class(cls))

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Any:  # noqa: A002
        """The entity that another subgraph points at; null when it is not here."""
        return await one(info, _KINDS[cls], id)


def represents(kind: Kind) -> Callable[[type[T]], type[T]]:
    """Say which kind's documents become this type."""

    def register(cls: type[T]) -> type[T]:
        _KINDS[cls] = kind
        return cls

    return register


def entity(document: Document) -> Any:
    """The entity of a document of any kind."""
    return document.record


def record_class(of: type[Node]) -> type[Record]:
    """The class of an entity type's records."""
    return KINDS[_KINDS[of]].record


def entity_types() -> Mapping[str, type[Node]]:
    """The entity types by their names in the graph."""
    return {found.__name__: found for found in _KINDS}


def kind_of(of: type[Node]) -> Kind:
    """The kind of an entity type."""
    return _KINDS[of]


async def one(info: Info, kind: Kind, id_: str) -> Any:
    """The entity with this id; None when there is none."""
    document = await info.context.document(kind, id_)
    return None if document is None else entity(document)


async def fetched(info: Info, refs: Sequence[Ref]) -> list[Any]:
    """For each ref the entity: None where there is none, an exception where it could not be fetched."""
    return _entities(await info.context.documents.load_all(refs))


def one_each(info: Info, kind: Kind, ids: Sequence[str]) -> Found[Any]:
    """For each id of one kind the entity, or what stands in its place."""
    refs = list(map(_REFS[kind].__getitem__, ids))
    found = info.context.documents.known_of(kind, refs)
    return fetched(info, refs) if found is None else _entities(found)


class _Refs(dict[str, Ref]):
    """The refs of one kind by their ids: a level has hundreds, and finding one takes a tenth of making it."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self._kind = kind

    def __missing__(self, id_: str) -> Ref:
        if len(self) >= MOST_REFS:
            self.clear()
        made = self[id_] = Ref(self._kind, id_)
        return made


_REFS = {kind: _Refs(kind) for kind in Kind}


def several_each(info: Info, kind: Kind, ids: Sequence[Sequence[str]]) -> Found[Any]:
    """For each list of ids the entities in its order, without those that have gone; an exception where one failed."""
    refs = list(map(_REFS[kind].__getitem__, chain.from_iterable(ids)))
    found = info.context.documents.known_of(kind, refs)
    return _listed_later(info, refs, ids) if found is None else _listed(ids, _entities(found))


def _entities(found: Sequence[Any]) -> list[Any]:
    if set(map(type, found)) == DOCUMENTS:
        return list(map(_record_of, found))
    return [one.record if isinstance(one, Document) else one for one in found]


def _listed(ids: Sequence[Sequence[str]], found: list[Any]) -> list[Any]:
    ends = list(accumulate(map(len, ids), initial=0))
    lists = [found[start:end] for start, end in pairwise(ends)]
    if any(issubclass(one, Exception | NoneType) for one in set(map(type, found))):
        return list(map(_present, lists))
    return lists


async def _listed_later(info: Info, refs: Sequence[Ref], ids: Sequence[Sequence[str]]) -> list[Any]:
    # Asked for in here: nothing is left behind when this is given up before it begins.
    return _listed(ids, await fetched(info, refs))


def _present(found: Sequence[Any]) -> Any:
    failed = next((one for one in found if isinstance(one, Exception)), None)
    return failed or [one for one in found if one is not None]


@strawberry.federation.type(shareable=True, description="An amount of money.")
class Money:
    amount: Decimal = strawberry.field(description='In major units, exactly, as a text such as "49.90".')
    currency: CurrencyCode = strawberry.field(description="The currency.")


@strawberry.federation.type(shareable=True, description="A range of money, both ends included.")
class MoneyRange:
    min: Money = strawberry.field(description="The lower end.")
    max: Money = strawberry.field(description="The upper end.")


def dollars(amount: Decimal) -> Money:
    """An amount of the feed that names no currency."""
    return Money(amount=amount, currency=CurrencyCode(FEED_CURRENCY))
