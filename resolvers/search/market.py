"""What a search says of the market: how much there is, what it costs, when it came, and which skills are scarce."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from resolvers.catalog.kind import Kind
from resolvers.catalog.values import JobStatus
from resolvers.context import Context
from resolvers.search.search import Search
from resolvers.sources.aggregations import Aggregate, Aggregation, Count, Histogram, Interval, Percentiles, TermCounts
from resolvers.sources.base import EVERYTHING, AggregationRequest, AggregationResult, Filter, SearchRequest, Terms

PERCENTS = (10.0, 25.0, 50.0, 75.0, 90.0)
MOST_INTERVALS = 1_000
OPEN = Terms("status", (JobStatus.OPEN.value,))
SKILLS = "skill_ids"


@dataclass(frozen=True)
class Period:
    """A piece of the calendar, from a day up to below another, and how many documents are of it."""

    start: date
    end: date
    count: int


@dataclass(frozen=True)
class SkillBalance:
    """How many open jobs ask for a skill, and how many talent have it."""

    id: str
    demand: int
    supply: int

    @property
    def ratio(self) -> float | None:
        """Open jobs for each talent; None where nobody has the skill."""
        return self.demand / self.supply if self.supply else None


@dataclass(frozen=True)
class Market:
    """Everything that a search of one kind matches."""

    search: Search

    @property
    def context(self) -> Context:
        return self.search.context

    @property
    def about(self) -> SearchRequest:
        return self.search.about

    async def answered(self) -> AggregationResult:
        """How the figures were computed."""
        return await self._result()

    async def count(self, within: Filter = EVERYTHING) -> int:
        """How many documents there are."""
        [found] = await self._figures(Count(within))
        return found.count

    async def amounts(self, field: str, currency: str) -> Aggregate:
        """PERCENTS of an amount of money, where it is in the currency."""
        [found] = await self._figures(Percentiles(field, PERCENTS, Terms("currency", (currency,))))
        return found

    async def periods(self, field: str, interval: Interval) -> list[Period]:
        """How many documents came in each interval, from the first to the last; of very many the latest."""
        [found] = await self._figures(Histogram(field, interval))
        return filled({date.fromisoformat(str(one.value)): one.count for one in found.buckets}, interval)

    async def skills(self, first: int) -> list[SkillBalance]:
        """The `first` skills that are most wanted, or most offered, with the other side of the whole market."""
        is_demand = self.about.kinds == (Kind.JOB,)
        [top] = await self._figures(TermCounts(SKILLS, first, OPEN if is_demand else EVERYTHING))
        own = {str(one.value): one.count for one in top.buckets}
        other = await self._other_side(list(own), Kind.TALENT if is_demand else Kind.JOB)
        return [
            SkillBalance(id_, count, other[id_]) if is_demand else SkillBalance(id_, other[id_], count)
            for id_, count in own.items()
        ]

    async def _other_side(self, ids: list[str], kind: Kind) -> dict[str, int]:
        """How many talent, or open jobs, there are of each skill, whatever the search is about."""
        if not ids:
            return {}
        counts = tuple(Count(Terms(SKILLS, (id_,))) for id_ in ids)
        wanted = OPEN if kind is Kind.JOB else EVERYTHING
        found = await self.context.aggregations.load(AggregationRequest(kind, filter=wanted, aggregations=counts))
        return {id_: one.count for id_, one in zip(ids, found.aggregates, strict=True)}

    async def _figures(self, *aggregations: Aggregation) -> tuple[Aggregate, ...]:
        return (await self._result(*aggregations)).aggregates

    async def _result(self, *aggregations: Aggregation) -> AggregationResult:
        [kind] = self.about.kinds
        request = AggregationRequest(
            kind,
            self.about.text,
            self.about.filter,
            self.about.mode,
            aggregations,
            self.about.concepts,
            self.about.written_out,
        )
        found = await self.context.aggregations.load(request)
        instead = await self.search.instead_of(is_found=bool(found.total))
        if instead is None:
            return found
        about = self.context.saying(self.about, instead)
        changed = replace(request, text=about.text, concepts=about.concepts, written_out=about.written_out)
        return await self.context.aggregations.load(changed)


def filled(counts: dict[date, int], interval: Interval) -> list[Period]:
    """The intervals from the first day to the last, with those between in which nothing came; the latest of many."""
    if not counts:
        return []
    start, last = min(counts), max(counts)
    periods = []
    while start <= last:
        end = _behind(start, interval)
        periods.append(Period(start, end, counts.get(start, 0)))
        start = end
    return periods[-MOST_INTERVALS:]


def _behind(start: date, interval: Interval) -> date:
    if interval is Interval.MONTH:
        return (start + timedelta(days=31)).replace(day=1)
    return start + timedelta(days=7 if interval is Interval.WEEK else 1)
