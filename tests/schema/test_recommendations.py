"""Recommendations in the graph, on the demo catalog: what is recommended, how often the engine is asked, and pages."""

from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from tests.support.asking import Asking
from tests.support.demo import Calls, Demo

EDGES = (
    "edges { cursor score node { id availability country languages { code } } job { id } "
    "match { clientFit talentFit score brokenRules reasons(first: 2) { kind } } "
    "reasons { kind isFor impact sentence skills { skill { id name } share coveredBy { id } cover } "
    "askedRate { amount } payableRate { amount } hours days } }"
)
JOB = "job_000000"
NUMBERS = {
    "RATE": ("askedRate",),
    "AVAILABILITY": ("hours",),
    "TIME_ZONE": ("hours",),
    "ACTIVITY": ("days",),
    "FRESHNESS": ("days",),
    "MATCHED_SKILLS": ("skills",),
}


async def recommended(gateway: Asking, arguments: str = "first: 10", fields: str = EDGES, job: str = JOB) -> Any:
    found = await gateway.data(f'{{ job(id: "{job}") {{ recommendedTalent({arguments}) {{ {fields} }} }} }}')
    return found["job"]["recommendedTalent"]


async def test_talent_is_recommended_with_scores_and_reasons_that_agree_with_the_records(
    gateway: Asking, demo: Demo
) -> None:
    edges = (await recommended(gateway))["edges"]
    assert len({edge["node"]["id"] for edge in edges}) == 10
    asked = demo.job[JOB]
    for edge in edges:
        match, talent = edge["match"], demo.talent[edge["node"]["id"]]
        client, own = match["clientFit"], match["talentFit"]
        assert edge["score"] == match["score"] == pytest.approx(2 * client * own / (client + own))
        assert edge["job"] == {"id": JOB}
        impacts = [abs(reason["impact"]) for reason in edge["reasons"]]
        assert impacts == sorted(impacts, reverse=True)
        assert [one["kind"] for one in match["reasons"]] == [one["kind"] for one in edge["reasons"][:2]]
        for reason in edge["reasons"]:
            assert reason["sentence"]
            assert reason["isFor"] is (reason["impact"] > 0)
            assert all(reason[field] is not None for field in NUMBERS.get(reason["kind"], ()))
            if reason["kind"] == "MATCHED_SKILLS":
                named = {one["skill"]["id"] for one in reason["skills"]}
                assert named == set(asked["skillIds"]) & set(talent["skillIds"])
                assert f"{len(named)} of {len(set(asked['skillIds']))} skills" in reason["sentence"]
    kinds = {reason["kind"] for edge in edges for reason in edge["reasons"]}
    assert {"MATCHED_SKILLS", "MISSING_SKILLS", "TEXT", "OCCUPATION", "RATE"} <= kinds


async def test_no_rule_is_broken_for_any_job_whatever_is_recommended(gateway: Asking, demo: Demo) -> None:
    nodes = (
        await gateway.data(
            "{ searchJobs(first: 60) { nodes { id recommendedTalent(first: 10) { nodes { id } "
            "edges { match { brokenRules } } } } } }"
        )
    )["searchJobs"]["nodes"]
    pairs = [
        (demo.job[job["id"]], demo.talent[one["id"]]) for job in nodes for one in job["recommendedTalent"]["nodes"]
    ]
    assert len(pairs) > 400
    assert any(job["locationMandatory"] for job, _ in pairs)
    for job, talent in pairs:
        assert talent["availability"] != "UNAVAILABLE"
        assert set(job["languages"]) <= {one["code"] for one in talent["languages"]}
        assert not job["locationMandatory"] or talent["country"] in job["preferredCountries"]
    for job in nodes:
        own = ["CLOSED"] if demo.job[job["id"]]["status"] == "CLOSED" else []
        assert all(edge["match"]["brokenRules"] == own for edge in job["recommendedTalent"]["edges"])


