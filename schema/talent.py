"""Talent in the graph."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry.federation

from resolvers.catalog.kind import Kind
from schema.entity import Info, Money, Node, one_each, represents, several_each
from schema.enums import Availability, ExperienceLevel, LanguageLevel, TalentBadge
from schema.execution import of_many
from schema.scalars import CountryCode, LanguageCode, TimeZone

if TYPE_CHECKING:
    from schema.occupation import Occupation
    from schema.skill import Skill

LazySkill = Annotated["Skill", strawberry.lazy("schema.skill")]
LazyOccupation = Annotated["Occupation", strawberry.lazy("schema.occupation")]


@strawberry.type(description="A language that somebody speaks.")
class SpokenLanguage:
    code: LanguageCode = strawberry.field(description="The language.")
    level: LanguageLevel = strawberry.field(description="How well.")


@represents(Kind.TALENT)
@strawberry.federation.type(keys=["id"], description="A person who offers skills.")
class Talent(Node):
    name: str = strawberry.field(description="Given name and initial.")
    title: str = strawberry.field(description="What the talent offers, in a few words.")
    overview: str = strawberry.field(description="The talent's own presentation.")
    hourly_rate: Money = strawberry.field(description="The rate asked for an hour.")
    experience_level: ExperienceLevel = strawberry.field(description="How experienced the talent is.")
    job_success_score: int | None = strawberry.field(
        description="Share of jobs that went well, 0 to 100; null when new."
    )
    badge: TalentBadge = strawberry.field(description="The badge earned.")
    total_earnings: strawberry.Private[Decimal]
    total_hours: int = strawberry.field(description="Hours worked so far.")
    total_jobs: int = strawberry.field(description="Jobs done so far.")
    rating: float | None = strawberry.field(description="Clients' rating, 1 to 5; null without a review.")
    review_count: int = strawberry.field(description="Reviews received.")
    availability: Availability = strawberry.field(description="How much time the talent has at present.")
    hours_per_week: int = strawberry.field(description="Hours available a week.")
    country: CountryCode = strawberry.field(description="Where the talent lives.")
    timezone: TimeZone = strawberry.field(description="The talent's time zone.")
    languages: list[SpokenLanguage] = strawberry.field(description="Languages that the talent speaks.")
    response_time_hours: int = strawberry.field(description="Usual hours to an answer.")
    last_active_at: datetime = strawberry.field(description="When last seen.")
    member_since: datetime = strawberry.field(description="When the talent joined.")
    skill_ids: strawberry.Private[tuple[str, ...]]
    occupation_id: strawberry.Private[str]

    @strawberry.field(name="totalEarnings", description="Earned so far, in the currency of the rate.")
    def earned(self) -> Money:
        return Money(amount=self.total_earnings, currency=self.hourly_rate.currency)

    @strawberry.field(description="What the talent can do; null when that could not be fetched.")
    @of_many
    @staticmethod
    async def skills(talent: Sequence["Talent"], info: Info) -> list[list[LazySkill] | None]:
        return await several_each(info, Kind.SKILL, [one.skill_ids for one in talent])

    @strawberry.field(description="The kind of work that the talent does; null when the occupation has gone.")
    @of_many
    @staticmethod
    async def occupation(talent: Sequence["Talent"], info: Info) -> list[LazyOccupation | None]:
        return await one_each(info, Kind.OCCUPATION, [one.occupation_id for one in talent])
