"""Whoever asks, in the graph."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from resolvers import viewer
from resolvers.catalog.kind import Kind
from resolvers.recommendations.asked import PageArguments, recommended_for_client, recommended_jobs
from schema.connection import After
from schema.costs import RECOMMENDATION, page
from schema.entity import Info, one
from schema.recommended import (
    Excluded,
    First,
    JobWish,
    RecommendedJobConnection,
    RecommendedTalentConnection,
    TalentWish,
    job_wish,
    talent_wish,
)

if TYPE_CHECKING:
    from schema.client import Client
    from schema.talent import Talent

LazyTalent = Annotated["Talent", strawberry.lazy("schema.talent")]
LazyClient = Annotated["Client", strawberry.lazy("schema.client")]


@strawberry.type(description="Whoever asks, as their token or the router says.")
class Viewer:
    of: strawberry.Private[viewer.Viewer]

    @strawberry.field(description="Who it is: the `sub` of the token.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(self.of.id or "")

    @strawberry.field(description="What they may, sorted; a field that needs a scope names it in `@requiresScopes`.")
    def scopes(self) -> list[str]:
        return sorted(self.of.scopes)

    @strawberry.field(description="The talent that they are; null when they are none, or it has gone.")
    async def talent(self, info: Info) -> LazyTalent | None:
        found: LazyTalent | None = (
            None if self.of.talent_id is None else await one(info, Kind.TALENT, self.of.talent_id)
        )
        return found

    @strawberry.field(description="The client that they act for; null when there is none, or it has gone.")
    async def client(self, info: Info) -> LazyClient | None:
        found: LazyClient | None = (
            None if self.of.client_id is None else await one(info, Kind.CLIENT, self.of.client_id)
        )
        return found

    @strawberry.field(
        directives=page(RECOMMENDATION, "first"),
        description="Open jobs that fit them, as `Talent.recommendedJobs`; null when they are no talent.",
    )
    async def recommended_jobs(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: JobWish = None,  # noqa: A002
        exclude_ids: Excluded = None,
    ) -> RecommendedJobConnection | None:
        if self.of.talent_id is None:
            return None
        wish = await job_wish(info, filter, exclude_ids)
        found = await recommended_jobs(info.context, self.of.talent_id, wish, PageArguments(first, after))
        return None if found is None else RecommendedJobConnection(found=found)

    @strawberry.field(
        directives=page(RECOMMENDATION, "first"),
        description="Talent for the open jobs of the client that they act for, as `Client.recommendedTalent`; null "
        "when they act for none.",
    )
    async def recommended_talent(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: TalentWish = None,  # noqa: A002
        exclude_ids: Excluded = None,
    ) -> RecommendedTalentConnection | None:
        if self.of.client_id is None:
            return None
        wish = await talent_wish(info, filter, exclude_ids)
        found = await recommended_for_client(info.context, self.of.client_id, wish, PageArguments(first, after))
        return RecommendedTalentConnection(found=found)
