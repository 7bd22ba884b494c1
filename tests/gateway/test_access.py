"""What is not for everybody, and what a viewer sees of their own."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import strawberry
import strawberry.federation
from strawberry.federation.schema_directives import Authenticated, RequiresScopes

from gateway.execution.executor import PlannedExecution
from gateway.settings import Settings
from resolvers.context import Context, PageSizes
from resolvers.viewer import ANYBODY, DEVELOPER, Viewer
from schema.access import guard_fields
from schema.sdl import graph
from tests.support.asking import Asking, asking
from tests.support.demo import OpenedIndex
from tests.support.tokens import SECRET, bearer, shared_token

EARNINGS = "talent:earnings:read"
MAY = bearer(shared_token(scope=f"other {EARNINGS}"))
MAY_NOT = bearer(shared_token(scope="other talent:earnings"))
TALENT = '{ talent(id: "talent_000001") { id totalEarnings { amount } } }'
FORBIDDEN = {"code": "FORBIDDEN", "requiredScopes": [[EARNINGS]]}
UNAUTHENTICATED = {"code": "UNAUTHENTICATED"}


@pytest.fixture
async def guarded(opened: OpenedIndex) -> AsyncIterator[Asking]:
    async with asking(opened, Settings(auth_secret=SECRET)) as found:
        yield found


async def answer(gateway: Asking, query: str, headers: dict[str, str], **variables: Any) -> dict[str, Any]:
    response: httpx.Response = await gateway.http.post(
        "/graphql", json={"query": query, "variables": variables}, headers=headers
    )
    found: dict[str, Any] = response.json()
    return found


async def test_whoever_has_the_scope_sees_exact_earnings(guarded: Asking) -> None:
    found = await answer(guarded, TALENT, MAY)
    assert "errors" not in found
    assert float(found["data"]["talent"]["totalEarnings"]["amount"]) >= 0


@pytest.mark.parametrize(("headers", "extensions"), [(MAY_NOT, FORBIDDEN), ({}, UNAUTHENTICATED)])
async def test_others_see_null_and_why_and_the_rest_is_answered(
    guarded: Asking, headers: dict[str, str], extensions: dict[str, Any]
) -> None:
    found = await answer(guarded, TALENT, headers)
    assert found["data"] == {"talent": {"id": "talent_000001", "totalEarnings": None}}
    [error] = found["errors"]
    assert (error["path"], error["extensions"]) == (["talent", "totalEarnings"], extensions)
    assert error["message"].startswith("`Talent.totalEarnings` ")


async def test_each_object_of_a_list_is_refused_by_itself(guarded: Asking) -> None:
    query = "{ searchTalent(first: 3) { nodes { name earned: totalEarnings { amount } } } }"
    found = await answer(guarded, query, MAY_NOT)
    assert [one["earned"] for one in found["data"]["searchTalent"]["nodes"]] == [None] * 3
    assert all(one["name"] for one in found["data"]["searchTalent"]["nodes"])
    assert [error["path"] for error in found["errors"]] == [
        ["searchTalent", "nodes", index, "earned"] for index in range(3)
    ]


async def test_references_of_a_router_are_guarded_too(guarded: Asking) -> None:
    query = (
        "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Talent { name totalEarnings { amount } } } }"
    )
    of = [{"__typename": "Talent", "id": "talent_000001"}]
    found = await answer(guarded, query, MAY_NOT, of=of)
    assert found["data"]["_entities"][0]["totalEarnings"] is None
    assert found["errors"][0]["extensions"] == FORBIDDEN
    assert (await answer(guarded, query, MAY, of=of))["data"]["_entities"][0]["totalEarnings"] is not None


@pytest.mark.parametrize("execution", [None, PlannedExecution])
async def test_the_guard_holds_whoever_executes(opened: OpenedIndex, execution: Any) -> None:
    async def errors(viewer: Viewer) -> list[str]:
        context = Context(opened.snapshot(), PageSizes(), viewer=viewer)
        found = await graph(execution).execute(TALENT, context_value=context)
        assert found.data is not None
        assert (found.data["talent"]["totalEarnings"] is None) is bool(found.errors)
        return [type(error.original_error).__name__ for error in found.errors or ()]

    assert await errors(Viewer("a", frozenset({EARNINGS}))) == []
    assert await errors(Viewer("a")) == ["Forbidden"]
    assert await errors(ANYBODY) == ["Unauthenticated"]
    assert await errors(DEVELOPER) == []


SEARCH = """query ($filter: TalentFilter, $sort: TalentSort! = RELEVANCE) {
    searchTalent(filter: $filter, sort: $sort) { totalCount } }"""


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({"filter": {"totalEarnings": {"gte": "1234.5"}}}, ["filter", "totalEarnings"]),
        ({"filter": {"totalEarnings": {"gt": "1000"}}}, ["filter", "totalEarnings"]),
        ({"filter": {"not": {"any": [{"totalEarnings": {"lte": "7"}}]}}}, ["filter", "not", "any", 0, "totalEarnings"]),
        ({"sort": "EARNINGS"}, ["sort"]),
    ],
)
async def test_exact_earnings_cannot_be_found_out_by_searching(
    guarded: Asking, arguments: dict[str, Any], path: list[str | int]
) -> None:
    found = await answer(guarded, SEARCH, MAY_NOT, **arguments)
    assert found["data"] == {"searchTalent": None}
    assert found["errors"][0]["extensions"] == FORBIDDEN | {"inputPath": path}
    assert (await answer(guarded, SEARCH, {}, **arguments))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert "errors" not in await answer(guarded, SEARCH, MAY, **arguments)


@pytest.mark.parametrize(
    ("query", "path"),
    [
        (
            "{ talentMarket(filter: {totalEarnings: {gt: 5}}) { talentCount } }",
            ["filter", "totalEarnings"],
        ),
        (
            """{ searchTalent(query: "x", prefer: {matching: [{filter: {totalEarnings: {gt: 5}}, weight: 1}]}) {
                totalCount } }""",
            ["prefer", "matching", 0, "filter", "totalEarnings"],
        ),
        (
            '{ job(id: "job_000001") { recommendedTalent(filter: {totalEarnings: {lt: 5}}) { nodes { id } } } }',
            ["filter", "totalEarnings"],
        ),
    ],
)
async def test_nor_by_anything_else_that_takes_a_filter(guarded: Asking, query: str, path: list[Any]) -> None:
    found = await answer(guarded, query, MAY_NOT)
    assert found["errors"][0]["extensions"] == FORBIDDEN | {"inputPath": path}
    assert "errors" not in await answer(guarded, query, MAY)


async def test_ranges_as_facets_have_them_are_for_everybody(guarded: Asking) -> None:
    query = """query ($filter: TalentFilter) { searchTalent(filter: $filter) { totalCount
        facets(fields: [EARNINGS]) { values { label count selected filter } } } }"""
    everything = (await answer(guarded, query, {}))["data"]["searchTalent"]
    [facet] = everything["facets"]
    assert facet["values"][0]["label"] == "At least 10000"
    for value in facet["values"]:
        chosen = await answer(guarded, query, {}, filter=value["filter"])
        assert chosen["data"]["searchTalent"]["totalCount"] == value["count"]
    below = await answer(guarded, query, {}, filter={"totalEarnings": {"gte": "100", "lt": "1000.00"}})
    assert "errors" not in below


VIEWER = """{ viewer { id scopes talent { id } client { id }
    recommendedJobs(first: 2) { nodes { id } } recommendedTalent(first: 2) { nodes { id } } } }"""


async def test_the_viewer_sees_what_is_recommended_to_them(guarded: Asking) -> None:
    talent = bearer(shared_token(talent_id="talent_000001"))
    found = (await answer(guarded, VIEWER, talent))["data"]["viewer"]
    same = '{ talent(id: "talent_000001") { recommendedJobs(first: 2) { nodes { id } } } }'
    expected = (await answer(guarded, same, {}))["data"]["talent"]
    assert found["talent"] == {"id": "talent_000001"}
    assert len(found["recommendedJobs"]["nodes"]) == 2
    assert found["recommendedJobs"] == expected["recommendedJobs"]
    assert (found["client"], found["recommendedTalent"]) == (None, None)


async def test_a_client_sees_talent_for_its_jobs(guarded: Asking) -> None:
    client = bearer(shared_token(marketplace_client_id="client_000018"))
    found = (await answer(guarded, VIEWER, client))["data"]["viewer"]
    same = '{ client(id: "client_000018") { recommendedTalent(first: 2) { nodes { id } } } }'
    expected = (await answer(guarded, same, {}))["data"]["client"]
    assert found["client"] == {"id": "client_000018"}
    assert found["recommendedTalent"] == expected["recommendedTalent"]
    assert (found["talent"], found["recommendedJobs"]) == (None, None)


async def test_who_the_token_speaks_of_may_have_gone(guarded: Asking) -> None:
    gone = bearer(shared_token(talent_id="talent_999999", marketplace_client_id="client_999999"))
    found = await answer(guarded, VIEWER, gone)
    assert found["data"]["viewer"] | {"recommendedTalent": None} == {
        "id": "user-1",
        "scopes": [],
        "talent": None,
        "client": None,
        "recommendedJobs": None,
        "recommendedTalent": None,
    }


async def test_nobody_in_particular_is_no_viewer(guarded: Asking, gateway: Asking) -> None:
    found = await answer(guarded, VIEWER, {})
    assert found["data"] == {"viewer": None}
    assert (found["errors"][0]["path"], found["errors"][0]["extensions"]) == (["viewer"], UNAUTHENTICATED)
    # In development, where nobody was told who may what, nobody is asked.
    assert await gateway.answer(VIEWER) == {"data": {"viewer": None}}
    assert "errors" not in await gateway.answer(TALENT)


async def test_in_production_nothing_is_open_by_accident(opened: OpenedIndex) -> None:
    async with asking(opened, Settings(mode="production")) as gateway:
        found = await answer(gateway, TALENT, {"Apollo-Require-Preflight": "1"})
        assert found["errors"][0]["extensions"] == UNAUTHENTICATED


@strawberry.type(directives=[Authenticated()])
class Secret:
    word: str = "open sesame"


@strawberry.type
class Root:
    secret: Secret | None = None


@strawberry.type
class Alternatives:
    @strawberry.field(directives=[RequiresScopes(scopes=[["a", "b"], ["c"]])])
    def value(self) -> int | None:
        return 1


def test_a_declaration_that_would_not_be_enforced_is_an_error() -> None:
    with pytest.raises(TypeError, match="Secret declares who may see it; declare it at the fields that give it"):
        guard_fields(strawberry.federation.Schema(Root)._schema)


@pytest.mark.parametrize(("scopes", "value"), [({"a", "b"}, 1), ({"c"}, 1), ({"a"}, None), (set(), None)])
async def test_one_alternative_of_scopes_is_enough(scopes: set[str], value: int | None) -> None:
    schema = strawberry.Schema(Alternatives)
    guard_fields(schema._schema)

    class Asked:
        viewer = Viewer("a", frozenset(scopes))

    found = await schema.execute("{ value }", root_value=Alternatives(), context_value=Asked())
    assert found.data == {"value": value}
    if found.errors:
        assert "needs the scope `a` and `b` or `c`; ask for a token that has it" in found.errors[0].message