async def test_20_jobs_are_one_multi_search_and_one_fetch(gateway: Asking, calls: Calls) -> None:
    found = await gateway.data(
        "{ searchJobs(first: 20) { nodes { recommendedTalent(first: 5) { edges { score node { id title } } } } } }"
    )
    assert sum(len(job["recommendedTalent"]["edges"]) == 5 for job in found["searchJobs"]["nodes"]) > 15
    jobs, talent = calls.searches
    assert [request.kinds for request in jobs] == [(Kind.JOB,)]
    assert len([request for request in talent if request.limit > 1]) == 40
    [clients] = calls.fetches
    assert {ref.kind for ref in clients} == {Kind.CLIENT}
    assert len(clients) == len(set(clients))


async def test_the_reasons_of_20_jobs_are_one_fetch_more(gateway: Asking, calls: Calls) -> None:
    await gateway.data(
        "{ searchJobs(first: 20) { nodes { recommendedTalent(first: 5) { edges { reasons { sentence } } } } } }"
    )
    assert len(calls.searches) == 2
    assert [{ref.kind for ref in refs} for refs in calls.fetches] == [{Kind.CLIENT}, {Kind.SKILL, Kind.OCCUPATION}]


async def test_what_is_like_20_jobs_and_goes_with_their_skills_is_one_batch_for_each_level(
    gateway: Asking, calls: Calls
) -> None:
    found = await gateway.data(
        "{ searchJobs(first: 20) { nodes { similarJobs(first: 5) { edges { sharedSkills { name } } } "
        "skills { relatedSkills(first: 3) { skill { name } } } } } }"
    )
    nodes = found["searchJobs"]["nodes"]
    assert all(len(job["similarJobs"]["edges"]) == 5 for job in nodes)
    assert any(skill["relatedSkills"] for job in nodes for skill in job["skills"])
    assert [len(requests) for requests in calls.searches] == [1, 40]
    refs = [ref for some in calls.fetches for ref in some]
    assert {ref.kind for ref in refs} == {Kind.SKILL}
    assert len(refs) == len(set(refs))
    assert len(calls.fetches) <= 3


async def test_20_talent_are_one_multi_search_and_one_fetch(gateway: Asking, calls: Calls) -> None:
    found = await gateway.data(
        "{ searchTalent(first: 20) { nodes { recommendedJobs(first: 5) { edges { score node { id } } } "
        "similarTalent(first: 5) { nodes { id } } } } }"
    )
    assert any(one["recommendedJobs"]["edges"] for one in found["searchTalent"]["nodes"])
    # Two searches for candidates each, and for jobs one more that says what their words are a share of.
    assert [len(requests) for requests in calls.searches] == [1, 100]
    [clients] = calls.fetches
    assert {ref.kind for ref in clients} == {Kind.CLIENT}
    assert len(clients) == len(set(clients))


async def test_pages_go_on_where_the_last_one_ended(gateway: Asking) -> None:
    fields = "edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
    whole = await recommended(gateway, "first: 7", fields)
    first = await recommended(gateway, "first: 3", fields)
    after = first["pageInfo"]["endCursor"]
    second = await recommended(gateway, f'first: 4, after: "{after}"', fields)
    assert [edge["node"] for edge in first["edges"] + second["edges"]] == [edge["node"] for edge in whole["edges"]]
    assert first["pageInfo"]["hasNextPage"] is True
    assert [page["pageInfo"]["hasPreviousPage"] for page in (first, second)] == [False, True]
    assert second["pageInfo"]["startCursor"] == second["edges"][0]["cursor"]
    every = await recommended(gateway, "first: 100", fields)
    last = await recommended(gateway, f'first: 100, after: "{every["pageInfo"]["endCursor"]}"', fields)
    assert last["edges"] == [] or not last["pageInfo"]["hasNextPage"]
    assert await recommended(gateway, "first: 0", fields) == {
        "edges": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }


