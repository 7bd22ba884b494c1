"""What operations cost, by estimate and by their answers."""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse, validate

from gateway.limits import cost
from gateway.limits.cost import Cost, Costs
from gateway.limits.declared import MUTATION_WEIGHT
from gateway.settings import Settings
from schema.sdl import graph
from tests.support.asking import Asking, asking
from tests.support.demo import OpenedIndex

PAGE = 20


def cost_of(text: str, page_size: int = PAGE) -> Cost:
    document = parse(text)
    assert validate(graph().core, document) == []
    [operation] = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    return Costs(graph().core, page_size).of(operation, fragments)


def estimated(text: str, variables: Mapping[str, Any] | None = None, page_size: int = PAGE) -> int:
    return cost_of(text, page_size).estimated(variables or {})


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ('{ job(id: "") { id title } }', 1),
        ("{ __typename __schema { types { name } } }", 0),
        ('{ job(id: "") { client { name country } } }', 1 + 1),
        # 10 for the search, 20 items by default.
        ("{ searchJobs { nodes { id } } }", 10 + 20),
        ("{ searchJobs(first: 5) { nodes { id } pageInfo { hasNextPage } totalCount } }", 10 + 5 + 1 + 5),
        ("{ searchJobs(last: 7) { edges { cursor node { id } } } }", 10 + 7 * (1 + 1)),
        ("{ searchJobs(first: 0) { nodes { id } } }", 10),
        ("{ searchJobs(first: 3) { nodes { skills { name } } edges { cursor } } }", 10 + 3 * (1 + 10) + 3),
        ("{ searchJobs(first: 2) { nodes { recommendedTalent(first: 4) { nodes { id } } } } }", 10 + 2 * (1 + 50 + 4)),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 3),
        ('{ suggest(prefix: "py") { text } }', 8),
        ('{ suggest(prefix: "py", first: 3) { text } }', 3),
        ("{ searchJobs(first: 1) { facets(fields: [SKILLS, CLIENT_RATING]) { label } } }", 10 + 2 * 5),
        ("{ searchJobs(first: 1) { facets(fields: SKILLS, limit: 30) { values { label } } } }", 10 + 5 + 30),
        ("{ searchJobs(first: 1, filter: {all: [{status: {anyOf: [OPEN]}}, {}]}) { nodes { id } } }", 10 + 1 + 4),
        ('{ node(id: "") { id ... on Job { client { id } skills { id } } ... on Skill { broader { id } } } }', 1 + 11),
        ('{ _entities(representations: [{__typename: "Job"}]) { ... on Job { client { id } } } }', 1 + 1),
    ],
)
def test_an_estimate_adds_up_what_is_declared(text: str, points: int) -> None:
    assert estimated(text) == points


def test_what_depends_on_variables_is_computed_for_each_request() -> None:
    text = """query ($first: Int, $ids: [ID!]!, $filter: JobFilter, $fields: [JobFacetField!]) {
        searchJobs(first: $first, filter: $filter) { nodes { id } facets(fields: $fields) { label } }
        nodes(ids: $ids) { id } }"""
    every = len(graph().core.type_map["JobFacetField"].values)
    nothing = {"ids": []}
    assert estimated(text, nothing) == 10 + 20 + 5 * every
    assert estimated(text, nothing, page_size=50) == 10 + 50 + 5 * every
    given = {"first": 2, "ids": ["a", "b"], "filter": {"all": [{"status": {}}]}, "fields": ["SKILLS"]}
    assert estimated(text, given) == 10 + 2 + 3 + 5 + 2
    # More is an error of the field, and costs no more than what there can be.
    assert estimated(text, nothing | {"first": 2**31 - 1, "fields": []}) == 10 + 1_000
    assert estimated(text, nothing | {"first": -5, "fields": None}) == 10 + 5 * every


def test_fields_that_are_merged_count_once() -> None:
    text = """{ searchJobs(first: 2) { ...A ...B nodes { client { id } } } }
        fragment A on JobSearchConnection { nodes { id client { name } } }
        fragment B on JobSearchConnection { nodes { title client { country } } ...A }"""
    assert estimated(text) == 10 + 2 * (1 + 1)
    assert estimated('{ a: job(id: "a") { id } b: job(id: "b") { id } }') == 2


