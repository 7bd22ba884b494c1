"""Facets counted: one request for each matching set, and the values made of the answers."""

from asyncio import gather
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

import strawberry

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.context import Context
from resolvers.errors import check_count
from resolvers.sources.base import AggregationRequest, Degradation, SearchRequest
from schema.conditions import Bounds, DateTimeRange, Reading
from schema.entity import entity
from schema.facets import types
from schema.facets.kinds import FacetsOf
from schema.facets.shapes import Band, Choices, Counted, Shape
from schema.inputs import as_json, without_empties
from schema.wording import value_of

MOST_VALUES = 100


class Counts(NamedTuple):
    """A facet's values, how many different ones there are, and what the counts lack."""

    values: list[types.FacetValue]
    distinct: int
    degraded: list[Degradation]


class Facets(NamedTuple):
    """The facets of one search. `given` is its filter as an input, `about` what it asks of the engine."""

    of: FacetsOf
    context: Context
    about: SearchRequest
    given: Any

    async def counted(self, fields: Sequence[Enum], limit: int) -> list[Counts]:
        """The counts of these facets, with `limit` values each. Raises InvalidRequest and PageTooLarge."""
        check_count(limit, MOST_VALUES, f"`limit` is {limit}, and a facet shows 0 to {MOST_VALUES} values")
        now = self.context.now()
        return list(await gather(*(self._counted(field, limit, now) for field in fields)))

    async def _counted(self, field: Enum, size: int, now: datetime) -> Counts:
        given = self.of.empty() if self.given is None else self.given
        shape = self.of.shape(field, given, now)
        wanted = self.of.read(shape.without(given), Reading(now))
        about, asked = self.about, shape.asked(given, size)
        request = AggregationRequest(
            self.of.kind, about.text, wanted, about.mode, asked, about.concepts, about.written_out
        )
        found = await self.context.aggregations.load(request)
        values, distinct = shape.counted(given, size, found.aggregates)
        shown = [one for one in values if one.count or one.selected]
        entities = await self._entities(shape, shown)
        return Counts([_value(shape, one, entities) for one in shown], distinct, sorted(found.degraded))

    async def _entities(self, shape: Shape, shown: Sequence[Counted]) -> Mapping[str, Document]:
        if not isinstance(shape, Choices) or shape.refers_to is None:
            return {}
        found = await self.context.existing([Ref(shape.refers_to, one.value) for one in shown])
        return {document.ref.id: document for document in found}


def _value(shape: Shape, one: Counted, entities: Mapping[str, Document]) -> types.FacetValue:
    facts = {"count": one.count, "selected": one.selected, "filter": without_empties(as_json(one.toggled))}
    if isinstance(one.value, Band):
        return _range(one.value, facts)
    if isinstance(one.value, bool):
        return types.FlagFacetValue(label=value_of("", one.value, {}).capitalize(), flag=one.value, **facts)
    if isinstance(shape, Choices) and shape.refers_to is not None:
        return _entity(shape.refers_to, one.value, entities.get(one.value), facts)
    field = shape.place[-1] if isinstance(shape, Choices) else "languages"
    return types.ChoiceFacetValue(label=_label(field, one.value), value=one.value, **facts)


def _label(field: str, value: str) -> str:
    said = value_of(field, value, {})
    # What no other words are known for is the name of an enum's value.
    return said.replace("_", " ").capitalize() if said == value and value.isupper() and len(value) > 2 else said


def _range(band: Band, facts: dict[str, Any]) -> types.FacetValue:
    bounds: Bounds = band.condition
    gt, gte, lt, lte = bounds.gt, bounds.gte, bounds.lt, bounds.lte
    if isinstance(bounds, DateTimeRange):
        return types.TimeRangeFacetValue(label=band.label, after=gt, since=gte, before=lt, until=lte, **facts)
    gt, gte, lt, lte = (None if bound is None else Decimal(str(bound)) for bound in (gt, gte, lt, lte))
    label = band.label[:1].upper() + band.label[1:]
    return types.RangeFacetValue(label=label, gt=gt, gte=gte, lt=lt, lte=lte, **facts)


def _entity(kind: Kind, id_: str, document: Document | None, facts: dict[str, Any]) -> types.FacetValue:
    label = id_ if document is None else str(getattr(document.record, "name", id_))
    found = None if document is None else entity(document)
    if kind is Kind.SKILL:
        return types.SkillFacetValue(label=label, id=strawberry.ID(id_), skill=found, **facts)
    return types.OccupationFacetValue(label=label, id=strawberry.ID(id_), occupation=found, **facts)
