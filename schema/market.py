"""Insight into the market: what a search of jobs or of talent says as a whole."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from resolvers.catalog.kind import Kind, Ref
from resolvers.errors import check_count
from resolvers.search.market import MOST_INTERVALS, OPEN, Market
from resolvers.search.page import PageArguments
from resolvers.search.search import search
from resolvers.sources.aggregations import Aggregate
from resolvers.sources.aggregations import Interval as CalendarInterval
from schema.access import check
from schema.connection import SearchMeta, meta_of
from schema.costs import FIGURE, costs, sized, some
from schema.entity import Info, Money, entity
from schema.enums import described
from schema.scalars import CurrencyCode
from schema.searches import Wanted
from schema.skill import Skill
from schema.understood import UNDERSTOOD, Reading, UnderstoodQuery

MOST_SKILLS = 50
SkillLimit = Annotated[int, strawberry.argument(description=f"How many skills, {MOST_SKILLS} at the most.")]
Currency = Annotated[CurrencyCode, strawberry.argument(description="Only amounts in this currency are looked at.")]
USD = CurrencyCode("USD")

described(
    CalendarInterval,
    "CalendarInterval",
    "A piece of the calendar in UTC.",
    DAY="A day.",
    WEEK="A week, from Monday.",
    MONTH="A month.",
)


@strawberry.type(
    description="What amounts of money there are. Percentiles are by nearest rank: each is an amount that an item has, "
    "the lowest that at least so many percent do not exceed. They are exact up to 20,000 different amounts, whichever "
    "engine answers, and null without any."
)
class AmountPercentiles:
    count: int = strawberry.field(description="How many items have such an amount in the currency.")
    p10: Money | None = strawberry.field(description="10 % have this or less.")
    p25: Money | None = strawberry.field(description="A quarter has this or less.")
    p50: Money | None = strawberry.field(description="The median.")
    p75: Money | None = strawberry.field(description="Three quarters have this or less.")
    p90: Money | None = strawberry.field(description="90 % have this or less.")


@strawberry.type(description="How many jobs were published in a piece of the calendar.")
class PostingCount:
    start: date = strawberry.field(description="Its first day, in UTC.")
    end: date = strawberry.field(description="The first day behind it.")
    count: int = strawberry.field(description="How many jobs.")


@strawberry.type(description="How much a skill is asked for and offered.")
class SkillDemand:
    skill: Skill | None = strawberry.field(description="The skill; null when it has gone.")
    demand: int = strawberry.field(description="How many open jobs ask for it.")
    supply: int = strawberry.field(description="How many talent have it.")
    ratio: float | None = strawberry.field(
        description="Open jobs for each talent, `demand` ÷ `supply`: above 1 there is more to do than people for it. "
        "null when nobody has the skill."
    )


@strawberry.type(description="What the jobs say that a search matches, over all its pages.")
class JobMarket:
    market: strawberry.Private[Market]
    reading: strawberry.Private[Reading | None]

    @strawberry.field(description=UNDERSTOOD)
    async def understood(self) -> UnderstoodQuery | None:
        return None if self.reading is None else self.reading.shown(self.market.context)

    @strawberry.field(description="How the figures were computed, and what they lack.")
    async def meta(self) -> SearchMeta:
        return meta_of(await self.market.answered(), self.market.search)

    @strawberry.field(description="How many jobs match.")
    async def job_count(self) -> int:
        return await self.market.count()

    @strawberry.field(description="How many of them still take proposals.")
    async def open_job_count(self) -> int:
        return await self.market.count(OPEN)

    @strawberry.field(directives=costs(FIGURE), description="The lowest hourly rates that hourly jobs offer.")
    async def lowest_hourly_rate(self, currency: Currency = USD) -> AmountPercentiles:
        return _amounts(await self.market.amounts("hourly_rate_min", currency), currency)

    @strawberry.field(directives=costs(FIGURE), description="The highest hourly rates that hourly jobs offer.")
    async def highest_hourly_rate(self, currency: Currency = USD) -> AmountPercentiles:
        return _amounts(await self.market.amounts("hourly_rate_max", currency), currency)

    @strawberry.field(directives=costs(FIGURE), description="The budgets of fixed-price jobs.")
    async def budget(self, currency: Currency = USD) -> AmountPercentiles:
        return _amounts(await self.market.amounts("budget", currency), currency)

    @strawberry.field(
        directives=some(50),
        description="When they were published, oldest first, with the pieces between in which none was; of more than "
        f"{MOST_INTERVALS:,} pieces the latest.",
    )
    async def postings(
        self,
        interval: Annotated[
            CalendarInterval, strawberry.argument(description="How long a piece of the calendar is.")
        ] = CalendarInterval.MONTH,
    ) -> list[PostingCount]:
        found = await self.market.periods("published_at", interval)
        return [PostingCount(start=one.start, end=one.end, count=one.count) for one in found]

    @strawberry.field(
        directives=sized("limit", FIGURE),
        description="The skills that most of the open ones among them ask for, most asked for first. `demand` is that "
        "number; `supply` is the whole market's.",
    )
    async def top_skills(self, limit: SkillLimit = 10) -> list[SkillDemand]:
        return await _skills(self.market, limit)


@strawberry.type(description="What the talent say that a search matches, over all its pages.")
class TalentMarket:
    market: strawberry.Private[Market]
    reading: strawberry.Private[Reading | None]

    @strawberry.field(description=UNDERSTOOD)
    async def understood(self) -> UnderstoodQuery | None:
        return None if self.reading is None else self.reading.shown(self.market.context)

    @strawberry.field(description="How the figures were computed, and what they lack.")
    async def meta(self) -> SearchMeta:
        return meta_of(await self.market.answered(), self.market.search)

    @strawberry.field(description="How many talent match.")
    async def talent_count(self) -> int:
        return await self.market.count()

    @strawberry.field(directives=costs(FIGURE), description="The hourly rates that they ask for.")
    async def hourly_rate(self, currency: Currency = USD) -> AmountPercentiles:
        return _amounts(await self.market.amounts("hourly_rate", currency), currency)

    @strawberry.field(
        directives=sized("limit", FIGURE),
        description="The skills that most of them have, most frequent first. `supply` is that number; `demand` is the "
        "whole market's.",
    )
    async def top_skills(self, limit: SkillLimit = 10) -> list[SkillDemand]:
        return await _skills(self.market, limit)


async def market(info: Info, wanted: Wanted) -> Market:
    """The market that a search is about. Raises InvalidRequest and its kin for a search that cannot be meant."""
    check(info.context.viewer, wanted.needs)
    found = await search(info.context, wanted.about, PageArguments(first=0), wanted.named)
    return Market(found)


def _amounts(found: Aggregate, currency: CurrencyCode) -> AmountPercentiles:
    names = ("p10", "p25", "p50", "p75", "p90")
    amounts: dict[str, Any] = dict.fromkeys(names)
    if found.percentiles:
        exact = (Money(amount=Decimal(str(amount)), currency=currency) for amount in found.percentiles)
        amounts = dict(zip(names, exact, strict=True))
    return AmountPercentiles(count=found.count, **amounts)


async def _skills(market: Market, limit: int) -> list[SkillDemand]:
    check_count(limit, MOST_SKILLS, f"`limit` is {limit}, and there are 0 to {MOST_SKILLS} skills to be had")
    balances = await market.skills(limit)
    found = await market.context.documents.load_many([Ref(Kind.SKILL, one.id) for one in balances])
    return [
        SkillDemand(
            skill=None if document is None else entity(document),
            demand=balance.demand,
            supply=balance.supply,
            ratio=balance.ratio,
        )
        for balance, document in zip(balances, found, strict=True)
    ]
