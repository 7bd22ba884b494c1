"""Pages of recommendations, by the Relay Cursor Connections Specification, forward alone."""

from typing import TYPE_CHECKING, Annotated, Any, cast

import strawberry

from resolvers.feedback.shown import shown_pairings
from resolvers.ranking.judged import Judged
from resolvers.ranking.representation import Dimension, Group
from resolvers.recommendations.asked import Recommendations, represented
from resolvers.recommendations.wish import MOST_EXCLUDED, Wish
from resolvers.search.search import check_ids
from schema.access import check
from schema.caching import good_for
from schema.conditions import Reading
from schema.connection import AT_MOST, NO_ITEM, WHEN_NOT_GIVEN, PageInfo
from schema.costs import sized, some
from schema.entity import Info
from schema.feedback import POSITION, QUERY_ID, query_id
from schema.filters import JobFilter, TalentFilter, job_filter, talent_filter
from schema.ranked import META, RecommendationMeta, ranked_by
from schema.reasons import FirstReasons, JobMatch, Reason, reasons

if TYPE_CHECKING:
    from schema.job import Job
    from schema.skill import Skill
    from schema.talent import Talent

LazyJob = Annotated["Job", strawberry.lazy("schema.job")]
LazyTalent = Annotated["Talent", strawberry.lazy("schema.talent")]
LazySkill = Annotated["Skill", strawberry.lazy("schema.skill")]
First = Annotated[int | None, strawberry.argument(description=f"How many items. {WHEN_NOT_GIVEN} {AT_MOST} {NO_ITEM}")]
Excluded = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(
        description=f"Ids that are not recommended, such as those seen already; {MOST_EXCLUDED} at the most."
    ),
]
TalentWish = Annotated[
    TalentFilter | None,
    strawberry.argument(
        description="Which talent may be recommended. Who takes no work at present is left out, unless the filter asks "
        "for it: `availability` with UNAVAILABLE in `anyOf`, or within `atLeast` and `atMost`. To leave out other "
        "values by `noneOf` or `not` asks for it only where nothing else is left."
    ),
]
JobWish = Annotated[
    JobFilter | None,
    strawberry.argument(
        description="Which jobs may be recommended. Closed ones are left out, unless the filter asks for them: "
        "`status` with CLOSED in `anyOf`, or with OPEN in `noneOf`."
    ),
]
PAGE = (
    "Cursors go on with the ranking as it was when the first page was made, while the index is the same, and by the "
    "same model; on an error CURSOR_EXPIRED start again without a cursor. There are 100 candidates at the most."
)
NODES = "The items alone."
EDGES = "The items with their places, scores and reasons."
WHERE = "Where the page lies in the whole."
CURSOR = "The item's place, for `after`."
MATCH = "How well the two fit, in both directions."
SCORE = (
    "What the items are ranked by, before near copies are set apart: `match.score`, or what a learned model "
    "(`meta.model`) makes of it, which is from four fifths to twice of it."
)
REASONS = "What speaks for it and what against it, the strongest first; null when what they name could not be fetched."
SHARED = "The skills that both have, the rarest first; null when they could not be fetched."


@strawberry.type(description="Talent of one value: their part of a page, beside their part of all that qualify.")
class RepresentationGroup:
    group: strawberry.Private[Group]

    @strawberry.field(description="What they are told apart by.")
    def dimension(self) -> Dimension:
        return self.group.dimension

    @strawberry.field(description="The value that they have.")
    def value(self) -> str:
        return self.group.value

    @strawberry.field(description="How many of the page's items.")
    def count(self) -> int:
        return self.group.shown

    @strawberry.field(description="Their share of the page's items, 0 to 1.")
    def share(self) -> float:
        return self.group.share

    @strawberry.field(description="How many of all candidates that break no rule and pass the filter.")
    def qualified_count(self) -> int:
        return self.group.qualified_count

    @strawberry.field(description="Their share of these, 0 to 1.")
    def qualified_share(self) -> float:
        return self.group.qualified_share


@strawberry.type(description="Talent that is recommended.")
class RecommendedTalentEdge:
    cursor: str = strawberry.field(description=CURSOR)
    position: int = strawberry.field(description=POSITION)
    of: strawberry.Private[Judged]

    @strawberry.field(description="The talent.")
    def node(self) -> LazyTalent:
        return cast("LazyTalent", self.of.pairing.talent.record)

    @strawberry.field(description="The job that the talent is recommended for.")
    def job(self) -> LazyJob:
        return cast("LazyJob", self.of.pairing.job.record)

    @strawberry.field(description=SCORE)
    def score(self) -> float:
        return self.of.score

    @strawberry.field(description=MATCH)
    def match(self) -> JobMatch:
        return JobMatch(of=self.of)

    @strawberry.field(directives=sized("first"), description=REASONS)
    async def reasons(self, info: Info, first: FirstReasons = None) -> list[Reason] | None:
        return await reasons(info, self.of, first)


