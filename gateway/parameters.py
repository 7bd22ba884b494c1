"""The parameters of a GraphQL request over HTTP, read from a URL or a body of any shape."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from gateway.refusals import UnsupportedBody
from resolvers.errors import InvalidRequest

NOTHING: Mapping[str, Any] = {}
JSON_TYPES = ("application/json", "application/graphql+json")


class Parameters(NamedTuple):
    """What a request asks for."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None
    extensions: Mapping[str, Any] = NOTHING


def from_url(given: Mapping[str, str]) -> Parameters:
    """The parameters of a GET. Raises InvalidRequest."""
    variables, extensions = given.get("variables"), given.get("extensions")
    return _checked(
        {
            "query": given.get("query"),
            "operationName": given.get("operationName") or None,
            "variables": _json(variables.encode(), "`variables`") if variables else None,
            "extensions": _json(extensions.encode(), "`extensions`") if extensions else None,
        }
    )


def from_body(content_type: str, body: bytes | bytearray) -> Parameters:
    """The parameters of a POST. Raises InvalidRequest and UnsupportedBody."""
    if content_type not in JSON_TYPES and content_type.partition(";")[0].strip().lower() not in JSON_TYPES:
        raise UnsupportedBody("send the request as JSON, with the header `Content-Type: application/json`")
    found = _json(body, "the body")
    if not isinstance(found, dict):
        raise InvalidRequest('the body must be a JSON object such as {"query": "{ … }"}')
    return _checked(found)


def _json(text: bytes | bytearray, what: str) -> Any:
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise InvalidRequest(f"{what} is not JSON: {error}") from error


def _checked(found: Mapping[str, Any]) -> Parameters:
    query, name, variables = found.get("query"), found.get("operationName"), found.get("variables")
    extensions = found.get("extensions")
    if not isinstance(query, str) or not query.strip():
        raise InvalidRequest("`query` must hold a GraphQL document")
    if name is not None and not isinstance(name, str):
        raise InvalidRequest("`operationName` must be a string or null")
    if variables is not None and not isinstance(variables, dict):
        raise InvalidRequest("`variables` must be a JSON object or null")
    if extensions is not None and not isinstance(extensions, dict):
        raise InvalidRequest("`extensions` must be a JSON object or null")
    return Parameters(query, name, variables, extensions or NOTHING)
