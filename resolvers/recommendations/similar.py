"""Jobs that are like a job, and talent that is like a talent."""

from typing import NamedTuple

from resolvers.catalog.job import JobRecord
from resolvers.catalog.kind import Document, Kind
from resolvers.catalog.talent import TalentRecord
from resolvers.context import Context
from resolvers.ranking.likeness import Alike, alike
from resolvers.recommendations.candidates import candidates, profile
from resolvers.recommendations.wish import AVAILABLE_TALENT, OPEN_JOBS, Wish, all_of
from resolvers.sources.base import Not, Terms


class Similar(NamedTuple):
    """Something that is like what was asked about."""

    document: Document
    alike: Alike


async def similar(context: Context, record: JobRecord | TalentRecord, wish: Wish) -> list[Similar]:
    """What is like a job or a talent, the likest first, without itself. Raises SourceError."""
    of_jobs, of_talent = (Kind.JOB, wish.jobs_like(), OPEN_JOBS), (Kind.TALENT, wish.talent_like(), AVAILABLE_TALENT)
    kind, passing, compared = of_jobs if isinstance(record, JobRecord) else of_talent
    others = Not(Terms("id", (record.id,)))
    found = await candidates(context, kind, profile(record), all_of(passing, others), all_of(compared, others))
    skills = context.snapshot.info().skills
    ranked = [
        Similar(one.document, alike(record, other, one.words, one.meaning, skills))
        for one in found
        if isinstance(other := one.document.record, JobRecord | TalentRecord)
    ]
    return sorted(ranked, key=lambda one: (-one.alike.score, one.document.ref.id))
