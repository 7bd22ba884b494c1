"""What recommendations need of an engine: candidates in one multi-search, and what the catalog says of skills."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from indexing.relating import learned_from
from indexing.usual import Posted, usual_of
from resolvers.catalog.kind import Kind, Ref
from resolvers.context import Context, PageSizes
from resolvers.ranking.features import Feature
from resolvers.ranking.rules import Rule, broken
from resolvers.ranking.skills import SkillCounts
from resolvers.recommendations.asked import PageArguments, recommended_talent, similar_to
from resolvers.recommendations.recommend import jobs_for, match, talent_for, talent_for_client
from resolvers.recommendations.wish import Wish
from resolvers.sources.base import SearchRequest, Terms
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
    assert 0 < matched.value(Feature.WORDS) == found.page.items[0].value(Feature.WORDS)


async def test_a_score_does_not_depend_on_who_else_is_in_the_list(counted: Any) -> None:
    async def scores(wish: Wish) -> dict[str, float]:
        found = await talent_for(context(counted), job, wish, NOW)
        return {one.pairing.talent.record.id: one.score for one in found}

    [job] = [one.record for one in await counted.snapshot().fetch([Ref(Kind.JOB, "job_01")])]
    everybody = await scores(Wish())
    assert len(everybody) > 2
    without_the_best = await scores(Wish(excluded=(max(everybody, key=everybody.__getitem__),)))
    assert without_the_best
    experts = await scores(Wish(Terms("experience_level", ("EXPERT",))))
    assert experts
    for some in (without_the_best, experts):
        assert some == pytest.approx({id_: everybody[id_] for id_ in some}, abs=1e-5)
    for id_, score in everybody.items():
        matched = await match(context(counted), "job_01", id_)
        assert matched is not None
        assert matched.score == pytest.approx(score, abs=1e-5)


async def test_the_best_of_the_countries_that_a_job_insists_on_need_not_be_good(counted: Any) -> None:
    # Somebody elsewhere has more of what is looked for.
    found = await recommended_talent(context(counted), "job_10", Wish(), PageArguments())
    assert found is not None
    assert max(one.value(Feature.WORDS) for one in found.qualified) < 0.9


async def test_the_search_for_candidates_passes_all_that_no_rule_forbids_and_nothing_else(
    counted: Any, market: Any
) -> None:
    async def passing(kind: Kind, wanted: Any) -> set[str]:
        [found] = await counted.snapshot().search([SearchRequest((kind,), filter=wanted, sort="ID", limit=50)])
        return {hit.document.ref.id for hit in found.hits}

    jobs, talent = market[Kind.JOB], market[Kind.TALENT]
    wants_german = msgspec.structs.replace(jobs[0], languages=("de", "en"))
    for one in talent:
        fitting = {job.id for job in jobs if not broken(job, one) - {Rule.UNAVAILABLE}}
        assert await passing(Kind.JOB, Wish().jobs_for(one)) == fitting
    for job in (*jobs, wants_german):
        fitting = {one.id for one in talent if not broken(job, one) - {Rule.CLOSED}}
        assert await passing(Kind.TALENT, Wish().talent_for(job)) == fitting


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
