"""Every kind of filter, in every mode: exactly the documents that it is about."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from resolvers.catalog.codes import TIMEZONES
from resolvers.catalog.kind import Kind
from resolvers.sources.base import (
    AllOf,
    AnyOf,
    Exists,
    Filter,
    Not,
    Range,
    RetrievalMode,
    SearchRequest,
    SearchResult,
    Terms,
)
from tests.support.filters import some_filter

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
NEXT_NOON = datetime(2026, 5, 2, 12, tzinfo=UTC)
A_MOMENT_LATER = datetime(2026, 5, 2, 12, 0, 0, 1, tzinfo=UTC)
DEVELOPERS = Terms("occupation_id", ("occ_dev",))
EVERY_JOB = "01 02 03 04 05 06 07 08 09 10 11 12"
HOURLY = "01 02 09 12"
EVERY_TIME_ZONE = tuple(sorted(TIMEZONES.known()))

CASES: list[tuple[Filter, str]] = [
    (AllOf(), EVERY_JOB),
    (AnyOf(), ""),
    (Not(AllOf()), ""),
    (Not(AnyOf()), EVERY_JOB),
    (Terms("contract_type", ("HOURLY",)), HOURLY),
    (Terms("contract_type", ("HOURLY", "FIXED_PRICE")), EVERY_JOB),
    (Terms("contract_type", ()), ""),
    (Terms("contract_type", (), every=True), EVERY_JOB),
    (Terms("contract_type", ("hourly",)), ""),
    (Terms("skill_ids", ("skill_python", "skill_sql")), "01 09 12"),
    (Terms("skill_ids", ("skill_python", "skill_sql"), every=True), "01 09"),
    (Terms("skill_ids", ("skill_none",)), ""),
    (Terms("location_mandatory", (True,)), "10"),
    (Terms("client_payment_verified", (False,)), "02 07"),
    (Terms("proposal_count", (40.0, 12.0)), "05 06"),
    (Terms("published_at", (NEXT_NOON,)), "03 07 11"),
    (Terms("languages", ("de",)), "08"),
    (Range("budget", gte=150.5), "03 04 05 06"),
    (Range("budget", gt=150.5), "03 04"),
    (Range("budget", lte=75.0), "08 10"),
    (Range("budget", lt=75.0), "08"),
    (Range("budget", gte=75.0, lte=150.5), "05 06 10"),
    (Range("budget", gt=75.0, lt=150.5), ""),
    (Range("budget"), "03 04 05 06 08 10"),
    (Range("proposal_count", lte=0.0), "01"),
    (Range("published_at", gt=NOON), "02 03 06 07 10 11"),
    (Range("published_at", gte=NOON, lt=NEXT_NOON), "01 04 05 08 09 12"),
    (Range("published_at", gt=NEXT_NOON, lte=A_MOMENT_LATER), "02 06 10"),
    (Range("client_rating", gte=4.0), "01 04 05 06 08 09 10"),
    (Terms("client_timezone", ("Europe/Berlin",)), EVERY_JOB),
    (Terms("client_timezone", EVERY_TIME_ZONE), EVERY_JOB),
    (Terms("client_timezone", tuple(zone for zone in EVERY_TIME_ZONE if zone != "Europe/Berlin")), ""),
    (Range("client_review_count", gt=3.0), ""),
    (Range("client_total_jobs_posted", gte=5.0), EVERY_JOB),
    (Range("client_member_since", lt=datetime(2020, 1, 1, tzinfo=UTC)), "03 11 12"),
    (Exists("client_rating"), "01 03 04 05 06 08 09 10 11 12"),
    (Exists("hourly_rate_max"), HOURLY),
    (Exists("languages"), "01 02 03 04 05 06 07 08 09 10 12"),
    (Not(Exists("budget")), "01 02 07 09 11 12"),
    (Not(DEVELOPERS), "05 06 07 08 09 10 11"),
    (AllOf((DEVELOPERS, Exists("budget"))), "03 04"),
    (AnyOf((DEVELOPERS, Exists("budget"))), "01 02 03 04 05 06 08 10 12"),
    (AllOf((DEVELOPERS, AnyOf())), ""),
    (AnyOf((AllOf(), AnyOf())), EVERY_JOB),
    (AllOf((Not(DEVELOPERS), AnyOf((Exists("budget"), Terms("workload", ("FULL_TIME",)))))), "05 06 07 08 10"),
    (Not(Not(DEVELOPERS)), "01 02 03 04 12"),
]


def jobs(numbers: str) -> set[str]:
    return {f"job_{number}" for number in numbers.split()}


def ids(result: SearchResult) -> list[str]:
    return [hit.document.ref.id for hit in result.hits]


@pytest.mark.parametrize(("wanted", "expected"), CASES)
async def test_a_filter_passes_exactly_its_documents_in_every_mode(
    find: Callable[..., Any], wanted: Filter, expected: str
) -> None:
    listed = await find(SearchRequest((Kind.JOB,), filter=wanted, limit=100, count=True))
    assert set(ids(listed)) == jobs(expected)
    assert listed.total == len(jobs(expected))
    assert listed.mode is None
    for mode in RetrievalMode:
        about = SearchRequest((Kind.JOB,), text="python developer", mode=mode, limit=100, count=True)
        everywhere = await find(about)
        found = await find(SearchRequest(**vars(about) | {"filter": wanted}))
        assert set(ids(found)) == set(ids(everywhere)) & jobs(expected)
        assert found.total == len(found.hits)
        assert found.mode is mode


@pytest.mark.parametrize("kind", list(Kind))
async def test_random_filters_mean_what_they_mean_in_python(
    find: Callable[..., Any], prepared: Any, market: Any, passes: Any, kind: Kind
) -> None:
    documents = prepared(market, None)[kind]
    random = Random(kind.value)  # noqa: S311  the same filters in every run
    for _ in range(150):
        wanted = some_filter(random, kind, documents, depth=3)
        expected = {document.document.ref.id for document in documents if passes(wanted, document)}
        found = await find(SearchRequest((kind,), filter=wanted, limit=100, count=True))
        assert set(ids(found)) == expected, wanted
        assert found.total == len(expected)