@strawberry.type(description=f"A page of recommended talent. {PAGE} For a client there are as many for each job.")
class RecommendedTalentConnection:
    found: strawberry.Private[Recommendations[Judged]]

    @strawberry.field(directives=good_for(0), description=QUERY_ID)
    def query_id(self) -> strawberry.ID | None:
        return query_id(shown_pairings(self.found))

    @strawberry.field(description=EDGES)
    def edges(self) -> list[RecommendedTalentEdge]:
        return [
            RecommendedTalentEdge(cursor=self.found.cursor(at), position=self.found.position(at), of=one)
            for at, one in enumerate(self.found.page.items)
        ]

    @strawberry.field(description=NODES)
    def nodes(self) -> list[LazyTalent]:
        return [cast("LazyTalent", one.pairing.talent.record) for one in self.found.page.items]

    @strawberry.field(description=WHERE)
    def page_info(self) -> PageInfo:
        return page_info(self.found)

    @strawberry.field(description=META)
    def meta(self) -> RecommendationMeta:
        return ranked_by(self.found.asked.place.chosen)

    @strawberry.field(
        directives=some(20),
        description="Who is on this page, beside who is among all candidates that qualify: each group that there is, "
        "the largest first.",
    )
    def representation(
        self,
        by: Annotated[
            list[Dimension] | None, strawberry.argument(description="By what, in this order; null: by everything.")
        ] = None,
    ) -> list[RepresentationGroup]:
        return [
            RepresentationGroup(group=group) for group in represented(self.found, list(Dimension if by is None else by))
        ]


@strawberry.type(description="A job that is recommended.")
class RecommendedJobEdge:
    cursor: str = strawberry.field(description=CURSOR)
    position: int = strawberry.field(description=POSITION)
    of: strawberry.Private[Judged]

    @strawberry.field(description="The job.")
    def node(self) -> LazyJob:
        return cast("LazyJob", self.of.pairing.job.record)

    @strawberry.field(description=SCORE)
    def score(self) -> float:
        return self.of.score

    @strawberry.field(description=MATCH)
    def match(self) -> JobMatch:
        return JobMatch(of=self.of)

    @strawberry.field(directives=sized("first"), description=REASONS)
    async def reasons(self, info: Info, first: FirstReasons = None) -> list[Reason] | None:
        return await reasons(info, self.of, first)


@strawberry.type(description=f"A page of recommended jobs. {PAGE}")
class RecommendedJobConnection:
    found: strawberry.Private[Recommendations[Judged]]

    @strawberry.field(directives=good_for(0), description=QUERY_ID)
    def query_id(self) -> strawberry.ID | None:
        return query_id(shown_pairings(self.found))

    @strawberry.field(description=EDGES)
    def edges(self) -> list[RecommendedJobEdge]:
        return [
            RecommendedJobEdge(cursor=self.found.cursor(at), position=self.found.position(at), of=one)
            for at, one in enumerate(self.found.page.items)
        ]

    @strawberry.field(description=NODES)
    def nodes(self) -> list[LazyJob]:
        return [cast("LazyJob", one.pairing.job.record) for one in self.found.page.items]

    @strawberry.field(description=WHERE)
    def page_info(self) -> PageInfo:
        return page_info(self.found)

    @strawberry.field(description=META)
    def meta(self) -> RecommendationMeta:
        return ranked_by(self.found.asked.place.chosen)


def page_info(found: Recommendations[Any]) -> PageInfo:
    """Where a page of recommendations lies."""
    items = len(found.page.items)
    return PageInfo(
        has_next_page=found.page.has_next,
        has_previous_page=bool(items) and found.page.first_rank > 0,
        items=items,
        cursor=found.cursor,
    )


async def talent_wish(info: Info, given: TalentFilter | None, excluded: list[strawberry.ID] | None) -> Wish:
    """Which talent may be recommended. Raises InvalidRequest and its kin."""
    reading = Reading(info.context.now())
    wish = Wish(talent_filter(given, reading), tuple(map(str, excluded or ())))
    check(info.context.viewer, reading.needs)
    await check_ids(info.context, reading.named)
    return wish


async def job_wish(info: Info, given: JobFilter | None, excluded: list[strawberry.ID] | None) -> Wish:
    """Which jobs may be recommended. Raises InvalidRequest and its kin."""
    reading = Reading(info.context.now())
    wish = Wish(job_filter(given, reading), tuple(map(str, excluded or ())))
    await check_ids(info.context, reading.named)
    return wish
