"""Talent in the graph."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry.federation

from resolvers.catalog.kind import Kind
from resolvers.recommendations.asked import PageArguments, recommended_jobs, similar_to
from resolvers.viewer import EARNINGS_READ
from schema.access import scope
from schema.caching import ENTITY_SECONDS, good_for, private
from schema.connection import After
from schema.costs import LIKENESS, RECOMMENDATION, page, some
from schema.entity import Info, Money, Node, one_each, represents, several_each
from schema.enums import Availability, ExperienceLevel, LanguageLevel, TalentBadge
from schema.execution import Found, of_many
from schema.recommended import (
    Excluded,
    First,
    JobWish,
    RecommendedJobConnection,
    TalentWish,
    job_wish,
    talent_wish,
)
from schema.references import Neighbour, needs, told
from schema.scalars import CountryCode, LanguageCode, TimeZone
from schema.similar import SimilarTalentConnection

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
@strawberry.federation.type(keys=["id"], directives=good_for(ENTITY_SECONDS), description="A person who offers skills.")
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
    languages: list[SpokenLanguage] = strawberry.field(
        directives=some(3), description="Languages that the talent speaks."
    )
    response_time_hours: int = strawberry.field(description="Usual hours to an answer.")
    last_active_at: datetime = strawberry.field(description="When last seen.")
    member_since: datetime = strawberry.field(description="When the talent joined.")
    skill_ids: strawberry.Private[tuple[str, ...]]
    occupation_id: strawberry.Private[str]

    @strawberry.field(
        name="totalEarnings",
        directives=[*scope(EARNINGS_READ), *private()],
        description="Earned so far, exactly, in the currency of the rate; null, with an error, for a viewer without "
        "the scope `talent:earnings:read`. The facet EARNINGS has ranges for everybody.",
    )
    def earned(self) -> Money | None:
        return Money(amount=self.total_earnings, currency=self.hourly_rate.currency)

    @strawberry.federation.field(
        external=True,
        metadata=needs(Neighbour.CONTRACTS),
        description="Hours a week that running contracts take. The contracts subgraph knows it: null without a router.",
    )
    def booked_hours_per_week(self) -> int | None:
        booked: int | None = told(self, "bookedHoursPerWeek")
        return booked

    @strawberry.federation.field(
        requires=["bookedHoursPerWeek"],
        metadata=needs(Neighbour.CONTRACTS),
        description="Hours a week that are left for new work: `hoursPerWeek` without what running contracts take, "
        "never below 0; null without a router.",
    )
    def free_hours_per_week(self) -> int | None:
        booked: int | None = told(self, "bookedHoursPerWeek")
        return None if booked is None else max(0, self.hours_per_week - booked)

    @strawberry.field(
        directives=page(RECOMMENDATION, "first"),
        description="Open jobs that fit the talent, the best first, with reasons. Jobs that the talent may not do are "
        "left out: see `HardRule`.",
    )
    async def recommended_jobs(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: JobWish = None,  # noqa: A002
        exclude_ids: Excluded = None,
    ) -> RecommendedJobConnection | None:
        wish = await job_wish(info, filter, exclude_ids)
        found = await recommended_jobs(info.context, self.id, wish, PageArguments(first, after))
        return None if found is None else RecommendedJobConnection(found=found)

    @strawberry.field(directives=page(LIKENESS, "first"), description="Talent that is like this one, the likest first.")
    async def similar_talent(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: TalentWish = None,  # noqa: A002
        exclude_ids: Excluded = None,
    ) -> SimilarTalentConnection | None:
        wish = await talent_wish(info, filter, exclude_ids)
        found = await similar_to(info.context, Kind.TALENT, self.id, wish, PageArguments(first, after))
        return None if found is None else SimilarTalentConnection(found=found)

    @strawberry.field(directives=some(10), description="What the talent can do; null when that could not be fetched.")
    @of_many
    @staticmethod
    def skills(talent: Sequence["Talent"], info: Info) -> Found[list[LazySkill] | None]:
        return several_each(info, Kind.SKILL, [one.skill_ids for one in talent])

    @strawberry.field(description="The kind of work that the talent does; null when the occupation has gone.")
    @of_many
    @staticmethod
    def occupation(talent: Sequence["Talent"], info: Info) -> Found[LazyOccupation | None]:
        return one_each(info, Kind.OCCUPATION, [one.occupation_id for one in talent])
