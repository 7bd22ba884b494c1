"""How like two jobs, or two talent, are: a linear model set by hand, of features that are all from 0 to 1."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from resolvers.catalog.job import JobRecord
from resolvers.catalog.talent import TalentRecord
from resolvers.ranking.facts import LEVELS
from resolvers.ranking.skills import SkillStatistics

Profiled = JobRecord | TalentRecord


class Trait(StrEnum):
    """What is compared."""

    SKILLS = "skills"
    """The cosine of the skills, weighted by their rarity."""
    WORDS = "words"
    MEANING = "meaning"
    OCCUPATION = "occupation"
    LEVEL = "level"
    """1 for the same level, half of it for the next."""


TRAITS: Mapping[Trait, float] = {
    Trait.SKILLS: 0.3,
    Trait.WORDS: 0.25,
    Trait.MEANING: 0.2,
    Trait.OCCUPATION: 0.2,
    Trait.LEVEL: 0.05,
}
"""What each counts for. They add up to 1."""


MODEL = "likeness-1"
"""What the model is called in what was shown by it."""


class Alike(NamedTuple):
    """How like something is, from 0 to 1, the skills that both have, the rarest first, and the traits' values."""

    score: float
    shared: tuple[str, ...]
    values: tuple[float, ...] = ()


def alike(one: Profiled, other: Profiled, words: float, meaning: float, skills: SkillStatistics) -> Alike:
    """How like two jobs or two talent are, where a search has seen their texts so near."""
    own, others = ({id_: skills.rarity(id_) for id_ in each.skill_ids} for each in (one, other))
    shared = sorted(own.keys() & others.keys(), key=lambda id_: (-own[id_], id_))
    values = {
        Trait.SKILLS: _cosine(own, others, shared),
        Trait.WORDS: words,
        Trait.MEANING: max(0.0, meaning),
        Trait.OCCUPATION: float(bool(one.occupation_id) and one.occupation_id == other.occupation_id),
        Trait.LEVEL: 1 - abs(LEVELS[one.experience_level] - LEVELS[other.experience_level]) / 2,
    }
    score = sum(TRAITS[trait] * value for trait, value in values.items())
    return Alike(score, tuple(shared), tuple(values[trait] for trait in TRAITS))


def _cosine(own: Mapping[str, float], others: Mapping[str, float], shared: list[str]) -> float:
    lengths = sum(value**2 for value in own.values()) * sum(value**2 for value in others.values())
    return float(sum(own[id_] ** 2 for id_ in shared) / lengths**0.5) if lengths else 0.0