async def test_what_cannot_be_meant_is_refused(gateway: Asking) -> None:
    after = (await recommended(gateway, "first: 1", "pageInfo { endCursor }"))["pageInfo"]["endCursor"]
    ids = ", ".join(f'"talent_{number}"' for number in range(501))
    for arguments, code in {
        'after: "nonsense"': "INVALID_CURSOR",
        f'after: "{after}", excludeIds: ["talent_000001"]': "INVALID_CURSOR",
        "first: 101": "PAGE_TOO_LARGE",
        "first: -1": "INVALID_REQUEST",
        f"excludeIds: [{ids}]": "INVALID_REQUEST",
        'filter: { skillIds: { anyOf: ["skill_nowhere"] } }': "INVALID_FILTER",
    }.items():
        error = await gateway.error(f'{{ job(id: "{JOB}") {{ recommendedTalent({arguments}) {{ nodes {{ id }} }} }} }}')
        assert error["extensions"]["code"] == code, arguments


@pytest.mark.parametrize(
    "asked",
    [
        f'job(id: "{JOB}") {{ recommendedTalent(first: 1) {{ edges {{ reasons(first: -1) {{ kind }} }} }} }}',
        f'match(jobId: "{JOB}", talentId: "talent_000001") {{ reasons(first: -1) {{ kind }} }}',
        'skill(id: "skill_css") { relatedSkills(first: -1) { strength } }',
    ],
)
async def test_less_than_nothing_is_refused(gateway: Asking, asked: str) -> None:
    error = await gateway.error(f"{{ {asked} }}")
    assert error["extensions"]["code"] == "INVALID_REQUEST"
    assert "`first` is -1" in error["message"]


async def test_reasons_are_as_many_as_are_asked_for(gateway: Asking) -> None:
    query = f'{{ match(jobId: "{JOB}", talentId: "talent_000001") {{ none: reasons(first: 0) {{ kind }} '
    found = (await gateway.data(query + "two: reasons(first: 2) { kind } every: reasons { kind } } }"))["match"]
    assert found["none"] == []
    assert found["two"] == found["every"][:2]
    assert len(found["every"]) > 2


@pytest.mark.parametrize(
    ("asked", "comes"),
    [
        ("{ availability: { noneOf: [FULL_TIME] } }", False),
        ("{ not: { availability: { anyOf: [FULL_TIME] } } }", False),
        ("{ availability: { atLeast: AS_NEEDED } }", False),
        ("{ availability: { atMost: AS_NEEDED } }", True),
        ("{ availability: { noneOf: [FULL_TIME, PART_TIME, AS_NEEDED] } }", True),
    ],
)
async def test_who_takes_no_work_comes_where_that_is_asked_for(gateway: Asking, asked: str, comes: bool) -> None:
    found = await recommended(gateway, f"first: 100, filter: {asked}", "nodes { availability }")
    assert ("UNAVAILABLE" in {node["availability"] for node in found["nodes"]}) is comes
    assert found["nodes"]


async def test_a_filter_and_excluded_ids_apply_and_naming_a_fact_is_asking_for_it(gateway: Asking, demo: Demo) -> None:
    first = [node["id"] for node in (await recommended(gateway, "first: 5", "nodes { id }"))["nodes"]]
    ids = ", ".join(f'"{id_}"' for id_ in first[:3])
    others = await recommended(gateway, f"first: 100, excludeIds: [{ids}]", "nodes { id }")
    assert not {node["id"] for node in others["nodes"]} & set(first[:3])
    experts = await recommended(
        gateway, "filter: { experienceLevel: { anyOf: [EXPERT] } }", "nodes { experienceLevel }"
    )
    assert {node["experienceLevel"] for node in experts["nodes"]} == {"EXPERT"}
    asked = "filter: { any: [{ availability: { anyOf: [UNAVAILABLE] } }] }"
    away = await recommended(gateway, asked, EDGES)
    assert {edge["node"]["availability"] for edge in away["edges"]} == {"UNAVAILABLE"}
    assert len(away["edges"]) > 3
    assert all(edge["match"]["brokenRules"] == ["UNAVAILABLE"] for edge in away["edges"])
    own = next(id_ for id_, one in demo.talent.items() if one["availability"] != "UNAVAILABLE")
    query = "query ($id: ID!, $filter: JobFilter) { talent(id: $id) { recommendedJobs(first: 100, filter: $filter) "
    query += "{ nodes { id status } edges { score match { score } } } } }"
    jobs = (await gateway.data(query, id=own))["talent"]["recommendedJobs"]
    assert {node["status"] for node in jobs["nodes"]} == {"OPEN"}
    closed = await gateway.data(query, id=own, filter={"status": {"anyOf": ["CLOSED"]}})
    assert {node["status"] for node in closed["talent"]["recommendedJobs"]["nodes"]} == {"CLOSED"}


