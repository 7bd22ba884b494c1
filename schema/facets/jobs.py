"""The facets of jobs."""

from enum import Enum

from resolvers.catalog.kind import Kind
from schema.conditions import DecimalRange, FloatRange, IdFilter, IntRange, OneOf, ReferenceFilter
from schema.enums import described
from schema.facets.kinds import FacetsOf, always, amounts, level, one_of, posted_within, ranges
from schema.facets.shapes import Choices, Flag
from schema.filters import JobFilter, job_filter
from schema.languages import NeededLanguagesFilter


class JobFacetField(Enum):
    CONTRACT_TYPE = "CONTRACT_TYPE"
    EXPERIENCE_LEVEL = "EXPERIENCE_LEVEL"
    SKILLS = "SKILLS"
    OCCUPATION = "OCCUPATION"
    CLIENT_RATING = "CLIENT_RATING"
    CLIENT_PAYMENT_VERIFIED = "CLIENT_PAYMENT_VERIFIED"
    CLIENT_COUNTRY = "CLIENT_COUNTRY"
    PREFERRED_COUNTRIES = "PREFERRED_COUNTRIES"
    BUDGET = "BUDGET"
    HOURLY_RATE = "HOURLY_RATE"
    DURATION = "DURATION"
    WORKLOAD = "WORKLOAD"
    POSTED_WITHIN = "POSTED_WITHIN"
    PROPOSALS = "PROPOSALS"
    STATUS = "STATUS"
    LANGUAGES = "LANGUAGES"


described(
    JobFacetField,
    "JobFacetField",
    "What jobs can be counted by. Each facet leaves the condition that it is about out of its counts: the field of "
    "`JobFilter` that is named here, at the top of the filter and in its `all`.",
    CONTRACT_TYPE="How they are paid (`contractType`).",
    EXPERIENCE_LEVEL="How experienced the talent has to be (`experienceLevel`).",
    SKILLS="The skills that they ask for (`skillIds`). Its `allOf` stays in the counts: each skill there narrows.",
    OCCUPATION="Their occupation (`occupationId`).",
    CLIENT_RATING="How the client is rated at least (`client.rating`).",
    CLIENT_PAYMENT_VERIFIED="Whether the client's payment is verified (`client.paymentVerified`).",
    CLIENT_COUNTRY="Where the client is (`client.country`).",
    PREFERRED_COUNTRIES="Countries that the client prefers (`preferredCountries`).",
    BUDGET="Ranges of the budget (`budget`), in whatever currency it is.",
    HOURLY_RATE="Ranges of the hourly rate (`hourlyRate`). A job counts in each that its rates reach into.",
    DURATION="How long they last (`duration`).",
    WORKLOAD="How much of a week they take (`workload`).",
    POSTED_WITHIN="How long ago they were published (`publishedAt`), to the minute.",
    PROPOSALS="How many proposals they have received (`proposalCount`).",
    STATUS="Whether they are open (`status`).",
    LANGUAGES="Languages that are needed (`languages`). Its `onlyOf` stays in the counts.",
)


JOB_FACETS = FacetsOf(
    Kind.JOB,
    JobFilter,
    job_filter,
    {
        JobFacetField.CONTRACT_TYPE: one_of("Contract type", "contract_type"),
        JobFacetField.EXPERIENCE_LEVEL: level("Experience level", "experience_level"),
        JobFacetField.SKILLS: always("Skills", Choices(("skill_ids",), "skill_ids", IdFilter, Kind.SKILL)),
        JobFacetField.OCCUPATION: always(
            "Occupation", Choices(("occupation_id",), "occupation_id", ReferenceFilter, Kind.OCCUPATION)
        ),
        JobFacetField.CLIENT_RATING: ranges(
            "Client rating", ("client", "rating"), FloatRange, [(4.5, None), (4.0, None), (3.0, None)]
        ),
        JobFacetField.CLIENT_PAYMENT_VERIFIED: always(
            "Payment verified", Flag(("client", "payment_verified"), "client_payment_verified")
        ),
        JobFacetField.CLIENT_COUNTRY: always("Client country", Choices(("client", "country"), "client_country", OneOf)),
        JobFacetField.PREFERRED_COUNTRIES: one_of("Preferred countries", "preferred_countries"),
        JobFacetField.BUDGET: ranges("Budget", ("budget",), DecimalRange, amounts(100, 500, 1_000, 5_000)),
        JobFacetField.HOURLY_RATE: ranges("Hourly rate", ("hourly_rate",), DecimalRange, amounts(15, 30, 60, 100)),
        JobFacetField.DURATION: level("Duration", "duration"),
        JobFacetField.WORKLOAD: level("Workload", "workload"),
        JobFacetField.POSTED_WITHIN: posted_within("Posted within", ("published_at",)),
        JobFacetField.PROPOSALS: ranges(
            "Proposals", ("proposal_count",), IntRange, [(None, 5), (5, 10), (10, 20), (20, 50), (50, None)]
        ),
        JobFacetField.STATUS: one_of("Status", "status"),
        JobFacetField.LANGUAGES: one_of("Languages", "languages", NeededLanguagesFilter),
    },
)
