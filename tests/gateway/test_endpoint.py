"""GraphQL over HTTP, request by request."""

from typing import Any

import httpx
import pytest

from gateway.endpoint import GRAPHQL_JSON, JSON, MOST_BODY_BYTES
from tests.support.asking import Asking

TITLE = {"job": {"title": "Speed up a slow Elementor site"}}
QUERY = '{ job(id: "job_000000") { title } }'
WHICH = "the document must have one operation, or `operationName` must say which one to run"
BY_ID = "query Title($id: ID!) { job(id: $id) { title } } query Client($id: ID!) { job(id: $id) { client { id } } }"


def content_type(response: httpx.Response) -> str:
    return response.headers["content-type"].removesuffix("; charset=utf-8")


async def test_a_post_is_answered(gateway: Asking) -> None:
    response = await gateway.http.post("/graphql", json={"query": QUERY})
    assert (response.status_code, content_type(response)) == (200, JSON)
    assert response.json() == {"data": TITLE}


async def test_a_get_is_answered(gateway: Asking) -> None:
    response = await gateway.http.get("/graphql", params={"query": QUERY}, headers={"Accept": "text/html"})
    assert (response.status_code, content_type(response), response.json()) == (200, JSON, {"data": TITLE})


@pytest.mark.parametrize(("name", "data"), [("Title", TITLE), ("Client", {"job": {"client": {"id": "client_000018"}}})])
async def test_the_operation_and_its_variables_are_chosen(gateway: Asking, name: str, data: dict[str, Any]) -> None:
    asked = {"query": BY_ID, "operationName": name, "variables": {"id": "job_000000"}}
    assert (await gateway.http.post("/graphql", json=asked)).json() == {"data": data}
    params = {"query": BY_ID, "operationName": name, "variables": '{"id": "job_000000"}'}
    assert (await gateway.http.get("/graphql", params=params)).json() == {"data": data}


@pytest.mark.parametrize("empty", [{"operationName": None, "variables": None}, {"extensions": {}}, {"unknown": 1}])
async def test_what_is_null_or_unknown_changes_nothing(gateway: Asking, empty: dict[str, Any]) -> None:
    assert (await gateway.http.post("/graphql", json={"query": QUERY, **empty})).json() == {"data": TITLE}


@pytest.mark.parametrize(
    ("query", "name", "message"),
    [
        ("type A { b: Int }", None, WHICH),
        ("query A { a: __typename } query B { b: __typename }", None, WHICH),
        ("query A { a: __typename } mutation B { b: __typename }", None, WHICH),
        ("{ a: __typename } { b: __typename }", None, WHICH),
        (BY_ID, "Nobody", "the document has no operation 'Nobody'; set `operationName` to one that it has"),
    ],
)
async def test_an_operation_that_is_not_there_is_refused(
    gateway: Asking, query: str, name: str | None, message: str
) -> None:
    named = {} if name is None else {"operationName": name}
    for response in (
        await gateway.http.post("/graphql", json={"query": query, **named}),
        await gateway.http.get("/graphql", params={"query": query, **named}),
    ):
        assert response.status_code == 400
        assert response.json() == {"errors": [{"message": message, "extensions": {"code": "INVALID_REQUEST"}}]}


async def test_an_object_of_a_type_that_no_fragment_is_for_is_empty(gateway: Asking) -> None:
    found = await gateway.data('{ nodes(ids: ["job_000000", "talent_000000"]) { ... on Talent { id } } }')
    assert found == {"nodes": [{}, {"id": "talent_000000"}]}


async def test_a_fragment_is_no_second_operation(gateway: Asking) -> None:
    query = 'query { job(id: "job_000000") { ...F } } fragment F on Job { title }'
    assert (await gateway.http.post("/graphql", json={"query": query})).json() == {"data": TITLE}


@pytest.mark.parametrize("accept", [JSON, GRAPHQL_JSON])
@pytest.mark.parametrize("query", ["mutation { fire }", "subscription { fire }"])
async def test_a_get_only_reads(gateway: Asking, query: str, accept: str) -> None:
    response = await gateway.http.get("/graphql", params={"query": query}, headers={"Accept": accept})
    assert (response.status_code, content_type(response)) == (405, accept)
    assert response.headers["allow"] == "POST"
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "METHOD_NOT_ALLOWED"}


async def test_there_is_no_mutation_by_post_either(gateway: Asking) -> None:
    error = await gateway.error("mutation { fire }")
    assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize(
    ("accept", "shown"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/json", JSON),
        (GRAPHQL_JSON, GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}, application/json;q=0.9", GRAPHQL_JSON),
        (GRAPHQL_JSON.upper(), GRAPHQL_JSON),
        ("text/plain", JSON),
        (f"{GRAPHQL_JSON};q=0, application/json", JSON),
        (f"{GRAPHQL_JSON};q=0.5, application/json", JSON),
        (f"{GRAPHQL_JSON};q=0.5, application/json;q=0.4", GRAPHQL_JSON),
        (f"application/json, {GRAPHQL_JSON}", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON};charset=utf-8;Q=0.2, */*;q=0.1", GRAPHQL_JSON),
        (f"*/*, {GRAPHQL_JSON};q=0", JSON),
        ("application/*", JSON),
        ("application/json;q=0, application/*", GRAPHQL_JSON),
    ],
)
async def test_the_answer_has_the_media_type_that_is_accepted(gateway: Asking, accept: str, shown: str) -> None:
    response = await gateway.http.post("/graphql", json={"query": QUERY}, headers={"Accept": accept})
    assert (response.status_code, content_type(response)) == (200, shown)


