"""The parameters of a GraphQL request over HTTP, read from a URL or a body of any shape."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import orjson

from gateway.refusals import BatchTooLarge, UnsupportedBody
from resolvers.errors import InvalidRequest

NOTHING: Mapping[str, Any] = {}
JSON_TYPES = ("application/json", "application/graphql+json")
DOCUMENT_ID = "documentId"
OTHER_IDS = ("id", "docId", "doc_id")
"""As clients call the id of a document beside `documentId`. Where there is a document too, they may be anything."""
PERSISTED = "persistedQuery"
EXAMPLE = '{"query": "{ … }"}'


class Parameters(NamedTuple):
    """What a request asks for. `query` is empty where the document is named: by an id, or in the extensions."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None
    extensions: Mapping[str, Any] = NOTHING
    document_id: str | None = None


Batch: TypeAlias = Sequence[Parameters | InvalidRequest]
"""Several requests in one, in their order; one that is none is an error in its place."""


def from_url(given: Mapping[str, str]) -> Parameters:
    """The parameters of a GET. Raises InvalidRequest."""
    found: dict[str, Any] = {name: given.get(name) or None for name in (DOCUMENT_ID, *OTHER_IDS)}
    found["operationName"] = given.get("operationName")
    for name in ("variables", "extensions"):
        text = given.get(name)
        found[name] = _json(text.encode(), f"`{name}`") if text else None
    return _checked({"query": given.get("query"), **found})


def from_body(content_type: str, body: bytes | bytearray, batch_max: int = 0) -> Parameters | Batch:
    """The parameters of a POST, or those of a batch of `batch_max` at the most.

    Raises InvalidRequest, UnsupportedBody and BatchTooLarge.
    """
    if content_type not in JSON_TYPES and content_type.partition(";")[0].strip().lower() not in JSON_TYPES:
        raise UnsupportedBody("send the request as JSON, with the header `Content-Type: application/json`")
    found = _json(body, "the body")
    return _batch(found, batch_max) if isinstance(found, list) else from_object(found)


def _batch(found: list[Any], most: int) -> Batch:
    if len(found) > most:
        raise BatchTooLarge(len(found), most)
    if not found:
        raise InvalidRequest("the array must have at least one operation")
    return [_or_error(one) for one in found]


def _or_error(found: Any) -> Parameters | InvalidRequest:
    try:
        return from_object(found)
    except InvalidRequest as error:
        return error


def from_object(found: Any) -> Parameters:
    """The parameters that a JSON object has. Raises InvalidRequest."""
    if not isinstance(found, dict):
        raise InvalidRequest(f"a request must be a JSON object such as {EXAMPLE}")
    return _checked(found)


def _json(text: bytes | bytearray, what: str) -> Any:
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise InvalidRequest(f"{what} is not JSON: {error}") from error


def _checked(found: Mapping[str, Any]) -> Parameters:
    given = found.get
    query, name, variables, extensions, id_ = map(
        given, ("query", "operationName", "variables", "extensions", DOCUMENT_ID)
    )
    if extensions is not None and not isinstance(extensions, dict):
        raise InvalidRequest("`extensions` must be a JSON object or null")
    if id_ is not None or not isinstance(query, str) or not query or query.isspace():
        query, id_ = _named(found, extensions or NOTHING)
    if name is not None and not isinstance(name, str):
        raise InvalidRequest("`operationName` must be a string or null")
    if variables is not None and not isinstance(variables, dict):
        raise InvalidRequest("`variables` must be a JSON object or null")
    return Parameters(query, name or None, variables, extensions or NOTHING, id_)


def _named(found: Mapping[str, Any], extensions: Mapping[str, Any]) -> tuple[str, str | None]:
    """The document and its id, of a request that may have no document but its id, or a hash in its extensions."""
    query, id_ = found.get("query"), found.get(DOCUMENT_ID)
    if id_ is not None and not isinstance(id_, str):
        raise InvalidRequest(f"`{DOCUMENT_ID}` must be a string or null")
    if isinstance(query, str) and query.strip():
        return query, id_
    if query is None and id_ is None:
        id_ = next((found[name] for name in OTHER_IDS if isinstance(found.get(name), str)), None)
    if query is not None or not (id_ or PERSISTED in extensions):
        raise InvalidRequest("`query` must hold a GraphQL document")
    return "", id_
