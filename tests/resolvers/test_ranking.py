"""Judging pairings of jobs and talent: features, fits, rules, reasons, and the order in which they are shown."""

from datetime import UTC, datetime
from decimal import Decimal
from math import isnan
from typing import Any

import msgspec
import numpy as np
import pytest

from indexing.relating import LEAST_STRENGTH, learned_from
from resolvers.catalog.client import ClientRecord
from resolvers.catalog.kind import Kind
from resolvers.catalog.talent import LanguageSkill
from resolvers.catalog.values import (
    Availability,
    ContractType,
    ExperienceLevel,
    JobStatus,
    LanguageLevel,
    Money,
    Workload,
)
from resolvers.ranking.facts import PRIOR_SUCCESS, is_new, offering, track_record, wanting
from resolvers.ranking.features import FEATURES, PLACE, Feature, Pairing, features
from resolvers.ranking.fit import BY_HAND, WEIGHTS, LinearRanker, Weight, harmonic
from resolvers.ranking.judged import Judged, diverse_talent, judged
from resolvers.ranking.likeness import TRAITS, Trait, alike
from resolvers.ranking.reasons import LEAST_IMPACT, Evidence, ReasonKind, evidence
from resolvers.ranking.representation import Dimension, representation
from resolvers.ranking.rules import Rule, broken
from resolvers.ranking.sentences import Told, listed, sentence
from resolvers.ranking.shown_order import COPY_COSTS, NEAR, likeness, shown_order
from resolvers.ranking.skills import NOTHING_KNOWN, SkillCounts, SkillStatistics

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NAMES = {
    "skill_python": "Python",
    "skill_sql": "SQL",
    "skill_node": "Node.js",
    "occ_dev": "developer",
    "occ_data": "analyst",
}
STATISTICS = SkillStatistics(
    10,
    10,
    {"skill_python": SkillCounts(5, 5), "skill_sql": SkillCounts(1, 1), "skill_node": SkillCounts(2, 2)},
    {"skill_sql": {"skill_node": 0.5}},
)


@pytest.fixture
def market_by_id(market: Any) -> dict[str, Any]:
    return {record.id: record for records in market.values() for record in records}


@pytest.fixture
def job(market_by_id: dict[str, Any]) -> Any:
    """Python and SQL, 20 to 40 USD an hour, part time, in Berlin, needs English."""
    return market_by_id["job_01"]


@pytest.fixture
def talent(market_by_id: dict[str, Any]) -> Any:
    """Python and SQL, of the job's occupation, asks 40 USD."""
    return market_by_id["talent_01"]


@pytest.fixture
def client(market_by_id: dict[str, Any]) -> Any:
    return market_by_id["client_a"]


def money(amount: float, currency: str = "USD") -> Money:
    return Money(amount=Decimal(str(amount)), currency=currency)


def but(record: Any, **facts: Any) -> Any:
    return msgspec.structs.replace(record, **facts)


def paired(job: Any, talent: Any, client: Any = None, words: float = 0.5, meaning: float = 0.5) -> Pairing:
    return Pairing(wanting(job, client, STATISTICS, NOW), offering(talent, STATISTICS, NOW), words, meaning)


def values(job: Any, talent: Any, client: Any = None) -> dict[Feature, float]:
    return dict(zip(FEATURES, features([paired(job, talent, client)])[0].tolist(), strict=True))


def judge(job: Any, talent: Any, client: Any = None, **seen: float) -> Judged:
    [one] = judged([paired(job, talent, client, **seen)], BY_HAND)
    return one


def told(one: Judged, kind: ReasonKind, client: Any = None) -> str | None:
    return sentence(Told(one, Evidence(kind, 0.1), NAMES, client))


def test_skills_count_by_their_rarity_and_a_related_one_covers_a_part(job: Any, talent: Any) -> None:
    python, sql = STATISTICS.rarity("skill_python"), STATISTICS.rarity("skill_sql")
    assert sql > python > 0
    assert values(job, talent)[Feature.SKILLS] == 1
    lacks = but(talent, skill_ids=("skill_python",))
    assert values(job, lacks)[Feature.SKILLS] == pytest.approx(python / (python + sql))
    near = but(talent, skill_ids=("skill_python", "skill_node"))
    assert values(job, near)[Feature.SKILLS] == pytest.approx((python + 0.5 * sql) / (python + sql))
    assert isnan(values(but(job, skill_ids=()), talent)[Feature.SKILLS])


