"""The facts of a job and of a talent that features are made of, as numbers.

A side's facts are read once, however many others it is paired with. What is not known is NaN.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from math import nan
from typing import NamedTuple

from resolvers.catalog.client import ClientRecord
from resolvers.catalog.clocks import offset_of
from resolvers.catalog.job import JobRecord
from resolvers.catalog.talent import TalentRecord
from resolvers.catalog.values import Availability, ExperienceLevel, JobDuration, LanguageLevel, TalentBadge, Workload
from resolvers.ranking.popularity import NOTHING_COUNTED, Popularity
from resolvers.ranking.skills import SkillStatistics

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LEVELS = {level: number for number, level in enumerate(ExperienceLevel)}
LANGUAGE_LEVELS = {level: number for number, level in enumerate(LanguageLevel)}
WEEKLY_HOURS = {Workload.AS_NEEDED: 5.0, Workload.PART_TIME: 15.0, Workload.FULL_TIME: 30.0}
"""What a workload needs of a week: `FULL_TIME` is 30 hours or more by its definition, the others are a guess."""
TOTAL_HOURS = {
    JobDuration.WEEK: 10.0,
    JobDuration.MONTH: 40.0,
    JobDuration.QUARTER: 120.0,
    JobDuration.SEMESTER: 240.0,
    JobDuration.ONGOING: 240.0,
}
"""What a fixed-price job of a duration takes at the least: a guess, by which a budget is compared with a rate."""
PRIOR_JOBS, PRIOR_SUCCESS = 5.0, 0.85
"""Somebody without history counts as one who has done so many jobs, of which this share went well."""
PRIOR_REVIEWS, PRIOR_RATING = 3.0, 4.4
BADGES = {
    TalentBadge.NONE: 0.0,
    TalentBadge.RISING_TALENT: 0.3,
    TalentBadge.TOP_RATED: 0.7,
    TalentBadge.TOP_RATED_PLUS: 1.0,
}
LEAST_RELATED = 0.2
"""A related skill covers a missing one by its strength, from this on."""
NO_HOURS = 0.0
CENT = Decimal("0.01")
EMPTY: Mapping[str, float] = {}


class JobFacts(NamedTuple):
    """A job's numbers: rates an hour, amounts in major units, hours, hours ahead of UTC, days, and shares of 1."""

    level: float
    highest_rate: float
    budget: float
    total_hours: float
    weekly_hours: float
    offset: float
    proposals: float
    age_days: float
    client_record: float
    popularity: float


class TalentFacts(NamedTuple):
    """A talent's numbers, in the same units."""

    level: float
    rate: float
    weekly_hours: float
    offset: float
    record: float
    idle_days: float
    popularity: float


class Wanting(NamedTuple):
    """A job as features look at it. `skills` are those asked for with their rarities, `total` the sum of these.

    `chosen` has the talent that was chosen for it, or for jobs of its occupation.
    """

    record: JobRecord
    numbers: JobFacts
    currency: str | None
    skills: Mapping[str, float]
    total: float
    related: Mapping[str, Mapping[str, float]]
    chosen: Collection[str] = ()

    @property
    def payable_rate(self) -> Decimal | None:
        """The most that the job pays for an hour; of a budget, by the hours that such a job takes at the least."""
        job = self.record
        if job.hourly_rate is not None:
            return job.hourly_rate.max
        if job.budget is None:
            return None
        return (job.budget.amount / Decimal(TOTAL_HOURS[job.duration])).quantize(CENT)


class Offering(NamedTuple):
    """A talent as features look at it. `skills` are those offered with their rarities.

    `chosen_with` has who was chosen for the same jobs, and how closely they go together.
    """

    record: TalentRecord
    numbers: TalentFacts
    skills: Mapping[str, float]
    chosen_with: Mapping[str, float] = EMPTY


