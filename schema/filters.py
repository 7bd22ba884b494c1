"""What jobs and talent can be filtered by.

An input's fields are named after the kind's indexed fields; `reading` turns any of these inputs into the engines'
filter. Fields that mean more than one indexed field say so in `special`.
"""

from collections.abc import Callable
from typing import Any, Optional

import strawberry
from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import StrawberryObjectDefinition

from resolvers.catalog.job import JOB
from resolvers.catalog.kind import FieldType, KindSpec
from resolvers.catalog.talent import TALENT
from resolvers.errors import InvalidFilter
from resolvers.sources.base import EVERYTHING, AllOf, AnyOf, Filter, Not, Range, Terms
from schema import enums, scalars
from schema.conditions import (
    DateTimeRange,
    DecimalRange,
    FloatRange,
    IdFilter,
    IntRange,
    OneOf,
    Path,
    Reading,
    between,
    both,
)

NAMES = NameConverter()
ALL = "Every one of these filters too; `[]` restricts nothing."
ANY = "At least one of these filters too; `[]` matches nothing."
NOT = "Not what this filter matches; `{}` matches everything, so its `not` matches nothing."


@strawberry.input(description="Restricts jobs by the client that posted them. Fields are combined by AND.")
class ClientFilter:
    country: OneOf[scalars.CountryCode] | None = strawberry.field(default=None, description="The client's country.")
    timezone: OneOf[scalars.TimeZone] | None = strawberry.field(default=None, description="The client's time zone.")
    rating: FloatRange | None = strawberry.field(default=None, description="The client's rating, 1 to 5.")
    review_count: IntRange | None = strawberry.field(default=None, description="How many reviews it has received.")
    total_spent: DecimalRange | None = strawberry.field(default=None, description="Spent so far, in US dollars.")
    total_hires: IntRange | None = strawberry.field(default=None, description="How many people it has hired.")
    total_jobs_posted: IntRange | None = strawberry.field(default=None, description="How many jobs it has posted.")
    payment_verified: bool | None = strawberry.field(default=None, description="Whether its payment is verified.")
    member_since: DateTimeRange | None = strawberry.field(default=None, description="When it joined.")


@strawberry.input(description="Restricts jobs. Fields are combined by AND; a field that is null restricts nothing.")
class JobFilter:
    all: list["JobFilter"] | None = strawberry.field(default=None, description=ALL)
    any: list["JobFilter"] | None = strawberry.field(default=None, description=ANY)
    not_: Optional["JobFilter"] = strawberry.field(default=None, name="not", description=NOT)
    occupation_id: IdFilter | None = strawberry.field(default=None, description="The job's occupation.")
    client_id: IdFilter | None = strawberry.field(default=None, description="The client that posted the job.")
    skill_ids: IdFilter | None = strawberry.field(default=None, description="The skills that the job asks for.")
    contract_type: OneOf[enums.ContractType] | None = strawberry.field(default=None, description="How it is paid.")
    hourly_rate: DecimalRange | None = strawberry.field(
        default=None, description="Jobs whose offered range of hourly rates has a rate in this range."
    )
    budget: DecimalRange | None = strawberry.field(default=None, description="The budget of a fixed-price job.")
    currency: OneOf[scalars.CurrencyCode] | None = strawberry.field(
        default=None, description="The currency of the rate or budget."
    )
    experience_level: OneOf[enums.ExperienceLevel] | None = strawberry.field(
        default=None, description="How experienced the talent has to be."
    )
    duration: OneOf[enums.JobDuration] | None = strawberry.field(default=None, description="How long it lasts.")
    workload: OneOf[enums.Workload] | None = strawberry.field(default=None, description="How much of a week it takes.")
    published_at: DateTimeRange | None = strawberry.field(default=None, description="When it was published.")
    status: OneOf[enums.JobStatus] | None = strawberry.field(default=None, description="Whether it is open.")
    proposal_count: IntRange | None = strawberry.field(default=None, description="Proposals received so far.")
    freelancers_to_hire: IntRange | None = strawberry.field(default=None, description="How many people are wanted.")
    preferred_countries: OneOf[scalars.CountryCode] | None = strawberry.field(
        default=None, description="Countries that the client prefers."
    )
    location_mandatory: bool | None = strawberry.field(
        default=None, description="Whether the preferred countries are a condition."
    )
    timezone: OneOf[scalars.TimeZone] | None = strawberry.field(default=None, description="The job's time zone.")
    languages: OneOf[scalars.LanguageCode] | None = strawberry.field(default=None, description="Languages needed.")
    client: ClientFilter | None = strawberry.field(default=None, description="The client that posted the job.")


@strawberry.input(description="A language that talent speaks.")
class SpokenLanguageFilter:
    code: scalars.LanguageCode = strawberry.field(description="The language.")
    at_least: enums.LanguageLevel | None = strawberry.field(
        default=None, description="The lowest level that will do; null: any level."
    )


