"""Jobs of the demo catalog."""

import math
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from random import Random

from indexing.demo.clients import Client, client_blocks
from indexing.demo.draws import Lottery, Record, chance, instant, near, stream, usd
from indexing.demo.vocabulary import ENTRY_LEVEL, EXPERT, INTERMEDIATE, Country, Occupation, Vocabulary, sentence
from indexing.demo.words import pick_skills, speaker

PUBLISHED_WITHIN_DAYS = 90
LEVEL_PRICES = {ENTRY_LEVEL: 0.6, INTERMEDIATE: 1.0, EXPERT: 1.55}

_LEVELS = Lottery([(ENTRY_LEVEL, 25), (INTERMEDIATE, 45), (EXPERT, 30)])
_HOURLY_DURATIONS = Lottery([("WEEK", 1), ("MONTH", 2), ("QUARTER", 3), ("SEMESTER", 2), ("ONGOING", 4)])
_FIXED_DURATIONS = Lottery([("WEEK", 4), ("MONTH", 4), ("QUARTER", 2), ("SEMESTER", 1)])
_FIXED_HOURS = {"WEEK": 12, "MONTH": 40, "QUARTER": 110, "SEMESTER": 220}
_SHORT_WORKLOADS = Lottery([("AS_NEEDED", 5), ("PART_TIME", 4), ("FULL_TIME", 2)])
_LONG_WORKLOADS = Lottery([("AS_NEEDED", 2), ("PART_TIME", 5), ("FULL_TIME", 4)])
_OPENINGS = Lottery([(1, 88), (2, 6), (3, 3), (4, 2), (6, 1)])
_COMPETITION = {ENTRY_LEVEL: 1.5, INTERMEDIATE: 1.0, EXPERT: 0.7}


def job_records(vocabulary: Vocabulary, seed: int, number: int, present: datetime) -> Iterator[Record]:
    """The first `number` jobs of the seed; a larger number only continues the sequence."""
    rng = stream(seed, "jobs")
    posters = (block.clients[place] for block in client_blocks(vocabulary, seed, present) for place in block.posters)
    countries = Lottery((country, country.talent) for country in vocabulary.countries)
    for index, client in enumerate(islice(posters, number)):
        yield _job(vocabulary, rng, index, client, countries, present)


def _job(
    vocabulary: Vocabulary, rng: Random, index: int, client: Client, countries: Lottery[Country], present: datetime
) -> Record:
    occupation = client.business.wants.draw(rng)
    level = _LEVELS.draw(rng)
    return {
        "id": f"job_{index:06d}",
        "occupationId": occupation.id,
        "clientId": client.record["id"],
        "timezone": client.record["timezone"],
        "experienceLevel": level,
        "freelancersToHire": _OPENINGS.draw(rng),
        **_wording(vocabulary, rng, occupation, level, client),
        **_terms(rng, occupation, level, client.country),
        **_reach(rng, client.country, countries),
        **_standing(rng, level, client, present),
    }


def _wording(vocabulary: Vocabulary, rng: Random, occupation: Occupation, level: str, client: Client) -> Record:
    phrases = vocabulary.phrases["jobs"]
    skills = pick_skills(rng, occupation, 3, 8)
    tongue = _foreign_language(vocabulary, rng, client.country)
    language = vocabulary.languages[tongue]
    voice = speaker(vocabulary, rng, occupation, level, skills, client.business, language)
    # An occupation's own titles say more than the general ones, so they are four times as likely.
    title = rng.choice(occupation.titles if chance(rng, 0.8) else phrases["titles"])
    parts = [client.business.about, voice.say(phrases["needs"]), voice.say(phrases["tasks"])]
    parts += [voice.say(phrases["more"])] if chance(rng, 0.7) else []
    parts += (
        [voice.say(rng.choice((phrases["tools"], vocabulary.phrases["wishes"][level])))] if chance(rng, 0.8) else []
    )
    about_language = "{language}" in title
    return {
        "title": sentence(title.format_map(voice.slots)),
        "description": " ".join(parts if chance(rng, 0.9) else parts[1:]),
        "skillIds": [skill.id for skill in [*skills, *[language] * about_language]],
        "languages": ["en", tongue] if about_language else _working_languages(rng, client.country),
    }


def _foreign_language(vocabulary: Vocabulary, rng: Random, country: Country) -> str:
    """A language other than English, often the client's own."""
    own = country.languages[-1]
    if own != "en" and chance(rng, 0.5):
        return own
    return rng.choice([code for code in vocabulary.languages if code != "en"])


def _working_languages(rng: Random, country: Country) -> list[str]:
    own = country.languages[-1]
    if own == "en" or chance(rng, 0.8):
        return ["en"]
    return ["en", own] if chance(rng, 0.6) else [own]


def _terms(rng: Random, occupation: Occupation, level: str, country: Country) -> Record:
    """Pay follows occupation, level and, half as strongly, the client's country."""
    rate = near(rng, occupation.rate * LEVEL_PRICES[level] * (1 + country.rate) / 2, 0.2)
    hourly = chance(rng, occupation.hourly)
    duration = (_HOURLY_DURATIONS if hourly else _FIXED_DURATIONS).draw(rng)
    workloads = _SHORT_WORKLOADS if duration in {"WEEK", "MONTH"} else _LONG_WORKLOADS
    return {
        "contractType": "HOURLY" if hourly else "FIXED_PRICE",
        "hourlyRate": _range(rng, rate) if hourly else None,
        "budget": None if hourly else usd(_round_budget(near(rng, rate * _FIXED_HOURS[duration], 0.5))),
        "duration": duration,
        "workload": workloads.draw(rng),
    }


def _range(rng: Random, rate: float) -> Record:
    """Clients think in whole dollars, some in halves."""
    step = 0.5 if chance(rng, 0.2) else 1.0
    lowest = max(3.0, round(rate * 0.8 / step) * step)
    return {"min": lowest, "max": max(lowest + step, round(rate * 1.25 / step) * step), "currency": "USD"}


def _round_budget(amount: float) -> float:
    step = 5 if amount < 200 else 10 if amount < 1_000 else 50
    return max(15.0, float(round(amount / step) * step))


def _reach(rng: Random, country: Country, countries: Lottery[Country]) -> Record:
    """A quarter of the jobs prefer countries, often the client's own; some of them insist."""
    preferred: list[str] = []
    if chance(rng, 0.25):
        first = country if chance(rng, 0.5) else countries.draw(rng)
        others = [countries.draw(rng).code for _ in range(rng.choice((0, 0, 1, 2)))]
        preferred = list(dict.fromkeys([first.code, *others]))
    return {"preferredCountries": preferred, "locationMandatory": bool(preferred) and chance(rng, 0.4)}


def _standing(rng: Random, level: str, client: Client, present: datetime) -> Record:
    """Proposals gather in the first days; older jobs are more often closed, a tenth of all."""
    age_days = rng.uniform(0.02, min(PUBLISHED_WITHIN_DAYS, client.member_days))
    gathered = 1 - math.exp(-age_days / 5)
    trust = 1.2 if client.record["paymentVerified"] else 0.7
    return {
        "publishedAt": instant(present, int(age_days * 24 * 60)),
        "status": "CLOSED" if chance(rng, 0.02 + 0.17 * age_days / PUBLISHED_WITHIN_DAYS) else "OPEN",
        "proposalCount": int(near(rng, 11 * gathered * trust * _COMPETITION[level], 0.65)),
    }
