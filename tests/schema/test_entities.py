"""Entities by their ids, and their facts as the feed has them."""

import pytest

from resolvers.errors import SourceError
from tests.support.asking import Asking, asking
from tests.support.demo import Calls, Demo, OpenedIndex
from tests.support.engines import losing

IDS = {
    "job": "job_000000",
    "talent": "talent_000000",
    "client": "client_000000",
    "skill": "skill_css",
    "occupation": "occ_tax-adviser",
}
TYPES = {"job": "Job", "talent": "Talent", "client": "Client", "skill": "Skill", "occupation": "Occupation"}


@pytest.mark.parametrize("field", IDS)
async def test_an_entity_is_found_by_its_id(gateway: Asking, field: str) -> None:
    id_ = IDS[field]
    found = await gateway.data(f'{{ {field}(id: "{id_}") {{ id }} node(id: "{id_}") {{ __typename id }} }}')
    assert found == {field: {"id": id_}, "node": {"__typename": TYPES[field], "id": id_}}


@pytest.mark.parametrize("field", IDS)
@pytest.mark.parametrize("id_", ["", "nonsense", "job_", "job_999999", "talent_999999", "skill_x", "client_x", "occ_x"])
async def test_an_unknown_id_is_null(gateway: Asking, field: str, id_: str) -> None:
    found = await gateway.data(f'{{ {field}(id: "{id_}") {{ id }} node(id: "{id_}") {{ id }} }}')
    assert found == {field: None, "node": None}


@pytest.mark.parametrize("field", IDS)
async def test_an_id_of_another_kind_is_null(gateway: Asking, field: str) -> None:
    other = next(id_ for kind, id_ in IDS.items() if kind != field)
    assert await gateway.data(f'{{ {field}(id: "{other}") {{ id }} }}') == {field: None}


async def test_nodes_come_in_the_order_of_their_ids_with_null_for_the_missing(gateway: Asking) -> None:
    wanted = ["skill_css", "job_999999", "occ_tax-adviser", "nonsense", "", "skill_css", "talent_000000"]
    nodes = (await gateway.data("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=wanted))["nodes"]
    assert [node and node["id"] for node in nodes] == [
        "skill_css", None, "occ_tax-adviser", None, None, "skill_css", "talent_000000",
    ]  # fmt: skip


async def test_a_node_that_cannot_be_fetched_is_null_with_an_error_at_its_index(opened: OpenedIndex) -> None:
    async with asking(losing(opened, "skill_css", SourceError("it is lost"))) as gateway:
        answer = await gateway.answer(
            '{ there: __typename nodes(ids: ["job_000000", "skill_css", "job_999999", "skill_css"]) { id } }'
        )
    assert answer["data"] == {"there": "Query", "nodes": [{"id": "job_000000"}, None, None, None]}
    assert [(error["path"], error["message"], error["extensions"]) for error in answer["errors"]] == [
        (["nodes", index], "it is lost", {"code": "SOURCE_ERROR"}) for index in (1, 3)
    ]


async def test_too_many_nodes_leave_the_other_fields_answered(gateway: Asking) -> None:
    answer = await gateway.answer(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } there: __typename }", ids=["skill_css"] * 101
    )
    assert answer["data"] == {"nodes": None, "there": "Query"}
    assert [error["path"] for error in answer["errors"]] == [["nodes"]]


async def test_no_ids_are_no_nodes(gateway: Asking, calls: Calls) -> None:
    assert await gateway.data("{ nodes(ids: []) { id } }") == {"nodes": []}
    assert calls.fetches == []