def test_rates_are_judged_from_both_sides_and_in_one_currency_alone(job: Any, talent: Any) -> None:
    def pay(amount: float, currency: str = "USD") -> tuple[float, float]:
        found = values(job, but(talent, hourly_rate=money(amount, currency)))
        return found[Feature.RATE], found[Feature.PAY]

    assert pay(40) == (1, 1)
    assert pay(50) == pytest.approx((0.5, 0.6))
    assert pay(80) == (0, 0)
    assert all(map(isnan, pay(40, "EUR")))
    fixed = but(job, contract_type=ContractType.FIXED_PRICE, hourly_rate=None, budget=money(1600))
    assert values(fixed, but(talent, hourly_rate=money(40)))[Feature.RATE] == 1
    assert isnan(values(but(job, hourly_rate=None), talent)[Feature.RATE])


def test_time_zones_overlap_across_the_date_line(job: Any, talent: Any) -> None:
    def overlap(zone: str) -> float:
        return values(job, but(talent, timezone=zone))[Feature.TIME_ZONE]

    assert overlap("Europe/Berlin") == 1
    assert overlap("America/New_York") == 0.5
    assert overlap("America/Los_Angeles") == 0
    there = but(job, timezone="Pacific/Auckland")
    assert values(there, but(talent, timezone="Pacific/Honolulu"))[Feature.TIME_ZONE] == 1


def test_facts_that_are_missing_are_unknown_and_no_fault(job: Any, talent: Any) -> None:
    found = values(but(job, languages=(), occupation_id=""), talent)
    assert {feature for feature, value in found.items() if isnan(value)} == {
        Feature.OCCUPATION,
        Feature.LANGUAGE,
        Feature.LOCATION,
        Feature.CLIENT_RECORD,
        Feature.CHOSEN_TOGETHER,
    }
    assert not isnan(judge(but(job, languages=(), occupation_id=""), talent).score)


def test_levels_languages_places_hours_and_times_are_shares(job: Any, talent: Any, client: Any) -> None:
    low = but(
        talent,
        experience_level=ExperienceLevel.ENTRY_LEVEL,
        languages=(LanguageSkill(code="en", level=LanguageLevel.BASIC),),
        hours_per_week=10,
        country="US",
        last_active_at=datetime(2026, 5, 2, tzinfo=UTC),
    )
    wanted = but(
        job,
        workload=Workload.FULL_TIME,
        preferred_countries=("DE",),
        published_at=datetime(2026, 5, 11, tzinfo=UTC),
        proposal_count=20,
    )
    found = values(wanted, low, client)
    assert found[Feature.LEVEL] == pytest.approx(0.4)
    assert found[Feature.LANGUAGE] == pytest.approx(0.3)
    assert found[Feature.AVAILABILITY] == pytest.approx(1 / 3)
    assert found[Feature.WORKLOAD] == 1
    assert found[Feature.LOCATION] == 0
    assert found[Feature.ACTIVITY] == found[Feature.FRESHNESS] == found[Feature.COMPETITION] == pytest.approx(0.5)
    assert 0 < found[Feature.CLIENT_RECORD] < 1
    assert values(wanted, but(low, availability=Availability.UNAVAILABLE))[Feature.AVAILABILITY] == 0
    above = values(but(job, experience_level=ExperienceLevel.ENTRY_LEVEL), but(talent, experience_level="EXPERT"))
    assert 0 <= above[Feature.LEVEL] <= 1


def test_who_is_new_counts_as_average(talent: Any) -> None:
    facts = {"total_jobs": 0, "review_count": 0, "rating": None, "job_success_score": None}
    new = but(talent, **facts)
    good = but(talent, total_jobs=50, job_success_score=100, rating=5.0, review_count=40)
    bad = but(talent, total_jobs=50, job_success_score=40, rating=2.0, review_count=40)
    assert is_new(new)
    assert not is_new(good)
    assert track_record(bad) < track_record(new) < track_record(good)
    assert track_record(but(new, total_jobs=1, job_success_score=0)) > track_record(bad) * PRIOR_SUCCESS