@strawberry.input(description="Restricts talent. Fields are combined by AND; a field that is null restricts nothing.")
class TalentFilter:
    all: list["TalentFilter"] | None = strawberry.field(default=None, description=ALL)
    any: list["TalentFilter"] | None = strawberry.field(default=None, description=ANY)
    not_: Optional["TalentFilter"] = strawberry.field(default=None, name="not", description=NOT)
    occupation_id: IdFilter | None = strawberry.field(default=None, description="The talent's occupation.")
    skill_ids: IdFilter | None = strawberry.field(default=None, description="The talent's skills.")
    hourly_rate: DecimalRange | None = strawberry.field(default=None, description="The rate asked for an hour.")
    currency: OneOf[scalars.CurrencyCode] | None = strawberry.field(default=None, description="The rate's currency.")
    experience_level: OneOf[enums.ExperienceLevel] | None = strawberry.field(default=None, description="Experience.")
    job_success_score: IntRange | None = strawberry.field(default=None, description="Share of good jobs, 0 to 100.")
    badge: OneOf[enums.TalentBadge] | None = strawberry.field(default=None, description="The badge earned.")
    total_earnings: DecimalRange | None = strawberry.field(default=None, description="Earned so far.")
    total_hours: IntRange | None = strawberry.field(default=None, description="Hours worked so far.")
    total_jobs: IntRange | None = strawberry.field(default=None, description="Jobs done so far.")
    rating: FloatRange | None = strawberry.field(default=None, description="Clients' rating, 1 to 5.")
    review_count: IntRange | None = strawberry.field(default=None, description="Reviews received.")
    availability: OneOf[enums.Availability] | None = strawberry.field(default=None, description="Time at present.")
    hours_per_week: IntRange | None = strawberry.field(default=None, description="Hours available a week.")
    country: OneOf[scalars.CountryCode] | None = strawberry.field(default=None, description="Where the talent lives.")
    timezone: OneOf[scalars.TimeZone] | None = strawberry.field(default=None, description="The talent's time zone.")
    languages: list[SpokenLanguageFilter] | None = strawberry.field(
        default=None, description="Languages that the talent speaks, all of them; `[]` restricts nothing."
    )
    response_time_hours: IntRange | None = strawberry.field(default=None, description="Usual hours to an answer.")
    last_active_at: DateTimeRange | None = strawberry.field(default=None, description="When last seen.")
    member_since: DateTimeRange | None = strawberry.field(default=None, description="When the talent joined.")


Special = Callable[[Any, Path, Reading], Filter]


def job_filter(given: JobFilter | None, reading: Reading) -> Filter:
    """A `filter` argument of jobs as the engines' filter."""
    return _read(JOB, given, {"hourly_rate": _rate, "client": _client}, ("filter",), reading)


def talent_filter(given: TalentFilter | None, reading: Reading) -> Filter:
    """A `filter` argument of talent as the engines' filter."""
    return _read(TALENT, given, {"languages": _spoken}, ("filter",), reading)


def _read(spec: KindSpec[Any], given: Any, special: dict[str, Special], path: Path, reading: Reading) -> Filter:
    if given is None:
        return EVERYTHING
    parts: list[Filter] = []
    for name, at, value in _given(given, path):
        if name in {"all", "any"}:
            nested = tuple(_read(spec, one, special, (*at, index), reading) for index, one in enumerate(value))
            parts.append(both(*nested) if name == "all" else AnyOf(nested))
        elif name == "not_":
            parts.append(Not(_read(spec, value, special, at, reading)))
        elif name in special:
            parts.append(special[name](value, at, reading))
        else:
            parts.append(_simple(spec, name, value, at, reading))
    if isinstance(given, JobFilter):
        _check_contract(given, path)
    return both(*parts)


def _given(given: Any, path: Path) -> list[tuple[str, Path, Any]]:
    """The fields that restrict anything: name, path and value."""
    definition: StrawberryObjectDefinition = given.__strawberry_definition__
    found = ((field, getattr(given, field.python_name)) for field in definition.fields)
    return [
        (field.python_name, (*path, NAMES.get_graphql_name(field)), value)
        for field, value in found
        if value is not None
    ]


def _simple(spec: KindSpec[Any], name: str, value: Any, path: Path, reading: Reading) -> Filter:
    [field] = [field for field in spec.fields if field.name == name]
    if field.type is FieldType.BOOLEAN:
        return Terms(name, (value,))
    restriction: Filter = value.restriction(name, field.refers_to, path, reading)
    return restriction


def _client(given: ClientFilter, path: Path, reading: Reading) -> Filter:
    parts = [_simple(JOB, f"client_{name}", value, at, reading) for name, at, value in _given(given, path)]
    return both(*parts)


def _rate(given: DecimalRange, path: Path, _: Reading) -> Filter:
    """Two ranges overlap where each begins before the other ends."""
    whole = between("hourly_rate_max", given, path)
    if not isinstance(whole, Range):
        return whole
    low = Range("hourly_rate_max", gt=whole.gt, gte=whole.gte)
    high = Range("hourly_rate_min", lt=whole.lt, lte=whole.lte)
    asked = [part for part in (low, high) if part not in {Range("hourly_rate_max"), Range("hourly_rate_min")}]
    return both(*asked)


def _spoken(given: list[SpokenLanguageFilter], _: Path, __: Reading) -> Filter:
    wanted = tuple(f"{one.code}:{one.at_least.value}" if one.at_least else str(one.code) for one in given)
    return Terms("languages", wanted, every=True) if wanted else AllOf()


def _check_contract(given: JobFilter, path: Path) -> None:
    """Money of one contract type beside the other type alone: nothing can match."""
    asked = given.contract_type.any_of if given.contract_type else None
    if asked == [enums.ContractType.FIXED_PRICE] and _needs_value(given.hourly_rate):
        raise InvalidFilter("FIXED_PRICE jobs have no hourly rate; filter by `budget`", (*path, "hourlyRate"))
    if asked == [enums.ContractType.HOURLY] and _needs_value(given.budget):
        raise InvalidFilter("HOURLY jobs have no budget; filter by `hourlyRate`", (*path, "budget"))


def _needs_value(given: DecimalRange | None) -> bool:
    """Whether nothing without the fact passes."""
    return given is not None and (given.exists or isinstance(between("", given, ()), Range))
