"""What recommendations need of an engine: candidates in one multi-search, and what the catalog says of skills."""

from datetime import UTC, datetime
from typing import Any

import pytest

from indexing.relating import learned_from
from indexing.usual import Posted, usual_of
from resolvers.catalog.kind import Kind
from resolvers.context import Context, PageSizes
from resolvers.ranking.features import Feature
from resolvers.ranking.rules import broken
from resolvers.ranking.skills import SkillCounts
from resolvers.recommendations.asked import PageArguments, recommended_talent, similar_to
from resolvers.recommendations.recommend import jobs_for, match, talent_for_client
from resolvers.recommendations.wish import Wish
from resolvers.sources.base import Terms
from tests.support.demo import CountingSource

NOW = datetime(2026, 6, 6, tzinfo=UTC)
OCCUPATIONS = usual_of([Posted("", "django", "occ_writer", ())] * 3)


@pytest.fixture(scope="module")
def taught(engine: Any, market: Any, topics: Any) -> Any:
    """An engine whose index knows what goes together, and what is usual."""
    fresh = engine()
    jobs, talent = ([one.skill_ids for one in market[kind]] for kind in (Kind.JOB, Kind.TALENT))
    fresh.build(fresh.place, market, topics, skills=learned_from(jobs, talent), occupations=OCCUPATIONS)
    return fresh


@pytest.fixture
async def counted(taught: Any, topics: Any) -> Any:
    async with taught.open(taught.place, topics) as source:
        yield CountingSource(source)


def context(counted: Any) -> Context:
    return Context(counted.snapshot(), PageSizes(), now=lambda: NOW)


def talent_of(found: Any) -> list[str]:
    return [one.pairing.talent.record.id for one in found.page.items]


async def test_recommendations_are_the_same_on_every_engine(counted: Any) -> None:
    known = counted.snapshot().info().skills
    assert known.counts["skill_python"] == SkillCounts(3, 3)
    about = context(counted)
    found = await recommended_talent(about, "job_01", Wish(), PageArguments(first=3))
    assert found is not None
    assert talent_of(found)[0] == "talent_01"
    assert "talent_06" not in [one.pairing.talent.record.id for one in found.qualified]
    asked = Wish(Terms("availability", ("UNAVAILABLE",)))
    away = await recommended_talent(about, "job_02", asked, PageArguments())
    assert away is not None
    assert talent_of(away) == ["talent_06"]
    without = await recommended_talent(about, "job_01", Wish(excluded=("talent_01",)), PageArguments())
    assert without is not None
    assert "talent_01" not in talent_of(without)
    likest = await similar_to(about, Kind.JOB, "job_05", Wish(), PageArguments(first=1))
    assert likest is not None
    assert [one.document.ref.id for one in likest.page.items] == ["job_06"]
    assert await recommended_talent(about, "job_nowhere", Wish(), PageArguments()) is None


async def test_talent_is_found_by_what_is_usual_for_the_occupation(counted: Any) -> None:
    assert counted.snapshot().info().occupations.content == OCCUPATIONS.content
    about = context(counted)
    # The zookeeper's job has no word of this profile, and is of an occupation whose jobs have one.
    found = await recommended_talent(about, "job_10", Wish(), PageArguments())
    assert found is not None
    assert talent_of(found) == ["talent_01"]
    matched = await match(about, "job_10", "talent_01")
    assert matched is not None
    assert matched.value(Feature.WORDS) == found.page.items[0].value(Feature.WORDS) == 1.0


async def test_hard_rules_hold_in_both_directions(counted: Any, market: Any) -> None:
    about = context(counted)
    here = await recommended_talent(about, "job_10", Wish(), PageArguments())
    assert here is not None
    assert {one.pairing.talent.record.country for one in here.qualified} <= {"DE", "AT"}
    [german] = [one for one in market[Kind.TALENT] if one.id == "talent_03"]
    found = {one.pairing.job.record.id for one in await jobs_for(about, german, Wish(), NOW)}
    assert found == {"job_11"}
    [closed] = [one for one in market[Kind.JOB] if one.id == "job_04"]
    assert closed.id not in found
    matched = await match(about, "job_04", "talent_06")
    assert matched is not None
    assert {rule.value for rule in broken(closed, matched.pairing.talent.record)} == {"CLOSED", "UNAVAILABLE"}


async def test_all_jobs_of_a_level_are_one_batch(counted: Any) -> None:
    about = context(counted)
    found = await talent_for_client(about, "client_c", Wish(), NOW)
    assert found
    assert [len(requests) for requests in counted.calls.searches] == [1, 6]
    [refs] = counted.calls.fetches
    assert [ref.id for ref in refs] == ["client_c"]
