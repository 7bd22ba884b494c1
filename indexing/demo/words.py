"""Titles and running text of jobs and talent, and the skills that they name."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from indexing.demo.vocabulary import Business, Occupation, Skill, Vocabulary, sentence

_YEARS = {"ENTRY_LEVEL": (2, 3), "INTERMEDIATE": (3, 8), "EXPERT": (8, 22)}


@dataclass(frozen=True, slots=True)
class Speaker:
    """One posting's or person's choice of words; every sentence it says is about the same things."""

    rng: Random
    slots: dict[str, object]

    def say(self, templates: Sequence[str]) -> str:
        return sentence(self.rng.choice(templates).format_map(self.slots))


def pick_skills(rng: Random, occupation: Occupation, fewest: int, most: int) -> list[Skill]:
    """Distinct skills; the first two are core ones, which titles and texts name."""
    core = rng.sample(occupation.core, len(occupation.core))
    others = [*core[2:], *occupation.skills]
    return core[:2] + rng.sample(others, min(len(others), rng.randint(fewest, most) - 2))


def speaker(
    vocabulary: Vocabulary,
    rng: Random,
    occupation: Occupation,
    level: str,
    skills: Sequence[Skill],
    business: Business,
    language: Skill,
) -> Speaker:
    """The slots of every template in `phrases.toml` and `occupations.toml`."""
    task, task2, task3 = rng.sample(occupation.tasks, 3)
    slots: dict[str, object] = {
        "name": occupation.name,
        "a_name": occupation.a_name,
        "alias": rng.choice(occupation.aliases),
        "level": rng.choice(vocabulary.phrases["levels"][level]),
        "skill": skills[0].spoken,
        "skill2": skills[1].spoken,
        "others": _listed([skill.spoken for skill in skills[2:5]]),
        "thing": rng.choice(occupation.things),
        "business": business.phrase,
        "language": language.name,
        "years": rng.randint(*_YEARS[level]),
        "task": task,
        "task2": task2,
        "task3": task3,
    }
    return Speaker(rng, slots)


def _listed(names: Sequence[str]) -> str:
    *firsts, last = names
    return f"{', '.join(firsts)} and {last}" if firsts else last
