"""What feedback says of jobs and talent, as features, as weights of an arm, and as reasons."""

from datetime import UTC, datetime
from math import isnan
from typing import Any

import pytest

from resolvers.experiments.choosing import weighted
from resolvers.experiments.experiment import ArmWeight
from resolvers.ranking.facts import offering, wanting
from resolvers.ranking.features import Feature, Pairing
from resolvers.ranking.fit import BY_HAND, Ranker
from resolvers.ranking.judged import Judged, judged
from resolvers.ranking.popularity import NOTHING_COUNTED, Popularity
from resolvers.ranking.reasons import Evidence, ReasonKind, evidence
from resolvers.ranking.sentences import Told, sentence
from resolvers.ranking.skills import NOTHING_KNOWN

NOW = datetime(2026, 6, 1, tzinfo=UTC)
JOB, TALENT = "job_01", "talent_01"
COUNTED = Popularity(
    NOW,
    {JOB: 0.3, TALENT: 0.8},
    {TALENT: {"talent_x": 0.4, "talent_y": 0.2}},
    {JOB: ["talent_x", TALENT, "talent_z"]},
)
KINDS = (ReasonKind.POPULARITY, ReasonKind.JOB_POPULARITY, ReasonKind.CHOSEN_TOGETHER)
SOME = ArmWeight(client=0.2, talent=0.2)
WEIGHTED = weighted(
    {Feature.POPULARITY: SOME, Feature.JOB_POPULARITY: SOME, Feature.CHOSEN_TOGETHER: SOME},
)


def judge(market: Any, popularity: Popularity, ranker: Ranker) -> Judged:
    records = {record.id: record for records in market.values() for record in records}
    wanted = wanting(records[JOB], None, NOTHING_KNOWN, NOW, popularity)
    [one] = judged([Pairing(wanted, offering(records[TALENT], NOTHING_KNOWN, NOW, popularity), 0.5, 0.5)], ranker)
    return one


def told(one: Judged, kind: ReasonKind) -> str | None:
    return sentence(Told(one, Evidence(kind, 0.1), {}))


def test_what_was_counted_is_a_feature_and_what_is_new_is_neutral(market: Any) -> None:
    one, new = (judge(market, counted, BY_HAND) for counted in (COUNTED, NOTHING_COUNTED))
    features = (Feature.POPULARITY, Feature.JOB_POPULARITY, Feature.CHOSEN_TOGETHER)
    assert [one.value(feature) for feature in features] == [0.8, 0.3, 0.4]
    assert [new.value(feature) for feature in features[:2]] == [0.5, 0.5]
    assert isnan(new.value(Feature.CHOSEN_TOGETHER))
    # By hand they count for nothing.
    assert one.score == new.score
    assert not {reason.kind for reason in evidence(one)} & set(KINDS)


def test_with_weights_they_move_the_score_and_are_told(market: Any) -> None:
    one, new = (judge(market, counted, WEIGHTED) for counted in (COUNTED, NOTHING_COUNTED))
    impacts = {reason.kind: reason.impact for reason in evidence(one) if reason.kind in KINDS}
    assert list(impacts) == [ReasonKind.CHOSEN_TOGETHER, ReasonKind.POPULARITY, ReasonKind.JOB_POPULARITY]
    slope = impacts[ReasonKind.POPULARITY] / 0.3
    assert list(impacts.values()) == pytest.approx([0.4 * slope, 0.3 * slope, -0.2 * slope])
    assert one.score > new.score
    assert not {reason.kind for reason in evidence(new)} & set(KINDS)


def test_reasons_say_what_was_counted(market: Any) -> None:
    one, new = (judge(market, counted, WEIGHTED) for counted in (COUNTED, NOTHING_COUNTED))
    assert [told(one, kind) for kind in KINDS] == [
        "Is chosen more often than others in the same places",
        "The job is chosen less often than others in the same places",
        "Was chosen for the same jobs as 1 of those chosen for this job, or for others of its occupation",
    ]
    assert told(new, ReasonKind.POPULARITY) == "Is chosen as often as others in the same places"
