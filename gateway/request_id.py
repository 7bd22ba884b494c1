"""The name of a request, by which its answer, its log and its client's log belong together."""

import re
from contextvars import ContextVar
from random import getrandbits

HEADER = "x-request-id"
SANE = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
"""What is taken over from a client: nothing that could break a line of a log or of a header."""
_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def begin(given: str | None) -> str:
    """The request's id, from now on that of whatever is logged for it: the client's or a proxy's, or a new one."""
    # A name and no secret: a secret one would take longer than finding the operation.
    found = given if given is not None and SANE.fullmatch(given) else f"{getrandbits(64):016x}"
    _current.set(found)
    return found


def current() -> str | None:
    """The id of the request that is answered here; None outside of any."""
    return _current.get()
