"""Talent of the demo catalog."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from indexing.demo.draws import Lottery, Record, chance, days, instant, near, stream, usd
from indexing.demo.jobs import LEVEL_PRICES
from indexing.demo.vocabulary import ENTRY_LEVEL, EXPERT, INTERMEDIATE, Business, Country, Occupation, Vocabulary
from indexing.demo.words import pick_skills, speaker

_LEVELS = Lottery([(ENTRY_LEVEL, 25), (INTERMEDIATE, 45), (EXPERT, 30)])
_ENGLISH = {
    ENTRY_LEVEL: Lottery([("BASIC", 2), ("CONVERSATIONAL", 5), ("FLUENT", 3)]),
    INTERMEDIATE: Lottery([("BASIC", 1), ("CONVERSATIONAL", 4), ("FLUENT", 5)]),
    EXPERT: Lottery([("CONVERSATIONAL", 3), ("FLUENT", 7)]),
}
_AVAILABILITY = Lottery([("FULL_TIME", 36), ("PART_TIME", 30), ("AS_NEEDED", 24), ("UNAVAILABLE", 10)])
# Unavailable people keep the hours they usually offer.
_WEEKLY_HOURS = {
    "FULL_TIME": (30, 40, 40),
    "PART_TIME": (10, 20, 20, 30),
    "AS_NEEDED": (10, 20),
    "UNAVAILABLE": (10, 20),
}
_RESPONSE_HOURS = (1, 2, 4, 8, 12, 24, 48, 72)
_INITIALS = "ABCDEFGHIJKLMNOPRSTVWYZ"


@dataclass(frozen=True, slots=True)
class Career:
    """What the platform has seen of somebody. `quality` (0 to 1) is never published; ratings and scores reveal it."""

    member_days: int
    quality: float
    jobs: int
    hours: int


def talent_records(vocabulary: Vocabulary, seed: int, number: int, present: datetime) -> Iterator[Record]:
    """The first `number` people of the seed; a larger number only continues the sequence."""
    rng = stream(seed, "talent")
    countries = Lottery((country, country.talent) for country in vocabulary.countries)
    for index in range(number):
        yield _person(vocabulary, rng, index, countries.draw(rng), present)


def _person(vocabulary: Vocabulary, rng: Random, index: int, country: Country, present: datetime) -> Record:
    # Drawn through a business, so that people do what is asked for and their projects fit.
    business = rng.choice(vocabulary.businesses)
    occupation = business.wants.draw(rng)
    level = _LEVELS.draw(rng)
    career = _career(rng)
    rate = _rate(rng, occupation, level, country, career)
    return {
        "id": f"talent_{index:06d}",
        "name": f"{rng.choice(country.names)} {rng.choice(_INITIALS)}.",
        "occupationId": occupation.id,
        "experienceLevel": level,
        "country": country.code,
        "timezone": rng.choice(country.zones),
        "hourlyRate": usd(rate),
        **_wording(vocabulary, rng, occupation, business=business, level=level, country=country, new=career.jobs == 0),
        **_record_of(rng, career, rate),
        **_presence(rng, career, present),
    }


def _career(rng: Random) -> Career:
    quality = rng.betavariate(5, 1.4)
    if chance(rng, 0.3):
        return Career(days(rng, mean=150, fewest=1), quality, jobs=0, hours=0)
    member_days = days(rng, mean=950, fewest=45)
    jobs = max(1, min(member_days // 4, int(near(rng, quality * member_days / 55, 0.9))))
    # Even the busiest do not work more than six hours on every day of their membership.
    return Career(member_days, quality, jobs, min(member_days * 6, max(jobs, int(jobs * near(rng, 26, 0.8)))))


def _rate(rng: Random, occupation: Occupation, level: str, country: Country, career: Career) -> float:
    """USD an hour; good people dare to ask for more. Most ask for whole dollars."""
    asked = occupation.rate * LEVEL_PRICES[level] * country.rate * (0.85 + 0.3 * career.quality)
    rate = max(3.0, near(rng, asked, 0.2))
    return float(round(rate)) if chance(rng, 0.6) else round(rate, 2)


def _wording(
    vocabulary: Vocabulary,
    rng: Random,
    occupation: Occupation,
    *,
    business: Business,
    level: str,
    country: Country,
    new: bool,
) -> Record:
    phrases = vocabulary.phrases["talent"]
    languages = _languages(vocabulary, rng, occupation, level, country)
    foreign = [code for code in languages if code != "en"]
    tongue = vocabulary.languages[foreign[0] if foreign else "en"]
    skills = pick_skills(rng, occupation, 4, 10)
    voice = speaker(vocabulary, rng, occupation, level, skills, business, tongue)
    linguist = occupation.speaks and bool(foreign)
    titles = phrases["language_titles"] if linguist and chance(rng, 0.6) else phrases["titles"]
    parts = [
        voice.say(phrases["newcomer_openings" if new and level == ENTRY_LEVEL else "openings"]),
        voice.say(phrases["tasks"]),
    ]
    parts += [voice.say(phrases[kind]) for kind in ("tools", "projects", "closings") if chance(rng, 0.6)]
    return {
        "title": voice.say(titles),
        "overview": " ".join(parts),
        "skillIds": list(dict.fromkeys(skill.id for skill in [*skills, *[tongue] * linguist])),
        "languages": [{"code": code, "level": fluency} for code, fluency in languages.items()],
    }


def _languages(
    vocabulary: Vocabulary, rng: Random, occupation: Occupation, level: str, country: Country
) -> dict[str, str]:
    """English always, the mother tongue, and now and then one more; linguists have a second one for sure."""
    native = rng.choice(country.languages)
    languages = {"en": "NATIVE" if native == "en" else _ENGLISH[level].draw(rng), native: "NATIVE"}
    needed = occupation.speaks and native == "en"
    if needed or chance(rng, 0.12):
        further = rng.choice(list(vocabulary.languages))
        languages.setdefault(further, "FLUENT" if needed else rng.choice(("BASIC", "CONVERSATIONAL", "FLUENT")))
    return languages


def _record_of(rng: Random, career: Career, rate: float) -> Record:
    """Earnings follow hours and rate; rating, score and badge follow quality, once there is something to judge."""
    earnings = round(career.hours * rate * rng.uniform(0.7, 1.0), 2)
    reviews = int(career.jobs * rng.uniform(0.5, 0.95))
    shine = career.quality**0.5
    score = max(0, min(100, round(40 + 60 * shine + rng.gauss(0, 2)))) if career.jobs >= 3 else None
    return {
        "totalJobs": career.jobs,
        "totalHours": career.hours,
        "totalEarnings": earnings,
        "reviewCount": reviews,
        "rating": round(max(1.0, min(5.0, 3 + 2 * shine + rng.gauss(0, 0.1))), 2) if reviews else None,
        "jobSuccessScore": score,
        "badge": _badge(career, score, earnings),
    }


def _badge(career: Career, score: int | None, earnings: float) -> str:
    """The best have a high score and much behind them; promising beginners are marked as rising."""
    if score is not None and score >= 96 and earnings >= 25_000:
        return "TOP_RATED_PLUS"
    if score is not None and score >= 94 and earnings >= 5_000 and career.member_days >= 180:
        return "TOP_RATED"
    rising = career.member_days < 400 and career.jobs <= 8 and career.quality > 0.88
    return "RISING_TALENT" if rising else "NONE"


def _presence(rng: Random, career: Career, present: datetime) -> Record:
    availability = _AVAILABILITY.draw(rng)
    minutes = career.member_days * 24 * 60
    away_days = 30 if availability == "UNAVAILABLE" else 4
    patience = int(rng.expovariate(1 / (0.8 + 6 * (1 - career.quality))))
    return {
        "availability": availability,
        "hoursPerWeek": rng.choice(_WEEKLY_HOURS[availability]),
        "responseTimeHours": _RESPONSE_HOURS[min(patience, len(_RESPONSE_HOURS) - 1)],
        "lastActiveAt": instant(present, min(minutes, 1 + int(rng.expovariate(1 / (away_days * 24 * 60))))),
        "memberSince": instant(present, minutes),
    }
