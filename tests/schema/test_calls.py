"""How often the engine is asked: once a level, whatever the number of items, and never for what is there already."""

from resolvers.catalog.kind import Kind
from tests.support.asking import Asking
from tests.support.demo import Calls, Demo


async def test_50_jobs_with_client_skills_and_occupation_are_one_search_and_one_fetch(
    gateway: Asking, calls: Calls, demo: Demo
) -> None:
    jobs = (
        await gateway.data(
            "{ searchJobs(first: 50) { nodes { id client { id } skills { id name } occupation { id } } } }"
        )
    )["searchJobs"]["nodes"]
    assert len(jobs) == 50
    for job in jobs:
        record = demo.job[job["id"]]
        assert job["client"] == {"id": record["clientId"]}
        assert [skill["id"] for skill in job["skills"]] == record["skillIds"]
        assert job["occupation"] == {"id": record["occupationId"]}
    [requests], [refs] = calls.searches, calls.fetches
    assert len(requests) == 1
    assert len(refs) == len(set(refs))
    assert {ref.kind for ref in refs} == {Kind.CLIENT, Kind.SKILL, Kind.OCCUPATION}


async def test_a_count_alone_is_one_search_that_brings_no_hit(gateway: Asking, calls: Calls) -> None:
    assert await gateway.data("{ searchJobs { totalCount } }") == {"searchJobs": {"totalCount": 120}}
    [[request]] = calls.searches
    assert (request.limit, request.count) == (0, True)
    assert calls.fetches == []


async def test_a_page_alone_is_not_counted(gateway: Asking, calls: Calls) -> None:
    await gateway.data("{ searchJobs(first: 3) { nodes { id } pageInfo { hasNextPage } } }")
    [[request]] = calls.searches
    assert (request.limit, request.count) == (3, False)


async def test_a_page_its_count_and_how_it_was_answered_are_one_request(gateway: Asking, calls: Calls) -> None:
    found = (
        await gateway.data(
            '{ searchJobs(query: "website", mode: LEXICAL, sort: NEWEST, first: 3) '
            "{ nodes { id } edges { cursor } totalCount pageInfo { endCursor } meta { mode engine } } }"
        )
    )["searchJobs"]
    assert found["meta"] == {"mode": "LEXICAL", "engine": "embedded"}
    [[request]] = calls.searches
    assert (request.limit, request.count, request.sort) == (3, True, "NEWEST")


async def test_how_a_search_was_answered_is_asked_without_hits(gateway: Asking, calls: Calls) -> None:
    found = (await gateway.data("{ searchJobs { meta { mode generationAgeSeconds tookMilliseconds } } }"))["searchJobs"]
    assert found["meta"]["mode"] is None
    assert found["meta"]["generationAgeSeconds"] >= 0
    assert found["meta"]["tookMilliseconds"] >= 0
    [[request]] = calls.searches
    assert (request.limit, request.count) == (0, False)


async def test_the_counts_of_a_list_of_skills_are_one_batch(gateway: Asking, calls: Calls, demo: Demo) -> None:
    ids = ["skill_css", "skill_vat", "skill_flutter"]
    nodes = (
        await gateway.data(
            "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Skill { id openJobCount talentCount } } }", ids=ids
        )
    )["nodes"]
    open_jobs = [job for job in demo.job.values() if job["status"] == "OPEN"]
    assert nodes == [
        {
            "id": id_,
            "openJobCount": sum(id_ in job["skillIds"] for job in open_jobs),
            "talentCount": sum(id_ in talent["skillIds"] for talent in demo.talent.values()),
        }
        for id_ in ids
    ]
    [requests] = calls.searches
    assert len(requests) == 6
    assert {request.limit for request in requests} == {0}
    assert len(calls.fetches) == 1


async def test_what_a_search_has_found_is_not_fetched_again(gateway: Asking, calls: Calls) -> None:
    nodes = (
        await gateway.data(
            '{ search(query: "css html wordpress", kinds: [JOB, SKILL], mode: LEXICAL, first: 100) '
            "{ nodes { __typename ... on Job { skills { id } } ... on Skill { id } } } }"
        )
    )["search"]["nodes"]
    found = {node["id"] for node in nodes if node["__typename"] == "Skill"}
    asked = {skill["id"] for node in nodes if node["__typename"] == "Job" for skill in node["skills"]}
    assert found & asked
    [refs] = calls.fetches
    assert {ref.id for ref in refs} == asked - found


async def test_one_entity_asked_for_in_several_ways_is_fetched_once(gateway: Asking, calls: Calls) -> None:
    found = await gateway.data(
        '{ job(id: "job_000000") { title } node(id: "job_000000") { ... on Job { title } } '
        'nodes(ids: ["job_000000", "job_000000"]) { ... on Job { title } } }'
    )
    title = {"title": "Speed up a slow Elementor site"}
    assert found == {"job": title, "node": title, "nodes": [title, title]}
    [[ref]] = calls.fetches
    assert ref == (Kind.JOB, "job_000000")


async def test_ids_in_a_filter_are_looked_up_together(gateway: Asking, calls: Calls) -> None:
    await gateway.data(
        '{ searchJobs(filter: { skillIds: { anyOf: ["skill_css", "skill_vat"] }, clientId: '
        '{ noneOf: ["client_000001"] } }) { totalCount } }'
    )
    [refs] = calls.fetches
    assert {ref.id for ref in refs} == {"skill_css", "skill_vat", "client_000001"}


async def test_listings_of_a_level_are_one_multi_search(gateway: Asking, calls: Calls) -> None:
    clients = ", ".join(f'"client_{number:06}"' for number in range(10))
    await gateway.data(
        f"{{ nodes(ids: [{clients}]) {{ ... on Client {{ openJobs(first: 2) {{ totalCount nodes {{ id }} }} }} }} }}"
    )
    [requests] = calls.searches
    assert len(requests) == 10
    assert all(request.count and request.limit == 2 for request in requests)


async def test_operations_share_no_loader(gateway: Asking, calls: Calls) -> None:
    for _ in range(2):
        await gateway.data('{ job(id: "job_000000") { id } }')
    assert len(calls.fetches) == 2
