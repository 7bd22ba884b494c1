"""What production mode closes, and that each of it can be opened, or closed in development."""

import logging
from typing import Any

import pytest

from gateway.settings import Settings
from resolvers.errors import DeadlineExceeded, SourceUnavailable
from tests.support.asking import Asking, asking
from tests.support.engines import answering_each

PREFLIGHT = {"Apollo-Require-Preflight": "true"}
CLOSED = Settings(mode="production")


async def errors(gateway: Asking, document: str, **variables: Any) -> list[str]:
    return [error["message"] for error in (await gateway.answer(document, **variables))["errors"]]


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ("{ __schema { queryType { name } } }", "introspection"),
        ('{ __type(name: "Job") { name } }', "introspection"),
        ("{ ...F } fragment F on Query { hidden: __schema { __typename } }", "introspection"),
        ("{ _service { sdl } }", "service_sdl"),
    ],
)
async def test_the_schema_cannot_be_asked_for(document: str, name: str) -> None:
    async with asking(answering_each(None), CLOSED) as gateway:
        [said] = await errors(gateway, document)
        assert f"set GATEWAY_{name.upper()}=true where this gateway is run" in said
        assert await gateway.data("{ __typename }") == {"__typename": "Query"}
    opened = Settings(mode="production", **{name: True})  # type: ignore[arg-type]
    for settings in (opened, Settings()):
        async with asking(answering_each(None), settings) as gateway:
            assert await gateway.data(document)


HINTS = [
    ('{ jop(id: "a") { id } }', "Cannot query field 'jop' on type 'Query'."),
    ('{ job(it: "a") { id } }', "Unknown argument 'it' on field 'Query.job'."),
    ('{ job(id: "a") }', "Field 'job' of type 'Job' must have a selection of subfields."),
    ("{ job { id } }", "A required argument of 'Query.job' was not provided."),
    ("{ node(id: 1) { ... on Jop { id } } }", "Unknown type 'Jop'."),
    ("{ searchJobs(sort: RELEVANT) { totalCount } }", "Value 'RELEVANT' does not exist in 'JobSort' enum."),
    (
        "{ searchJobs(filter: { skillId: 1 }) { totalCount } }",
        "Expected value of type 'JobFilter' not to include unknown field 'skillId', found: { skillId: 1 }.",
    ),
]


@pytest.mark.parametrize(("document", "said"), HINTS)
async def test_errors_name_nothing_that_the_client_has_not_named(document: str, said: str) -> None:
    async with asking(answering_each(None), CLOSED) as gateway:
        assert said in await errors(gateway, document)
        assert not any("Did you mean" in one for one in await errors(gateway, document))
    async with asking(answering_each(None)) as gateway:
        assert said not in await errors(gateway, document)


async def test_values_of_variables_get_no_hints_either() -> None:
    document = "query ($v: JobSort!) { searchJobs(sort: $v) { totalCount } }"
    end = "Value 'RELEVANT' does not exist in 'JobSort' enum."
    async with asking(answering_each(None), CLOSED) as gateway, asking(answering_each(None)) as helpful:
        [said] = await errors(gateway, document, v="RELEVANT")
        assert said.endswith(end)
        [said] = await errors(helpful, document, v="RELEVANT")
        assert said.endswith(f"{end} Did you mean the enum value 'RELEVANCE'?")


async def test_there_is_no_graphiql_in_production() -> None:
    async with asking(answering_each(None), CLOSED) as gateway:
        page = await gateway.http.get("/graphql", headers={"Accept": "text/html", **PREFLIGHT})
        assert (page.status_code, page.json()["errors"][0]["message"]) == (400, "`query` must hold a GraphQL document")
        assert (await gateway.http.get("/graphiql/scripts/cdn.js")).status_code == 404
    async with asking(answering_each(None), Settings(mode="production", graphiql=True)) as gateway:
        assert (await gateway.http.get("/graphql", headers={"Accept": "text/html"})).status_code == 200
        assert (await gateway.http.get("/graphiql/scripts/cdn.js")).status_code == 200


async def test_a_request_that_any_page_can_cause_needs_a_header_in_production() -> None:
    query = {"query": "{ __typename }"}
    async with asking(answering_each(None), CLOSED) as gateway:
        for headers in ({}, {"Content-Type": "text/plain"}, {"X-Apollo-Operation-Name": ""}):
            refused = await gateway.http.get("/graphql", params=query, headers=headers)
            assert refused.status_code == 400
            assert refused.json()["errors"][0]["extensions"] == {"code": "CSRF_PREVENTED"}
        for headers in (PREFLIGHT, {"X-Apollo-Operation-Name": "A"}, {"Content-Type": "application/json"}):
            assert (await gateway.http.get("/graphql", params=query, headers=headers)).status_code == 200
        assert (await gateway.http.post("/graphql", json=query)).status_code == 200
        form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        assert (await gateway.http.post("/graphql", content="query={a}", headers=form)).status_code == 400
        assert (await gateway.http.post("/graphql", content="a", headers=form | PREFLIGHT)).status_code == 415
    for settings in (Settings(), Settings(mode="production", csrf_prevention=False)):
        async with asking(answering_each(None), settings) as gateway:
            assert (await gateway.http.get("/graphql", params=query)).status_code == 200


async def test_answers_tell_their_times_in_development_alone() -> None:
    async with asking(answering_each(None), CLOSED) as gateway, asking(answering_each(None)) as open_:
        body = {"query": "{ __typename }"}
        assert "server-timing" not in (await gateway.http.post("/graphql", json=body)).headers
        told = (await open_.http.post("/graphql", json=body)).headers["server-timing"]
        names, times = zip(*(part.split(";dur=") for part in told.split(", ")), strict=True)
        assert names == ("read", "prepare", "execute", "total")
        assert all(float(one) >= 0 for one in times)
        refused = (await open_.http.post("/graphql", content="x")).headers["server-timing"]
        assert refused.startswith("total;dur=")


async def test_what_the_engine_says_is_for_the_log_in_production(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    said = "search-7.internal:9200 refuses"
    document = '{ a: job(id: "job_1") { id } b: job(id: "job_2") { id } }'
    async with asking(answering_each(SourceUnavailable(said)), CLOSED) as gateway:
        response = await gateway.http.post("/graphql", json={"query": document}, headers={"X-Request-Id": "r7"})
        first, second = response.json()["errors"]
        assert said not in response.text
        assert first["extensions"].keys() == {"code", "reference"}
        assert first["extensions"] == second["extensions"] | {"code": "SOURCE_UNAVAILABLE"}
        assert first["message"].endswith(f"by the reference {first['extensions']['reference']}.")
    [line] = [record.getMessage() for record in caplog.records if record.name == "gateway.errors"]
    assert line == f"SOURCE_UNAVAILABLE {first['extensions']['reference']} at ['a'] in request r7: {said}"
    late = answering_each(DeadlineExceeded("ask for less"))
    for source, settings in ((late, CLOSED), (answering_each(SourceUnavailable(said)), Settings())):
        async with asking(source, settings) as gateway:
            [error] = (await gateway.answer('{ job(id: "job_1") { id } }'))["errors"]
            assert error["message"] in {"ask for less", said}