@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL_JSON, 400)])
@pytest.mark.parametrize(
    "query",
    ["{ wrongField }", "{ job", "query ($id: ID!) { job(id: $id) { id } }", "{ job(id: 1.5) { id } }"],
)
async def test_a_request_that_is_not_executed_has_no_data(
    gateway: Asking, query: str, accept: str, status: int
) -> None:
    response = await gateway.http.post("/graphql", json={"query": query}, headers={"Accept": accept})
    assert (response.status_code, content_type(response)) == (status, accept)
    assert "data" not in response.json()
    assert response.json()["errors"]


@pytest.mark.parametrize("accept", [JSON, GRAPHQL_JSON])
async def test_an_error_in_one_field_leaves_the_status_alone(gateway: Asking, accept: str) -> None:
    query = "{ nodes(ids: []) { id } } "
    wrong = 'query { good: job(id: "job_000000") { title } bad: searchJobs(first: 101) { totalCount } }'
    headers = {"Accept": accept}
    assert (await gateway.http.post("/graphql", json={"query": query}, headers=headers)).status_code == 200
    response = await gateway.http.post("/graphql", json={"query": wrong}, headers=headers)
    assert response.status_code == 200
    assert response.json()["data"]["bad"] is None
    assert response.json()["data"]["good"]["title"]
    [error] = response.json()["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["bad"], "PAGE_TOO_LARGE")


@pytest.mark.parametrize("accept", ["text/html,application/xhtml+xml,*/*;q=0.8", "text/html", "Text/HTML;q=0.9"])
async def test_a_browser_gets_graphiql(gateway: Asking, accept: str) -> None:
    response = await gateway.http.get("/graphql", headers={"Accept": accept})
    assert (response.status_code, content_type(response)) == (200, "text/html")
    assert "GraphiQL" in response.text


@pytest.mark.parametrize("accept", ["text/html;q=0, */*", "application/json, text/html;q=0.5", "text/*", "*/*"])
async def test_who_prefers_something_else_gets_no_page(gateway: Asking, accept: str) -> None:
    response = await gateway.http.get("/graphql", headers={"Accept": accept})
    assert (response.status_code, content_type(response)) == (400, JSON)


@pytest.mark.parametrize(
    ("params", "accept"),
    [
        ({"query": QUERY}, JSON),
        ({"query": "{ wrong }"}, GRAPHQL_JSON),
        ({"query": "mutation { fire }"}, GRAPHQL_JSON),
        ({}, JSON),
        ({}, "text/html"),
    ],
)
async def test_a_head_is_answered_like_a_get(gateway: Asking, params: dict[str, str], accept: str) -> None:
    headers = {"Accept": accept, "X-Request-Id": "7"}
    get, head = [
        await gateway.http.request(method, "/graphql", params=params, headers=headers) for method in ("GET", "HEAD")
    ]
    for answer in (get, head):
        answer.headers.pop("server-timing", None)
    assert (head.status_code, head.headers) == (get.status_code, get.headers)


async def test_a_get_without_a_query_is_refused(gateway: Asking) -> None:
    response = await gateway.http.get("/graphql")
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == "`query` must hold a GraphQL document"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_not_allowed(gateway: Asking, method: str) -> None:
    response = await gateway.http.request(method, "/graphql", json={"query": QUERY})
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


async def test_a_body_that_is_too_large_is_refused_before_it_has_come(gateway: Asking) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 100_000

    response = await gateway.http.post("/graphql", content=endless(), headers={"Content-Type": JSON})
    assert response.json()["errors"][0]["message"] == f"the body is over {MOST_BODY_BYTES} bytes; send less"
    assert (response.status_code, sent) == (413, 11)


async def test_too_many_mistakes_are_cut_off_with_the_reason(gateway: Asking) -> None:
    mistakes = " ".join(f"a{number}" for number in range(200))
    errors = (await gateway.answer(f'{{ job(id: "") {{ {mistakes} }} }}'))["errors"]
    assert len(errors) == 101
    assert errors[-1]["message"] == "Too many validation errors, error limit reached. Validation aborted."


@pytest.mark.parametrize("depth", [150, 5_000, 100_000])
async def test_a_deep_document_is_an_error_and_no_crash(gateway: Asking, depth: int) -> None:
    answer = await gateway.answer("{ a " * depth + "} " * depth)
    assert answer["errors"]
    assert (await gateway.data(QUERY)) == TITLE
