"""Jobs: what companies post."""

from collections.abc import Callable
from typing import TypeVar

from resolvers.catalog.client import ClientRecord
from resolvers.catalog.codes import COUNTRIES, LANGUAGES
from resolvers.catalog.extract import boolean, broader_ids, keyword, keywords, moment, names, number, part, related
from resolvers.catalog.kind import Kind, KindSpec, Reference, Related, SortOrder, Texts
from resolvers.catalog.values import (
    ContractType,
    Count,
    ExperienceLevel,
    JobDuration,
    JobStatus,
    Moment,
    Money,
    MoneyRange,
    Workload,
    ZonedRecord,
)

T = TypeVar("T")


class JobRecord(ZonedRecord, frozen=True):
    title: str
    description: str
    occupation_id: str
    skill_ids: tuple[str, ...]
    client_id: str
    contract_type: ContractType
    hourly_rate: MoneyRange | None
    budget: Money | None
    experience_level: ExperienceLevel
    duration: JobDuration
    workload: Workload
    published_at: Moment
    status: JobStatus
    proposal_count: Count
    freelancers_to_hire: Count
    preferred_countries: tuple[str, ...]
    location_mandatory: bool
    languages: tuple[str, ...]

    def __post_init__(self) -> None:
        ZonedRecord.__post_init__(self)
        COUNTRIES.check_each("preferredCountries", self.preferred_countries)
        LANGUAGES.check_each("languages", self.languages)
        self._check_pay()

    def _check_pay(self) -> None:
        """Each contract type has money of its own; a client need not have named any."""
        if self.contract_type is ContractType.HOURLY and self.budget:
            raise ValueError("budget: an HOURLY job has none, it has an hourlyRate")
        if self.contract_type is ContractType.FIXED_PRICE and self.hourly_rate:
            raise ValueError("hourlyRate: a FIXED_PRICE job has none, it has a budget")


def of_client(read: Callable[[ClientRecord], T | None]) -> Callable[[JobRecord, Related], T | None]:
    """A fact of the client that posted the job."""
    return lambda job, others: part(related(others, job.client_id, ClientRecord), read)


def currency(job: JobRecord, _: Related) -> str | None:
    if job.hourly_rate:
        return job.hourly_rate.currency
    return part(job.budget, lambda budget: budget.currency)


def texts(job: JobRecord, others: Related) -> Texts:
    return Texts(
        title=job.title,
        skills=[name for id_ in job.skill_ids for name in names(others, id_)],
        occupation=names(others, job.occupation_id),
        body=job.description,
        concepts=[*job.skill_ids, job.occupation_id],
        broader=broader_ids(others, job.skill_ids),
    )


JOB = KindSpec(
    kind=Kind.JOB,
    prefix="job_",
    record=JobRecord,
    file_stem="job",
    texts=texts,
    references=(
        Reference("clientId", Kind.CLIENT, lambda job: (job.client_id,)),
        Reference("occupationId", Kind.OCCUPATION, lambda job: (job.occupation_id,)),
        Reference("skillIds", Kind.SKILL, lambda job: job.skill_ids),
    ),
    fields=(
        keyword("id", lambda job, _: job.id),
        keyword("occupation_id", lambda job, _: job.occupation_id, refers_to=Kind.OCCUPATION),
        keyword("client_id", lambda job, _: job.client_id, refers_to=Kind.CLIENT),
        keywords("skill_ids", lambda job, _: job.skill_ids, refers_to=Kind.SKILL),
        keyword("contract_type", lambda job, _: job.contract_type),
        number("hourly_rate_min", lambda job, _: part(job.hourly_rate, lambda rate: rate.min)),
        number("hourly_rate_max", lambda job, _: part(job.hourly_rate, lambda rate: rate.max)),
        number("budget", lambda job, _: part(job.budget, lambda budget: budget.amount)),
        keyword("currency", currency),
        keyword("experience_level", lambda job, _: job.experience_level),
        keyword("duration", lambda job, _: job.duration),
        keyword("workload", lambda job, _: job.workload),
        moment("published_at", lambda job, _: job.published_at),
        keyword("status", lambda job, _: job.status),
        number("proposal_count", lambda job, _: job.proposal_count),
        number("freelancers_to_hire", lambda job, _: job.freelancers_to_hire),
        keywords("preferred_countries", lambda job, _: job.preferred_countries),
        boolean("location_mandatory", lambda job, _: job.location_mandatory),
        keyword("timezone", lambda job, _: job.timezone),
        keywords("languages", lambda job, _: job.languages),
        keyword("client_country", of_client(lambda client: client.country)),
        keyword("client_timezone", of_client(lambda client: client.timezone)),
        number("client_rating", of_client(lambda client: client.rating)),
        number("client_review_count", of_client(lambda client: client.review_count)),
        number("client_total_spent", of_client(lambda client: client.total_spent)),
        number("client_total_hires", of_client(lambda client: client.total_hires)),
        number("client_total_jobs_posted", of_client(lambda client: client.total_jobs_posted)),
        boolean(
            "client_payment_verified",
            of_client(lambda client: client.payment_verified),
        ),
        moment("client_member_since", of_client(lambda client: client.member_since)),
    ),
    sorts=(
        SortOrder("NEWEST", lambda job, _: job.published_at, descending=True, field="published_at"),
        SortOrder("BUDGET", lambda job, _: part(job.budget, lambda budget: float(budget.amount)), descending=True),
        SortOrder("HOURLY_RATE", lambda job, _: part(job.hourly_rate, lambda rate: float(rate.max)), descending=True),
        SortOrder(
            "CLIENT_RATING",
            of_client(lambda client: client.rating),
            descending=True,
        ),
        SortOrder(
            "CLIENT_SPENT",
            of_client(lambda client: float(client.total_spent)),
            descending=True,
        ),
        SortOrder("FEWEST_PROPOSALS", lambda job, _: job.proposal_count, descending=False),
    ),
    default_sort="NEWEST",
)
