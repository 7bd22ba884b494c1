"""Reasons with their sentences. What they name is fetched when it is first asked for, all of a level at once."""

from typing import NamedTuple

from resolvers.catalog.client import ClientRecord
from resolvers.catalog.kind import Kind, Ref
from resolvers.context import Context
from resolvers.errors import InvalidRequest
from resolvers.ranking.judged import Judged
from resolvers.ranking.reasons import Evidence, evidence
from resolvers.ranking.sentences import Told, sentence


class Explained(NamedTuple):
    """A reason, and how to say it."""

    evidence: Evidence
    sentence: str


async def explained(context: Context, one: Judged, first: int | None = None) -> list[Explained]:
    """The `first` reasons of a score that can be told, the strongest first. Raises InvalidRequest, and SourceError."""
    if first is not None and first < 0:
        raise InvalidRequest(
            f"`first` is {first}, and there cannot be less than 0 reasons; leave it out for all of them"
        )
    found = evidence(one)
    job, talent = one.pairing.job.record, one.pairing.talent.record
    skills = {id_ for reason in found for skill in reason.skills for id_ in (skill.id, skill.covered_by) if id_}
    refs = [Ref(Kind.SKILL, id_) for id_ in sorted(skills)]
    refs += [Ref(Kind.OCCUPATION, id_) for id_ in {job.occupation_id, talent.occupation_id} if id_]
    refs += [Ref(Kind.CLIENT, job.client_id)] if job.client_id else []
    known = {document.ref.id: document.record for document in await context.existing(refs)}
    names = {id_: name for id_, record in known.items() if isinstance(name := getattr(record, "name", None), str)}
    client = known.get(job.client_id)
    told = [
        Explained(reason, said)
        for reason in found
        if (said := sentence(Told(one, reason, names, client if isinstance(client, ClientRecord) else None)))
    ]
    return told[:first]
