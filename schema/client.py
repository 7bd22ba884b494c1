"""Clients in the graph."""

from datetime import datetime
from decimal import Decimal

import strawberry
import strawberry.federation

from resolvers.catalog.kind import Kind
from resolvers.recommendations.asked import PageArguments as RecommendedPage
from resolvers.recommendations.asked import recommended_for_client
from resolvers.search.page import PageArguments
from schema.conditions import OneOf, ReferenceFilter
from schema.connection import After, Before, First, Last
from schema.costs import RECOMMENDATION, SEARCH, page
from schema.entity import Info, Money, Node, dollars, represents
from schema.enums import JobStatus
from schema.facets.jobs import JOB_FACETS
from schema.filters import JobFilter
from schema.recommended import Excluded, RecommendedTalentConnection, TalentWish, talent_wish
from schema.recommended import First as RecommendedFirst
from schema.scalars import CountryCode, TimeZone
from schema.searches import JobConnection, Wanted, jobs


@represents(Kind.CLIENT)
@strawberry.federation.type(keys=["id"], description="A company that posts jobs.")
class Client(Node):
    name: str = strawberry.field(description="The company's name.")
    country: CountryCode = strawberry.field(description="Where it is.")
    timezone: TimeZone = strawberry.field(description="Its time zone.")
    rating: float | None = strawberry.field(description="Talent's rating, 1 to 5; null without a review.")
    review_count: int = strawberry.field(description="Reviews received.")
    total_spent: strawberry.Private[Decimal]
    total_hires: int = strawberry.field(description="How many people it has hired.")
    total_jobs_posted: int = strawberry.field(description="How many jobs it has posted.")
    payment_verified: bool = strawberry.field(description="Whether its means of payment is verified.")
    member_since: datetime = strawberry.field(description="When it joined.")

    @strawberry.field(name="totalSpent", description="Spent so far, in US dollars.")
    def spent(self) -> Money:
        return dollars(self.total_spent)

    @strawberry.field(directives=page(SEARCH, "first", "last"), description="Its open jobs, newest first.")
    async def open_jobs(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> JobConnection | None:
        open_jobs = JobFilter(client_id=ReferenceFilter(any_of=[self.id]), status=OneOf(any_of=[JobStatus.OPEN]))
        wanted = Wanted(JOB_FACETS, open_jobs, sort="NEWEST", now=info.context.now())
        return await jobs(info, wanted, PageArguments(first, after, last, before), known_ids=True)

    @strawberry.field(
        directives=page(RECOMMENDATION, "first"),
        description="Talent for its open jobs, of which the 20 newest are looked at: each talent once, with the job "
        "that it fits best.",
    )
    async def recommended_talent(
        self,
        info: Info,
        first: RecommendedFirst = None,
        after: After = None,
        filter: TalentWish = None,  # noqa: A002
        exclude_ids: Excluded = None,
    ) -> RecommendedTalentConnection | None:
        wish = await talent_wish(info, filter, exclude_ids)
        found = await recommended_for_client(info.context, self.id, wish, RecommendedPage(first, after))
        return RecommendedTalentConnection(found=found)
