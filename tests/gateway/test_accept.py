"""What an Accept header says of a media type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.accept import EVENTS, GRAPHQL_JSON, JSON, accepted, answer_type, json_type, takes_events


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
        ("application/json;q=0_1", 0.0, False),
        (",,;", 0.0, False),
    ],
)
def test_the_closest_range_decides(accept: str, quality: float, is_named: bool) -> None:
    assert accepted(accept, JSON) == (quality, is_named)


@pytest.mark.parametrize(
    ("accept", "of_one_result", "takes"),
    [
        (EVENTS, EVENTS, True),
        (f"{EVENTS};q=0.2, {JSON};q=0.1", EVENTS, True),
        (f"{EVENTS};q=0.2, */*;q=0.2", EVENTS, True),
        (f"{EVENTS}, {JSON};q=0, */*", EVENTS, True),
        (f"{EVENTS};q=0.9, */*", JSON, True),
        (f"{EVENTS}, {JSON}", JSON, True),
        (f"{EVENTS}, {GRAPHQL_JSON}", GRAPHQL_JSON, True),
        (f"{JSON}, {EVENTS}", JSON, True),
        (f"{EVENTS};q=0, */*", JSON, False),
        (f"{EVENTS};q=no", JSON, False),
        ("text/*", JSON, False),
        ("*/*", JSON, False),
        ("", JSON, False),
    ],
)
def test_events_are_for_who_wants_them_more_than_json(accept: str, of_one_result: str, takes: bool) -> None:
    longer = f"{accept}, {', '.join(f'image/x-{number};q=0.01' for number in range(20))}"
    assert [answer_type(one) for one in (accept, longer)] == [of_one_result] * 2
    assert takes_events(accept) is takes
    assert json_type(accept) == json_type(longer)


WORDS = st.lists(st.sampled_from([EVENTS, JSON, GRAPHQL_JSON, "*/*", "text/*", ";q=0", ";q=.5", ";q=x", ",", " "]))


@given(st.text(max_size=40) | WORDS.map("".join))
def test_any_header_has_an_answer(accept: str) -> None:
    assert answer_type(accept) in {EVENTS, json_type(accept)}
    assert json_type(accept) in {JSON, GRAPHQL_JSON}
