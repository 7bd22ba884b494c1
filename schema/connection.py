"""Pages of search results, by the Relay Cursor Connections Specification."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, ClassVar, Generic, TypeVar, cast

import strawberry
import strawberry.federation

from resolvers.feedback.shown import shown_search
from resolvers.ranking.fusion import RANKED_BY_WORDS
from resolvers.ranking.reranking import WINDOW
from resolvers.search.highlights import HighlightField, Wanted, highlights
from resolvers.search.page import Page, PageArguments
from resolvers.search.search import NamedId, Search, search
from resolvers.sources.base import AggregationResult, Hit, SearchRequest, SearchResult
from resolvers.sources.feedback import Surface
from resolvers.sources.matching import NEAREST
from schema.caching import good_for
from schema.costs import FIGURE, costs
from schema.entity import INTERNAL, Info, entity
from schema.enums import DegradationReason, RetrievalMode
from schema.execution import eager
from schema.feedback import POSITION, QUERY_ID, query_id
from schema.highlights import Fields, Fragments, Highlight, Length, highlight
from schema.ranked import ExperimentArm, arm_of

T = TypeVar("T")
PAGE_OF_RESULTS = (
    "A page of search results. By relevance to a query, a cursor names what was shown up to it: whatever changes "
    "meanwhile, the next page is the best of what was not shown, nothing repeats, and at the page with nothing behind "
    "it all that matches then was shown. Such a cursor is good for GATEWAY_PAGING_SECONDS, 15 minutes unless set; on "
    "an error CURSOR_EXPIRED start again without a cursor. Cursors of a listing by a fact stay right for ever."
)

WHEN_NOT_GIVEN = "When not given, as many as the operator's GATEWAY_PAGE_SIZE_DEFAULT says, 20 unless it is set."
AT_MOST = "At most GATEWAY_PAGE_SIZE_MAX, 100 unless it is set."
NO_ITEM = "0 asks for no item, and `hasNextPage` and `hasPreviousPage` are then false."
First = Annotated[
    int | None,
    strawberry.argument(description=f"How many items from the start. {WHEN_NOT_GIVEN} {AT_MOST} {NO_ITEM}"),
]
After = Annotated[str | None, strawberry.argument(description="A cursor: only items behind it.")]
Last = Annotated[
    int | None,
    strawberry.argument(description=f"How many items from the end, instead of `first`. {AT_MOST} {NO_ITEM}"),
]
Before = Annotated[str | None, strawberry.argument(description="A cursor: only items in front of it.")]


# A cursor is made when it is asked for, since what it is of is kept from then on.


def _cursor(root: "Edge[Any]") -> str:
    return root.search.cursor(root.page, root.at)


def _start_cursor(root: "PageInfo") -> str | None:
    return root.cursor(0) if root.items else None


def _end_cursor(root: "PageInfo") -> str | None:
    return root.cursor(root.items - 1) if root.items else None


@strawberry.federation.type(shareable=True, description="Where a page lies in the whole result.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are items behind this page.")
    has_previous_page: bool = strawberry.field(description="Whether there are items in front of this page.")
    items: strawberry.Private[int]
    cursor: strawberry.Private[Callable[[int], str]]
    """The cursor of an item by its place on the page, from 0."""

    start_cursor: str | None = strawberry.field(
        resolver=_start_cursor, description="Cursor of the first item; null on an empty page."
    )
    end_cursor: str | None = strawberry.field(
        resolver=_end_cursor, description="Cursor of the last item; null on an empty page."
    )


@strawberry.federation.type(
    tags=[INTERNAL], description="Why a hit is where it is. Scores compare within one search only."
)
class ScoreBreakdown:
    total: float = strawberry.field(
        description="What the hits are ranked by, highest first: the relevance of the text (in HYBRID mode the "
        "weighted sum of `lexical` and `semantic`) plus `rerank` plus `recency`."
    )
    lexical: float | None = strawberry.field(
        description="By its words: BM25, divided by the best hit's in HYBRID mode and with preferences; null when no "
        "word matched."
    )
    semantic: float | None = strawberry.field(
        description="By its meaning: cosine, scaled to 0 to 1 in HYBRID mode and with preferences; null when not among "
        "the nearest."
    )
    rerank: float | None = strawberry.field(
        description="The weights of the preferences that it matches, added up, 0 when it matches none; null without "
        f"preferences, and behind the first {WINDOW:,} by relevance, which preferences do not reach."
    )
    recency: float | None = strawberry.field(
        description="What is left of the weight of recency at its age; null without that preference, and behind the "
        f"first {WINDOW:,}."
    )
    lexical_rank: int | None = strawberry.field(
        description="Its place by words alone, 1 for the best; null when no word matched, and in HYBRID mode behind "
        f"the first {RANKED_BY_WORDS} by words."
    )
    semantic_rank: int | None = strawberry.field(
        description=f"Its place by meaning alone, 1 for the nearest; null when not among the {NEAREST} nearest."
    )


@strawberry.type(description="How a search was answered.")
class SearchMeta:
    took_milliseconds: float = strawberry.field(
        description="Time that the engine took, or the look-up in the cache, in milliseconds."
    )
    mode: RetrievalMode | None = strawberry.field(
        description="How the text was matched, which is LEXICAL where the index has no vectors; null without a text."
    )
    degraded: bool = strawberry.field(
        description="Whether the answer is less than it would be with everything in order."
    )
    reasons: list[DegradationReason] = strawberry.field(description="Why it is degraded; empty when it is not.")
    engine: str = strawberry.field(description="The engine that answered.")
    generation: str = strawberry.field(
        description="The index that answered; it changes when the catalog is indexed anew."
    )
    generation_age_seconds: int = strawberry.field(description="How long ago that index was made, in seconds.")
    search: strawberry.Private[Search]

    @strawberry.field(
        directives=good_for(0),
        description="The arm of the experiment that whoever asks is in; null when they take part in none here, as "
        "nobody does without `X-Viewer-Id` and `X-Session-Id`, or in a search that is not HYBRID and by relevance.",
    )
    def experiment(self) -> ExperimentArm | None:
        return arm_of(self.search.chosen)

    @strawberry.field(
        directives=costs(FIGURE),
        description="The text whose hits these are, where the query as it was finds nothing, in HYBRID by its words: "
        "misspelled words are corrected, and words that nobody uses are dropped. Say so to the reader. Null when the "
        "query itself was searched, and when nothing else would be found either. Computed only when asked for.",
    )
    @eager
    async def searched_instead(self) -> str | None:
        return await self.search.instead()

    @strawberry.field(
        directives=costs(FIGURE),
        description="The words of the query that nothing has of all that is searched, whatever the filter; the others "
        "found the hits. The first 12 words are looked at. Null when that could not be found out. Computed only when "
        "asked for.",
    )
    @eager
    async def unmatched_words(self) -> list[str] | None:
        return await self.search.unmatched_words()


@strawberry.type(name="SearchEdge", description="An item of a page.")
class Edge(Generic[T]):
    search: strawberry.Private[Search]
    page: strawberry.Private[Page]
    at: strawberry.Private[int]

    cursor: str = strawberry.field(resolver=_cursor, description="The item's place, for `after` and `before`.")
    position: int = strawberry.field(description=POSITION)
    node: T = strawberry.field(description="The item.")
    score: ScoreBreakdown | None = strawberry.federation.field(
        tags=[INTERNAL], description="Its scores; null in a listing that is not by relevance."
    )

    @strawberry.field(
        description="Which words of the item match the query, by stem: `developer` matches `developers`. Of a skill or "
        "occupation that the query calls by another name, or that is inside of one that it names, the own name "
        "matches. Empty without a query, and for an item that was found by its meaning alone. Null when a skill or "
        "occupation could not be fetched."
    )
    async def highlights(
        self, fields: Fields = None, fragments: Fragments = 1, length: Length = 160
    ) -> list[Highlight] | None:
        wanted = Wanted(tuple(HighlightField) if fields is None else fields, fragments, length)
        document = self.page.result.hits[self.at].document
        return [highlight(one) for one in await highlights(self.search.context, document, self.page.text, wanted)]


@strawberry.type(name="SearchConnection", description=PAGE_OF_RESULTS)
class Connection(Generic[T]):
    surface: ClassVar[Surface] = Surface.SEARCH
    search: strawberry.Private[Search]

    @strawberry.field(directives=good_for(0), description=QUERY_ID)
    @eager
    async def query_id(self) -> strawberry.ID | None:
        return query_id(shown_search(self.search, await self.search.page(), self.surface))

    @strawberry.field(description="The items with their places and scores.")
    @eager
    async def edges(self) -> list[Edge[T]]:
        page = await self.search.page()
        return [
            Edge(
                search=self.search,
                page=page,
                at=at,
                position=position,
                node=cast("T", entity(hit.document)),
                score=_score(hit),
            )
            for at, (hit, position) in enumerate(zip(page.result.hits, page.positions, strict=True))
        ]

    @strawberry.field(description="The items alone.")
    @eager
    async def nodes(self) -> list[T]:
        result = await self.search.result()
        return cast("list[T]", [hit.document.record for hit in result.hits])

    @strawberry.field(description="Where the page lies in the whole result.")
    @eager
    async def page_info(self) -> PageInfo:
        page = await self.search.page()
        return PageInfo(
            has_next_page=page.result.has_next,
            has_previous_page=page.result.has_previous,
            items=len(page.result.hits),
            cursor=partial(self.search.cursor, page),
        )

    @strawberry.field(
        directives=costs(FIGURE),
        description="How many items match, on all pages together. Computed only when asked for.",
    )
    @eager
    async def total_count(self) -> int:
        return await self.search.total()

    @strawberry.field(
        directives=costs(FIGURE),
        description="The query with misspelled words corrected to words that the catalog uses, where that finds more "
        "by words under the same filter; else null. What was searched is the query as it is, unless that finds nothing "
        "(see `meta.searchedInstead`). The first 12 words are looked at. Computed only when asked for.",
    )
    @eager
    async def did_you_mean(self) -> str | None:
        return await self.search.did_you_mean()

    @strawberry.field(description="How the search was answered.")
    @eager
    async def meta(self) -> SearchMeta:
        return meta_of(await self.search.answered(), self.search)


def meta_of(result: SearchResult | AggregationResult, search: Search) -> SearchMeta:
    """How an answer came about."""
    index = search.context.snapshot.info()
    return SearchMeta(
        took_milliseconds=round(result.took_seconds * 1000, 3),
        mode=result.mode,
        degraded=bool(result.degraded),
        reasons=sorted(result.degraded),
        engine=index.engine,
        generation=index.generation,
        # Made on another machine, whose clock may be ahead.
        generation_age_seconds=max(0, int((search.context.now() - index.created_at).total_seconds())),
        search=search,
    )


def _score(hit: Hit) -> ScoreBreakdown | None:
    if hit.score is None:
        return None
    return ScoreBreakdown(**hit.score._asdict())


async def connection(
    info: Info, about: SearchRequest, page: PageArguments, named: list[NamedId] | None = None
) -> Connection[T]:
    """The connection of a search: checked now, asked of the source when its fields are."""
    return Connection(search=await search(info.context, about, page, named or (), Connection.surface))
