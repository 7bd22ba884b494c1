"""Requests that are no GraphQL requests get an answer that says what is wrong with them."""

import httpx
import pytest

from gateway.endpoint import GRAPHQL_JSON
from gateway.parameters import Parameters, from_body, from_url
from tests.support.asking import Asking

OBJECT = 'a request must be a JSON object such as {"query": "{ … }"}'
NO_QUERY = "`query` must hold a GraphQL document"
NAME = "`operationName` must be a string or null"
EXTENSIONS = "`extensions` must be a JSON object or null"
VARIABLES = "`variables` must be a JSON object or null"
BODIES: list[tuple[bytes, str]] = [
    (b"null", OBJECT),
    (b'"x"', OBJECT),
    (b"[]", "the array must have at least one operation"),
    (b"1", OBJECT),
    (b"", "the body is not JSON: "),
    (b"{", "the body is not JSON: "),
    (b'{"query": "{ __typename }"} x', "the body is not JSON: "),
    (b'{"query": "\xff"}', "the body is not JSON: "),
    ('{"query": "{ __typename }"}'.encode("utf-16"), "the body is not JSON: "),
    (b'{"query": "\\ud800"}', "the body is not JSON: "),
    (b'{"query": NaN}', "the body is not JSON: "),
    (b"[" * 100_000, "the body is not JSON: "),
    (b'{"variables": ' + b'{"a":' * 100_000, "the body is not JSON: "),
    (b"{}", NO_QUERY),
    (b'{"query": null}', NO_QUERY),
    (b'{"query": ""}', NO_QUERY),
    (b'{"query": " \\n "}', NO_QUERY),
    (b'{"query": 1}', NO_QUERY),
    (b'{"query": ["{ __typename }"]}', NO_QUERY),
    (b'{"query": "{ __typename }", "operationName": 1}', NAME),
    (b'{"query": "{ __typename }", "operationName": {}}', NAME),
    (b'{"query": "{ __typename }", "variables": []}', VARIABLES),
    (b'{"query": "{ __typename }", "variables": "{}"}', VARIABLES),
    (b'{"query": "{ __typename }", "extensions": []}', EXTENSIONS),
    (b'{"documentId": 1}', "`documentId` must be a string or null"),
    (b'{"id": 1}', NO_QUERY),
    (b'{"extensions": {}}', NO_QUERY),
    (b'{"query": "", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0"}}}', NO_QUERY),
]


def refused(response: httpx.Response, status: int, code: str) -> str:
    assert response.status_code == status
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": code}
    assert "data" not in response.json()
    message: str = error["message"]
    return message


@pytest.mark.parametrize("accept", ["application/json", GRAPHQL_JSON])
@pytest.mark.parametrize(("body", "message"), BODIES, ids=lambda part: repr(part)[:40])
async def test_a_malformed_body_is_refused(gateway: Asking, body: bytes, message: str, accept: str) -> None:
    headers = {"Content-Type": "application/json", "Accept": accept}
    response = await gateway.http.post("/graphql", content=body, headers=headers)
    assert refused(response, 400, "INVALID_REQUEST").startswith(message)
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"


@pytest.mark.parametrize("given", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_a_body_that_is_not_called_json_is_refused(gateway: Asking, given: str) -> None:
    headers = {"Content-Type": given} if given else {}
    response = await gateway.http.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)
    message = refused(response, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert message == "send the request as JSON, with the header `Content-Type: application/json`"


@pytest.mark.parametrize("given", ["application/json; charset=utf-8", "Application/JSON", "application/graphql+json"])
async def test_json_has_several_names(gateway: Asking, given: str) -> None:
    response = await gateway.http.post(
        "/graphql", content=b'{"query": "{ __typename }"}', headers={"Content-Type": given}
    )
    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(("variables", "message"), [("{", "`variables` is not JSON: "), ("[]", VARIABLES)])
async def test_malformed_variables_in_an_address_are_refused(gateway: Asking, variables: str, message: str) -> None:
    response = await gateway.http.get("/graphql", params={"query": "{ __typename }", "variables": variables})
    assert refused(response, 400, "INVALID_REQUEST").startswith(message)


def test_an_address_with_empty_parameters_is_one_without() -> None:
    assert from_url({"query": "{ a }", "operationName": "", "variables": ""}) == Parameters("{ a }", None, None)


def test_a_body_is_read_as_it_is() -> None:
    body = b'{"query": "{ a }", "operationName": "A", "variables": {"n": 1}}'
    assert from_body("application/json", body) == Parameters("{ a }", "A", {"n": 1})
