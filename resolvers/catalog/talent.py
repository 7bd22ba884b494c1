"""Talent: the people who offer their skills."""

from decimal import Decimal

from resolvers.catalog.codes import COUNTRIES, LANGUAGES
from resolvers.catalog.extract import broader_ids, keyword, keywords, moment, names, number
from resolvers.catalog.kind import Kind, KindSpec, Reference, Related, SortOrder, Texts
from resolvers.catalog.values import (
    Availability,
    Count,
    ExperienceLevel,
    LanguageLevel,
    Moment,
    Money,
    Percent,
    Rating,
    TalentBadge,
    Value,
    ZonedRecord,
    check_amount,
)


class LanguageSkill(Value, frozen=True):
    """A language that somebody speaks, and how well."""

    code: str
    level: LanguageLevel

    def __post_init__(self) -> None:
        LANGUAGES.check("code", self.code)


class TalentRecord(ZonedRecord, frozen=True):
    name: str
    title: str
    overview: str
    occupation_id: str
    skill_ids: tuple[str, ...]
    hourly_rate: Money
    experience_level: ExperienceLevel
    job_success_score: Percent | None
    badge: TalentBadge
    total_earnings: Decimal
    total_hours: Count
    total_jobs: Count
    rating: Rating | None
    review_count: Count
    availability: Availability
    hours_per_week: Count
    country: str
    languages: tuple[LanguageSkill, ...]
    response_time_hours: Count
    last_active_at: Moment
    member_since: Moment

    def __post_init__(self) -> None:
        ZonedRecord.__post_init__(self)
        COUNTRIES.check("country", self.country)
        check_amount("totalEarnings", self.total_earnings)


LEVELS = tuple(LanguageLevel)


def spoken(talent: TalentRecord, _: Related) -> list[str]:
    """`code` and `code:LEVEL` for every level that the talent reaches, so that 'at least' is one term."""
    terms = [f"{language.code}:{language.level}" for language in talent.languages]
    return [one for term in terms for one in (*lower_levels(term), term)]


def lower_levels(term: str) -> list[str]:
    """Which of these terms somebody has as well who has this one."""
    code, _, level = term.partition(":")
    return [code, *(f"{code}:{lower}" for lower in LEVELS[: LEVELS.index(LanguageLevel(level))])] if level else []


def texts(talent: TalentRecord, others: Related) -> Texts:
    return Texts(
        title=talent.title,
        skills=[name for id_ in talent.skill_ids for name in names(others, id_)],
        occupation=names(others, talent.occupation_id),
        body=talent.overview,
        concepts=[*talent.skill_ids, talent.occupation_id],
        broader=broader_ids(others, talent.skill_ids),
    )


TALENT = KindSpec(
    kind=Kind.TALENT,
    prefix="talent_",
    record=TalentRecord,
    file_stem="talent",
    texts=texts,
    references=(
        Reference("occupationId", Kind.OCCUPATION, lambda talent: (talent.occupation_id,)),
        Reference("skillIds", Kind.SKILL, lambda talent: talent.skill_ids),
    ),
    fields=(
        keyword("id", lambda talent, _: talent.id),
        keyword("occupation_id", lambda talent, _: talent.occupation_id, refers_to=Kind.OCCUPATION),
        keywords("skill_ids", lambda talent, _: talent.skill_ids, refers_to=Kind.SKILL),
        number("hourly_rate", lambda talent, _: talent.hourly_rate.amount),
        keyword("currency", lambda talent, _: talent.hourly_rate.currency),
        keyword("experience_level", lambda talent, _: talent.experience_level),
        number("job_success_score", lambda talent, _: talent.job_success_score),
        keyword("badge", lambda talent, _: talent.badge),
        number("total_earnings", lambda talent, _: talent.total_earnings),
        number("total_hours", lambda talent, _: talent.total_hours),
        number("total_jobs", lambda talent, _: talent.total_jobs),
        number("rating", lambda talent, _: talent.rating),
        number("review_count", lambda talent, _: talent.review_count),
        keyword("availability", lambda talent, _: talent.availability),
        number("hours_per_week", lambda talent, _: talent.hours_per_week),
        keyword("country", lambda talent, _: talent.country),
        keyword("timezone", lambda talent, _: talent.timezone),
        keywords("languages", spoken),
        number("response_time_hours", lambda talent, _: talent.response_time_hours),
        moment("last_active_at", lambda talent, _: talent.last_active_at),
        moment("member_since", lambda talent, _: talent.member_since),
    ),
    sorts=(
        SortOrder("JOB_SUCCESS", lambda talent, _: talent.job_success_score, descending=True),
        SortOrder("RATE_ASC", lambda talent, _: float(talent.hourly_rate.amount), descending=False),
        SortOrder("RATE_DESC", lambda talent, _: float(talent.hourly_rate.amount), descending=True),
        SortOrder("EARNINGS", lambda talent, _: float(talent.total_earnings), descending=True),
        SortOrder("LAST_ACTIVE", lambda talent, _: talent.last_active_at, descending=True, field="last_active_at"),
    ),
    default_sort="LAST_ACTIVE",
)
