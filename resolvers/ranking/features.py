"""The features by which pairings of jobs and talent are judged, each named and computed here and nowhere else.

A row is a pairing, a column a feature, a value from 0 (does not fit) to 1 (fits), and NaN where a fact is missing. A
model takes the matrix whole, so that another model, learned or not, can take the place of the one in use.
"""

from collections.abc import Sequence
from enum import StrEnum
from math import nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resolvers.catalog.values import LanguageLevel
from resolvers.ranking.facts import LANGUAGE_LEVELS, Offering, Wanting
from resolvers.ranking.popularity import chosen_together

Matrix = NDArray[np.float64]
WORKDAY_HOURS = 8.0
ENOUGH_OVERLAP_HOURS = 4.0
"""Working days from 9 to 17 that share so many hours share enough."""
ACTIVITY_HALF_LIFE_DAYS, FRESHNESS_HALF_LIFE_DAYS = 30.0, 21.0
HALF_OF_PROPOSALS = 20.0
LEAST_PAY = 1e-9
"""Nothing is divided by 0 where a job offers nothing, or a talent asks for nothing."""
SPOKEN = {
    LANGUAGE_LEVELS[LanguageLevel.BASIC]: 0.3,
    LANGUAGE_LEVELS[LanguageLevel.CONVERSATIONAL]: 0.7,
    LANGUAGE_LEVELS[LanguageLevel.FLUENT]: 1.0,
    LANGUAGE_LEVELS[LanguageLevel.NATIVE]: 1.0,
}


class Feature(StrEnum):
    """What is looked at. The names stay: models are kept by them."""

    SKILLS = "skills"
    """How much of the skills asked for the talent has, by rarity; a related skill covers a part of a missing one."""
    SKILLS_USED = "skills_used"
    """How much of what the talent can do the job uses, by rarity, of as many skills as the job asks for."""
    WORDS = "words"
    """How well the two texts match by words and skills: BM25, as a share of the best of all, whatever was asked for."""
    MEANING = "meaning"
    """How near the two texts are by meaning: the cosine of their vectors."""
    OCCUPATION = "occupation"
    """1 when both are of one occupation, else 0."""
    LEVEL = "level"
    """1 for the level asked for; somebody above fits better than somebody below."""
    RATE = "rate"
    """What the client can pay against what the talent asks: 1 within, 0 from 1.5 times that on."""
    PAY = "pay"
    """What the talent earns against what it asks for: 1 where that is offered, 0 from half of it down."""
    AVAILABILITY = "availability"
    """The hours that the talent has a week, as a share of what the workload needs."""
    WORKLOAD = "workload"
    """The hours that the job fills, as a share of what the talent has."""
    TIME_ZONE = "time_zone"
    """The hours that working days have in common, as a share of what is enough."""
    LANGUAGE = "language"
    """How well the talent speaks the needed language that it speaks worst."""
    LOCATION = "location"
    """1 in a preferred country, 0 in another."""
    TRACK_RECORD = "track_record"
    """How well the talent's work went."""
    ACTIVITY = "activity"
    """1 for somebody seen just now, half of it a month ago."""
    CLIENT_RECORD = "client_record"
    """How well it is to work for the client."""
    FRESHNESS = "freshness"
    """1 for a job published just now, half of it three weeks ago."""
    COMPETITION = "competition"
    """1 without other proposals, half of it with 20."""
    POPULARITY = "popularity"
    """How often the talent is chosen against others in the same places: one half for who is new, or is as others."""
    JOB_POPULARITY = "job_popularity"
    """The same of the job."""
    CHOSEN_TOGETHER = "chosen_together"
    """How closely the talent goes with those who were chosen for the job, or for others of its occupation."""


FEATURES = tuple(Feature)
PLACE = {feature: at for at, feature in enumerate(FEATURES)}


class Pairing(NamedTuple):
    """A job, a talent, and how a search saw them: BM25 as a share of the best, and the cosine."""

    job: Wanting
    talent: Offering
    words: float = nan
    meaning: float = nan


