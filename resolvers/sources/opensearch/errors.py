"""Every error of the cluster, of the client and of the way between them, as an error of ours: the one translation."""

import json
import logging
import ssl
from collections.abc import Iterator
from textwrap import shorten

import msgspec
from opensearchpy.exceptions import (
    ConnectionError as Unreachable,
)
from opensearchpy.exceptions import (
    ConnectionTimeout,
    OpenSearchException,
    TransportError,
)

from resolvers.errors import DeadlineExceeded, SourceError, SourceUnavailable

log = logging.getLogger(__name__)


class IndexGone(SourceUnavailable):
    """The index that a view was made of is not there any more, or cannot be reached."""


KNOWN: tuple[tuple[tuple[str, ...], type[SourceError], str], ...] = (
    (
        ("index_not_found", "index_closed", "search_context_missing"),
        IndexGone,
        "the index has been replaced or removed; try again, or index a catalog first",
    ),
    (
        ("rejected_execution", "circuit_breaking"),
        SourceUnavailable,
        "the search engine is busy; try again later",
    ),
    (
        ("task_cancelled", "timeout_exception", "time_exceeded"),
        DeadlineExceeded,
        "the search engine did not answer in time; ask for less, or later",
    ),
    (
        ("too_many_clauses", "too_many_buckets", "too_many_nested_clauses"),
        SourceError,
        "this search is too broad: use fewer conditions",
    ),
)
"""Parts of the types that the cluster gives its errors, and what they are here; the first that fits."""
TYPES_OF_STATUS = {404: "index_not_found", 429: "rejected_execution"}
FORBIDDEN = 403
BLOCKED = ("cluster_block",)
"""An index or a cluster that is read-only, or that has no master."""
LONGEST_REASON = 200
NO_RIGHTS = {401, FORBIDDEN}
UNSENT = {"NewConnectionError", "ConnectTimeoutError"}
"""What urllib3 calls it when there is no connection to send a request over."""


class Failure(msgspec.Struct, frozen=True):
    """The part of an error answer that tells errors apart."""

    type: str = ""
    reason: str | None = None
    root_cause: tuple["Failure", ...] = ()
    caused_by: "Failure | None" = None
    failed_shards: tuple["FailedShard", ...] = ()

    def causes(self) -> Iterator["Failure"]:
        """What the failure comes from, the cause that says most first."""
        yield from (shard.reason for shard in self.failed_shards)
        yield from filter(None, [self.caused_by])
        yield from self.root_cause

    def types(self) -> Iterator[str]:
        """The types of the failure and of everything that it comes from."""
        yield self.type
        for cause in self.causes():
            yield from cause.types()

    def deepest_reason(self) -> str:
        """What a reader learns most from."""
        cause = next(self.causes(), None)
        return (cause.deepest_reason() if cause else "") or self.reason or self.type


class FailedShard(msgspec.Struct, frozen=True):
    """A shard that failed, and why."""

    reason: Failure


def translated(error: OpenSearchException) -> SourceError:
    """The error of ours that an exception of the client stands for."""
    if isinstance(error, ConnectionTimeout):
        return DeadlineExceeded("the search engine did not answer in time; ask for less, or later")
    if isinstance(error, Unreachable):
        return _unreachable(error)
    if isinstance(error, TransportError) and isinstance(error.status_code, int):
        return answered(error.status_code, failure_of(error))
    return SourceError("the search engine's answer cannot be read")


def explained(error: OpenSearchException) -> str:
    """What an operator is told of an exception: our message, and the cluster's own where ours says little."""
    told = translated(error)
    if isinstance(error.args[0], int) and _any(tuple(failure_of(error).types()), BLOCKED):
        # Somebody has to do something: a full disk does not end by itself. The cluster says so of every index.
        reason = shorten(failure_of(error).deepest_reason(), LONGEST_REASON, placeholder=" …")
        return f"the search engine takes nothing at the moment ({reason})"
    if type(told) is SourceUnavailable or not isinstance(error.args[0], int):
        return told.message
    return f"{told.message} ({failure_of(error).deepest_reason()})"


def failure_of(error: OpenSearchException) -> Failure:
    """What the cluster says of a failed request. It is no JSON where something else has answered in its place."""
    _, message, info = (*error.args, None, None, None)[:3]
    if not isinstance(info, dict):
        try:
            info = json.loads(message)
        except (TypeError, ValueError):
            info = None
    said = info.get("error") if isinstance(info, dict) else message
    try:
        return msgspec.convert(said, Failure, strict=False)
    except msgspec.ValidationError:
        return Failure("unknown", str(said))


def answered(status: int, failure: Failure) -> SourceError:
    """The error of ours for a status and a failure, of a request or of one search in it."""
    types = (*failure.types(), TYPES_OF_STATUS.get(status, ""))
    if status in NO_RIGHTS and not _any(types, BLOCKED):
        if status == FORBIDDEN:
            # For the log alone: it names the user, and the right that is missing.
            log.warning("OpenSearch answers %s: %s", status, failure.deepest_reason())
        return _no_rights(status)
    for known, error, message in KNOWN:
        if _any(types, known):
            return error(message)
    log.warning("the search engine answers %s: %s", status, failure.deepest_reason())
    if status >= 500:
        return SourceUnavailable("the search engine cannot answer at the moment; try again later")
    return SourceError("the search engine could not answer this search")


def _any(types: tuple[str, ...], known: tuple[str, ...]) -> bool:
    return any(part in type_ for type_ in types for part in known)


def _no_rights(status: int) -> SourceUnavailable:
    if status == 401:
        return SourceUnavailable(
            "OpenSearch refuses the user: check GATEWAY_OPENSEARCH_USERNAME and GATEWAY_OPENSEARCH_PASSWORD "
            "(or GATEWAY_OPENSEARCH_AWS_REGION and the AWS credentials)"
        )
    return SourceUnavailable(
        "OpenSearch lets the user of GATEWAY_OPENSEARCH_USERNAME not do this: it needs rights on "
        "the indexes, aliases and templates that begin with GATEWAY_OPENSEARCH_PREFIX, and for feedback on ubi_queries "
        "and ubi_events"
    )


NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")
"""What OpenSSL says where an answer is none of TLS."""


def _unreachable(error: Unreachable) -> SourceUnavailable:
    if any(sign in str(error.error) for sign in NO_TLS):
        return SourceUnavailable(
            f"OpenSearch does not speak TLS there: GATEWAY_OPENSEARCH_URL begins with http:// then ({error.error})"
        )
    if _is_of_tls(error.info):
        return SourceUnavailable(
            "the certificate of OpenSearch is not trusted: check GATEWAY_OPENSEARCH_URL and GATEWAY_OPENSEARCH_CA_FILE "
            f"({error.error})"
        )
    return SourceUnavailable(f"OpenSearch cannot be reached: check GATEWAY_OPENSEARCH_URL ({error.error})")


def was_never_sent(error: OpenSearchException) -> bool:
    """Whether a request of the blocking client did not get as far as to a node."""
    return isinstance(error, Unreachable) and not UNSENT.isdisjoint(kind.__name__ for kind in type(error.info).__mro__)


def _is_of_tls(cause: object) -> bool:
    while isinstance(cause, BaseException):
        if isinstance(cause, ssl.SSLError) or "SSL" in type(cause).__name__ or "Certificate" in type(cause).__name__:
            return True
        cause = cause.__cause__ or cause.__context__
    return False