async def test_too_many_ids_are_refused(gateway: Asking) -> None:
    error = await gateway.error("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["skill_css"] * 101)
    assert error["message"] == "`ids` has 101 ids, and may have 100; ask in several parts"
    assert error["extensions"] == {"code": "INVALID_REQUEST"}


def as_moment(text: str) -> str:
    return text.replace("Z", "+00:00")


async def test_a_job_has_the_facts_of_the_feed(gateway: Asking, demo: Demo) -> None:
    facts = (
        "id title description contractType experienceLevel duration workload publishedAt status proposalCount "
        "freelancersToHire preferredCountries locationMandatory timezone languages"
    )
    for record in demo.job.values():
        shown = (await gateway.data(f'{{ job(id: "{record["id"]}") {{ {facts} }} }}'))["job"]
        expected = {fact: record[fact] for fact in facts.split()}
        assert shown == expected | {"publishedAt": as_moment(record["publishedAt"])}


async def test_a_client_has_the_facts_of_the_feed(gateway: Asking, demo: Demo) -> None:
    facts = "id name country timezone rating reviewCount totalHires totalJobsPosted paymentVerified"
    for record in demo.client.values():
        query = f'{{ client(id: "{record["id"]}") {{ {facts} memberSince totalSpent {{ amount currency }} }} }}'
        spent = {"amount": str(record["totalSpent"]), "currency": "USD"}
        assert (await gateway.data(query))["client"] == {fact: record[fact] for fact in facts.split()} | {
            "memberSince": as_moment(record["memberSince"]),
            "totalSpent": spent,
        }


async def test_talent_has_the_facts_of_the_feed(gateway: Asking, demo: Demo) -> None:
    facts = (
        "id name title overview experienceLevel jobSuccessScore badge totalHours totalJobs rating reviewCount "
        "availability hoursPerWeek country timezone responseTimeHours"
    )
    joins = (
        "hourlyRate { amount currency } totalEarnings { amount } languages { code level } "
        "skills { id } occupation { id }"
    )
    for record in list(demo.talent.values())[:50]:
        shown = (await gateway.data(f'{{ talent(id: "{record["id"]}") {{ {facts} {joins} }} }}'))["talent"]
        rate = {"amount": str(record["hourlyRate"]["amount"]), "currency": "USD"}
        assert shown == {fact: record[fact] for fact in facts.split()} | {
            "hourlyRate": rate,
            "totalEarnings": {"amount": str(record["totalEarnings"])},
            "languages": record["languages"],
            "skills": [{"id": id_} for id_ in record["skillIds"]],
            "occupation": {"id": record["occupationId"]},
        }


async def test_skills_and_occupations_have_the_facts_of_the_feed(gateway: Asking, demo: Demo) -> None:
    skill, occupation = demo.skill["skill_css"], demo.occupation["occ_tax-adviser"]
    found = await gateway.data(
        '{ skill(id: "skill_css") { id name aliases kind description broader { id } } '
        'occupation(id: "occ_tax-adviser") { id name aliases iscoGroup description } }'
    )
    assert found["skill"] == {
        **{fact: skill[fact] for fact in ("id", "name", "aliases", "kind", "description")},
        "broader": [{"id": id_} for id_ in skill["broader"]],
    }
    assert found["occupation"] == {fact: occupation[fact] for fact in found["occupation"]}


async def test_an_occupation_lists_its_jobs_and_talent(gateway: Asking, demo: Demo) -> None:
    found = (
        await gateway.data(
            '{ occupation(id: "occ_wordpress-developer") { jobs(first: 100) { totalCount nodes { id } } '
            "talent(last: 100) { nodes { id } } } }"
        )
    )["occupation"]
    jobs = [job["id"] for job in demo.job.values() if job["occupationId"] == "occ_wordpress-developer"]
    talent = [one["id"] for one in demo.talent.values() if one["occupationId"] == "occ_wordpress-developer"]
    assert sorted(node["id"] for node in found["jobs"]["nodes"]) == sorted(jobs)
    assert found["jobs"]["totalCount"] == len(jobs) > 0
    assert sorted(node["id"] for node in found["talent"]["nodes"]) == sorted(talent)


async def test_a_client_lists_its_open_jobs(gateway: Asking, demo: Demo) -> None:
    found = await gateway.data('{ client(id: "client_000018") { openJobs { nodes { id client { id } } } } }')
    expected = sorted(
        job["id"] for job in demo.job.values() if job["clientId"] == "client_000018" and job["status"] == "OPEN"
    )
    nodes = found["client"]["openJobs"]["nodes"]
    assert sorted(node["id"] for node in nodes) == expected
    assert {node["client"]["id"] for node in nodes} == {"client_000018"}


async def test_a_mixed_search_finds_all_kinds_but_clients(gateway: Asking) -> None:
    query = (
        'query ($kinds: [EntityKind!]) { search(query: "css website", kinds: $kinds, first: 100) '
        "{ nodes { __typename } } }"
    )
    nodes = (await gateway.data(query))["search"]["nodes"]
    assert {node["__typename"] for node in nodes} == {"Job", "Talent", "Skill", "Occupation"}
    nodes = (await gateway.data(query, kinds=["SKILL", "SKILL"]))["search"]["nodes"]
    assert {node["__typename"] for node in nodes} == {"Skill"}


@pytest.mark.parametrize("kinds", [[], ["CLIENT"], ["JOB", "CLIENT"]])
async def test_a_mixed_search_needs_kinds_that_it_can_find(gateway: Asking, kinds: list[str]) -> None:
    query = 'query ($kinds: [EntityKind!]) { search(query: "css", kinds: $kinds) { totalCount } }'
    error = await gateway.error(query, kinds=kinds)
    assert error["message"] == "`kinds` takes one or more of JOB, TALENT, SKILL, OCCUPATION"
    assert error["extensions"] == {"code": "INVALID_REQUEST"}


async def test_a_mixed_search_needs_a_text(gateway: Asking) -> None:
    error = await gateway.error('{ search(query: "  ") { totalCount } }')
    assert error["message"] == "`query` is blank; a mixed search needs a text"
