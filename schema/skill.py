"""Skills in the graph."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import strawberry
import strawberry.federation

from resolvers.catalog.kind import Kind, Ref
from resolvers.errors import check_count
from resolvers.ranking.skills import LONGEST_LIST
from resolvers.sources.base import AllOf, SearchRequest, Terms
from schema.caching import CONCEPT_SECONDS, good_for
from schema.costs import FIGURE, costs, sized, some
from schema.entity import Info, Node, entity, represents, several_each
from schema.enums import JobStatus, SkillKind
from schema.execution import Found, of_many


@represents(Kind.SKILL)
@strawberry.federation.type(
    keys=["id"], directives=good_for(CONCEPT_SECONDS), description="Something talent can do and jobs ask for."
)
class Skill(Node):
    name: str = strawberry.field(description="The skill's name.")
    aliases: list[str] = strawberry.field(description="Other names of the same skill.")
    kind: SkillKind = strawberry.field(description="What sort of skill it is.")
    description: str | None = strawberry.field(description="What it means; null when nobody has said.")
    broader_ids: strawberry.Private[tuple[str, ...]]

    @strawberry.field(
        directives=some(3), description="Skills that this one is a part of; null when they could not be fetched."
    )
    @of_many
    @staticmethod
    def broader(
        skills: Sequence["Skill"], info: Info
    ) -> Found[list[Annotated["Skill", strawberry.lazy("schema.skill")]] | None]:
        return several_each(info, Kind.SKILL, [skill.broader_ids for skill in skills])

    @strawberry.field(
        directives=sized("first"),
        description="Skills that jobs ask for, and talent have, together with this one more often than by chance, the "
        "closest first. Learned when the catalog was indexed; empty where it says too little. null when they could not "
        "be fetched.",
    )
    async def related_skills(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description=f"How many, {LONGEST_LIST} at the most.")] = 10,
    ) -> list[Annotated["RelatedSkill", strawberry.lazy("schema.skill")]] | None:
        check_count(first, LONGEST_LIST, f"`first` is {first}; ask for 0 to {LONGEST_LIST} related skills")
        near = info.context.snapshot.info().skills.related_to(self.id)[:first]
        found = await info.context.documents.load_many([Ref(Kind.SKILL, one.id) for one in near])
        return [
            RelatedSkill(skill=entity(document), strength=one.strength)
            for one, document in zip(near, found, strict=True)
            if document is not None
        ]

    @strawberry.field(
        directives=costs(FIGURE), description="How many open jobs ask for it; null when that could not be counted."
    )
    async def open_job_count(self, info: Info) -> int | None:
        wanted = Terms("skill_ids", (self.id,)), Terms("status", (JobStatus.OPEN.value,))
        return await _count(info, SearchRequest((Kind.JOB,), filter=AllOf(wanted)))

    @strawberry.field(
        directives=costs(FIGURE), description="How many talent have it; null when that could not be counted."
    )
    async def talent_count(self, info: Info) -> int | None:
        return await _count(info, SearchRequest((Kind.TALENT,), filter=Terms("skill_ids", (self.id,))))


@strawberry.type(description="A skill that goes with another.")
class RelatedSkill:
    skill: Skill = strawberry.field(description="The skill.")
    strength: float = strawberry.field(
        description="How closely the two go together: above 0, and near 1 where they are always together."
    )


async def _count(info: Info, about: SearchRequest) -> int:
    found = await info.context.searches.load(replace(about, limit=0, count=True))
    return found.total or 0
