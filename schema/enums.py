"""The enums of the API: the catalog's own, with a description of each value."""

from enum import Enum
from typing import TypeVar

import strawberry

from resolvers.catalog.kind import Kind as EntityKind
from resolvers.catalog.values import (
    Availability,
    ContractType,
    ExperienceLevel,
    JobDuration,
    JobStatus,
    LanguageLevel,
    SkillKind,
    TalentBadge,
    Workload,
)
from resolvers.search.highlights import HighlightField
from resolvers.sources.base import Degradation as DegradationReason
from resolvers.sources.base import RetrievalMode

__all__ = [
    "Availability",
    "ContractType",
    "DegradationReason",
    "EntityKind",
    "ExperienceLevel",
    "HighlightField",
    "JobDuration",
    "JobSort",
    "JobStatus",
    "LanguageLevel",
    "RetrievalMode",
    "SkillKind",
    "TalentBadge",
    "TalentSort",
    "Workload",
]

E = TypeVar("E", bound=type[Enum])


def described(enum: E, name: str, description: str, **members: str) -> None:
    """Give a GraphQL definition to a Python enum, every value described. Raises KeyError when one is not."""
    made = strawberry.enum(enum, name=name, description=description)
    for value in made.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = members[value.name]


described(
    EntityKind,
    "EntityKind",
    "A kind of entity in the marketplace.",
    JOB="Work that a client has posted.",
    TALENT="A person who offers skills.",
    CLIENT="A company that posts jobs.",
    SKILL="Something talent can do and jobs ask for.",
    OCCUPATION="A kind of work, as labour statistics name it.",
)
described(
    RetrievalMode,
    "RetrievalMode",
    "How a text is matched.",
    LEXICAL="By its words (BM25): documents with any of them, those with rare ones first.",
    SEMANTIC="By its meaning: the 500 documents nearest to it, whatever words they use.",
    HYBRID="Both, ranked by a weighted sum of the two scores.",
)
described(
    DegradationReason,
    "DegradationReason",
    "Why an answer is less than it would be with everything in order.",
    MEANING_UNAVAILABLE="Texts were matched by their words alone: matching by meaning failed or was late.",
    PARTIAL="A part of the index did not answer: hits may be missing, and counts may be too low.",
    STALE="The engine did not answer: this is what it last said, from the cache.",
)
described(
    HighlightField,
    "HighlightField",
    "A text of an item that a search looks into.",
    TITLE="Its title, or its name.",
    ALIAS="Another name of the skill or occupation that it is.",
    SKILL="The name, or another name, of a skill that it has or asks for; of a skill, the one that it is a part of.",
    OCCUPATION="The name, or another name, of its occupation.",
    DESCRIPTION="A job's description, a talent's overview, or the description of a skill or occupation.",
)
described(
    ContractType,
    "ContractType",
    "How a job is paid.",
    HOURLY="By the hour; hourlyRate says what is offered, unless the client has left that open. No budget.",
    FIXED_PRICE="One price for the whole; budget says which, unless the client has left that open. No hourlyRate.",
)
described(
    ExperienceLevel,
    "ExperienceLevel",
    "How experienced somebody is, or has to be, lowest first.",
    ENTRY_LEVEL="Relatively new to the field.",
    INTERMEDIATE="Substantial experience in the field.",
    EXPERT="Comprehensive and deep expertise in the field.",
)
described(
    JobDuration,
    "JobDuration",
    "How long a job is expected to last, shortest first.",
    WEEK="Less than a month.",
    MONTH="One to three months.",
    QUARTER="Three to six months.",
    SEMESTER="More than six months.",
    ONGOING="Without a planned end.",
)
described(
    Workload,
    "Workload",
    "How much of a week a job takes, least first.",
    AS_NEEDED="Hours as they come up.",
    PART_TIME="Less than 30 hours a week.",
    FULL_TIME="30 hours a week or more.",
)
described(
    JobStatus,
    "JobStatus",
    "Whether a job still takes proposals.",
    OPEN="It takes proposals.",
    CLOSED="It takes no proposals any more.",
)
described(
    TalentBadge,
    "TalentBadge",
    "A distinction that talent has earned, lowest first.",
    NONE="No badge.",
    RISING_TALENT="New, with a promising start.",
    TOP_RATED="Among the best by clients' feedback.",
    TOP_RATED_PLUS="Top rated, with large contracts behind it.",
)
described(
    Availability,
    "Availability",
    "How much time talent has at present, least first.",
    UNAVAILABLE="Takes no work at present.",
    AS_NEEDED="Open to offers.",
    PART_TIME="Less than 30 hours a week.",
    FULL_TIME="30 hours a week or more.",
)
described(
    LanguageLevel,
    "LanguageLevel",
    "How well somebody speaks a language, lowest first.",
    BASIC="Simple phrases.",
    CONVERSATIONAL="Everyday conversations.",
    FLUENT="Any conversation at work.",
    NATIVE="As a mother tongue.",
)
described(
    SkillKind,
    "SkillKind",
    "What sort of skill it is.",
    TECHNOLOGY="A tool, product or programming language.",
    GROUP="A group of narrower skills.",
    KNOWLEDGE="A field of knowledge.",
    COMPETENCE="An ability.",
)


class JobSort(Enum):
    RELEVANCE = "RELEVANCE"
    NEWEST = "NEWEST"
    BUDGET = "BUDGET"
    HOURLY_RATE = "HOURLY_RATE"
    CLIENT_RATING = "CLIENT_RATING"
    CLIENT_SPENT = "CLIENT_SPENT"
    FEWEST_PROPOSALS = "FEWEST_PROPOSALS"


described(
    JobSort,
    "JobSort",
    "An order of jobs. Jobs that lack the fact come last; ties are in the order of ids.",
    RELEVANCE="Best match first; without a query, newest first.",
    NEWEST="Latest publishedAt first.",
    BUDGET="Highest budget first.",
    HOURLY_RATE="Highest maximum hourly rate first.",
    CLIENT_RATING="Best rated client first.",
    CLIENT_SPENT="Client who has spent most first.",
    FEWEST_PROPOSALS="Lowest proposalCount first.",
)


class TalentSort(Enum):
    RELEVANCE = "RELEVANCE"
    JOB_SUCCESS = "JOB_SUCCESS"
    RATE_ASC = "RATE_ASC"
    RATE_DESC = "RATE_DESC"
    EARNINGS = "EARNINGS"
    LAST_ACTIVE = "LAST_ACTIVE"


described(
    TalentSort,
    "TalentSort",
    "An order of talent. Talent that lacks the fact comes last; ties are in the order of ids.",
    RELEVANCE="Best match first; without a query, last active first.",
    JOB_SUCCESS="Highest jobSuccessScore first.",
    RATE_ASC="Lowest hourly rate first.",
    RATE_DESC="Highest hourly rate first.",
    EARNINGS="Highest totalEarnings first; needs the scope `talent:earnings:read`.",
    LAST_ACTIVE="Latest lastActiveAt first.",
)