def wanting(
    job: JobRecord,
    client: ClientRecord | None,
    skills: SkillStatistics,
    now: datetime,
    popularity: Popularity = NOTHING_COUNTED,
) -> Wanting:
    """The facts of a job and of its client, if that is known, at a time."""
    asked = skills.rarities(job.skill_ids)
    rate, budget = job.hourly_rate, job.budget
    numbers = JobFacts(
        LEVELS[job.experience_level],
        float(rate.max) if rate else nan,
        _amount(budget.amount if budget else None),
        TOTAL_HOURS[job.duration],
        WEEKLY_HOURS[job.workload],
        hours_ahead(job.timezone, now.date()),
        float(job.proposal_count),
        max(0.0, (now - job.published_at) / DAY),
        nan if client is None else client_record(client),
        popularity.of(job.id),
    )
    currency = rate.currency if rate else budget.currency if budget else None
    related = {id_: _close(found) for id_ in asked if (found := skills.related.get(id_))}
    chosen = popularity.chosen_for(job.id, job.occupation_id)
    return Wanting(job, numbers, currency, asked, sum(asked.values()), related, chosen)


def _close(related: Mapping[str, float]) -> dict[str, float]:
    return {id_: strength for id_, strength in related.items() if strength >= LEAST_RELATED}


def offering(
    talent: TalentRecord, skills: SkillStatistics, now: datetime, popularity: Popularity = NOTHING_COUNTED
) -> Offering:
    """The facts of a talent at a time."""
    numbers = TalentFacts(
        LEVELS[talent.experience_level],
        float(talent.hourly_rate.amount),
        NO_HOURS if talent.availability is Availability.UNAVAILABLE else float(talent.hours_per_week),
        hours_ahead(talent.timezone, now.date()),
        track_record(talent),
        max(0.0, (now - talent.last_active_at) / DAY),
        popularity.of(talent.id),
    )
    return Offering(talent, numbers, skills.rarities(talent.skill_ids), popularity.chosen_with(talent.id))


def track_record(talent: TalentRecord) -> float:
    """How well somebody's work went, 0 to 1: the shares of good jobs and of stars, drawn to a prior by few of them.

    A Bayesian average: `(prior · weight + sum) / (weight + number)`. Who is new has the prior, and is neither punished
    nor favoured for it.
    """
    success = (talent.job_success_score or 0) / 100, _jobs_told(talent)
    stars = talent.rating or 0.0, talent.review_count if talent.rating else 0
    return _record(success, stars, talent.badge)


def _drawn(prior: float, weight: float, mean: float, number: int) -> float:
    return (prior * weight + mean * number) / (weight + number)


def _record(success: tuple[float, int], stars: tuple[float, int], badge: TalentBadge) -> float:
    """The means of good jobs and of stars, each with how many there were, and a badge."""
    share, rating = _drawn(PRIOR_SUCCESS, PRIOR_JOBS, *success), _drawn(PRIOR_RATING, PRIOR_REVIEWS, *stars)
    return 0.5 * share + 0.3 * (rating - 1) / 4 + 0.2 * BADGES[badge]


NO_RECORD = _record((0.0, 0), (0.0, 0), TalentBadge.NONE)
"""The track record of who has no history."""


def client_record(client: ClientRecord) -> float:
    """How well it is to work for a client, 0 to 1: stars, verified payment, and the share of jobs that it hired for."""
    stars = _drawn(PRIOR_RATING, PRIOR_REVIEWS, client.rating or 0.0, client.review_count if client.rating else 0)
    hires = _drawn(0.5, PRIOR_JOBS, min(1.0, client.total_hires / max(1, client.total_jobs_posted)), client.total_hires)
    return 0.5 * (stars - 1) / 4 + 0.3 * client.payment_verified + 0.2 * hires


def is_new(talent: TalentRecord) -> bool:
    """Whether somebody has no history here: no job done, and no review."""
    return talent.total_jobs == 0 and talent.review_count == 0


def _jobs_told(talent: TalentRecord) -> int:
    return 0 if talent.job_success_score is None else max(1, talent.total_jobs)


def _amount(amount: Decimal | None) -> float:
    return nan if amount is None else float(amount)


@lru_cache(maxsize=2_048)
def hours_ahead(zone: str, day: date) -> float:
    """How many hours a zone's clocks are ahead of UTC on a day."""
    return offset_of(zone, day) / HOUR
