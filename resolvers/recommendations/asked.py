"""Recommendations as they are asked for: a page of a ranking, and all that qualified for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from resolvers.catalog.job import JobRecord
from resolvers.catalog.kind import Kind
from resolvers.catalog.talent import TalentRecord
from resolvers.context import Context
from resolvers.ranking.judged import Judged, diverse_jobs, diverse_talent
from resolvers.ranking.representation import Dimension, Group, representation
from resolvers.recommendations.pages import Page, PageOf, asked_page, cut
from resolvers.recommendations.recommend import jobs_for, talent_for, talent_for_client
from resolvers.recommendations.similar import Similar, similar
from resolvers.recommendations.wish import Wish
from resolvers.sources.feedback import Surface

T = TypeVar("T")
LIKE = {Kind.JOB: Surface.SIMILAR_JOBS, Kind.TALENT: Surface.SIMILAR_TALENT}
"""Where what is like something is shown."""


@dataclass(frozen=True)
class PageArguments:
    """The arguments of a connection that pages forward."""

    first: int | None = None
    after: str | None = None


@dataclass(frozen=True)
class Asked:
    """What was asked for: which page, where it will be shown, and the id of what something is recommended for."""

    context: Context
    place: PageOf
    surface: Surface
    subject: str


@dataclass(frozen=True)
class Recommendations(Generic[T]):
    """A page of what was asked for, and all that qualified."""

    asked: Asked
    page: Page[T]
    qualified: Sequence[T]
    id_of: Callable[[T], str]

    def position(self, at: int) -> int:
        """The place of an item of the page over all pages, from 1 on."""
        return self.page.first_rank + at + 1

    def cursor(self, at: int) -> str:
        """The cursor of an item of the page."""
        return self.asked.place.cursor(self.page.first_rank + at, self.id_of(self.page.items[at]))


def talent_id(one: Judged) -> str:
    return one.pairing.talent.record.id


def job_id(one: Judged) -> str:
    return one.pairing.job.record.id


def similar_id(one: Similar) -> str:
    return one.document.ref.id


async def recommended_talent(
    context: Context, id_: str, wish: Wish, page: PageArguments
) -> Recommendations[Judged] | None:
    """Talent for a job; None where the job has gone. Raises InvalidRequest and its kin, and SourceError."""
    place = asked_page(
        context, Surface.RECOMMENDED_TALENT, repr(("recommendedTalent", id_, wish)), page.first, page.after
    )
    document = await context.document(Kind.JOB, id_)
    if document is None or not isinstance(document.record, JobRecord):
        return None
    found = await talent_for(context, document.record, wish, place.now, place.chosen.ranker)
    asked = Asked(context, place, Surface.RECOMMENDED_TALENT, id_)
    return _cut(asked, found, lambda count: diverse_talent(found, count), talent_id)


async def recommended_jobs(
    context: Context, id_: str, wish: Wish, page: PageArguments
) -> Recommendations[Judged] | None:
    """Jobs for a talent; None where the talent has gone."""
    place = asked_page(context, Surface.RECOMMENDED_JOBS, repr(("recommendedJobs", id_, wish)), page.first, page.after)
    document = await context.document(Kind.TALENT, id_)
    if document is None or not isinstance(document.record, TalentRecord):
        return None
    found = await jobs_for(context, document.record, wish, place.now, place.chosen.ranker)
    asked = Asked(context, place, Surface.RECOMMENDED_JOBS, id_)
    return _cut(asked, found, lambda count: diverse_jobs(found, count), job_id)


async def recommended_for_client(
    context: Context, id_: str, wish: Wish, page: PageArguments
) -> Recommendations[Judged]:
    """Talent for the open jobs of a client."""
    place = asked_page(context, Surface.RECOMMENDED_TALENT, repr(("clientTalent", id_, wish)), page.first, page.after)
    found = await talent_for_client(context, id_, wish, place.now, place.chosen.ranker)
    asked = Asked(context, place, Surface.RECOMMENDED_TALENT, id_)
    return _cut(asked, found, lambda count: diverse_talent(found, count), talent_id)


async def similar_to(
    context: Context, kind: Kind, id_: str, wish: Wish, page: PageArguments
) -> Recommendations[Similar] | None:
    """What is like a job or a talent; None where that has gone."""
    place = asked_page(context, LIKE[kind], repr(("similar", id_, wish)), page.first, page.after)
    document = await context.document(kind, id_)
    if document is None or not isinstance(document.record, JobRecord | TalentRecord):
        return None
    found = await similar(context, document.record, wish)
    asked = Asked(context, place, LIKE[kind], id_)
    return _cut(asked, found, lambda count: found[:count], similar_id)


def _cut(
    asked: Asked, found: Sequence[T], order: Callable[[int], Sequence[T]], id_of: Callable[[T], str]
) -> Recommendations[T]:
    return Recommendations(asked, cut(asked.place, order, id_of), found, id_of)


def represented(found: Recommendations[Judged], dimensions: Sequence[Dimension]) -> list[Group]:
    """Who is on the page, beside who qualified."""
    shown, qualified = ([one.pairing.talent.record for one in some] for some in (found.page.items, found.qualified))
    return representation(shown, qualified, list(dict.fromkeys(dimensions)))