async def test_a_score_is_the_same_whatever_else_is_asked_for(gateway: Asking, demo: Demo) -> None:
    def by_id(page: Any) -> dict[str, float]:
        return {edge["node"]["id"]: edge["score"] for edge in page["edges"]}

    fields = "edges { score node { id } }"
    everybody = by_id(await recommended(gateway, "first: 20", fields))
    best, *others = everybody
    without = by_id(await recommended(gateway, f'first: 20, excludeIds: ["{best}"]', fields))
    assert {id_: without.get(id_) for id_ in others} == pytest.approx({id_: everybody[id_] for id_ in others}, abs=0.01)
    # Nobody in these has anything to do with a shop's books, and the best of them is no better for that.
    alien = "filter: { occupationId: { anyOf: [OCCUPATION] } }"
    of_others = {one["occupationId"] for one in demo.talent.values()} - {demo.job[JOB]["occupationId"]}
    asked = [alien.replace("OCCUPATION", f'"{id_}"') for id_ in sorted(of_others)]
    bests = [by_id(await recommended(gateway, f"first: 1, {one}", fields)) for one in asked]
    query = "query ($job: ID!, $talent: ID!) { match(jobId: $job, talentId: $talent) { score } }"
    for found in bests:
        for id_, score in found.items():
            matched = (await gateway.data(query, job=JOB, talent=id_))["match"]["score"]
            assert matched == pytest.approx(score, abs=0.01)


async def test_jobs_are_recommended_that_the_talent_may_do(gateway: Asking, demo: Demo) -> None:
    nodes = (
        await gateway.data(
            "{ searchTalent(first: 30) { nodes { id recommendedJobs(first: 10) { nodes { id } "
            "edges { match { brokenRules } reasons(first: 3) { sentence } } } } } }"
        )
    )["searchTalent"]["nodes"]
    for one in nodes:
        talent = demo.talent[one["id"]]
        for node in one["recommendedJobs"]["nodes"]:
            job = demo.job[node["id"]]
            assert job["status"] == "OPEN"
            assert set(job["languages"]) <= {spoken["code"] for spoken in talent["languages"]}
            assert not job["locationMandatory"] or talent["country"] in job["preferredCountries"]


async def test_what_is_like_another_has_skills_in_common_and_is_not_itself(gateway: Asking, demo: Demo) -> None:
    found = await gateway.data(
        f'{{ job(id: "{JOB}") {{ similarJobs(first: 5) {{ nodes {{ id }} edges {{ score node {{ id }} '
        "sharedSkills { id } } pageInfo { hasNextPage } } } "
        'talent(id: "talent_000001") { similarTalent(first: 5) { nodes { id } edges { score node { id } '
        "sharedSkills { id } } pageInfo { hasNextPage } } } }"
    )
    for own, records, page in (
        (JOB, demo.job, found["job"]["similarJobs"]),
        ("talent_000001", demo.talent, found["talent"]["similarTalent"]),
    ):
        scores = [edge["score"] for edge in page["edges"]]
        assert scores == sorted(scores, reverse=True)
        assert own not in {edge["node"]["id"] for edge in page["edges"]}
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        for edge in page["edges"]:
            shared = {skill["id"] for skill in edge["sharedSkills"]}
            assert shared == set(records[own]["skillIds"]) & set(records[edge["node"]["id"]]["skillIds"])


