"""What values a filterable fact can have, as the records of the catalog bound them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from resolvers.catalog.client import ClientRecord
from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from resolvers.catalog.values import Money, MoneyRange

OF_CLIENT = "client_"
AMOUNTS = (Decimal, Money, MoneyRange)


@dataclass(frozen=True)
class Domain:
    """All that a fact can be: from `low` to `high`, or one of `values`. `is_many`: a record can have several."""

    low: float | None = None
    high: float | None = None
    values: frozenset[str] = frozenset()
    is_many: bool = False

    def __str__(self) -> str:
        if self.values:
            return f"there is only {', '.join(sorted(self.values))}"
        return f"its values begin at {self.low}" + ("" if self.high is None else f" and end at {self.high}")


@cache
def domains(kind: Kind) -> Mapping[str, Domain]:
    """The domain of each indexed field of a kind."""
    spec = KINDS[kind]
    return {field.name: _domain(_hint(spec.record, field.name)) for field in spec.fields}


def _hint(record: type, name: str) -> Any:
    """The type of the fact behind an indexed field; None where it is put together from several."""
    hints = get_type_hints(record, include_extras=True)
    of_client = get_type_hints(ClientRecord, include_extras=True).get(name.removeprefix(OF_CLIENT))
    return hints.get(name) or hints.get(name.removesuffix("_min").removesuffix("_max")) or of_client


def _domain(hint: Any) -> Domain:
    if get_origin(hint) is UnionType or NoneType in get_args(hint):
        [hint] = [one for one in get_args(hint) if one is not NoneType]
    if get_origin(hint) is tuple:
        return Domain(is_many=True)
    if get_origin(hint) is Annotated:
        [bounds] = hint.__metadata__
        return Domain(low=bounds.ge, high=bounds.le)
    if hint in AMOUNTS:
        return Domain(low=0)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Domain(values=frozenset(str(member) for member in hint))
    return Domain()
