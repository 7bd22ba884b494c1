"""What jobs and talent can be filtered by.

An input's fields are named after the kind's indexed fields; `reading` turns any of these inputs into the engines'
filter. Fields that mean more than one indexed field say so in `special`.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple, Optional

import strawberry
from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import StrawberryObjectDefinition

from resolvers.catalog.job import JOB
from resolvers.catalog.kind import FieldType, KindSpec
from resolvers.catalog.talent import TALENT
from resolvers.sources.base import EVERYTHING, AnyOf, Filter, Not, Range, Terms
from resolvers.viewer import EARNINGS_READ
from schema import enums, scalars
from schema.access import Need
from schema.conditions import (
    DateTimeRange,
    DecimalRange,
    FloatRange,
    IdFilter,
    IntRange,
    OneOf,
    Ordered,
    Reading,
    ReferenceFilter,
    between,
    both,
)
from schema.contradictions import Fact, Path, check, facts, negated
from schema.domains import OF_CLIENT, domains
from schema.languages import NeededLanguagesFilter, SpokenLanguageFilter, spoken_languages
from schema.timezones import TimeZoneFilter

NAMES = NameConverter()
ALL = "Every one of these filters too; `[]` restricts nothing."
ANY = "At least one of these filters too; `[]` matches nothing."
EARNINGS_STEPS = (Decimal(10_000), Decimal(1_000), Decimal(100), Decimal(1))
"""Where the ranges of earnings begin that everybody may know."""
NOT = "Not what this filter matches; `{}` matches everything, so its `not` matches nothing."


@strawberry.input(description="Restricts jobs by the client that posted them. Fields are combined by AND.")
class ClientFilter:
    country: OneOf[scalars.CountryCode] | None = strawberry.field(default=None, description="The client's country.")
    timezone: TimeZoneFilter | None = strawberry.field(default=None, description="The client's time zone.")
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
    occupation_id: ReferenceFilter | None = strawberry.field(default=None, description="The job's occupation.")
    client_id: ReferenceFilter | None = strawberry.field(default=None, description="The client that posted the job.")
    skill_ids: IdFilter | None = strawberry.field(default=None, description="The skills that the job asks for.")
    contract_type: OneOf[enums.ContractType] | None = strawberry.field(default=None, description="How it is paid.")
    hourly_rate: DecimalRange | None = strawberry.field(
        default=None, description="Jobs whose offered range of hourly rates has a rate in this range."
    )
    budget: DecimalRange | None = strawberry.field(default=None, description="The budget of a fixed-price job.")
    currency: OneOf[scalars.CurrencyCode] | None = strawberry.field(
        default=None, description="The currency of the rate or budget."
    )
    experience_level: Ordered[enums.ExperienceLevel] | None = strawberry.field(
        default=None, description="How experienced the talent has to be."
    )
    duration: Ordered[enums.JobDuration] | None = strawberry.field(default=None, description="How long it lasts.")
    workload: Ordered[enums.Workload] | None = strawberry.field(
        default=None, description="How much of a week it takes."
    )
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
    timezone: TimeZoneFilter | None = strawberry.field(default=None, description="The job's time zone.")
    languages: NeededLanguagesFilter | None = strawberry.field(default=None, description="Languages needed.")
    client: ClientFilter | None = strawberry.field(default=None, description="The client that posted the job.")


@strawberry.input(description="Restricts talent. Fields are combined by AND; a field that is null restricts nothing.")
class TalentFilter:
    all: list["TalentFilter"] | None = strawberry.field(default=None, description=ALL)
    any: list["TalentFilter"] | None = strawberry.field(default=None, description=ANY)
    not_: Optional["TalentFilter"] = strawberry.field(default=None, name="not", description=NOT)
    occupation_id: ReferenceFilter | None = strawberry.field(default=None, description="The talent's occupation.")
    skill_ids: IdFilter | None = strawberry.field(default=None, description="The talent's skills.")
    hourly_rate: DecimalRange | None = strawberry.field(default=None, description="The rate asked for an hour.")
    currency: OneOf[scalars.CurrencyCode] | None = strawberry.field(default=None, description="The rate's currency.")
    experience_level: Ordered[enums.ExperienceLevel] | None = strawberry.field(default=None, description="Experience.")
    job_success_score: IntRange | None = strawberry.field(default=None, description="Share of good jobs, 0 to 100.")
    badge: Ordered[enums.TalentBadge] | None = strawberry.field(default=None, description="The badge earned.")
    total_earnings: DecimalRange | None = strawberry.field(
        default=None,
        description="Earned so far. `gte` and `lt` of 1, 100, 1000 and 10000 are for everybody; others need the scope "
        "`talent:earnings:read`.",
    )
    total_hours: IntRange | None = strawberry.field(default=None, description="Hours worked so far.")
    total_jobs: IntRange | None = strawberry.field(default=None, description="Jobs done so far.")
    rating: FloatRange | None = strawberry.field(default=None, description="Clients' rating, 1 to 5.")
    review_count: IntRange | None = strawberry.field(default=None, description="Reviews received.")
    availability: Ordered[enums.Availability] | None = strawberry.field(default=None, description="Time at present.")
    hours_per_week: IntRange | None = strawberry.field(default=None, description="Hours available a week.")
    country: OneOf[scalars.CountryCode] | None = strawberry.field(default=None, description="Where the talent lives.")
    timezone: TimeZoneFilter | None = strawberry.field(default=None, description="The talent's time zone.")
    languages: list[SpokenLanguageFilter] | None = strawberry.field(
        default=None, description="Languages that the talent speaks, all of them; `[]` restricts nothing."
    )
    response_time_hours: IntRange | None = strawberry.field(default=None, description="Usual hours to an answer.")
    last_active_at: DateTimeRange | None = strawberry.field(default=None, description="When last seen.")
    member_since: DateTimeRange | None = strawberry.field(default=None, description="When the talent joined.")


class Asked(NamedTuple):
    """What an input asks for: a filter of the engines, and all that has to hold for it to pass."""

    filter: Filter
    facts: list[Fact]


Special = Callable[[Any, Path, Reading], Asked]


def job_filter(given: JobFilter | None, reading: Reading) -> Filter:
    """A `filter` argument of jobs as the engines' filter."""
    return _checked(JOB, given, {"hourly_rate": _rate, "client": _client}, reading.path, reading).filter


