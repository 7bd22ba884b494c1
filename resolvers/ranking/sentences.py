"""Reasons in a sentence each, ready to be shown: nothing is said that is not in the facts."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from resolvers.catalog.client import ClientRecord
from resolvers.catalog.codes import country_name, language_name
from resolvers.catalog.values import Availability, TalentBadge, Workload
from resolvers.ranking.facts import TOTAL_HOURS, WEEKLY_HOURS, is_new
from resolvers.ranking.features import overlap_hours
from resolvers.ranking.judged import Judged
from resolvers.ranking.popularity import NEUTRAL
from resolvers.ranking.reasons import Evidence, ReasonKind

MOST_NAMED = 4
Names = Mapping[str, str]
"""What skills and occupations are called, by id."""
TAKES = {
    Workload.AS_NEEDED: f"a job with hours as they come up takes some {WEEKLY_HOURS[Workload.AS_NEEDED]:g}",
    Workload.PART_TIME: f"a part-time job takes some {WEEKLY_HOURS[Workload.PART_TIME]:g}",
    Workload.FULL_TIME: f"the job takes {WEEKLY_HOURS[Workload.FULL_TIME]:g} or more",
}
"""How many hours a week a job takes, by its workload."""


class Told(NamedTuple):
    """A reason that is told: the pairing, the names of what it is about, and the client where that is known."""

    one: Judged
    reason: Evidence
    names: Names
    client: ClientRecord | None = None


def sentence(told: Told) -> str | None:
    """A reason in words; None where what it is about has gone."""
    return SENTENCES[told.reason.kind](told)


def listed(texts: Sequence[str], unnamed: int = 0, most: int = MOST_NAMED) -> str:
    """`A, B and C`; of very many the first, and how many more, with those that have no name."""
    shown = texts if len(texts) + bool(unnamed) <= most else texts[: most - 1]
    more = len(texts) - len(shown) + unnamed
    said = [*shown, f"{more} more"] if more else shown
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def counted(number: float, what: str) -> str:
    """`1 hour`, `2 hours`."""
    return f"{number:.15g} {what}" if number == 1 else f"{number:.15g} {what}s"


def amount(exact: Decimal) -> str:
    """An amount of money to read: two decimals, where there are any."""
    return f"{exact:,.2f}".removesuffix(".00")


def _named(told: Told) -> str | None:
    """The skills of a reason; None where all of them have gone."""
    skills = told.reason.skills
    known = [told.names[skill.id] for skill in skills if skill.id in told.names]
    return listed(known, len(skills) - len(known)) if known else None


def _matched(told: Told) -> str | None:
    asked = counted(len(told.one.pairing.job.skills), "skill")
    named = _named(told)
    return named and f"Has {len(told.reason.skills)} of {asked} asked for: {named}"


def _missing(told: Told) -> str | None:
    named = _named(told)
    return named and f"Lacks {named}"


def _related(told: Told) -> str | None:
    names = told.names
    known = [
        f"{names[other]}, which goes with {names[skill.id]}"
        for skill in told.reason.skills
        if (other := skill.covered_by) is not None and other in names and skill.id in names
    ]
    return f"Knows {'; '.join(known[:MOST_NAMED])}" if known else None


def _used(told: Told) -> str:
    wanted, have = told.one.pairing.job.skills, told.one.pairing.talent.skills
    used = len(wanted.keys() & have.keys())
    return f"The job uses {used} of the {counted(len(have), 'skill')} that the talent has"


def _text(told: Told) -> str:
    if told.reason.is_for:
        if not told.one.pairing.job.skills.keys() & told.one.pairing.talent.skills.keys():
            return "The job and the profile have much in common, by their words"
        return "The job and the profile are about the same, by their words and skills"
    return "The job and the profile have little in common, by their words and skills"


def _occupation(told: Told) -> str | None:
    job, talent = told.one.pairing.job.record.occupation_id, told.one.pairing.talent.record.occupation_id
    if job not in told.names or talent not in told.names:
        return None
    return f"Works as {told.names[talent]}" + ("" if job == talent else f", and the job is for {told.names[job]}")


def _level(told: Told) -> str:
    asked, own = told.one.pairing.job.record.experience_level, told.one.pairing.talent.record.experience_level
    said, wanted = (str(level).replace("_", " ").lower() for level in (own, asked))
    return f"Experience: {said}, as asked for" if asked is own else f"Experience: {said}, where {wanted} is asked for"


def _rate(told: Told) -> str | None:
    job, asked = told.one.pairing.job.record, told.one.pairing.talent.record.hourly_rate
    said = f"Asks for {amount(asked.amount)} {asked.currency} an hour"
    if job.hourly_rate is not None:
        low, high = job.hourly_rate.min, job.hourly_rate.max
        place = "above" if asked.amount > high else "below" if asked.amount < low else "within"
        return f"{said}, {place} the {amount(low)} to {amount(high)} offered"
    if job.budget is None or not asked.amount:
        return None
    # Whole hours: rounded up, a budget that falls short would be told as one that is enough.
    hours = counted(int(job.budget.amount / asked.amount), "hour")
    return (
        f"{said}: the budget of {amount(job.budget.amount)} {job.budget.currency} pays {hours}, "
        f"of some {TOTAL_HOURS[job.duration]:.0f} that such a job takes"
    )


def _availability(told: Told) -> str:
    job, talent = told.one.pairing.job.record, told.one.pairing.talent.record
    if talent.availability is Availability.UNAVAILABLE:
        return "Takes no work at present"
    return f"Has {counted(talent.hours_per_week, 'hour')} a week, and {TAKES[job.workload]}"


def _workload(told: Told) -> str | None:
    job, talent = told.one.pairing.job, told.one.pairing.talent
    takes, has = job.numbers.weekly_hours, talent.numbers.weekly_hours
    if not has:
        return None
    whole = f"the {counted(has, 'hour')} a week that the talent has"
    if takes >= has:
        return f"The job fills {whole}"
    is_full_time = job.record.workload is Workload.FULL_TIME
    return f"The job fills {f'{takes:g} or more' if is_full_time else f'some {takes:g}'} of {whole}"


def shared_hours(one: Judged) -> float:
    """How many hours the working days of both, from 9 to 17, have in common."""
    return float(overlap_hours(one.pairing.job.numbers.offset, one.pairing.talent.numbers.offset))


def _time_zone(told: Told) -> str:
    return f"Working days from 9 to 17 have {counted(shared_hours(told.one), 'hour')} in common"


def _language(told: Told) -> str:
    levels = {language.code: language.level for language in told.one.pairing.talent.record.languages}
    spoken = [
        f"{language_name(code)} ({str(levels[code]).lower()})" if code in levels else f"no {language_name(code)}"
        for code in told.one.pairing.job.record.languages
    ]
    return f"Speaks {listed(spoken)}"


def _location(told: Told) -> str:
    job, country = told.one.pairing.job.record, told.one.pairing.talent.record.country
    place = "one" if country in job.preferred_countries else "none"
    countries = "countries that the job insists on" if job.location_mandatory else "preferred countries"
    return f"Lives in {country_name(country)}, {place} of the {countries}"


def _track_record(told: Told) -> str:
    talent = told.one.pairing.talent.record
    record = (
        ["Is new here: no job and no review yet"] if is_new(talent) else [f"{counted(talent.total_jobs, 'job')} done"]
    )
    if talent.job_success_score is not None:
        record.append(f"{talent.job_success_score} % of jobs went well")
    if talent.rating is not None:
        record.append(f"rated {talent.rating:g} by {counted(talent.review_count, 'review')}")
    if talent.badge is not TalentBadge.NONE:
        record.append(f"badge: {str(talent.badge).replace('_', ' ').lower()}")
    return ", ".join(record)


def _activity(told: Told) -> str:
    return f"Last seen {_days(told.one.pairing.talent.numbers.idle_days)}"


def _client_record(told: Told) -> str | None:
    client = told.client
    if client is None:
        return None
    rated = "has no rating yet" if client.rating is None else f"is rated {client.rating:g}"
    return f"The client {rated}, and its payment is {'' if client.payment_verified else 'not '}verified"


def _freshness(told: Told) -> str:
    return f"Published {_days(told.one.pairing.job.numbers.age_days)}"


def _competition(told: Told) -> str:
    return f"Has {counted(told.one.pairing.job.record.proposal_count, 'proposal')} so far"


def _popularity(told: Told) -> str:
    return f"Is chosen {_often(told.one.pairing.talent.numbers.popularity)} others in the same places"


def _job_popularity(told: Told) -> str:
    return f"The job is chosen {_often(told.one.pairing.job.numbers.popularity)} others in the same places"


def _often(popularity: float) -> str:
    return "more often than" if popularity > NEUTRAL else "less often than" if popularity < NEUTRAL else "as often as"


def _chosen_together(told: Told) -> str:
    near, chosen = told.one.pairing.talent.chosen_with, told.one.pairing.job.chosen
    count = sum(id_ in near for id_ in chosen)
    return f"Was chosen for the same jobs as {count} of those chosen for this job, or for others of its occupation"


def _days(days: float) -> str:
    return "less than a day ago" if days < 1 else "a day ago" if days < 2 else f"{int(days)} days ago"


SENTENCES: Mapping[ReasonKind, Callable[[Told], str | None]] = {
    ReasonKind.MATCHED_SKILLS: _matched,
    ReasonKind.RELATED_SKILLS: _related,
    ReasonKind.MISSING_SKILLS: _missing,
    ReasonKind.SKILLS_USED: _used,
    ReasonKind.TEXT: _text,
    ReasonKind.OCCUPATION: _occupation,
    ReasonKind.LEVEL: _level,
    ReasonKind.RATE: _rate,
    ReasonKind.AVAILABILITY: _availability,
    ReasonKind.WORKLOAD: _workload,
    ReasonKind.TIME_ZONE: _time_zone,
    ReasonKind.LANGUAGE: _language,
    ReasonKind.LOCATION: _location,
    ReasonKind.TRACK_RECORD: _track_record,
    ReasonKind.ACTIVITY: _activity,
    ReasonKind.CLIENT_RECORD: _client_record,
    ReasonKind.FRESHNESS: _freshness,
    ReasonKind.COMPETITION: _competition,
    ReasonKind.POPULARITY: _popularity,
    ReasonKind.JOB_POPULARITY: _job_popularity,
    ReasonKind.CHOSEN_TOGETHER: _chosen_together,
}
