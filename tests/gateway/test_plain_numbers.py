"""Numbers of headers are read as people write them, and not as Python does."""

import pytest

from gateway.plain_numbers import plain_number


@pytest.mark.parametrize(
    ("text", "number"), [("10", 10.0), ("0", 0.0), ("0.50", 0.5), (".5", 0.5), ("5.", 5.0), (" 007\t", 7.0)]
)
def test_digits_with_a_point_at_the_most_are_a_number(text: str, number: float) -> None:
    assert plain_number(text) == number


@pytest.mark.parametrize(
    "text", ["", ".", "1_0", "1e3", "+1", "-1", "inf", "nan", "0x1", "1,5", "1.2.3", "1 0", "\u0661", "\xb2", "5\n"]
)
def test_other_texts_are_none(text: str) -> None:
    assert plain_number(text) is None
