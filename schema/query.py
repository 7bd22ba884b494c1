"""The root of the graph."""

from typing import Annotated

import strawberry

from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import ref_of
from resolvers.errors import InvalidRequest
from resolvers.recommendations.recommend import match
from resolvers.search.page import PageArguments
from resolvers.sources.base import SearchRequest
from resolvers.suggestions.suggest import suggest
from schema.access import authenticated
from schema.caching import ENTITY_SECONDS, MARKET_SECONDS, SEARCH_SECONDS, good_for, private
from schema.client import Client
from schema.connection import After, Before, Connection, First, Last, connection
from schema.costs import PAIRING, SEARCH, costs, page, sized, some
from schema.entity import Info, Node, fetched, one
from schema.enums import EntityKind, JobSort, RetrievalMode, TalentSort
from schema.execution import eager
from schema.facets.jobs import JOB_FACETS
from schema.facets.talent import TALENT_FACETS
from schema.filters import JobFilter, TalentFilter
from schema.job import Job
from schema.market import JobMarket, TalentMarket, market
from schema.occupation import Occupation
from schema.preferences import (
    MaxPerClient,
    MaxPerOccupation,
    MaxPerOccupationOfAny,
    PreferJobs,
    PreferTalent,
    diversity,
)
from schema.reasons import JobMatch
from schema.searches import JobConnection, TalentConnection, Wanted, jobs, talent
from schema.skill import Skill
from schema.suggestion import First as SuggestedFirst
from schema.suggestion import Kinds, Prefix, Suggestion, suggestion
from schema.talent import Talent
from schema.viewer import Viewer

SearchResult = Annotated[
    Job | Talent | Skill | Occupation, strawberry.union("SearchResult", description="What a mixed search can find.")
]
MIXED_KINDS = (Kind.JOB, Kind.TALENT, Kind.SKILL, Kind.OCCUPATION)
MOST_NODES = 100

Text = Annotated[str | None, strawberry.argument(description="What is searched for; null or blank: everything.")]
Mode = Annotated[RetrievalMode, strawberry.argument(description="How the text is matched.")]
Understand = Annotated[
    bool,
    strawberry.argument(
        description="Whether phrases of the query that say a condition, such as `under $60/h`, `in Berlin` or "
        "`posted this week`, are taken for filters (see `understood`) instead of being searched for. The filters that "
        "facets and `appliedFilters` give have these conditions: send them with `understood.text` as the query, and "
        "`false` here."
    ),
]
Id = Annotated[strawberry.ID, strawberry.argument(description="The entity's id.")]


