"""Why a pairing has its score: evidence for and against, out of the features that moved it.

A reason's impact is by how much the score is above (or below) what it would be with the feature's yardstick: the
typical value, or what was asked for where there is less. So what falls short is never told as for a pairing. What is
not known is no evidence. The impact of the skills is split by skill, so that the parts add up to it.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from math import isnan
from typing import NamedTuple

from resolvers.ranking.features import Feature
from resolvers.ranking.fit import WEIGHTS
from resolvers.ranking.judged import Judged

LEAST_IMPACT = 0.001
"""What moves the score by less is not told."""


class ReasonKind(StrEnum):
    """What a reason is about."""

    MATCHED_SKILLS = "MATCHED_SKILLS"
    RELATED_SKILLS = "RELATED_SKILLS"
    MISSING_SKILLS = "MISSING_SKILLS"
    SKILLS_USED = "SKILLS_USED"
    TEXT = "TEXT"
    OCCUPATION = "OCCUPATION"
    LEVEL = "LEVEL"
    RATE = "RATE"
    AVAILABILITY = "AVAILABILITY"
    WORKLOAD = "WORKLOAD"
    TIME_ZONE = "TIME_ZONE"
    LANGUAGE = "LANGUAGE"
    LOCATION = "LOCATION"
    TRACK_RECORD = "TRACK_RECORD"
    ACTIVITY = "ACTIVITY"
    CLIENT_RECORD = "CLIENT_RECORD"
    FRESHNESS = "FRESHNESS"
    COMPETITION = "COMPETITION"
    POPULARITY = "POPULARITY"
    JOB_POPULARITY = "JOB_POPULARITY"
    CHOSEN_TOGETHER = "CHOSEN_TOGETHER"


MADE_OF: dict[ReasonKind, tuple[Feature, ...]] = {
    ReasonKind.SKILLS_USED: (Feature.SKILLS_USED,),
    ReasonKind.TEXT: (Feature.WORDS, Feature.MEANING),
    ReasonKind.OCCUPATION: (Feature.OCCUPATION,),
    ReasonKind.LEVEL: (Feature.LEVEL,),
    ReasonKind.RATE: (Feature.RATE, Feature.PAY),
    ReasonKind.AVAILABILITY: (Feature.AVAILABILITY,),
    ReasonKind.WORKLOAD: (Feature.WORKLOAD,),
    ReasonKind.TIME_ZONE: (Feature.TIME_ZONE,),
    ReasonKind.LANGUAGE: (Feature.LANGUAGE,),
    ReasonKind.LOCATION: (Feature.LOCATION,),
    ReasonKind.TRACK_RECORD: (Feature.TRACK_RECORD,),
    ReasonKind.ACTIVITY: (Feature.ACTIVITY,),
    ReasonKind.CLIENT_RECORD: (Feature.CLIENT_RECORD,),
    ReasonKind.FRESHNESS: (Feature.FRESHNESS,),
    ReasonKind.COMPETITION: (Feature.COMPETITION,),
    ReasonKind.POPULARITY: (Feature.POPULARITY,),
    ReasonKind.JOB_POPULARITY: (Feature.JOB_POPULARITY,),
    ReasonKind.CHOSEN_TOGETHER: (Feature.CHOSEN_TOGETHER,),
}
"""The features behind each reason that is not of single skills. Where there are two they say the same fact to both."""


class SkillEvidence(NamedTuple):
    """A skill, its share of all that the job asks for by rarity, and the related skill that covers a part of it."""

    id: str
    share: float
    covered_by: str | None = None
    strength: float = 0.0


class Evidence(NamedTuple):
    """One reason. `skills` is empty where it is about none."""

    kind: ReasonKind
    impact: float
    skills: tuple[SkillEvidence, ...] = ()

    @property
    def is_for(self) -> bool:
        return self.impact > 0


def evidence(one: Judged) -> list[Evidence]:
    """All that moved a score, the strongest first."""
    found = [*_of_skills(one), *_of_features(one)]
    told = [reason for reason in found if abs(reason.impact) >= LEAST_IMPACT]
    return sorted(told, key=lambda reason: (-abs(reason.impact), reason.kind))


def _of_features(one: Judged) -> Iterator[Evidence]:
    for kind, made_of in MADE_OF.items():
        if not all(isnan(one.value(feature)) for feature in made_of):
            yield Evidence(kind, one.impact(*made_of))


def _of_skills(one: Judged) -> Iterator[Evidence]:
    """The skills asked for: what the talent has of them, what related ones cover, and what is lacking then."""
    wanted, have = one.pairing.job, one.pairing.talent.skills
    typical, value = WEIGHTS[Feature.SKILLS].typical, one.value(Feature.SKILLS)
    if isnan(value) or value == typical:
        return
    slope = one.impact(Feature.SKILLS) / (value - typical)
    skills = [_skill(id_, rarity / wanted.total, have, wanted.related) for id_, rarity in wanted.skills.items()]
    skills.sort(key=lambda skill: (-skill.share, skill.id))
    matched, lacking = ([one for one in skills if (one.id in have) is has] for has in (True, False))
    related = [one for one in lacking if one.covered_by]
    parts = {
        ReasonKind.MATCHED_SKILLS: (matched, (1 - typical) * sum(one.share for one in matched)),
        ReasonKind.RELATED_SKILLS: (related, (1 - typical) * sum(one.share * one.strength for one in related)),
        ReasonKind.MISSING_SKILLS: (lacking, -typical * sum(one.share * (1 - one.strength) for one in lacking)),
    }
    for kind, (some, moved) in parts.items():
        if some:
            yield Evidence(kind, slope * moved, tuple(some))


def _skill(
    id_: str, share: float, have: Mapping[str, float], related: Mapping[str, Mapping[str, float]]
) -> SkillEvidence:
    """A skill that is asked for, with the closest related one where the talent lacks it."""
    known = related.get(id_, {}) if id_ not in have else {}
    near = [(strength, other) for other in have if (strength := known.get(other, 0.0))]
    strength, other = max(near, default=(0.0, None))
    return SkillEvidence(id_, share, other, strength)
