"""Facets of how long ago something was: a value stays chosen while time goes on."""

from datetime import UTC, datetime, timedelta

import pytest

from resolvers.sources.aggregations import Aggregate
from schema.conditions import DateTimeRange
from schema.facets.jobs import JOB_FACETS, JobFacetField
from schema.facets.kinds import DAYS
from schema.filters import JobFilter
from schema.inputs import as_json

NOW = datetime(2026, 11, 1, 12, 30, 45, tzinfo=UTC)
MINUTE = NOW.replace(second=0)
WEEK = JobFilter(published_at=DateTimeRange(gte=MINUTE - timedelta(days=7)))


def chosen(given: JobFilter, now: datetime) -> list[str]:
    """The labels of the values that are chosen."""
    shape = JOB_FACETS.shape(JobFacetField.POSTED_WITHIN, given, now)
    values, _ = shape.counted(given, 10, [Aggregate(0) for _ in shape.asked(given, 10)])
    return [value.value.label for value in values if value.selected]


def test_the_values_are_so_many_days_to_the_minute() -> None:
    shape = JOB_FACETS.shape(JobFacetField.POSTED_WITHIN, JobFilter(), NOW)
    values, distinct = shape.counted(JobFilter(), 10, [Aggregate(0) for _ in DAYS])
    assert distinct == 0
    assert [as_json(value.toggled)["publishedAt"]["gte"] for value in values] == [
        "2026-10-31T12:30:00Z",
        "2026-10-29T12:30:00Z",
        "2026-10-25T12:30:00Z",
        "2026-10-18T12:30:00Z",
        "2026-10-02T12:30:00Z",
    ]


@pytest.mark.parametrize("later", [timedelta(), timedelta(minutes=10), timedelta(hours=8)])
def test_a_value_is_chosen_for_some_time_after_it_was_given(later: timedelta) -> None:
    assert chosen(WEEK, NOW + later) == ["Last 7 days"]


def test_a_moment_that_is_none_of_ours_is_a_value_of_its_own() -> None:
    assert chosen(WEEK, NOW + timedelta(hours=9)) == ["at least 2026-10-25T12:30Z"]
    between = JobFilter(published_at=DateTimeRange(gte=MINUTE - timedelta(days=7), lt=MINUTE))
    assert chosen(between, NOW) == ["at least 2026-10-25T12:30Z and below 2026-11-01T12:30Z"]


def test_choosing_it_again_leaves_it_out() -> None:
    shape = JOB_FACETS.shape(JobFacetField.POSTED_WITHIN, WEEK, NOW + timedelta(hours=1))
    values, _ = shape.counted(WEEK, 10, [Aggregate(0) for _ in DAYS])
    assert [as_json(value.toggled) for value in values if value.selected] == [{}]