def test_weights_add_up_and_every_feature_has_one() -> None:
    assert list(WEIGHTS) == list(FEATURES)
    assert sum(weight.client for weight in WEIGHTS.values()) == pytest.approx(1)
    assert sum(weight.talent for weight in WEIGHTS.values()) == pytest.approx(1)
    assert sum(TRAITS.values()) == pytest.approx(1)


def test_who_fits_one_way_alone_is_below_who_fits_both_ways() -> None:
    client, talent = np.array([0.9, 0.5, 0.0]), np.array([0.1, 0.5, 0.8])
    one_sided, mutual, none = harmonic(client, talent)
    assert one_sided == pytest.approx(0.18)
    assert mutual == 0.5
    assert none == 0


def test_an_impact_is_what_the_score_would_lack_with_the_typical_value(job: Any, talent: Any, client: Any) -> None:
    one = judge(job, talent, client, words=0.9)
    changed = one.values.copy()
    changed[PLACE[Feature.RATE]] = WEIGHTS[Feature.RATE].typical
    without = float(BY_HAND.fits(changed[None, :]).score[0])
    assert one.impact(Feature.RATE) == pytest.approx(one.score - without, abs=0.002)
    assert one.impact(Feature.LOCATION) == 0


def test_another_model_can_take_the_place_of_the_one_by_hand(job: Any, talent: Any) -> None:
    cheapest = {feature: Weight(0, 0, 0.5) for feature in FEATURES} | {Feature.RATE: Weight(1, 1, 0.5)}
    dear = but(talent, id="talent_dear", hourly_rate=money(55))
    found = judged([paired(job, dear, words=1), paired(job, talent, words=0)], LinearRanker(cheapest, "cheapest"))
    assert [one.pairing.talent.record.id for one in found] == ["talent_01", "talent_dear"]
    assert judged([], BY_HAND) == []


def test_rules_are_broken_by_place_language_closing_and_absence(job: Any, talent: Any) -> None:
    assert broken(job, talent) == frozenset()
    there = but(job, preferred_countries=("JP",), location_mandatory=True)
    assert broken(there, talent) == {Rule.LOCATION}
    assert broken(but(there, location_mandatory=False), talent) == frozenset()
    assert broken(but(there, preferred_countries=()), talent) == frozenset()
    assert broken(but(job, languages=("en", "ja")), talent) == {Rule.LANGUAGE}
    closed, away = but(job, status=JobStatus.CLOSED), but(talent, availability=Availability.UNAVAILABLE)
    assert broken(closed, away) == {Rule.CLOSED, Rule.UNAVAILABLE}


def test_the_parts_of_the_skills_add_up_to_their_impact(job: Any, talent: Any) -> None:
    one = judge(job, but(talent, skill_ids=("skill_python", "skill_node")))
    found = {reason.kind: reason for reason in evidence(one)}
    kinds = (ReasonKind.MATCHED_SKILLS, ReasonKind.RELATED_SKILLS, ReasonKind.MISSING_SKILLS)
    assert sum(found[kind].impact for kind in kinds) == pytest.approx(one.impact(Feature.SKILLS))
    assert [found[kind].is_for for kind in kinds] == [True, True, False]
    [part] = found[ReasonKind.RELATED_SKILLS].skills
    assert (part.id, part.covered_by, part.strength) == ("skill_sql", "skill_node", 0.5)
    assert sentence(Told(one, found[kinds[0]], NAMES)) == "Has 1 of 2 skills asked for: Python"
    assert sentence(Told(one, found[kinds[1]], NAMES)) == "Knows Node.js, which goes with SQL"
    assert sentence(Told(one, found[kinds[2]], NAMES)) == "Lacks SQL"


def test_reasons_are_the_strongest_first_and_nothing_that_did_not_move_the_score(job: Any, talent: Any) -> None:
    found = evidence(judge(job, talent, words=1.0))
    impacts = [abs(reason.impact) for reason in found]
    assert impacts == sorted(impacts, reverse=True)
    assert min(impacts) >= LEAST_IMPACT
    assert found[0].kind is ReasonKind.TEXT
    assert ReasonKind.CLIENT_RECORD not in {reason.kind for reason in found}


