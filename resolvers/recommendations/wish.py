"""What recommendations may be: the client's filter, what it has seen already, and the rules that hold unless asked."""

from dataclasses import dataclass

from resolvers.catalog.codes import LANGUAGES
from resolvers.catalog.job import JobRecord
from resolvers.catalog.talent import TalentRecord
from resolvers.catalog.values import Availability, JobStatus
from resolvers.errors import InvalidRequest
from resolvers.ranking.rules import Rule, insists_on
from resolvers.recommendations.unless_asked import asked_for
from resolvers.sources.base import EVERYTHING, AllOf, AnyOf, Exists, Filter, Not, Terms

MOST_EXCLUDED = 500
OPEN_JOBS = Terms("status", (JobStatus.OPEN.value,))
AVAILABLE_TALENT = Not(Terms("availability", (Availability.UNAVAILABLE.value,)))
USUAL_LANGUAGE = "en"
"""The one that most talent speak."""


@dataclass(frozen=True)
class Wish:
    """What may be recommended. Raises InvalidRequest for more excluded ids than there may be."""

    filter: Filter = EVERYTHING
    excluded: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.excluded) > MOST_EXCLUDED:
            raise InvalidRequest(f"`excludeIds` has {len(self.excluded)} ids, and may have {MOST_EXCLUDED}")

    @property
    def rules(self) -> frozenset[Rule]:
        """The rules that hold: all of them, but for those that keep away what the filter asks for."""
        return frozenset(Rule) - asked_for(self.filter)

    def talent_for(self, job: JobRecord) -> Filter:
        """The talent that may be recommended for a job."""
        available = AVAILABLE_TALENT if Rule.UNAVAILABLE in self.rules else EVERYTHING
        speaks = Terms("languages", tuple(sorted(set(job.languages))), every=True) if job.languages else EVERYTHING
        lives = Terms("country", insists_on(job)) if insists_on(job) else EVERYTHING
        return all_of(available, speaks, lives, self.filter, self._others)

    def jobs_for(self, talent: TalentRecord) -> Filter:
        """The jobs that may be recommended to a talent."""
        here = (
            Terms("location_mandatory", (False,)),
            Not(Exists("preferred_countries")),
            Terms("preferred_countries", (talent.country,)),
        )
        unspoken = LANGUAGES.known() - {language.code for language in talent.languages}
        return all_of(self.jobs_like(), AnyOf(here), Not(Terms("languages", tuple(sorted(unspoken)))))

    def jobs_like(self) -> Filter:
        """The jobs that may be recommended whoever does them."""
        return all_of(OPEN_JOBS if Rule.CLOSED in self.rules else EVERYTHING, self.filter, self._others)

    def talent_like(self) -> Filter:
        """The talent that may be recommended whatever for."""
        return all_of(AVAILABLE_TALENT if Rule.UNAVAILABLE in self.rules else EVERYTHING, self.filter, self._others)

    @property
    def _others(self) -> Filter:
        return Not(Terms("id", tuple(sorted(set(self.excluded))))) if self.excluded else EVERYTHING


def compared_talent(job: JobRecord) -> Filter:
    """The talent whose best match by words is the measure for a job.

    It is the same whatever the filter, the ids left out and the countries. Of the languages that the job needs only the
    one that most talent speak counts: so what may be recommended for most jobs is what is compared, and takes no search
    of its own.
    """
    usual = Terms("languages", (USUAL_LANGUAGE,), every=True) if USUAL_LANGUAGE in job.languages else EVERYTHING
    return all_of(AVAILABLE_TALENT, usual)


def all_of(*parts: Filter) -> Filter:
    """All of the parts that restrict anything; the same parts are the same filter."""
    real = tuple(part for part in parts if part != EVERYTHING)
    return real[0] if len(real) == 1 else AllOf(real)
