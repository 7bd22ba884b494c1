"""Pages of what is like a job or a talent."""

from collections.abc import Sequence
from typing import cast

import strawberry

from resolvers.catalog.kind import Kind
from resolvers.feedback.shown import shown_similar
from resolvers.ranking.likeness import MODEL
from resolvers.recommendations.asked import Recommendations
from resolvers.recommendations.similar import Similar
from schema.connection import PageInfo
from schema.costs import some
from schema.entity import Info, entity, several_each
from schema.execution import Found, of_many
from schema.feedback import POSITION, QUERY_ID, query_id
from schema.ranked import META, RecommendationMeta
from schema.recommended import CURSOR, NODES, PAGE, SHARED, WHERE, LazyJob, LazySkill, LazyTalent, page_info

LIKENESS = "How like it is, 0 to 1: by skills, text, meaning, occupation and level. The items are ranked by it."
PLACED = "The items with their places and likeness."


@strawberry.type(description="A job that is like another.")
class SimilarJobEdge:
    cursor: str = strawberry.field(description=CURSOR)
    position: int = strawberry.field(description=POSITION)
    of: strawberry.Private[Similar]

    @strawberry.field(description="The job.")
    def node(self) -> LazyJob:
        return cast("LazyJob", entity(self.of.document))

    @strawberry.field(description=LIKENESS)
    def score(self) -> float:
        return self.of.alike.score

    @strawberry.field(directives=some(5), description=SHARED)
    @of_many
    @staticmethod
    def shared_skills(edges: Sequence["SimilarJobEdge"], info: Info) -> Found[list[LazySkill] | None]:
        return several_each(info, Kind.SKILL, [edge.of.alike.shared for edge in edges])


@strawberry.type(description=f"A page of jobs that are like another. {PAGE}")
class SimilarJobConnection:
    found: strawberry.Private[Recommendations[Similar]]

    @strawberry.field(description=QUERY_ID)
    def query_id(self) -> strawberry.ID | None:
        return query_id(shown_similar(self.found))

    @strawberry.field(description=PLACED)
    def edges(self) -> list[SimilarJobEdge]:
        return [
            SimilarJobEdge(cursor=self.found.cursor(at), position=self.found.position(at), of=one)
            for at, one in enumerate(self.found.page.items)
        ]

    @strawberry.field(description=NODES)
    def nodes(self) -> list[LazyJob]:
        return [cast("LazyJob", entity(one.document)) for one in self.found.page.items]

    @strawberry.field(description=WHERE)
    def page_info(self) -> PageInfo:
        return page_info(self.found)

    @strawberry.field(description=META)
    def meta(self) -> RecommendationMeta:
        return RecommendationMeta(model=MODEL)


@strawberry.type(description="Talent that is like another.")
class SimilarTalentEdge:
    cursor: str = strawberry.field(description=CURSOR)
    position: int = strawberry.field(description=POSITION)
    of: strawberry.Private[Similar]

    @strawberry.field(description="The talent.")
    def node(self) -> LazyTalent:
        return cast("LazyTalent", entity(self.of.document))

    @strawberry.field(description=LIKENESS)
    def score(self) -> float:
        return self.of.alike.score

    @strawberry.field(directives=some(5), description=SHARED)
    @of_many
    @staticmethod
    def shared_skills(edges: Sequence["SimilarTalentEdge"], info: Info) -> Found[list[LazySkill] | None]:
        return several_each(info, Kind.SKILL, [edge.of.alike.shared for edge in edges])


@strawberry.type(description=f"A page of talent that is like another. {PAGE}")
class SimilarTalentConnection:
    found: strawberry.Private[Recommendations[Similar]]

    @strawberry.field(description=QUERY_ID)
    def query_id(self) -> strawberry.ID | None:
        return query_id(shown_similar(self.found))

    @strawberry.field(description=PLACED)
    def edges(self) -> list[SimilarTalentEdge]:
        return [
            SimilarTalentEdge(cursor=self.found.cursor(at), position=self.found.position(at), of=one)
            for at, one in enumerate(self.found.page.items)
        ]

    @strawberry.field(description=NODES)
    def nodes(self) -> list[LazyTalent]:
        return [cast("LazyTalent", entity(one.document)) for one in self.found.page.items]

    @strawberry.field(description=WHERE)
    def page_info(self) -> PageInfo:
        return page_info(self.found)

    @strawberry.field(description=META)
    def meta(self) -> RecommendationMeta:
        return RecommendationMeta(model=MODEL)