def test_what_is_left_out_costs_nothing() -> None:
    text = """query ($yes: Boolean!, $no: Boolean!) {
        job(id: "") @include(if: $yes) { client @skip(if: $no) { id } skills @include(if: false) { id } }
        ... @skip(if: $no) { job(id: "") { occupation { id } } } }"""
    assert estimated(text, {"yes": True, "no": False}) == 1 + 1 + 1
    assert estimated(text, {"yes": True, "no": True}) == 1
    assert estimated(text, {"yes": False, "no": True}) == 0


def test_the_dearest_type_counts() -> None:
    text = """{ search(query: "x", first: 3) { nodes { __typename
        ... on Job { client { id } } ... on Talent { similarTalent(first: 2) { nodes { id } } } ... on Node { id }
        } } }"""
    assert estimated(text) == 10 + 3 * (1 + 20 + 2)


def test_the_answer_tells_what_it_has_cost() -> None:
    found = cost_of(
        "query ($first: Int) { searchJobs(first: $first) { totalCount nodes { client { id } skills { id } } } }"
    )
    job = {"client": {"id": "1"}, "skills": [{"id": "1"}, {"id": "2"}]}
    answer = {"searchJobs": {"totalCount": 7, "nodes": [job, job | {"client": None}]}}
    assert found.actual(answer, {"first": 50}) == 10 + 5 + 2 * (1 + 2) + 1
    assert found.actual({"searchJobs": None}, {}) == 0
    assert found.actual(None, {}) == 0


def test_a_mutation_costs_more() -> None:
    assert Cost(3, {}, MUTATION_WEIGHT).estimated({}) == 13


async def test_the_answer_says_its_cost_when_asked(gateway: Asking) -> None:
    query = {"query": "{ searchJobs(first: 3) { nodes { id } } }"}
    told = (await gateway.http.post("/graphql", json=query, headers={"GraphQL-Cost": "1"})).json()
    assert told["extensions"] == {"cost": {"estimated": 13, "actual": 13, "limit": 20_000}}
    assert list((await gateway.http.post("/graphql", json=query)).json()) == ["data"]


async def test_too_dear_an_operation_is_refused_before_it_is_executed(opened: OpenedIndex) -> None:
    query = "query ($first: Int) { searchJobs(first: $first) { nodes { id } } }"
    async with asking(opened, Settings(cost_max_anonymous=30)) as gateway:
        assert len((await gateway.data(query, first=20))["searchJobs"]["nodes"]) == 20
        response = await gateway.http.post("/graphql", json={"query": query, "variables": {"first": 21}})
        assert (response.status_code, list(response.json())) == (400, ["errors"])
        [error] = response.json()["errors"]
        assert error["extensions"] == {"code": "COST_LIMIT_EXCEEDED", "limit": 30, "actual": 31}
        assert error["message"].startswith(
            "this may cost 31 points, and an operation may cost 30; ask for shorter pages"
        )


async def test_an_operation_of_too_many_fields_is_refused(opened: OpenedIndex) -> None:
    levels = 8
    fragments = " ".join(
        f"fragment F{n} on Skill {{ broader {{ ...F{n + 1} }} relatedSkills {{ skill {{ ...F{n + 1} }} }} }}"
        for n in range(levels)
    )
    query = f'{{ skill(id: "") {{ ...F0 }} }} {fragments} fragment F{levels} on Skill {{ id }}'
    async with asking(opened) as gateway:
        assert (await gateway.error(query))["extensions"]["code"] == "COST_LIMIT_EXCEEDED"
    look = cost._Look(graph().core, cost.DeclaredCosts(graph().core), {}, PAGE)
    look._fields_left = 0
    root, document = graph().core.query_type, parse("{ __typename searchJobs { totalCount } }")
    part = cost.Part(document.definitions[0].selection_set, cost.ALWAYS)
    with pytest.raises(cost.TooManyFields):
        look.object(root, [part], {})
