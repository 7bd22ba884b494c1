"""Every error of the cluster and of the way to it, as an error of ours."""

import json
import ssl
from typing import Any

import pytest
from opensearchpy.exceptions import (
    AuthenticationException,
    AuthorizationException,
    ConnectionTimeout,
    NotFoundError,
    OpenSearchException,
    RequestError,
    SerializationError,
    TransportError,
)
from opensearchpy.exceptions import ConnectionError as Unreachable

from resolvers.errors import DeadlineExceeded, SourceError, SourceUnavailable
from resolvers.sources.opensearch.errors import FailedShard, Failure, IndexGone, answered, explained, translated

LATE = "the search engine did not answer in time; ask for less, or later"
GONE = "the index has been replaced or removed; try again, or index a catalog first"
BUSY = "the search engine is busy; try again later"
BROAD = "this search is too broad: use fewer conditions"
DOWN = "the search engine cannot answer at the moment; try again later"
UNTRUSTED = "the certificate of OpenSearch is not trusted: check GATEWAY_OPENSEARCH_URL and GATEWAY_OPENSEARCH_CA_FILE"
REFUSED = "the search engine could not answer this search"


def caused(type_: str) -> Failure:
    return Failure("search_phase_execution_exception", "all shards failed", root_cause=(Failure(type_, "as it is"),))


@pytest.mark.parametrize(
    ("status", "failure", "error", "message"),
    [
        (400, caused("query_shard_exception"), SourceError, REFUSED),
        (400, caused("parsing_exception"), SourceError, REFUSED),
        (400, Failure("x", caused_by=Failure("too_many_clauses")), SourceError, BROAD),
        (400, caused("too_many_nested_clauses"), SourceError, BROAD),
        (
            400,
            Failure("z", failed_shards=(FailedShard(Failure("w", caused_by=Failure("too_many_clauses"))),)),
            SourceError,
            BROAD,
        ),
        (503, Failure("y", caused_by=Failure("too_many_buckets_exception")), SourceError, BROAD),
        (404, Failure("index_not_found_exception"), IndexGone, GONE),
        (400, Failure("index_closed_exception"), IndexGone, GONE),
        (404, Failure("unknown", "alias [shop-job] missing"), IndexGone, GONE),
        (404, caused("search_context_missing_exception"), IndexGone, GONE),
        (429, caused("rejected_execution_exception"), SourceUnavailable, BUSY),
        (429, Failure("circuit_breaking_exception"), SourceUnavailable, BUSY),
        (429, Failure(), SourceUnavailable, BUSY),
        (503, caused("circuit_breaking_exception"), SourceUnavailable, BUSY),
        (500, Failure("task_cancelled_exception"), DeadlineExceeded, LATE),
        (400, caused("task_cancelled_exception"), DeadlineExceeded, LATE),
        (503, Failure("no_shard_available_action_exception"), SourceUnavailable, DOWN),
        (500, Failure("null_pointer_exception"), SourceUnavailable, DOWN),
        (403, Failure("cluster_block_exception", "read-only"), SourceError, REFUSED),
    ],
)
def test_a_status_and_a_failure_are_one_error(status: int, failure: Failure, error: Any, message: str) -> None:
    found = answered(status, failure)
    assert (type(found), found.message) == (error, message)


@pytest.mark.parametrize(
    ("exception", "error", "message"),
    [
        (ConnectionTimeout("TIMEOUT", "", TimeoutError()), DeadlineExceeded, LATE),
        (
            Unreachable("N/A", "connection refused", OSError()),
            SourceUnavailable,
            "OpenSearch cannot be reached: check GATEWAY_OPENSEARCH_URL (connection refused)",
        ),
        (
            Unreachable("N/A", "not verified", ssl.SSLCertVerificationError()),
            SourceUnavailable,
            f"{UNTRUSTED} (not verified)",
        ),
        (
            Unreachable("N/A", "[SSL: WRONG_VERSION_NUMBER] wrong", ssl.SSLError()),
            SourceUnavailable,
            (
                "OpenSearch does not speak TLS there: GATEWAY_OPENSEARCH_URL begins with http:// then "
                "([SSL: WRONG_VERSION_NUMBER] wrong)"
            ),
        ),
        (RequestError(400, "x", {"error": {"type": "x", "reason": "y"}, "status": 400}), SourceError, REFUSED),
        (NotFoundError(404, "x", {"error": "alias [a] missing", "status": 404}), IndexGone, GONE),
        (TransportError(503, "<html>no JSON</html>", None), SourceUnavailable, DOWN),
        # A connection that signs its requests leaves the JSON as it is.
        (
            RequestError(400, json.dumps({"error": {"type": "z", "root_cause": [{"type": "too_many_clauses"}]}}), None),
            SourceError,
            BROAD,
        ),
        (SerializationError("no JSON"), SourceError, "the search engine's answer cannot be read"),
    ],
)
def test_an_exception_of_the_client_is_one_error(exception: OpenSearchException, error: Any, message: str) -> None:
    found = translated(exception)
    assert (type(found), found.message) == (error, message)


def test_a_certificate_is_to_blame_wherever_the_client_hides_it() -> None:
    hidden = OSError("cannot connect")
    hidden.__cause__ = ssl.SSLError("bad")
    assert "certificate" in translated(Unreachable("N/A", "x", hidden)).message


@pytest.mark.parametrize(
    ("exception", "named"),
    [
        (AuthenticationException(401, "Unauthorized", None), ["USERNAME", "PASSWORD", "AWS_REGION"]),
        (AuthorizationException(403, "x", {"error": {"type": "security_exception"}}), ["USERNAME", "PREFIX"]),
    ],
)
def test_who_is_not_let_in_is_told_which_settings_to_look_at(exception: TransportError, named: list[str]) -> None:
    found = translated(exception)
    assert type(found) is SourceUnavailable
    assert all(f"GATEWAY_OPENSEARCH_{name}" in found.message for name in named)


def test_an_operator_is_told_what_the_cluster_says_where_our_words_say_little() -> None:
    error = {"type": "a", "reason": "b", "root_cause": [{"type": "c", "reason": "the shards are too many"}]}
    assert explained(RequestError(400, "a", {"error": error})) == f"{REFUSED} (the shards are too many)"
    assert explained(TransportError(429, "a", {"error": error})) == BUSY


def test_an_operator_is_told_why_the_cluster_takes_nothing() -> None:
    block = {"type": "cluster_block_exception", "reason": f"blocked by: [flood-stage watermark] {'index ' * 100}"}
    said = explained(TransportError(429, "a", {"error": block | {"root_cause": [block]}}))
    assert said.startswith("the search engine takes nothing at the moment (blocked by: [flood-stage watermark] index ")
    assert said.endswith("index …)")
