"""What an Accept header says of a media type."""

import pytest

from gateway.accept import accepted

JSON = "application/json"


@pytest.mark.parametrize(
    ("accept", "quality", "is_named"),
    [
        ("", 1.0, False),
        (" ", 1.0, False),
        ("*/*", 1.0, False),
        ("*/*;q=0.1", 0.1, False),
        ("application/*;q=0.2, */*", 0.2, False),
        ("application/json;q=0.3, application/*, */*", 0.3, True),
        ("APPLICATION/JSON; Q=0.4", 0.4, True),
        ("application/json;charset=utf-8 ; q = 0.5", 0.5, True),
        ("application/json;q=0", 0.0, True),
        ("application/json;q=0.2, application/json;version=1;q=0.7", 0.7, True),
        ("text/html", 0.0, False),
        ("application/json;q=much", 0.0, False),
        ("application/json;q=2, */*;q=0.6", 0.6, False),
        ("application/json;q=nan", 0.0, False),
        (",,;", 0.0, False),
    ],
)
def test_the_closest_range_decides(accept: str, quality: float, is_named: bool) -> None:
    assert accepted(accept, JSON) == (quality, is_named)