def test_sentences_say_the_numbers(job: Any, talent: Any, client: ClientRecord) -> None:
    one = judge(job, talent, client)
    assert told(one, ReasonKind.RATE) == "Asks for 40 USD an hour, within the 20 to 40 offered"
    assert told(one, ReasonKind.TIME_ZONE) == "Working days from 9 to 17 have 8 hours in common"
    assert told(one, ReasonKind.OCCUPATION) == "Works as developer"
    assert told(one, ReasonKind.CLIENT_RECORD, client) == "The client is rated 4.5, and its payment is verified"
    assert told(one, ReasonKind.CLIENT_RECORD) is None
    assert told(one, ReasonKind.COMPETITION) == "Has 0 proposals so far"
    assert told(one, ReasonKind.FRESHNESS) == "Published 30 days ago"
    assert told(one, ReasonKind.SKILLS_USED) == "The job uses 2 of the 2 skills that the talent has"
    other = but(
        talent,
        occupation_id="occ_data",
        experience_level="EXPERT",
        country="US",
        total_jobs=0,
        review_count=0,
        rating=None,
        availability=Availability.UNAVAILABLE,
        hourly_rate=money(80),
        languages=(LanguageSkill(code="en", level=LanguageLevel.FLUENT),),
    )
    fixed = but(
        job,
        contract_type=ContractType.FIXED_PRICE,
        hourly_rate=None,
        budget=money(800),
        preferred_countries=("DE",),
        location_mandatory=True,
        languages=("en", "ja"),
    )
    one = judge(fixed, other)
    assert told(one, ReasonKind.RATE) == (
        "Asks for 80 USD an hour: the budget of 800 USD pays 10 hours, of some 40 that such a job takes"
    )
    assert told(one, ReasonKind.OCCUPATION) == "Works as analyst, and the job is for developer"
    assert told(one, ReasonKind.LEVEL) == "Experience: expert, where intermediate is asked for"
    assert told(one, ReasonKind.LOCATION) == "Lives in United States, none of the countries that the job insists on"
    assert told(one, ReasonKind.LANGUAGE) == "Speaks English (fluent) and no Japanese"
    assert told(one, ReasonKind.TRACK_RECORD) == "Is new here: no job and no review yet, 100 % of jobs went well"
    assert told(one, ReasonKind.AVAILABILITY) == "Takes no work at present"
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert told(judge(but(job, hourly_rate=None), talent), ReasonKind.RATE) is None
    assert told(judge(but(job, occupation_id="occ_gone"), talent), ReasonKind.OCCUPATION) is None


def test_near_copies_are_set_apart_and_a_longer_page_begins_like_a_shorter_one() -> None:
    alike_ = likeness([{"a": 1.0}, {"a": 1.0}, {"b": 1.0}, {}])
    assert alike_(0).tolist() == pytest.approx([1, 1, 0, 0])
    scores = np.array([0.9, 0.89, 0.89 - COPY_COSTS / 2, 0.1])
    whole = shown_order(scores, alike_, [False] * 4, 9)
    assert whole == [0, 2, 1, 3]
    assert [shown_order(scores, alike_, [False] * 4, count) for count in range(5)] == [whole[:at] for at in range(5)]


def test_copies_of_one_profile_do_not_fill_a_page_and_others_keep_their_order() -> None:
    copies, others = 11, [0.84, 0.83, 0.77, 0.76, 0.75, 0.74, 0.73, 0.72, 0.71]
    skills = [{"a": 1.0, "b": 1.0}] * copies + [{f"own_{at}": 1.0} for at in range(len(others))]
    scores = np.array([0.88] * copies + others)
    page = shown_order(scores, likeness(skills), [False] * len(scores), 10)
    assert sum(at < copies for at in page) <= 4
    assert [at for at in page if at >= copies] == list(range(copies, copies + 10 - sum(at < copies for at in page)))
    # Not even where all others fit badly.
    scores[copies:] -= 0.6
    assert sum(at < copies for at in shown_order(scores, likeness(skills), [False] * len(scores), 10)) <= 6


def test_who_has_some_skills_in_common_with_those_shown_loses_nothing() -> None:
    skills = [{"a": 1.0, "b": 1.0, "c": 1.0, f"own_{at}": 1.0} for at in range(8)]
    scores = np.linspace(0.9, 0.8, 8)
    assert shown_order(scores, likeness(skills), [False] * 8, 8) == list(range(8))


