"""What of an error a client gets to see."""

import logging
from secrets import token_hex
from typing import Any

from graphql import GraphQLError

from resolvers.errors import DiscoveryError

log = logging.getLogger(__name__)

INTERNAL_CODE = "INTERNAL_SERVER_ERROR"


def formatted(error: GraphQLError, code: str) -> dict[str, Any]:
    """An error as the response has it. `code` is for errors of GraphQL itself.

    The gateway's own errors show their message and code. Anything else is a defect: it is logged once with its cause,
    and the client gets a reference that finds it in the log.
    """
    cause = error.original_error
    shown = dict(error.formatted)
    if isinstance(cause, DiscoveryError):
        shown["extensions"] = {"code": cause.code, **cause.extensions}
    elif cause is None or isinstance(cause, GraphQLError):
        shown["extensions"] = {"code": code, **(error.extensions or {})}
    else:
        reference = token_hex(6)
        log.error("unexpected error %s at %s", reference, error.path, exc_info=cause)
        shown["message"] = f"Something went wrong here; the operators find it by the reference {reference}."
        shown["extensions"] = {"code": INTERNAL_CODE, "reference": reference}
    return shown
