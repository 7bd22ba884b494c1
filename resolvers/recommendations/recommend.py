"""Who fits a job, and which job fits a talent."""

from asyncio import gather
from collections.abc import Sequence
from datetime import datetime

from resolvers.catalog.client import ClientRecord
from resolvers.catalog.job import JobRecord
from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.catalog.talent import TalentRecord
from resolvers.context import Context
from resolvers.ranking.facts import Wanting, offering, wanting
from resolvers.ranking.features import Pairing
from resolvers.ranking.fit import Ranker
from resolvers.ranking.judged import Judged, judged
from resolvers.ranking.rules import Rule, broken
from resolvers.recommendations.candidates import Found, as_found, candidates, job_profile, profile
from resolvers.recommendations.wish import OPEN_JOBS, Wish, all_of, compared_talent
from resolvers.sources.base import SearchRequest, Terms
from resolvers.sources.feedback import Surface

OF_JOB, OF_TALENT = frozenset({Rule.CLOSED}), frozenset({Rule.UNAVAILABLE})
"""What is so of whom something is recommended for: whoever asks about a closed job, or an absent talent, means that."""
MOST_OPEN_JOBS = 20
"""Of a client's open jobs so many are looked at, the newest."""


async def talent_for(
    context: Context, job: JobRecord, wish: Wish, now: datetime, ranker: Ranker | None = None
) -> list[Judged]:
    """The talent that fits a job, the best first, by a ranker or by that in use. Raises SourceError."""
    found, clients = await _with_clients(context, job, wish)
    pairings = _talent_pairings(context, _wanting(context, job, clients, now), found, wish, now)
    return judged(pairings, ranker or context.rankers.of(Surface.RECOMMENDED_TALENT))


async def _with_clients(context: Context, job: JobRecord, wish: Wish) -> tuple[list[Found], dict[str, ClientRecord]]:
    wanted = job_profile(job, context.snapshot.info().occupations)
    found = await candidates(context, Kind.TALENT, wanted, wish.talent_for(job), compared_talent(job))
    return found, await _clients(context, [job])


def _talent_pairings(
    context: Context, wanted: Wanting, found: Sequence[Found], wish: Wish, now: datetime
) -> list[Pairing]:
    skills, rules = context.snapshot.info().skills, wish.rules - OF_JOB
    pairings = []
    for one in found:
        talent = one.document.record
        if isinstance(talent, TalentRecord) and not broken(wanted.record, talent) & rules:
            pairings.append(Pairing(wanted, offering(talent, skills, now, context.popularity), one.words, one.meaning))
    return pairings


async def jobs_for(
    context: Context, talent: TalentRecord, wish: Wish, now: datetime, ranker: Ranker | None = None
) -> list[Judged]:
    """The jobs that fit a talent, the best first, by a ranker or by that in use. Raises SourceError."""
    found = await candidates(context, Kind.JOB, profile(talent), wish.jobs_for(talent), OPEN_JOBS)
    rules = wish.rules - OF_TALENT
    jobs = [
        (one, job)
        for one in found
        if isinstance(job := one.document.record, JobRecord) and not broken(job, talent) & rules
    ]
    clients = await _clients(context, [job for _, job in jobs])
    offered = offering(talent, context.snapshot.info().skills, now, context.popularity)
    pairings = [Pairing(_wanting(context, job, clients, now), offered, one.words, one.meaning) for one, job in jobs]
    return judged(pairings, ranker or context.rankers.of(Surface.RECOMMENDED_JOBS))


async def talent_for_client(
    context: Context, client_id: str, wish: Wish, now: datetime, ranker: Ranker | None = None
) -> list[Judged]:
    """The talent that fits any of a client's open jobs, each with the job that it fits best. Raises SourceError."""
    own = all_of(OPEN_JOBS, Terms("client_id", (client_id,)))
    found = await context.searches.load(SearchRequest((Kind.JOB,), filter=own, sort="NEWEST", limit=MOST_OPEN_JOBS))
    jobs = [hit.document.record for hit in found.hits]
    asked = [job for job in jobs if isinstance(job, JobRecord)]
    best: dict[str, Judged] = {}
    for one in await _talent_for_each(context, asked, wish, now, ranker):
        id_ = one.pairing.talent.record.id
        if id_ not in best or one.score > best[id_].score:
            best[id_] = one
    return sorted(best.values(), key=lambda one: (-one.score, one.pairing.talent.record.id))


async def _talent_for_each(
    context: Context, jobs: Sequence[JobRecord], wish: Wish, now: datetime, ranker: Ranker | None
) -> list[Judged]:
    # Asked for in one tick, so that all of them are one multi-search and one fetch.
    rankings = await gather(*(talent_for(context, job, wish, now, ranker) for job in jobs))
    return [one for ranking in rankings for one in ranking]


async def match(context: Context, job_id: str, talent_id: str) -> Judged | None:
    """How well a job and a talent fit; None where one of them is not there. Raises SourceError."""
    job, talent = await context.documents.load_many([Ref(Kind.JOB, job_id), Ref(Kind.TALENT, talent_id)])
    if job is None or talent is None or not isinstance(job.record, JobRecord):
        return None
    return await _matched(context, job.record, talent)


async def _matched(context: Context, job: JobRecord, document: Document) -> Judged | None:
    talent, now = document.record, context.now()
    if not isinstance(talent, TalentRecord):
        return None
    asked = job_profile(job, context.snapshot.info().occupations)
    found = await as_found(context, asked, document, compared_talent(job))
    wanted = _wanting(context, job, await _clients(context, [job]), now)
    offered = offering(talent, context.snapshot.info().skills, now, context.popularity)
    # As on the pages of the job, so that both say the same.
    ranker = context.ranked_by(Surface.RECOMMENDED_TALENT).ranker
    [one] = judged([Pairing(wanted, offered, found.words, found.meaning)], ranker)
    return one


def _wanting(context: Context, job: JobRecord, clients: dict[str, ClientRecord], now: datetime) -> Wanting:
    return wanting(job, clients.get(job.client_id), context.snapshot.info().skills, now, context.popularity)


async def _clients(context: Context, jobs: Sequence[JobRecord]) -> dict[str, ClientRecord]:
    """The clients of jobs by their ids, without those that have gone."""
    ids = dict.fromkeys(job.client_id for job in jobs)
    found = await context.existing([Ref(Kind.CLIENT, id_) for id_ in ids if id_])
    return {one.ref.id: one.record for one in found if isinstance(one.record, ClientRecord)}
