"""Phrases that always say the same: `top rated`, `fixed price`, `full time`."""

import re
from collections.abc import Iterator
from functools import cache

from resolvers.catalog.kind import Kind
from resolvers.catalog.values import (
    Availability,
    ContractType,
    ExperienceLevel,
    JobDuration,
    TalentBadge,
    Workload,
)
from resolvers.understanding.condition import Between, Condition, Is, Level, OneOf, Phrase, Place

_BOTH: list[tuple[str, Place, OneOf | Level | Is]] = [
    (r"entry[ -]level", ("experience_level",), OneOf((ExperienceLevel.ENTRY_LEVEL,))),
    (r"(?:intermediate|mid|middle)[ -]level", ("experience_level",), OneOf((ExperienceLevel.INTERMEDIATE,))),
    (r"expert[ -]level|experts? only", ("experience_level",), OneOf((ExperienceLevel.EXPERT,))),
]
_SAYINGS: dict[Kind, list[tuple[str, Place, OneOf | Level | Is]]] = {
    Kind.JOB: [
        *_BOTH,
        (
            r"hourly(?:[ -](?:paid|contracts?|jobs?|rates?))?|paid by the hour",
            ("contract_type",),
            OneOf((ContractType.HOURLY,)),
        ),
        (r"fixed[ -](?:price|budget|rate)(?:d| jobs?)?", ("contract_type",), OneOf((ContractType.FIXED_PRICE,))),
        (r"(?:available |working )?full[ -]time", ("workload",), OneOf((Workload.FULL_TIME,))),
        (r"(?:available |working )?part[ -]time", ("workload",), OneOf((Workload.PART_TIME,))),
        (r"at least part[ -]time", ("workload",), Level(at_least=Workload.PART_TIME)),
        (r"long[ -]term|ongoing", ("duration",), OneOf((JobDuration.SEMESTER, JobDuration.ONGOING))),
        (r"short[ -]term", ("duration",), OneOf((JobDuration.WEEK, JobDuration.MONTH))),
        (
            r"payment[ -]verified(?: clients?)?|verified (?:clients?|payment)",
            ("client", "payment_verified"),
            Is(value=True),
        ),
    ],
    Kind.TALENT: [
        *_BOTH,
        (r"top[ -]rated plus", ("badge",), OneOf((TalentBadge.TOP_RATED_PLUS,))),
        (
            r"top[ -]rated(?: (?:or|and) (?:above|better|higher|up))?",
            ("badge",),
            OneOf((TalentBadge.TOP_RATED, TalentBadge.TOP_RATED_PLUS)),
        ),
        (r"rising talent", ("badge",), OneOf((TalentBadge.RISING_TALENT,))),
        (r"(?:available |working )?full[ -]time", ("availability",), OneOf((Availability.FULL_TIME,))),
        (r"(?:available |working )?part[ -]time", ("availability",), OneOf((Availability.PART_TIME,))),
        (r"(?:available )?at least part[ -]time", ("availability",), Level(at_least=Availability.PART_TIME)),
        (
            r"(?:immediately )?available(?: (?:now|immediately))?",
            ("availability",),
            OneOf((Availability.FULL_TIME, Availability.PART_TIME, Availability.AS_NEEDED)),
        ),
    ],
}
WORDS = (
    *("level", "expert", "hour", "fixed", "time", "term", "ongoing", "verified"),
    *("rated", "rising", "available"),
)
"""One of these is in each saying."""
_LEAST = r"(?:at least|above|over|more than|(?:no|not) less than|min\.?|minimum(?: of)?)"
_STARS = re.compile(
    rf"(?<!\w)(?<!\d[.,])(?:rated |rating (?:of )?)?(?:{_LEAST} )?(?P<stars>[1-5](?:[.,]\d)?)\s?\+?[ -]stars?"
    r"(?: (?:or (?:more|better|above|higher)|and up))?\b",
    re.IGNORECASE,
)
_SUCCESS = re.compile(
    rf"\b(?:{_LEAST} )?(?P<percent>\d{{1,3}})\s?%\+?(?: or (?:more|better))? "
    r"(?:job )?success(?: (?:score|rate))?\b",
    re.IGNORECASE,
)
_PROPOSALS = re.compile(r"\b(?:fewer than|less than|under|below) (?P<count>\d{1,4}) proposals\b", re.IGNORECASE)


@cache
def _sayings(kind: Kind) -> list[tuple[re.Pattern[str], Condition]]:
    return [
        (re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE), Condition(place, meaning))
        for pattern, place, meaning in _SAYINGS.get(kind, [])
    ]


def fixed_phrases(kind: Kind, text: str) -> Iterator[Phrase]:
    """Sayings of a kind of entity."""
    for pattern, condition in _sayings(kind):
        for found in pattern.finditer(text):
            yield Phrase(found.start(), found.end(), (condition,))


def number_phrases(kind: Kind, text: str) -> Iterator[Phrase]:
    """Numbers that are no money: stars, job success, proposals."""
    if kind in _SAYINGS:
        place = ("client", "rating") if kind is Kind.JOB else ("rating",)
        for found in _STARS.finditer(text):
            yield _phrase(found, place, Between(gte=float(found["stars"].replace(",", "."))))
    if kind is Kind.TALENT:
        for found in _SUCCESS.finditer(text):
            if int(found["percent"]) <= 100:
                yield _phrase(found, ("job_success_score",), Between(gte=int(found["percent"])))
    if kind is Kind.JOB:
        for found in _PROPOSALS.finditer(text):
            yield _phrase(found, ("proposal_count",), Between(lt=int(found["count"])))


def _phrase(found: re.Match[str], place: Place, bounds: Between) -> Phrase:
    return Phrase(found.start(), found.end(), (Condition(place, bounds),))