def talent_filter(given: TalentFilter | None, reading: Reading) -> Filter:
    """A `filter` argument of talent as the engines' filter."""
    return _checked(TALENT, given, {"languages": _spoken, "total_earnings": _earnings}, reading.path, reading).filter


def _checked(spec: KindSpec[Any], given: Any, special: dict[str, Special], path: Path, reading: Reading) -> Asked:
    """What an input asks for, where nothing beside it has to hold. Raises InvalidFilter when it excludes itself."""
    if given is None:
        return Asked(EVERYTHING, [])
    asked = _read(spec, given, special, path, reading)
    check(asked.facts, domains(spec.kind))
    return asked


def _read(spec: KindSpec[Any], given: Any, special: dict[str, Special], path: Path, reading: Reading) -> Asked:
    parts: list[Asked] = []
    for name, at, value in _given(given, path):
        if name == "all" or (name == "any" and len(value) == 1):
            parts += [_read(spec, one, special, (*at, index), reading) for index, one in enumerate(value)]
        elif name == "any":
            nested = [_checked(spec, one, special, (*at, index), reading) for index, one in enumerate(value)]
            parts.append(Asked(AnyOf(tuple(one.filter for one in nested)), []))
        elif name == "not_":
            refused = _checked(spec, value, special, at, reading)
            parts.append(Asked(Not(refused.filter), negated(*refused)))
        elif name in special:
            parts.append(special[name](value, at, reading))
        else:
            parts.append(_simple(spec, name, value, at, reading))
    return _joined(parts)


def _joined(parts: list[Asked]) -> Asked:
    return Asked(both(*(part.filter for part in parts)), [fact for part in parts for fact in part.facts])


def _asked(wanted: Filter, path: Path) -> Asked:
    return Asked(wanted, facts(wanted, path))


def _given(given: Any, path: Path) -> list[tuple[str, Path, Any]]:
    """The fields that restrict anything: name, path and value."""
    definition: StrawberryObjectDefinition = given.__strawberry_definition__
    found = ((field, getattr(given, field.python_name)) for field in definition.fields)
    return [
        (field.python_name, (*path, NAMES.get_graphql_name(field)), value)
        for field, value in found
        if value is not None
    ]


def _simple(spec: KindSpec[Any], name: str, value: Any, path: Path, reading: Reading) -> Asked:
    [field] = [field for field in spec.fields if field.name == name]
    if field.type is FieldType.BOOLEAN:
        return _asked(Terms(name, (value,)), path)
    return _asked(value.restriction(name, field.refers_to, path, reading), path)


def _client(given: ClientFilter, path: Path, reading: Reading) -> Asked:
    return _joined([_simple(JOB, f"{OF_CLIENT}{name}", value, at, reading) for name, at, value in _given(given, path)])


def _rate(given: DecimalRange, path: Path, _: Reading) -> Asked:
    """Two ranges overlap where each begins before the other ends."""
    whole = between("hourly_rate_max", given, path)
    if not isinstance(whole, Range):
        return _asked(whole, path)
    low = Range("hourly_rate_max", gt=whole.gt, gte=whole.gte)
    high = Range("hourly_rate_min", lt=whole.lt, lte=whole.lte)
    asked = [part for part in (low, high) if part not in {Range("hourly_rate_max"), Range("hourly_rate_min")}]
    return _asked(both(*asked), path)


def _earnings(given: DecimalRange, path: Path, reading: Reading) -> Asked:
    """Ranges as facets have them are for everybody. By others, one after another, exact earnings could be found out."""
    is_public = given.gt is None and given.lte is None and {given.gte, given.lt} <= {None, *EARNINGS_STEPS}
    if not is_public:
        reading.needs.append(Need(EARNINGS_READ, path))
    return _simple(TALENT, "total_earnings", given, path, reading)


def _spoken(given: list[SpokenLanguageFilter], path: Path, _: Reading) -> Asked:
    return _asked(spoken_languages(given), path)
