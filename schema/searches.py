"""Searches of jobs and of talent: their pages, with facets and what was made of their arguments."""

from asyncio import gather
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Annotated, Any, Generic, TypeVar

import strawberry

from resolvers.search.page import PageArguments
from resolvers.search.search import NamedId, search
from resolvers.sources.base import RetrievalMode, SearchRequest
from resolvers.sources.feedback import Surface
from resolvers.sources.preferences import Diversity
from resolvers.viewer import EARNINGS_READ
from schema import understood
from schema.access import Need, check
from schema.applied import AppliedFilter, applied
from schema.conditions import Reading
from schema.connection import PAGE_OF_RESULTS, Connection
from schema.costs import FIGURE, some
from schema.entity import Info
from schema.enums import JobSort, TalentSort
from schema.facets.counting import MOST_VALUES, Counts, Facets
from schema.facets.jobs import JOB_FACETS, JobFacetField
from schema.facets.kinds import FacetsOf
from schema.facets.talent import TALENT_FACETS, TalentFacetField
from schema.facets.types import JobFacet, TalentFacet
from schema.ignored import Arguments, IgnoredInput, arguments_of, ignored
from schema.job import Job
from schema.preferences import preferences
from schema.talent import Talent
from schema.understood import UNDERSTOOD, UnderstoodQuery

T = TypeVar("T")
FACETS = (
    "What the items have in common, each facet with its values and how many items have them, over all pages. Each "
    "leaves its own condition out, so that the values beside the chosen ones can be seen. In modes that match by "
    "meaning the 500 nearest are those of that wider search, and may be others than the items'. null when they could "
    "not be counted."
)
Limit = Annotated[
    int, strawberry.argument(description=f"How many values of each facet to show, {MOST_VALUES} at the most.")
]
EVERY_FACET = "Which facets, in this order; null: all of them."


@strawberry.type(name="FilteredSearchConnection", description=PAGE_OF_RESULTS)
class FilteredConnection(Connection[T], Generic[T]):
    given: strawberry.Private[Any]
    arguments: strawberry.Private[Callable[[], Arguments]]
    reading: strawberry.Private[understood.Reading | None]

    @strawberry.field(description=UNDERSTOOD)
    async def understood(self) -> UnderstoodQuery | None:
        return None if self.reading is None else self.reading.shown(self.search.context)

    @strawberry.field(directives=some(5), description="The conditions that the search applied, in words and as inputs.")
    async def applied_filters(self, info: Info) -> list[AppliedFilter]:
        return await applied(info, self.given)

    @strawberry.field(
        directives=some(3),
        description="The parts of the search that had no effect, and why. What is under `any` or `not` is left out.",
    )
    async def ignored(self) -> list[IgnoredInput]:
        return await ignored(self.search, self.arguments())

    async def counted(self, kind: FacetsOf, fields: Sequence[Enum], limit: int) -> list[Counts]:
        """The counts of these facets, of the text that the items are of."""
        context, about = self.search.context, self.search.about
        as_asked = Facets(kind, context, about, self.given).counted(fields, limit)
        # Asked at once, since nearly always it is the text itself.
        found, instead = await gather(as_asked, self.search.instead())
        if instead is None:
            return found
        return await Facets(kind, context, context.saying(about, instead), self.given).counted(fields, limit)


@strawberry.type(name="JobSearchConnection", description=PAGE_OF_RESULTS)
class JobConnection(FilteredConnection[Job]):
    surface = Surface.SEARCH_JOBS

    @strawberry.field(directives=some(10, FIGURE), description=FACETS)
    async def facets(
        self,
        fields: Annotated[list[JobFacetField] | None, strawberry.argument(description=EVERY_FACET)] = None,
        limit: Limit = 10,
    ) -> list[JobFacet] | None:
        wanted = list(dict.fromkeys(JobFacetField if fields is None else fields))
        counted = await self.counted(JOB_FACETS, wanted, limit)
        return [
            JobFacet(
                field=field,
                label=JOB_FACETS.facets[field].label,
                distinct_count=one.distinct,
                values=one.values,
                reasons=one.degraded,
            )
            for field, one in zip(wanted, counted, strict=True)
        ]


@strawberry.type(name="TalentSearchConnection", description=PAGE_OF_RESULTS)
class TalentConnection(FilteredConnection[Talent]):
    surface = Surface.SEARCH_TALENT

    @strawberry.field(directives=some(10, FIGURE), description=FACETS)
    async def facets(
        self,
        fields: Annotated[list[TalentFacetField] | None, strawberry.argument(description=EVERY_FACET)] = None,
        limit: Limit = 10,
    ) -> list[TalentFacet] | None:
        wanted = list(dict.fromkeys(TalentFacetField if fields is None else fields))
        counted = await self.counted(TALENT_FACETS, wanted, limit)
        return [
            TalentFacet(
                field=field,
                label=TALENT_FACETS.facets[field].label,
                distinct_count=one.distinct,
                values=one.values,
                reasons=one.degraded,
            )
            for field, one in zip(wanted, counted, strict=True)
        ]


class Wanted:
    """What a search of one kind is about: a text, a filter input, a mode, an order, and what changes that order.

    `now` is what "today" means. With `understand`, phrases of the text that say a condition are taken for it.
    """

    def __init__(
        self,
        of: FacetsOf,
        given: Any,
        *,
        sort: str,
        now: datetime,
        query: str | None = None,
        mode: RetrievalMode = RetrievalMode.HYBRID,
        understand: bool = False,
        prefer: Any = None,
        diversity: Diversity | None = None,
    ) -> None:
        reading = Reading(now)
        wanted = of.read(given, reading)
        self.named, self.needs, self.understood = reading.named, reading.needs, None
        if sort == TalentSort.EARNINGS.value:
            # The order says who earns more, and a cursor how much.
            self.needs.append(Need(EARNINGS_READ, ("sort",)))
        if understand and query is not None:
            self.understood = understood.Reading(of, query, given, now)
            query, given = self.understood.text, self.understood.given
            again = Reading(now)
            wanted = of.read(given, again)
            self.needs.extend(again.needs)
        self.given = given
        rather = preferences(of, prefer, reading)
        # Another order has nothing to do with them; that they have no effect is told under `ignored`.
        rather = rather if sort == JobSort.RELEVANCE.value else None
        self.about = SearchRequest((of.kind,), query, wanted, mode, sort, preferences=rather, diversity=diversity)


async def jobs(info: Info, wanted: Wanted, page: PageArguments, *, known_ids: bool = False) -> JobConnection:
    """The connection of a search of jobs. `known_ids`: the filter was not written by the client.

    Raises AccessRefused for arguments that are not for this viewer.
    """
    check(info.context.viewer, wanted.needs)
    named: list[NamedId] = [] if known_ids else wanted.named
    found = await search(info.context, wanted.about, page, named, JobConnection.surface)
    return JobConnection(
        search=found,
        given=wanted.given,
        arguments=dict if known_ids else partial(arguments_of, info),
        reading=wanted.understood,
    )


async def talent(info: Info, wanted: Wanted, page: PageArguments, *, known_ids: bool = False) -> TalentConnection:
    """The same of talent."""
    check(info.context.viewer, wanted.needs)
    named: list[NamedId] = [] if known_ids else wanted.named
    found = await search(info.context, wanted.about, page, named, TalentConnection.surface)
    return TalentConnection(
        search=found,
        given=wanted.given,
        arguments=dict if known_ids else partial(arguments_of, info),
        reading=wanted.understood,
    )
