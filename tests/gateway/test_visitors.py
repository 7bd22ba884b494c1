"""Who asks, as headers say it."""

import pytest

from gateway.visitors import visitor_of
from resolvers.errors import InvalidRequest
from resolvers.visitor import NOBODY, Visitor


def test_a_visitor_is_counted_by_viewer_else_by_session() -> None:
    both = visitor_of({"x-viewer-id": "v1", "x-session-id": "s1"}, "web")
    assert both == Visitor("v1", "s1", "web")
    assert both.unit == "viewer:v1"
    assert visitor_of({"x-session-id": "v1"}).unit == "session:v1"
    assert visitor_of({}) is NOBODY
    assert NOBODY.unit is None


def test_who_has_proved_who_they_are_is_nobody_else() -> None:
    said = visitor_of({"x-viewer-id": "v1", "x-session-id": "s1"}, "web")
    assert said.known_as("v2") == Visitor("v2", "s1", "web")
    assert said.known_as(None) is said


@pytest.mark.parametrize("id_", ["", "a b", "é", "x" * 129, "a\n"])
def test_an_id_that_is_none_is_refused(id_: str) -> None:
    with pytest.raises(InvalidRequest, match="the header X-Session-Id must be an opaque id of 1 to 128 printable"):
        visitor_of({"x-session-id": id_})
