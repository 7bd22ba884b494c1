"""Occupations in the graph."""

from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry.federation

from resolvers.catalog.kind import Kind
from resolvers.search.page import PageArguments
from resolvers.sources.base import SearchRequest, Terms
from schema.connection import After, Before, Connection, First, Last, connection
from schema.entity import Info, Node, represents

if TYPE_CHECKING:
    from schema.job import Job
    from schema.talent import Talent

LazyJob = Annotated["Job", strawberry.lazy("schema.job")]
LazyTalent = Annotated["Talent", strawberry.lazy("schema.talent")]


@represents(Kind.OCCUPATION)
@strawberry.federation.type(keys=["id"], description="A kind of work, as labour statistics name it.")
class Occupation(Node):
    name: str = strawberry.field(description="The occupation's name.")
    aliases: list[str] = strawberry.field(description="Other names of the same occupation.")
    isco_group: str = strawberry.field(description="Code of its group in ISCO-08, the ILO's classification.")
    description: str = strawberry.field(description="What people in it do.")

    @strawberry.field(description="Jobs of this occupation, newest first.")
    async def jobs(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[LazyJob] | None:
        about = SearchRequest((Kind.JOB,), filter=Terms("occupation_id", (self.id,)), sort="NEWEST")
        return await connection(info, about, PageArguments(first, after, last, before))

    @strawberry.field(description="Talent of this occupation, last active first.")
    async def talent(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[LazyTalent] | None:
        about = SearchRequest((Kind.TALENT,), filter=Terms("occupation_id", (self.id,)), sort="LAST_ACTIVE")
        return await connection(info, about, PageArguments(first, after, last, before))
