"""Requests that need no answer where it is the one that they have (RFC 9110, 13.1.2)."""

from hashlib import sha256
from http import HTTPStatus

from gateway.answers import Answer

IF_NONE_MATCH = "if-none-match"
NOT_WRITTEN = {b"content-length", b"content-type"}
"""Headers that a 304 does not have: it has no body."""
DIGEST_CHARACTERS = 32


def conditional(found: Answer, if_none_match: str | None) -> Answer:
    """The answer with its tag; without a body where the client has it.

    The tag is a weak one, since it is the same however the answer is compressed.
    """
    tag = f'W/"{sha256(found.body).hexdigest()[:DIGEST_CHARACTERS]}"'
    headers = (*found.headers, (b"etag", tag.encode()))
    if if_none_match is None or not _matches(tag, if_none_match):
        return Answer(found.status, headers, found.body)
    kept = tuple(header for header in headers if header[0] not in NOT_WRITTEN)
    return Answer(HTTPStatus.NOT_MODIFIED, kept, b"")


def _matches(tag: str, given: str) -> bool:
    return given.strip() == "*" or any(
        one.strip().removeprefix("W/") == tag.removeprefix("W/") for one in given.split(",")
    )