async def test_a_client_has_talent_for_its_open_jobs_each_once(gateway: Asking, calls: Calls, demo: Demo) -> None:
    jobs_of: dict[str, list[str]] = {}
    for id_, one in demo.job.items():
        if one["status"] == "OPEN":
            jobs_of.setdefault(one["clientId"], []).append(id_)
    client, jobs = max(jobs_of.items(), key=lambda item: len(item[1]))
    assert len(jobs) > 1
    found = await gateway.data(
        "query ($id: ID!) { client(id: $id) "
        "{ recommendedTalent(first: 30) { edges { score node { id } job { id } } } } }",
        id=client,
    )
    edges = found["client"]["recommendedTalent"]["edges"]
    assert {edge["job"]["id"] for edge in edges} <= set(jobs)
    assert len({edge["job"]["id"] for edge in edges}) > 1
    assert len({edge["node"]["id"] for edge in edges}) == len(edges)
    own, talent = calls.searches
    assert len(own) == 1
    assert len([request for request in talent if request.limit > 1]) == 2 * len(jobs)


async def test_a_match_is_what_is_recommended_and_names_the_rules_that_it_breaks(gateway: Asking, demo: Demo) -> None:
    [edge] = (await recommended(gateway, "first: 1"))["edges"]
    query = "query ($job: ID!, $talent: ID!) { match(jobId: $job, talentId: $talent) "
    query += "{ score clientFit brokenRules reasons(first: 1) { kind } } }"
    own = (await gateway.data(query, job=JOB, talent=edge["node"]["id"]))["match"]
    assert own["score"] == pytest.approx(edge["score"], abs=1e-4)
    assert own["brokenRules"] == []
    away = next(id_ for id_, one in demo.talent.items() if one["availability"] == "UNAVAILABLE")
    closed = next(id_ for id_, one in demo.job.items() if one["status"] == "CLOSED")
    broken = (await gateway.data(query, job=closed, talent=away))["match"]
    assert {"CLOSED", "UNAVAILABLE"} <= set(broken["brokenRules"])
    assert broken["score"] < own["score"]
    assert (await gateway.data(query, job=JOB, talent="talent_nowhere"))["match"] is None
    assert (await gateway.data(query, job="talent_000001", talent=JOB))["match"] is None


async def test_the_page_is_represented_beside_all_that_qualify(gateway: Asking) -> None:
    groups = "dimension value count share qualifiedCount qualifiedShare"
    found = await recommended(
        gateway,
        "first: 5",
        f"nodes {{ id }} representation {{ {groups} }} history: representation(by: [HISTORY]) {{ {groups} }}",
    )
    by: dict[str, list[Any]] = {}
    for group in found["representation"]:
        by.setdefault(group["dimension"], []).append(group)
    assert list(by) == ["COUNTRY", "EXPERIENCE_LEVEL", "HISTORY"]
    for some in by.values():
        assert sum(group["count"] for group in some) == 5
        assert sum(group["share"] for group in some) == pytest.approx(1)
        assert sum(group["qualifiedShare"] for group in some) == pytest.approx(1)
    assert found["history"] == by["HISTORY"]


async def test_skills_tell_which_go_with_them(gateway: Asking) -> None:
    found = await gateway.data('{ skill(id: "skill_css") { relatedSkills(first: 3) { strength skill { id name } } } }')
    related = found["skill"]["relatedSkills"]
    assert len(related) == 3
    assert all(0 < one["strength"] <= 1 and one["skill"]["name"] for one in related)
    error = await gateway.error('{ skill(id: "skill_css") { relatedSkills(first: 21) { strength } } }')
    assert error["extensions"]["code"] == "PAGE_TOO_LARGE"
