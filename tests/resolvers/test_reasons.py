"""Reasons say what is so: for and against agree with the facts of the sentence, for any job, talent and ranker."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolvers.catalog.kind import Kind
from resolvers.catalog.talent import LanguageSkill
from resolvers.catalog.values import (
    Availability,
    ContractType,
    ExperienceLevel,
    JobDuration,
    LanguageLevel,
    Money,
    MoneyRange,
    TalentBadge,
    Workload,
)
from resolvers.ranking.facts import NO_RECORD, offering, track_record, wanting
from resolvers.ranking.features import Feature, Pairing
from resolvers.ranking.fit import BY_HAND, WEIGHTS, Ranker
from resolvers.ranking.judged import Judged, judged
from resolvers.ranking.learned import LearnedRanker, Scale
from resolvers.ranking.popularity import Popularity
from resolvers.ranking.reasons import LEAST_IMPACT, Evidence, ReasonKind, evidence
from resolvers.ranking.sentences import Told, counted, listed, sentence
from resolvers.ranking.skills import SkillCounts, SkillStatistics
from resolvers.ranking.trees import Trees
from tests.support.models import dumped, split

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SKILLS = ("skill_python", "skill_sql", "skill_node", "skill_nope")
NAMES = {"skill_python": "Python", "skill_sql": "SQL", "skill_node": "Node.js", "occ_dev": "dev", "occ_data": "analyst"}
STATISTICS = SkillStatistics(
    10, 10, {"skill_python": SkillCounts(5, 5), "skill_sql": SkillCounts(1, 1)}, {"skill_sql": {"skill_node": 0.5}}
)
LEARNED_OF = (Feature.RATE, Feature.PAY, Feature.AVAILABILITY, Feature.WORKLOAD, Feature.SKILLS, Feature.TRACK_RECORD)


def steps(*features: Feature) -> bytes:
    """Trees of which each better value of a feature raises the score, with steps in its whole range."""
    trees = [split(at, step / 50, 0.0, 0.2) for at in range(len(features)) for step in range(50)]
    return dumped([one.value for one in features], *trees)


RANKERS: tuple[Ranker, ...] = (
    BY_HAND,
    LearnedRanker("ranker-0001", Trees(steps(*LEARNED_OF)), Scale(-2.0, 0.1)),
    LearnedRanker("ranker-0002", Trees(steps(Feature.POPULARITY, Feature.TIME_ZONE)), Scale(-2.0, 0.3)),
)


def money(amount: Decimal | float) -> Money:
    return Money(amount=Decimal(str(amount)), currency="USD")


# Most of them near one another, where a rate is nearly paid.
AMOUNTS = st.one_of(st.decimals(20, 60, places=2), st.decimals(20, 60, places=0), st.decimals("0.01", 5_000, places=2))
LANGUAGES = st.lists(st.sampled_from(("en", "de", "ja")), unique=True, max_size=3).map(tuple)
SPOKEN = st.dictionaries(st.sampled_from(("en", "de")), st.sampled_from(LanguageLevel)).map(
    lambda levels: tuple(LanguageSkill(code=code, level=level) for code, level in levels.items())
)
SOME_SKILLS = st.lists(st.sampled_from(SKILLS), unique=True).map(tuple)
ZONES = st.sampled_from(("Europe/Berlin", "America/New_York", "Asia/Tokyo", "America/Halifax", "Asia/Kolkata"))
DAYS = st.integers(0, 400).map(lambda days: NOW - timedelta(days=days))
JOBS = st.fixed_dictionaries(
    {
        "pay": st.tuples(st.sampled_from(("hour", 10, 40, 120, 240, None)), AMOUNTS, AMOUNTS),
        "experience_level": st.sampled_from(ExperienceLevel),
        "duration": st.sampled_from(JobDuration),
        "workload": st.sampled_from(Workload),
        "languages": LANGUAGES,
        "skill_ids": SOME_SKILLS,
        "timezone": ZONES,
        "occupation_id": st.sampled_from(("occ_dev", "occ_data")),
        "preferred_countries": st.sampled_from(((), ("DE",), ("US", "JP"))),
        "proposal_count": st.integers(0, 60),
        "published_at": DAYS,
    }
)
TALENT = st.fixed_dictionaries(
    {
        "hourly_rate": AMOUNTS.map(money),
        "experience_level": st.sampled_from(ExperienceLevel),
        "availability": st.sampled_from(Availability),
        "hours_per_week": st.one_of(st.integers(0, 60), st.integers(25, 31)),
        "languages": SPOKEN,
        "skill_ids": SOME_SKILLS,
        "timezone": ZONES,
        "occupation_id": st.sampled_from(("occ_dev", "occ_data")),
        "country": st.sampled_from(("DE", "US")),
        "total_jobs": st.integers(0, 3),
        "review_count": st.integers(0, 3),
        "rating": st.sampled_from((None, 1.0, 4.4, 5.0)),
        "job_success_score": st.sampled_from((None, 40, 85, 100)),
        "badge": st.sampled_from(TalentBadge),
        "last_active_at": DAYS,
    }
)


def made_job(base: Any, facts: Mapping[str, Any]) -> Any:
    kind, low, high = facts["pay"]
    pay: dict[str, Any] = {"contract_type": ContractType.HOURLY, "hourly_rate": None, "budget": None}
    if kind == "hour":
        pay["hourly_rate"] = MoneyRange(min=min(low, high), max=max(low, high), currency="USD")
    elif kind is not None:
        pay |= {"contract_type": ContractType.FIXED_PRICE, "budget": money(low * kind)}
    return msgspec.structs.replace(base, **{name: value for name, value in facts.items() if name != "pay"} | pay)


def judge(job: Any, talent: Any, ranker: Ranker = BY_HAND, popular: float = 0.5) -> Judged:
    popularity = Popularity(shares={talent.id: popular})
    pairing = Pairing(
        wanting(job, None, STATISTICS, NOW, popularity), offering(talent, STATISTICS, NOW, popularity), 0.5, 0.5
    )
    [one] = judged([pairing], ranker)
    return one


def numbers(text: str) -> list[float]:
    return [float(one) for one in re.findall(r"\d+(?:\.\d+)?", text)]


def paid(text: str) -> bool:
    if "budget" not in text:
        return ", above the " not in text
    hours, takes = numbers(text.split(" pays ")[1])
    return hours >= takes


def has_hours(text: str) -> bool:
    if text == "Takes no work at present":
        return False
    has, takes = numbers(text)
    return has >= takes


def fills_hours(text: str) -> bool:
    takes, has = [*numbers(text), *numbers(text)][:2]
    return takes / has > WEIGHTS[Feature.WORKLOAD].typical


SAY_FOR: Mapping[ReasonKind, Callable[[str], bool]] = {
    ReasonKind.MATCHED_SKILLS: lambda _: True,
    ReasonKind.RELATED_SKILLS: lambda _: True,
    ReasonKind.MISSING_SKILLS: lambda _: False,
    ReasonKind.OCCUPATION: lambda text: "and the job is for" not in text,
    ReasonKind.RATE: paid,
    ReasonKind.AVAILABILITY: has_hours,
    ReasonKind.WORKLOAD: fills_hours,
    ReasonKind.TIME_ZONE: lambda text: numbers(text)[2] > 2,
    ReasonKind.LANGUAGE: lambda text: not re.search(r"\((basic|conversational)\)|\bno ", text),
    ReasonKind.LOCATION: lambda text: ", one of the " in text,
    ReasonKind.POPULARITY: lambda text: "more often" in text,
}


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(of_job=JOBS, of_talent=TALENT, ranker=st.sampled_from(RANKERS), popular=st.sampled_from((0.2, 0.5, 0.8)))
def test_for_and_against_agree_with_what_the_sentence_says(
    market: Any, of_job: Any, of_talent: Any, ranker: Ranker, popular: float
) -> None:
    job = made_job(market[Kind.JOB][0], of_job)
    talent = msgspec.structs.replace(market[Kind.TALENT][0], **of_talent)
    one = judge(job, talent, ranker, popular)
    found = evidence(one)
    assert [abs(reason.impact) for reason in found] == sorted((abs(reason.impact) for reason in found), reverse=True)
    assert len({reason.kind for reason in found}) == len(found)
    for reason in found:
        said = sentence(Told(one, reason, NAMES))
        assert abs(reason.impact) >= LEAST_IMPACT
        if said is not None and reason.kind in SAY_FOR:
            assert SAY_FOR[reason.kind](said) is reason.is_for, (said, reason.impact)
        assert said is None or not re.search(r"(?<![\d.,])1 (hours|jobs|reviews|proposals|skills)\b", said)
        assert "skill_nope" not in (said or "")
        assert said != "Is new here: no job and no review yet"


@pytest.mark.parametrize("ranker", RANKERS[:2])
def test_a_rate_that_is_nearly_paid_speaks_against_and_one_that_is_paid_speaks_for(market: Any, ranker: Ranker) -> None:
    facts = {"hourly_rate": MoneyRange(min=Decimal(51), max=Decimal(79), currency="USD")}
    job = msgspec.structs.replace(market[Kind.JOB][0], **facts)

    def rate(asked: float) -> Evidence | None:
        talent = msgspec.structs.replace(market[Kind.TALENT][0], hourly_rate=money(asked))
        return next((one for one in evidence(judge(job, talent, ranker)) if one.kind is ReasonKind.RATE), None)

    above, within, far = rate(84), rate(79), rate(100)
    assert above is not None and within is not None and far is not None  # noqa: PT018  for the types
    assert far.impact < above.impact < 0 < within.impact


def test_the_hours_are_told_to_each_side_by_itself(market: Any) -> None:
    job, talent = market[Kind.JOB][0], market[Kind.TALENT][0]

    def told(workload: Workload, hours: int) -> dict[ReasonKind, tuple[bool, str | None]]:
        own = msgspec.structs.replace(job, workload=workload)
        one = judge(own, msgspec.structs.replace(talent, hours_per_week=hours))
        kinds = (ReasonKind.AVAILABILITY, ReasonKind.WORKLOAD)
        found = [reason for reason in evidence(one) if reason.kind in kinds]
        return {reason.kind: (reason.is_for, sentence(Told(one, reason, NAMES))) for reason in found}

    assert told(Workload.FULL_TIME, 20) == {
        ReasonKind.AVAILABILITY: (False, "Has 20 hours a week, and the job takes 30 or more"),
        ReasonKind.WORKLOAD: (True, "The job fills the 20 hours a week that the talent has"),
    }
    assert told(Workload.PART_TIME, 40) == {
        ReasonKind.AVAILABILITY: (True, "Has 40 hours a week, and a part-time job takes some 15"),
        ReasonKind.WORKLOAD: (False, "The job fills some 15 of the 40 hours a week that the talent has"),
    }
    assert told(Workload.FULL_TIME, 40)[ReasonKind.WORKLOAD] == (
        True,
        "The job fills 30 or more of the 40 hours a week that the talent has",
    )
    assert told(Workload.AS_NEEDED, 1)[ReasonKind.AVAILABILITY] == (
        False,
        "Has 1 hour a week, and a job with hours as they come up takes some 5",
    )
    assert told(Workload.FULL_TIME, 0)[ReasonKind.WORKLOAD] == (True, None)


def test_who_is_new_and_has_nothing_is_as_is_typical_so_that_it_is_no_reason(market: Any) -> None:
    nothing = {"total_jobs": 0, "review_count": 0, "rating": None, "job_success_score": None}
    new = msgspec.structs.replace(market[Kind.TALENT][0], badge=TalentBadge.NONE, **nothing)
    assert track_record(new) == NO_RECORD == WEIGHTS[Feature.TRACK_RECORD].typical
    for ranker in RANKERS:
        one = judge(market[Kind.JOB][0], new, ranker)
        assert one.impact(Feature.TRACK_RECORD) == 0
    rising = judge(market[Kind.JOB][0], msgspec.structs.replace(new, badge=TalentBadge.RISING_TALENT), RANKERS[1])
    [reason] = [one for one in evidence(rising) if one.kind is ReasonKind.TRACK_RECORD]
    assert reason.is_for
    said = "Is new here: no job and no review yet, badge: rising talent"
    assert sentence(Told(rising, reason, NAMES)) == said


def test_skills_that_have_gone_are_not_named(market: Any) -> None:
    job = msgspec.structs.replace(market[Kind.JOB][0], skill_ids=("skill_nope", "skill_sql"))
    one = judge(job, msgspec.structs.replace(market[Kind.TALENT][0], skill_ids=("skill_node",)))
    found = {reason.kind: reason for reason in evidence(one)}
    missing, related = found[ReasonKind.MISSING_SKILLS], found[ReasonKind.RELATED_SKILLS]
    assert sentence(Told(one, missing, NAMES)) == "Lacks SQL and 1 more"
    assert sentence(Told(one, missing, {"skill_node": "Node.js"})) is None
    assert sentence(Told(one, related, {"skill_node": "Node.js"})) is None


def test_numbers_are_told_with_their_words() -> None:
    assert [counted(number, "hour") for number in (0, 1, 1.5, 2)] == ["0 hours", "1 hour", "1.5 hours", "2 hours"]
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c", "d"]) == "a, b, c and d"
    assert listed(["a", "b", "c", "d"], 1) == "a, b, c and 2 more"
    assert listed(["a"], 2) == "a and 2 more"
