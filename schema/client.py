"""Clients in the graph."""

from datetime import datetime
from decimal import Decimal

import strawberry
import strawberry.federation

from resolvers.catalog.kind import Kind
from resolvers.recommendations.asked import PageArguments as RecommendedPage
from resolvers.recommendations.asked import recommended_for_client
from resolvers.search.page import PageArguments
from schema.caching import ENTITY_SECONDS, good_for
from schema.conditions import OneOf, ReferenceFilter
from schema.connection import After, Before, First, Last
from schema.costs import RECOMMENDATION, SEARCH, page
from schema.entity import Info, Money, Node, dollars, represents
from schema.enums import JobStatus
from schema.facets.jobs import JOB_FACETS
from schema.filters import JobFilter
from schema.recommended import Excluded, RecommendedTalentConnection, TalentWish, talent_wish
from schema.recommended import First as RecommendedFirst
from schema.references import Neighbour, needs, told
from schema.scalars import CountryCode, TimeZone
from schema.searches import JobConnection, Wanted, jobs


@represents(Kind.CLIENT)
@strawberry.federation.type(keys=["id"], directives=good_for(ENTITY_SECONDS), description="A company that posts jobs.")
class Client(Node):
    name: str = strawberry.federation.field(shareable=True, description="The company's name.")
    country: CountryCode = strawberry.federation.field(shareable=True, description="Where it is.")
    timezone: TimeZone = strawberry.federation.field(shareable=True, description="Its time zone.")
    rating: float | None = strawberry.field(description="Talent's rating, 1 to 5; null without a review.")
    review_count: int = strawberry.field(description="Reviews received.")
    total_spent: strawberry.Private[Decimal]
    total_hires: int = strawberry.field(description="How many people it has hired.")
    # Moved here from the accounts subgraph, where it can go once all routers have this schema.
    total_jobs_posted: int = strawberry.federation.field(
        override=Neighbour.ACCOUNTS.value, description="How many jobs it has posted."
    )
    payment_verified: bool = strawberry.federation.field(
        shareable=True, description="Whether its means of payment is verified."
    )
    member_since: datetime = strawberry.federation.field(shareable=True, description="When it joined.")

    @strawberry.field(name="totalSpent", description="Spent so far, in US dollars.")
    def spent(self) -> Money:
        return dollars(self.total_spent)

    @strawberry.federation.field(
        external=True,
        metadata=needs(Neighbour.ACCOUNTS),
        description="How many of its hires ended in a dispute. The accounts subgraph knows it: null without a router.",
    )
    def dispute_count(self) -> int | None:
        disputes: int | None = told(self, "disputeCount")
        return disputes

    @strawberry.federation.field(
        requires=["disputeCount"],
        metadata=needs(Neighbour.ACCOUNTS),
        description="Disputes for each hire, 0 when there was none; null before the first hire, and without a router.",
    )
    def dispute_rate(self) -> float | None:
        disputes: int | None = told(self, "disputeCount")
        return None if disputes is None or not self.total_hires else disputes / self.total_hires

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
