"""Skills in the graph."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import strawberry
import strawberry.federation

from resolvers.catalog.kind import Kind
from resolvers.sources.base import AllOf, SearchRequest, Terms
from schema.entity import Info, Node, represents, several_each
from schema.enums import JobStatus, SkillKind
from schema.execution import of_many


@represents(Kind.SKILL)
@strawberry.federation.type(keys=["id"], description="Something talent can do and jobs ask for.")
class Skill(Node):
    name: str = strawberry.field(description="The skill's name.")
    aliases: list[str] = strawberry.field(description="Other names of the same skill.")
    kind: SkillKind = strawberry.field(description="What sort of skill it is.")
    description: str | None = strawberry.field(description="What it means; null when nobody has said.")
    broader_ids: strawberry.Private[tuple[str, ...]]

    @strawberry.field(description="Skills that this one is a part of; null when they could not be fetched.")
    @of_many
    @staticmethod
    async def broader(
        skills: Sequence["Skill"], info: Info
    ) -> list[list[Annotated["Skill", strawberry.lazy("schema.skill")]] | None]:
        return await several_each(info, Kind.SKILL, [skill.broader_ids for skill in skills])

    @strawberry.field(description="How many open jobs ask for it; null when that could not be counted.")
    async def open_job_count(self, info: Info) -> int | None:
        wanted = Terms("skill_ids", (self.id,)), Terms("status", (JobStatus.OPEN.value,))
        return await _count(info, SearchRequest((Kind.JOB,), filter=AllOf(wanted)))

    @strawberry.field(description="How many talent have it; null when that could not be counted.")
    async def talent_count(self, info: Info) -> int | None:
        return await _count(info, SearchRequest((Kind.TALENT,), filter=Terms("skill_ids", (self.id,))))


async def _count(info: Info, about: SearchRequest) -> int:
    found = await info.context.searches.load(replace(about, limit=0, count=True))
    return found.total or 0
