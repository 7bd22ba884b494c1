"""What of an error a client gets to see."""

import logging
from collections.abc import Callable, Sequence
from secrets import token_hex
from typing import Any, NamedTuple, TypeAlias

from graphql import GraphQLError

from gateway import request_id
from resolvers.errors import DeadlineExceeded, DiscoveryError, SourceError

log = logging.getLogger(__name__)

UNANSWERED = "the engine cannot answer this now; try again, or ask the operators, who find it by the reference"
INTERNAL_CODE = "INTERNAL_SERVER_ERROR"


class Reference(NamedTuple):
    """What finds a cause in the log. It holds the cause, so that no other one can have its identity."""

    name: str
    cause: Exception


References: TypeAlias = dict[int, Reference]
"""By the identities of their causes."""


def formatted(
    errors: Sequence[GraphQLError], code: str, *, tells_causes: bool = True, references: References | None = None
) -> list[dict[str, Any]]:
    """The errors of one response, or of a part of one whose `references` are known. `code` is for GraphQL's own errors.

    The gateway's own errors show their message and code. Anything else is a defect: it is logged once with its cause,
    however many fields it spoilt, and the client gets a reference that finds it in the log. Unless it `tells_causes`,
    so are errors of the engine, whose messages may name servers and files.
    """
    known: References = {} if references is None else references
    return [_shown(error, code, known, tells_causes=tells_causes) for error in errors]


def _shown(error: GraphQLError, code: str, references: References, *, tells_causes: bool = True) -> dict[str, Any]:
    cause = error.original_error
    shown = dict(error.formatted)
    if not tells_causes and isinstance(cause, SourceError) and not isinstance(cause, DeadlineExceeded):
        reference = _referred(cause, references, lambda: _told(cause, error))
        shown["message"] = f"{UNANSWERED} {reference}."
        shown["extensions"] = {"code": cause.code, "reference": reference}
    elif isinstance(cause, DiscoveryError):
        shown["extensions"] = {"code": cause.code, **cause.extensions}
    elif cause is None or isinstance(cause, GraphQLError):
        shown["extensions"] = {"code": code, **(error.extensions or {})}
    else:
        reference = _referred(cause, references, lambda: _logged(cause, error))
        shown["message"] = f"Something went wrong here; the operators find it by the reference {reference}."
        shown["extensions"] = {"code": INTERNAL_CODE, "reference": reference}
    return shown


def _referred(cause: Exception, references: References, log_it: Callable[[], str]) -> str:
    """The name of a cause in the log, where it is written once."""
    if id(cause) not in references:
        references[id(cause)] = Reference(log_it(), cause)
    return references[id(cause)].name


def _told(cause: SourceError, error: GraphQLError) -> str:
    """Write what the engine said into the log, in one line: it is no defect of ours."""
    reference = token_hex(6)
    log.warning("%s %s at %s in request %s: %s", cause.code, reference, error.path, request_id.current(), cause)
    return reference


def _logged(cause: Exception, error: GraphQLError) -> str:
    reference = token_hex(6)
    log.error("unexpected error %s at %s in request %s", reference, error.path, request_id.current(), exc_info=cause)
    return reference
