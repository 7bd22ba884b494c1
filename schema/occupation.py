"""Occupations in the graph."""

import strawberry
import strawberry.federation

from resolvers.catalog.kind import Kind
from resolvers.search.page import PageArguments
from schema.caching import CONCEPT_SECONDS, good_for
from schema.conditions import ReferenceFilter
from schema.connection import After, Before, First, Last
from schema.costs import SEARCH, page
from schema.entity import Info, Node, represents
from schema.facets.jobs import JOB_FACETS
from schema.facets.talent import TALENT_FACETS
from schema.filters import JobFilter, TalentFilter
from schema.searches import JobConnection, TalentConnection, Wanted, jobs, talent


@represents(Kind.OCCUPATION)
@strawberry.federation.type(
    keys=["id"], directives=good_for(CONCEPT_SECONDS), description="A kind of work, as labour statistics name it."
)
class Occupation(Node):
    name: str = strawberry.field(description="The occupation's name.")
    aliases: list[str] = strawberry.field(description="Other names of the same occupation.")
    isco_group: str = strawberry.field(description="Code of its group in ISCO-08, the ILO's classification.")
    description: str = strawberry.field(description="What people in it do.")

    @strawberry.field(directives=page(SEARCH, "first", "last"), description="Jobs of this occupation, newest first.")
    async def jobs(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> JobConnection | None:
        wanted = Wanted(
            JOB_FACETS,
            JobFilter(occupation_id=ReferenceFilter(any_of=[self.id])),
            sort="NEWEST",
            now=info.context.now(),
        )
        return await jobs(info, wanted, PageArguments(first, after, last, before), known_ids=True)

    @strawberry.field(
        directives=page(SEARCH, "first", "last"), description="Talent of this occupation, last active first."
    )
    async def talent(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> TalentConnection | None:
        wanted = Wanted(
            TALENT_FACETS,
            TalentFilter(occupation_id=ReferenceFilter(any_of=[self.id])),
            sort="LAST_ACTIVE",
            now=info.context.now(),
        )
        return await talent(info, wanted, PageArguments(first, after, last, before), known_ids=True)