def features(pairings: Sequence[Pairing]) -> Matrix:
    """The features of pairings, a row each, in the order of `FEATURES`."""
    jobs = np.array([pairing.job.numbers for pairing in pairings], dtype=np.float64).T
    talent = np.array([pairing.talent.numbers for pairing in pairings], dtype=np.float64).T
    single = np.array([_single(pairing) for pairing in pairings], dtype=np.float64).T
    if not pairings:
        return np.empty((0, len(FEATURES)))
    level, highest, budget, total_hours, needed, offset, proposals, age, client, job_popularity = jobs
    own_level, rate, hours, own_offset, record, idle, popularity = talent
    skills, used, words, meaning, occupation, language, location, together, comparable = single
    payable = _payable(highest, budget, total_hours) * comparable
    columns = {
        Feature.SKILLS: skills,
        Feature.SKILLS_USED: used,
        Feature.WORDS: words,
        Feature.MEANING: np.clip(meaning, 0, 1),
        Feature.OCCUPATION: occupation,
        Feature.LEVEL: _level(own_level - level),
        Feature.RATE: np.clip(3 - 2 * rate / payable, 0, 1),
        Feature.PAY: np.clip(2 * payable / np.maximum(rate, LEAST_PAY) - 1, 0, 1),
        Feature.AVAILABILITY: np.minimum(1, hours / needed),
        Feature.WORKLOAD: np.minimum(1, needed / np.maximum(hours, 1)),
        Feature.TIME_ZONE: np.minimum(1, overlap_hours(offset, own_offset) / ENOUGH_OVERLAP_HOURS),
        Feature.LANGUAGE: language,
        Feature.LOCATION: location,
        Feature.TRACK_RECORD: record,
        Feature.ACTIVITY: 0.5 ** (idle / ACTIVITY_HALF_LIFE_DAYS),
        Feature.CLIENT_RECORD: client,
        Feature.FRESHNESS: 0.5 ** (age / FRESHNESS_HALF_LIFE_DAYS),
        Feature.COMPETITION: HALF_OF_PROPOSALS / (HALF_OF_PROPOSALS + proposals),
        Feature.POPULARITY: popularity,
        Feature.JOB_POPULARITY: job_popularity,
        Feature.CHOSEN_TOGETHER: together,
    }
    return np.stack([columns[feature] for feature in FEATURES], axis=1)


def overlap_hours(offset: Matrix | float, other: Matrix | float) -> Matrix:
    """How many hours of two working days from 9 to 17 are the same, by the zones' hours ahead of UTC."""
    apart = np.abs(offset - other) % 24
    shared: Matrix = np.maximum(0, WORKDAY_HOURS - np.minimum(apart, 24 - apart))
    return shared


def _payable(highest: Matrix, budget: Matrix, hours: Matrix) -> Matrix:
    """The most that the client pays for an hour: the highest rate, or the budget by the hours that the job takes."""
    most: Matrix = np.maximum(np.where(np.isnan(highest), budget / hours, highest), LEAST_PAY)
    return most


def _level(above: Matrix) -> Matrix:
    """One above the level asked for is nearly as good, one below is not."""
    return np.where(above >= 0, 1 - 0.25 * above, np.maximum(0, 1 + 0.6 * above))


def _single(pairing: Pairing) -> tuple[float, ...]:
    """The features that are no arithmetic of numbers, and 1 where amounts are of one currency."""
    wanted, offered = pairing.job, pairing.talent
    job, talent = wanted.record, offered.record
    known = bool(job.occupation_id and talent.occupation_id)
    return (
        covered(wanted, offered) if wanted.total else nan,
        _used(wanted, offered) if offered.skills and wanted.total else nan,
        pairing.words,
        pairing.meaning,
        float(job.occupation_id == talent.occupation_id) if known else nan,
        _spoken(job.languages, offered) if job.languages else nan,
        float(talent.country in job.preferred_countries) if job.preferred_countries else nan,
        chosen_together(talent.id, offered.chosen_with, wanted.chosen) if offered.chosen_with else nan,
        1.0 if wanted.currency == talent.hourly_rate.currency else nan,
    )


def covered(wanted: Wanting, offered: Offering) -> float:
    """The share of the skills asked for that a talent has, by rarity, with what related skills cover of the others."""
    have = offered.skills
    found = 0.0
    for id_, rarity in wanted.skills.items():
        if id_ in have:
            found += rarity
        elif (near := wanted.related.get(id_)) and (others := near.keys() & have.keys()):
            found += rarity * max([near[other] for other in others])
    return found / wanted.total


def _used(wanted: Wanting, offered: Offering) -> float:
    rarities = offered.skills
    used = sum([rarity for id_, rarity in rarities.items() if id_ in wanted.skills])
    return used / sum(sorted(rarities.values(), reverse=True)[: len(wanted.skills)])


def _spoken(needed: Sequence[str], offered: Offering) -> float:
    levels = {language.code: LANGUAGE_LEVELS[language.level] for language in offered.record.languages}
    return min(SPOKEN[levels[code]] if code in levels else 0.0 for code in needed)