@strawberry.type(
    description="Everything that can be asked. A field that fails is null, with an error at its path; the others are "
    "answered."
)
class Query:
    @strawberry.field(
        directives=[*page(SEARCH, "first", "last"), *good_for(SEARCH_SECONDS)],
        description="Jobs that match a text and a filter.",
    )
    @eager
    async def search_jobs(
        self,
        info: Info,
        query: Text = None,
        filter: Annotated[JobFilter | None, strawberry.argument(description="Which jobs may be found.")] = None,  # noqa: A002
        prefer: PreferJobs = None,
        sort: Annotated[JobSort, strawberry.argument(description="The order of the jobs.")] = JobSort.RELEVANCE,
        max_per_client: MaxPerClient = None,
        mode: Mode = RetrievalMode.HYBRID,
        understand: Understand = True,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> JobConnection | None:
        wanted = Wanted(
            JOB_FACETS,
            filter,
            sort=sort.value,
            query=query,
            mode=mode,
            now=info.context.now(),
            understand=understand,
            prefer=prefer,
            diversity=diversity("maxPerClient", "client_id", max_per_client),
        )
        return await jobs(info, wanted, PageArguments(first, after, last, before))

    @strawberry.field(
        directives=[*page(SEARCH, "first", "last"), *good_for(SEARCH_SECONDS)],
        description="Talent that matches a text and a filter.",
    )
    @eager
    async def search_talent(
        self,
        info: Info,
        query: Text = None,
        filter: Annotated[TalentFilter | None, strawberry.argument(description="Which talent may be found.")] = None,  # noqa: A002
        prefer: PreferTalent = None,
        sort: Annotated[TalentSort, strawberry.argument(description="The order of the talent.")] = TalentSort.RELEVANCE,
        max_per_occupation: MaxPerOccupation = None,
        mode: Mode = RetrievalMode.HYBRID,
        understand: Understand = True,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> TalentConnection | None:
        wanted = Wanted(
            TALENT_FACETS,
            filter,
            sort=sort.value,
            query=query,
            mode=mode,
            now=info.context.now(),
            understand=understand,
            prefer=prefer,
            diversity=diversity("maxPerOccupation", "occupation_id", max_per_occupation),
        )
        return await talent(info, wanted, PageArguments(first, after, last, before))

    @strawberry.field(
        directives=[*page(SEARCH, "first", "last"), *good_for(SEARCH_SECONDS)],
        description="Jobs, talent, skills and occupations that match a text, in one ranking.",
    )
    @eager
    async def search(
        self,
        info: Info,
        query: Annotated[str, strawberry.argument(description="What is searched for.")],
        kinds: Annotated[
            list[EntityKind] | None, strawberry.argument(description="Kinds to search; null: all but clients.")
        ] = None,
        mode: Mode = RetrievalMode.HYBRID,
        max_per_occupation: MaxPerOccupationOfAny = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[SearchResult] | None:
        if not query.strip():
            raise InvalidRequest("`query` is blank; a mixed search needs a text")
        wanted = tuple(dict.fromkeys(MIXED_KINDS if kinds is None else kinds))
        if not wanted or Kind.CLIENT in wanted:
            raise InvalidRequest(f"`kinds` takes one or more of {', '.join(MIXED_KINDS)}")
        limited = diversity("maxPerOccupation", "occupation_id", max_per_occupation)
        about = SearchRequest(wanted, query, mode=mode, diversity=limited)
        return await connection(info, about, PageArguments(first, after, last, before))

    @strawberry.field(
        directives=[*sized("first"), *good_for(MARKET_SECONDS)],
        description="What a text may become while it is typed: titles of jobs and talent, skills and occupations. Null "
        "when the engine could not answer. Ask some 100 ms after the last key rather than with every one.",
    )
    async def suggest(
        self, info: Info, prefix: Prefix, kinds: Kinds = None, first: SuggestedFirst = 8
    ) -> list[Suggestion] | None:
        return [suggestion(one) for one in await suggest(info.context, prefix, kinds, first)]

    @strawberry.field(
        directives=[*costs(SEARCH), *good_for(MARKET_SECONDS)],
        description="What jobs are worth, when they came, and which skills are scarce.",
    )
    async def job_market(
        self,
        info: Info,
        query: Text = None,
        filter: Annotated[JobFilter | None, strawberry.argument(description="Which jobs to look at.")] = None,  # noqa: A002
        mode: Mode = RetrievalMode.HYBRID,
        understand: Understand = True,
    ) -> JobMarket | None:
        wanted = Wanted(
            JOB_FACETS, filter, sort="RELEVANCE", query=query, mode=mode, now=info.context.now(), understand=understand
        )
        return JobMarket(market=await market(info, wanted), reading=wanted.understood)

    @strawberry.field(
        directives=[*costs(SEARCH), *good_for(MARKET_SECONDS)],
        description="What talent ask for, and which of their skills are scarce.",
    )
    async def talent_market(
        self,
        info: Info,
        query: Text = None,
        filter: Annotated[TalentFilter | None, strawberry.argument(description="Which talent to look at.")] = None,  # noqa: A002
        mode: Mode = RetrievalMode.HYBRID,
        understand: Understand = True,
    ) -> TalentMarket | None:
        wanted = Wanted(
            TALENT_FACETS,
            filter,
            sort="RELEVANCE",
            query=query,
            mode=mode,
            now=info.context.now(),
            understand=understand,
        )
        return TalentMarket(market=await market(info, wanted), reading=wanted.understood)

    @strawberry.field(
        directives=[*authenticated(), *private(ENTITY_SECONDS)],
        description="Whoever asks; null, with an error, when that is nobody in particular.",
    )
    def viewer(self, info: Info) -> Viewer | None:
        found = info.context.viewer
        return None if found.id is None else Viewer(of=found)

    @strawberry.field(description="The job with this id; null when there is none.")
    @eager
    async def job(self, info: Info, id: Id) -> Job | None:  # noqa: A002
        found: Job | None = await Job.resolve_reference(info, id)
        return found

    @strawberry.field(description="The talent with this id; null when there is none.")
    @eager
    async def talent(self, info: Info, id: Id) -> Talent | None:  # noqa: A002
        found: Talent | None = await Talent.resolve_reference(info, id)
        return found

    @strawberry.field(description="The client with this id; null when there is none.")
    @eager
    async def client(self, info: Info, id: Id) -> Client | None:  # noqa: A002
        found: Client | None = await Client.resolve_reference(info, id)
        return found

    @strawberry.field(description="The skill with this id; null when there is none.")
    @eager
    async def skill(self, info: Info, id: Id) -> Skill | None:  # noqa: A002
        found: Skill | None = await Skill.resolve_reference(info, id)
        return found

    @strawberry.field(description="The occupation with this id; null when there is none.")
    @eager
    async def occupation(self, info: Info, id: Id) -> Occupation | None:  # noqa: A002
        found: Occupation | None = await Occupation.resolve_reference(info, id)
        return found

    @strawberry.field(
        directives=[*costs(PAIRING), *good_for(ENTITY_SECONDS)],
        description="How well a job and a talent fit each other, whether or not the one would be recommended for the "
        "other; null when one of them is not there.",
    )
    @eager
    async def match(
        self,
        info: Info,
        job_id: Annotated[strawberry.ID, strawberry.argument(description="The job's id.")],
        talent_id: Annotated[strawberry.ID, strawberry.argument(description="The talent's id.")],
    ) -> JobMatch | None:
        found = await match(info.context, job_id, talent_id)
        return None if found is None else JobMatch(of=found)

    @strawberry.field(description="The entity with this id, of whatever kind; null when there is none.")
    @eager
    async def node(self, info: Info, id: Id) -> Node | None:  # noqa: A002
        return await _node(info, id)

    @strawberry.field(
        directives=some(MOST_NODES),
        description="The entities with these ids, in their order; null for each that is not there, and, with an error "
        "at its index, for each that could not be fetched.",
    )
    @eager
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="The entities' ids, 100 at most.")],
    ) -> list[Node | None] | None:
        if len(ids) > MOST_NODES:
            raise InvalidRequest(f"`ids` has {len(ids)} ids, and may have {MOST_NODES}; ask in several parts")
        refs = [ref_of(id_) for id_ in ids]
        known = [ref for ref in refs if ref is not None]
        # An exception in a list is an error at its index.
        found = dict(zip(known, await fetched(info, known), strict=True))
        return [None if ref is None else found[ref] for ref in refs]


async def _node(info: Info, id_: str) -> Node | None:
    ref = ref_of(id_)
    found: Node | None = None if ref is None else await one(info, ref.kind, id_)
    return found
