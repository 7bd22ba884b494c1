"""Jobs that are like a job, and talent that is like a talent."""

from typing import NamedTuple

from resolvers.catalog.job import JobRecord
from resolvers.catalog.kind import Document, Kind
from resolvers.catalog.talent import TalentRecord
from resolvers.context import Context
from resolvers.ranking.likeness import Alike, alike
from resolvers.recommendations.candidates import candidates, profile
from resolvers.recommendations.wish import Wish, all_of
from resolvers.sources.base import Not, Terms


class Similar(NamedTuple):
    """Something that is like what was asked about."""

    document: Document
    alike: Alike


async def similar(context: Context, record: JobRecord | TalentRecord, wish: Wish) -> list[Similar]:
    """What is like a job or a talent, the likest first, without itself. Raises SourceError."""
    kind, passing = (Kind.JOB, wish.jobs_like()) if isinstance(record, JobRecord) else (Kind.TALENT, wish.talent_like())
    others = all_of(passing, Not(Terms("id", (record.id,))))
    found = await candidates(context, kind, profile(record), others)
    skills = context.snapshot.info().skills
    ranked = [
        Similar(one.document, alike(record, other, one.words, one.meaning, skills))
        for one in found
        if isinstance(other := one.document.record, JobRecord | TalentRecord)
    ]
    return sorted(ranked, key=lambda one: (-one.alike.score, one.document.ref.id))
