"""Facets in the graph."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from schema.enums import DegradationReason
from schema.facets.jobs import JobFacetField
from schema.facets.talent import TalentFacetField

if TYPE_CHECKING:
    from schema.occupation import Occupation
    from schema.skill import Skill

LazySkill = Annotated["Skill", strawberry.lazy("schema.skill")]
LazyOccupation = Annotated["Occupation", strawberry.lazy("schema.occupation")]
FILTER = (
    "The whole `filter` argument of the search with this value chosen, or not any more, ready to be sent as a "
    "variable; `{}` when nothing is left of it."
)
DISTINCT = (
    "How many different values the counted items have; of ranges, in how many there are items. In OpenSearch an "
    "estimate from some ten thousand on."
)
REASONS = "Why the counts are less than they would be with everything in order; empty when they are not."
VALUES = (
    "The most frequent values, as many as `limit` says, and those that are chosen, at the end where they are not "
    "among them; ranges in their own order. A value that no item has is only there when it is chosen."
)


@strawberry.interface(description="A value that items of a search have, and how many.")
class FacetValue:
    label: str = strawberry.field(description="What to call it, in English.")
    count: int = strawberry.field(
        description="How many items have it, of those that the search finds without the facet's own condition."
    )
    selected: bool = strawberry.field(description="Whether the filter asks for it.")
    filter: JSON = strawberry.field(description=FILTER)


@strawberry.type(description="One of the values of an enum, or a code.")
class ChoiceFacetValue(FacetValue):
    value: str = strawberry.field(description="The enum's value, or the code of a country or a language.")


@strawberry.type(description="True or false.")
class FlagFacetValue(FacetValue):
    flag: bool = strawberry.field(description="Which of them.")


@strawberry.type(description="A skill.")
class SkillFacetValue(FacetValue):
    id: strawberry.ID = strawberry.field(description="The skill's id.")
    skill: LazySkill | None = strawberry.field(description="The skill; null when it has gone.")


@strawberry.type(description="An occupation.")
class OccupationFacetValue(FacetValue):
    id: strawberry.ID = strawberry.field(description="The occupation's id.")
    occupation: LazyOccupation | None = strawberry.field(description="The occupation; null when it has gone.")


@strawberry.type(description="A range of a number. A bound that is null leaves its side open.")
class RangeFacetValue(FacetValue):
    gt: Decimal | None = strawberry.field(description="Above this value.")
    gte: Decimal | None = strawberry.field(description="This value or above.")
    lt: Decimal | None = strawberry.field(description="Below this value.")
    lte: Decimal | None = strawberry.field(description="This value or below.")


@strawberry.type(description="A range of time. A bound that is null leaves its side open.")
class TimeRangeFacetValue(FacetValue):
    after: datetime | None = strawberry.field(description="After this moment.")
    since: datetime | None = strawberry.field(description="At this moment or after.")
    before: datetime | None = strawberry.field(description="Before this moment.")
    until: datetime | None = strawberry.field(description="At this moment or before.")


@strawberry.type(description="What jobs can be narrowed down by, with how many there are of each.")
class JobFacet:
    field: JobFacetField = strawberry.field(description="What is counted.")
    label: str = strawberry.field(description="What to call it, in English.")
    distinct_count: int = strawberry.field(description=DISTINCT)
    values: list[FacetValue] = strawberry.field(description=VALUES)
    reasons: list[DegradationReason] = strawberry.field(description=REASONS)


@strawberry.type(description="What talent can be narrowed down by, with how many there are of each.")
class TalentFacet:
    field: TalentFacetField = strawberry.field(description="What is counted.")
    label: str = strawberry.field(description="What to call it, in English.")
    distinct_count: int = strawberry.field(description=DISTINCT)
    values: list[FacetValue] = strawberry.field(description=VALUES)
    reasons: list[DegradationReason] = strawberry.field(description=REASONS)


VALUE_TYPES = [
    ChoiceFacetValue,
    FlagFacetValue,
    SkillFacetValue,
    OccupationFacetValue,
    RangeFacetValue,
    TimeRangeFacetValue,
]
"""The types that the graph would not find by itself, since only their interface is named."""