def test_a_copy_loses_by_those_on_the_same_page_alone() -> None:
    skills = [{"a": 1.0}, *({f"own_{at}": 1.0} for at in range(NEAR)), {"a": 1.0}, {"z": 1.0}]
    scores = np.array([0.9] * (NEAR + 1) + [0.5, 0.5 - COPY_COSTS / 2])
    assert shown_order(scores, likeness(skills), [False] * len(scores), len(scores))[-2:] == [NEAR + 1, NEAR + 2]


def test_one_of_five_places_goes_to_somebody_new_who_is_nearly_as_good() -> None:
    scores = np.array([0.9, 0.89, 0.88, 0.87, 0.86, 0.85, 0.80, 0.2])
    apart = np.eye(8).__getitem__
    assert shown_order(scores, apart, [False] * 6 + [True, True], 8)[4] == 6
    assert shown_order(scores, apart, [False] * 7 + [True], 8)[:7] == list(range(7))


@pytest.mark.parametrize("own", [0.70, 0.76])
def test_what_a_copy_loses_is_no_chance_for_who_is_new(own: float) -> None:
    skills = [{name: 1.0} for name in "abcdan"]
    scores = np.array([0.9, 0.89, 0.88, 0.87, 0.85, own])
    assert own < 0.9 * scores[4]
    assert shown_order(scores, likeness(skills), [False] * 5 + [True], 6)[4:] == [4, 5]


def test_a_copy_has_no_chance_for_being_new() -> None:
    skills = [{name: 1.0} for name in "aaabca"]
    scores = np.array([0.9, 0.9, 0.9, 0.83, 0.8, 0.85])
    assert scores[5] > 0.9 * scores[4]
    assert shown_order(scores, likeness(skills), [False] * 5 + [True], 6) == [0, 1, 2, 3, 4, 5]


def test_who_is_shown_is_told_beside_who_qualifies(job: Any, talent: Any) -> None:
    others = [but(talent, id=f"talent_{number}", country="US") for number in range(3)]
    found = judged([paired(job, one) for one in (talent, *others)], BY_HAND)
    assert len(diverse_talent(found, 2)) == 2
    qualified = [one.pairing.talent.record for one in found]
    groups = representation([talent], qualified, [Dimension.COUNTRY])
    assert [
        (group.value, group.shown, group.share, group.qualified_count, group.qualified_share) for group in groups
    ] == [
        ("US", 0, 0.0, 3, 0.75),
        ("DE", 1, 1.0, 1, 0.25),
    ]
    assert representation([], [], list(Dimension)) == []


def test_likeness_is_of_skills_texts_occupation_and_level(market: Any) -> None:
    jobs = {one.id: one for one in market[Kind.JOB]}
    own = jobs["job_01"]
    same = alike(own, but(own, id="job_copy"), 1.0, 1.0, NOTHING_KNOWN)
    assert same.score == pytest.approx(1)
    assert set(same.shared) == set(own.skill_ids)
    assert alike(own, jobs["job_05"], 0.0, 0.0, NOTHING_KNOWN).score < 0.1
    unknown = but(own, occupation_id="")
    # Nobody knows that two whose occupation is not told have the same one.
    assert alike(unknown, unknown, 1.0, 1.0, NOTHING_KNOWN).score == pytest.approx(1 - TRAITS[Trait.OCCUPATION])


def test_skills_go_together_that_are_together_more_often_than_by_chance() -> None:
    jobs = [("a", "b")] * 20 + [("c",)] * 20 + [("a", "a")]
    talent = [("a", "b", "x")] * 5 + [("c", "x")] * 35
    learned = learned_from(jobs, talent)
    assert (learned.jobs, learned.talent) == (41, 40)
    assert learned.counts["a"] == SkillCounts(21, 5)
    [(other, strength), *_] = learned.related_to("a")
    assert other == "b"
    assert LEAST_STRENGTH <= strength < 1
    assert "c" not in learned.related["a"]
    assert learned.related_to("nowhere") == []
    assert learned.rarity("b") > learned.rarity("x")
    assert learned.rarity("nowhere") > learned.rarity("a")
    assert learned_from([], []) == SkillStatistics()


def test_statistics_are_kept_whole_and_damage_is_told() -> None:
    assert SkillStatistics.of(STATISTICS.content) == STATISTICS
    for damaged in (b"no", msgspec.msgpack.encode((1, 1, ["a"], [(1, 1)], [[(7, 0.5)]]))):
        with pytest.raises(ValueError):  # noqa: PT011  whatever is damaged
            SkillStatistics.of(damaged)
