"""Rules that a pairing of a job and a talent must not break, however well the two fit."""

from enum import StrEnum

from resolvers.catalog.job import JobRecord
from resolvers.catalog.talent import TalentRecord
from resolvers.catalog.values import Availability, JobStatus


class Rule(StrEnum):
    """What makes a pairing impossible."""

    CLOSED = "CLOSED"
    """The job takes no proposals any more."""
    UNAVAILABLE = "UNAVAILABLE"
    """The talent takes no work at present."""
    LOCATION = "LOCATION"
    """The talent lives in none of the countries that the job insists on."""
    LANGUAGE = "LANGUAGE"
    """The talent does not speak every language that the job needs, at any level."""


def broken(job: JobRecord, talent: TalentRecord) -> frozenset[Rule]:
    """The rules that a pairing breaks."""
    found = set()
    if job.status is JobStatus.CLOSED:
        found.add(Rule.CLOSED)
    if talent.availability is Availability.UNAVAILABLE:
        found.add(Rule.UNAVAILABLE)
    if not may_live_in(job, talent.country):
        found.add(Rule.LOCATION)
    if not {language.code for language in talent.languages}.issuperset(job.languages):
        found.add(Rule.LANGUAGE)
    return frozenset(found)


def insists_on(job: JobRecord) -> tuple[str, ...]:
    """The countries that talent has to live in; none where the job does not mind, or names none."""
    return job.preferred_countries if job.location_mandatory else ()


def may_live_in(job: JobRecord, country: str) -> bool:
    """Whether the job can be done by somebody who lives in a country."""
    return not insists_on(job) or country in job.preferred_countries
