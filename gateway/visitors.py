"""Who asks, out of the headers of a request."""

from collections.abc import Mapping

from resolvers.errors import InvalidRequest
from resolvers.visitor import ID_FORM, NOBODY, Visitor, is_opaque_id

VIEWER_HEADER, SESSION_HEADER = "X-Viewer-Id", "X-Session-Id"
VIEWER, SESSION = VIEWER_HEADER.lower(), SESSION_HEADER.lower()


def visitor_of(headers: Mapping[str, str], client: str | None = None) -> Visitor:
    """The visitor that headers name, of an application. Raises InvalidRequest for an id that is none."""
    if VIEWER not in headers and SESSION not in headers:
        return NOBODY if client is None else Visitor(client=client)
    return Visitor(_id(headers, VIEWER, VIEWER_HEADER), _id(headers, SESSION, SESSION_HEADER), client)


def _id(headers: Mapping[str, str], name: str, shown: str) -> str | None:
    given = headers.get(name)
    if given is not None and not is_opaque_id(given):
        raise InvalidRequest(f"the header {shown} must be an opaque id of {ID_FORM}; leave it out where there is none")
    return given
