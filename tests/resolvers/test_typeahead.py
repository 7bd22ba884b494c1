"""The rules of what completes a typed text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.offsets import Span
from resolvers.sources.analysis import words_of
from resolvers.sources.typeahead import (
    matched,
    title_key,
    typed_words,
    typos_allowed,
    typos_between,
    typos_in_beginning,
)

SHORT = st.text("abc", max_size=6)


def distance(one: str, other: str) -> int:
    """Optimal string alignment, by its definition."""
    if not one or not other:
        return len(one) + len(other)
    ways = [
        distance(one[:-1], other) + 1,
        distance(one, other[:-1]) + 1,
        distance(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    ]
    if one[-2:] == other[-2:][::-1] and len(one) > 1:
        ways.append(distance(one[:-2], other[:-2]) + 1)
    return min(ways)


@given(SHORT, SHORT)
def test_typos_are_counted_as_by_their_definition(one: str, other: str) -> None:
    assert typos_between(one, other) == distance(one, other)
    beginnings = [other[:end] for end in range(len(other) + 1)]
    assert typos_in_beginning(one, other) == min(distance(one, beginning) for beginning in beginnings)


@pytest.mark.parametrize(("typed", "typos"), [("abc", 0), ("abcd", 1), ("abcdefg", 1), ("abcdefgh", 2)])
def test_a_word_may_have_typos_by_its_length(typed: str, typos: int) -> None:
    assert typos_allowed(typed) == typos


@pytest.mark.parametrize(
    ("typed", "name", "spans"),
    [
        ("py", "Senior Python developer", (Span(7, 9),)),
        ("dev py", "Senior Python developer", (Span(7, 9), Span(14, 17))),
        ("py py", "Python", (Span(0, 2),)),
        ("java", "Python", ()),
        ("py java", "Python", ()),
        ("strasse", "Straße 5", (Span(0, 6),)),
        ("c++", "Senior C++ developer", (Span(7, 10),)),
        ("caf", "👩‍💻 café", (Span(4, 7),)),
    ],
)
def test_each_typed_word_begins_a_word_of_the_name(typed: str, name: str, spans: tuple[Span, ...]) -> None:
    assert matched(typed_words(typed), name, typos=False) == spans


def test_a_word_without_a_typo_is_taken_before_one_with() -> None:
    assert matched(("pythn",), "Python and pythnic", typos=True) == (Span(11, 16),)
    assert matched(("pythn",), "Python", typos=True) == (Span(0, 6),)
    assert matched(("pythn",), "Python", typos=False) == ()


def test_titles_that_differ_in_capitals_and_signs_alone_are_one() -> None:
    assert title_key("Senior  Python-Developer!") == title_key("senior python developer") > 0
    assert title_key("Python developer") != title_key("Developer python")
    assert title_key("🚀 !!") == title_key("") == 0


@given(st.text(max_size=400), st.text(max_size=400))
def test_a_key_fits_into_a_signed_number_of_64_bits_and_shorter_titles_have_lower_ones(one: str, other: str) -> None:
    keys = title_key(one), title_key(other)
    assert all(0 <= key < 2**63 for key in keys)
    lengths = [min(255, len(" ".join(word.folded for word in words_of(title)))) for title in (one, other)]
    if all(keys) and lengths[0] < lengths[1]:
        assert keys[0] < keys[1]
