"""Jobs in the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry.federation

from resolvers.catalog import values
from resolvers.catalog.kind import Kind
from resolvers.recommendations.asked import PageArguments, recommended_talent, similar_to
from schema.caching import ENTITY_SECONDS, good_for
from schema.connection import After
from schema.costs import LIKENESS, RECOMMENDATION, page, some
from schema.entity import INTERNAL, Info, Money, MoneyRange, Node, one_each, represents, several_each
from schema.enums import ContractType, ExperienceLevel, JobDuration, JobStatus, Workload
from schema.execution import Found, of_many
from schema.recommended import (
    Excluded,
    First,
    JobWish,
    RecommendedTalentConnection,
    TalentWish,
    job_wish,
    talent_wish,
)
from schema.scalars import CountryCode, CurrencyCode, LanguageCode, TimeZone
from schema.similar import SimilarJobConnection

if TYPE_CHECKING:
    from schema.client import Client
    from schema.occupation import Occupation
    from schema.skill import Skill

LazyClient = Annotated["Client", strawberry.lazy("schema.client")]
LazySkill = Annotated["Skill", strawberry.lazy("schema.skill")]
LazyOccupation = Annotated["Occupation", strawberry.lazy("schema.occupation")]


@represents(Kind.JOB)
@strawberry.federation.type(
    keys=["id"], directives=good_for(ENTITY_SECONDS), description="Work that a client has posted."
)
class Job(Node):
    # Shared, since others write it down beside what is theirs, such as a contract.
    title: str = strawberry.federation.field(shareable=True, description="What the job is called.")
    description: str = strawberry.field(description="What is to be done, in the client's words.")
    contract_type: ContractType = strawberry.field(description="How it is paid.")
    hourly_rate: strawberry.Private[values.MoneyRange | None]
    budget: Money | None = strawberry.field(
        description="The price of a fixed-price job; null for an hourly one, and where the client has named none."
    )
    experience_level: ExperienceLevel = strawberry.field(description="How experienced the talent has to be.")
    duration: JobDuration = strawberry.field(description="How long it is expected to last.")
    workload: Workload = strawberry.field(description="How much of a week it takes.")
    published_at: datetime = strawberry.field(description="When it was published.")
    status: JobStatus = strawberry.field(description="Whether it takes proposals.")
    proposal_count: int = strawberry.field(description="Proposals received so far.")
    freelancers_to_hire: int = strawberry.field(description="How many people are wanted.")
    preferred_countries: list[CountryCode] = strawberry.field(
        description="Where talent had better live; empty: anywhere."
    )
    location_mandatory: bool = strawberry.field(description="Whether the preferred countries are a condition.")
    timezone: TimeZone = strawberry.field(description="The time zone that the job is done in.")
    languages: list[LanguageCode] = strawberry.field(description="Languages that are needed.")
    client_id: strawberry.ID = strawberry.federation.field(
        inaccessible=True,
        tags=[INTERNAL],
        description="The client's id, for other subgraphs to `@require`. It is not in the supergraph's API: ask for "
        "`client { id }`.",
    )
    skill_ids: strawberry.Private[tuple[str, ...]]
    occupation_id: strawberry.Private[str]

    @strawberry.field(
        name="hourlyRate",
        description="The rates offered for an hour; null for a fixed-price job, and where the client has named none.",
    )
    def offered_rate(self) -> MoneyRange | None:
        if self.hourly_rate is None:
            return None
        currency = CurrencyCode(self.hourly_rate.currency)
        return MoneyRange(
            min=Money(amount=self.hourly_rate.min, currency=currency),
            max=Money(amount=self.hourly_rate.max, currency=currency),
        )

    @strawberry.field(
        directives=page(RECOMMENDATION, "first"),
        description="Talent that fits it, the best first, with reasons. Who may not do it is left out: see `HardRule`.",
    )
    async def recommended_talent(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: TalentWish = None,  # noqa: A002
        exclude_ids: Excluded = None,
    ) -> RecommendedTalentConnection | None:
        wish = await talent_wish(info, filter, exclude_ids)
        found = await recommended_talent(info.context, self.id, wish, PageArguments(first, after))
        return None if found is None else RecommendedTalentConnection(found=found)

    @strawberry.field(directives=page(LIKENESS, "first"), description="Jobs that are like it, the likest first.")
    async def similar_jobs(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: JobWish = None,  # noqa: A002
        exclude_ids: Excluded = None,
    ) -> SimilarJobConnection | None:
        wish = await job_wish(info, filter, exclude_ids)
        found = await similar_to(info.context, Kind.JOB, self.id, wish, PageArguments(first, after))
        return None if found is None else SimilarJobConnection(found=found)

    @strawberry.field(description="Who posted it; null when the client has gone.")
    @of_many
    @staticmethod
    def client(jobs: Sequence["Job"], info: Info) -> Found[LazyClient | None]:
        return one_each(info, Kind.CLIENT, [job.client_id for job in jobs])

    @strawberry.field(
        directives=some(10), description="The skills that it asks for; null when they could not be fetched."
    )
    @of_many
    @staticmethod
    def skills(jobs: Sequence["Job"], info: Info) -> Found[list[LazySkill] | None]:
        return several_each(info, Kind.SKILL, [job.skill_ids for job in jobs])

    @strawberry.field(description="The kind of work that it is; null when the occupation has gone.")
    @of_many
    @staticmethod
    def occupation(jobs: Sequence["Job"], info: Info) -> Found[LazyOccupation | None]:
        return one_each(info, Kind.OCCUPATION, [job.occupation_id for job in jobs])
