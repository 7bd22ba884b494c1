"""Records refuse what cannot be, and kinds say what is indexed of them."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from resolvers.catalog.extract import names, part, related
from resolvers.catalog.kind import Kind, Ref
from resolvers.catalog.kinds import KINDS, ref_of
from resolvers.catalog.skill import SkillRecord
from resolvers.catalog.values import Money, MoneyRange


@pytest.mark.parametrize(
    ("id_", "expected"),
    [
        ("job_1", Ref(Kind.JOB, "job_1")),
        ("talent_x_y", Ref(Kind.TALENT, "talent_x_y")),
        ("occ_1", Ref(Kind.OCCUPATION, "occ_1")),
        ("job_", None),
        ("Job_1", None),
        ("", None),
        ("agency_1", None),
    ],
)
def test_an_id_names_its_kind(id_: str, expected: Ref | None) -> None:
    assert ref_of(id_) == expected


def test_those_that_are_referred_to_come_first() -> None:
    order = list(KINDS)
    for kind, spec in KINDS.items():
        assert all(order.index(reference.kind) <= order.index(kind) for reference in spec.references)


@pytest.mark.parametrize("kind", list(Kind))
def test_references_point_at_records_of_their_kind(market: Any, kind: Kind) -> None:
    there = {record.id: record for records in market.values() for record in records}
    for record in market[kind]:
        for reference in KINDS[kind].references:
            assert all(isinstance(there[id_], KINDS[reference.kind].record) for id_ in reference.ids(record))


@pytest.mark.parametrize("amount", ["-0.01", "NaN", "Infinity"])
def test_money_is_a_number_from_nothing_up(amount: str) -> None:
    with pytest.raises(ValueError, match="amount: an amount of money is a number from 0 up"):
        Money(Decimal(amount), "USD")


def test_the_ends_of_a_range_of_money_are_in_order() -> None:
    assert MoneyRange(Decimal(1), Decimal(1), "USD").min == 1
    with pytest.raises(ValueError, match="min: is above max"):
        MoneyRange(Decimal(2), Decimal(1), "USD")


@pytest.mark.parametrize(
    ("kind", "field", "value", "reason"),
    [
        (Kind.CLIENT, "timezone", "Mars/Base", "'Mars/Base' is not an IANA time zone name"),
        (Kind.CLIENT, "totalSpent", -1, "totalSpent: an amount of money"),
        (Kind.CLIENT, "rating", 5.5, "Expected `float` <= 5"),
        (Kind.CLIENT, "country", "Germany", "country: 'Germany' is not an ISO 3166-1 alpha-2 country code"),
        (Kind.TALENT, "totalEarnings", -1, "totalEarnings: an amount of money"),
        (Kind.TALENT, "jobSuccessScore", 101, "Expected `int` <= 100"),
        (Kind.TALENT, "lastActiveAt", "2026-01-01T00:00:00", "timezone"),
        (Kind.JOB, "proposalCount", -1, "Expected `int` >= 0"),
        (Kind.JOB, "status", "PAUSED", "Invalid enum value 'PAUSED'"),
        (Kind.OCCUPATION, "iscoGroup", "25x", "matching regex"),
    ],
)
def test_a_record_with_a_wrong_fact_is_refused(market: Any, kind: Kind, field: str, value: Any, reason: str) -> None:
    row = msgspec.json.decode(msgspec.json.encode(market[kind][0])) | {field: value}
    with pytest.raises(msgspec.ValidationError, match=reason):
        msgspec.json.decode(msgspec.json.encode(row), type=KINDS[kind].record)


def test_a_job_is_indexed_with_its_client_skills_and_occupation(market: Any, prepared: Any) -> None:
    job = prepared(market, None)[Kind.JOB][0]
    assert job.texts.skills == ["Python", "CPython", "SQL", "Structured Query Language"]
    assert job.texts.occupation == ["Software developer", "programmer"]
    assert job.fields["client_country"] == ("DE",)
    assert job.fields["currency"] == ("USD",)
    assert (job.fields["hourly_rate_min"], job.fields["budget"]) == ((20.0,), ())
    assert job.sorts["CLIENT_SPENT"] == 1000.0


def test_what_has_gone_leaves_nothing(market: Any, prepared: Any) -> None:
    alone = prepared({Kind.JOB: market[Kind.JOB]}, None)[Kind.JOB][0]
    assert (alone.texts.skills, alone.texts.occupation) == ([], [])
    assert alone.fields["client_rating"] == ()
    assert alone.sorts["CLIENT_RATING"] is None
    assert related({}, "skill_x", SkillRecord) is None
    assert names({}, "skill_x") == []
    assert part(None, str) is None


def test_a_language_is_indexed_with_every_level_that_is_reached(market: Any, prepared: Any) -> None:
    talent = prepared(market, None)[Kind.TALENT][0]
    assert talent.fields["languages"] == ("en", "en:BASIC", "en:CONVERSATIONAL", "en:FLUENT")
