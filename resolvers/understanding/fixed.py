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
from resolvers.understanding.condition import Condition, Is, Level, OneOf, Phrase, Place

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
