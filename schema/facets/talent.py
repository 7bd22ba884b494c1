"""The facets of talent."""

from enum import Enum

from resolvers.catalog.kind import Kind
from schema.conditions import DecimalRange, FloatRange, IdFilter, IntRange, ReferenceFilter
from schema.enums import described
from schema.facets.kinds import FacetsOf, always, amounts, level, one_of, ranges
from schema.facets.shapes import Choices, Spoken
from schema.filters import EARNINGS_STEPS, TalentFilter, talent_filter


class TalentFacetField(Enum):
    SKILLS = "SKILLS"
    OCCUPATION = "OCCUPATION"
    EXPERIENCE_LEVEL = "EXPERIENCE_LEVEL"
    HOURLY_RATE = "HOURLY_RATE"
    JOB_SUCCESS = "JOB_SUCCESS"
    BADGE = "BADGE"
    AVAILABILITY = "AVAILABILITY"
    COUNTRY = "COUNTRY"
    LANGUAGES = "LANGUAGES"
    RATING = "RATING"
    EARNINGS = "EARNINGS"


described(
    TalentFacetField,
    "TalentFacetField",
    "What talent can be counted by. Each facet leaves the condition that it is about out of its counts: the field of "
    "`TalentFilter` that is named here, at the top of the filter and in its `all`.",
    SKILLS="What they can do (`skillIds`). Its `allOf` stays in the counts: each skill there narrows.",
    OCCUPATION="Their occupation (`occupationId`).",
    EXPERIENCE_LEVEL="How experienced they are (`experienceLevel`).",
    HOURLY_RATE="Ranges of the hourly rate (`hourlyRate`), in whatever currency it is.",
    JOB_SUCCESS="The share of jobs that went well at least (`jobSuccessScore`).",
    BADGE="The badge earned (`badge`).",
    AVAILABILITY="How much time they have (`availability`).",
    COUNTRY="Where they live (`country`).",
    LANGUAGES="Languages that they speak, at any level (`languages`). It stays in the counts: each language narrows.",
    RATING="How clients rate them at least (`rating`).",
    EARNINGS="How much they have earned at least (`totalEarnings`), in the currency of their rate.",
)


TALENT_FACETS = FacetsOf(
    Kind.TALENT,
    TalentFilter,
    talent_filter,
    {
        TalentFacetField.SKILLS: always("Skills", Choices(("skill_ids",), "skill_ids", IdFilter, Kind.SKILL)),
        TalentFacetField.OCCUPATION: always(
            "Occupation", Choices(("occupation_id",), "occupation_id", ReferenceFilter, Kind.OCCUPATION)
        ),
        TalentFacetField.EXPERIENCE_LEVEL: level("Experience level", "experience_level"),
        TalentFacetField.HOURLY_RATE: ranges("Hourly rate", ("hourly_rate",), DecimalRange, amounts(15, 30, 60, 100)),
        TalentFacetField.JOB_SUCCESS: ranges(
            "Job success", ("job_success_score",), IntRange, [(90, None), (80, None), (70, None)]
        ),
        TalentFacetField.BADGE: level("Badge", "badge"),
        TalentFacetField.AVAILABILITY: level("Availability", "availability"),
        TalentFacetField.COUNTRY: one_of("Country", "country"),
        TalentFacetField.LANGUAGES: always("Languages", Spoken()),
        TalentFacetField.RATING: ranges("Rating", ("rating",), FloatRange, [(4.5, None), (4.0, None), (3.0, None)]),
        TalentFacetField.EARNINGS: ranges(
            "Earnings", ("total_earnings",), DecimalRange, [(step, None) for step in EARNINGS_STEPS]
        ),
    },
)
