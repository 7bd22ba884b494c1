"""Fragments of texts, with what matches in them."""

from hypothesis import given
from hypothesis import strategies as st

from resolvers.offsets import Span
from resolvers.search.fragments import Fragment, fragments
from resolvers.sources.analysis import words_of

FILLER = "lorem ipsum dolor sit amet consectetur adipiscing elit "


def shown(part: Fragment) -> list[str]:
    """The matches of a part, cut out of it in UTF-16 code units, as a browser does it."""
    units = part.text.encode("utf-16-le")
    return [units[2 * span.start : 2 * span.end].decode("utf-16-le") for span in part.matches]


def test_a_short_text_is_one_part_with_all_its_matches() -> None:
    [part] = fragments("Python developers for a Python shop", {"python", "develop"}, most=3, length=100)
    assert part == Fragment("Python developers for a Python shop", 0, False, (Span(0, 6), Span(7, 17), Span(24, 30)))


def test_a_text_without_a_match_has_no_part() -> None:
    assert fragments("Python developer", {"java"}, most=3, length=100) == []
    assert fragments("", {"java"}, most=3, length=100) == []


def test_of_a_long_text_the_part_with_most_different_words_is_given() -> None:
    text = f"python python {FILLER * 3}a python developer wanted {FILLER * 3}developer"
    [part] = fragments(text, {"python", "develop"}, most=1, length=60)
    assert shown(part) == ["python", "developer"]
    assert text[part.start :].startswith(part.text)
    assert part.is_cut
    assert len(part.text) <= 60


def test_parts_come_in_the_order_of_the_text_and_do_not_overlap() -> None:
    text = f"{FILLER}python {FILLER * 2}python developer {FILLER * 2}developer {FILLER}"
    parts = fragments(text, {"python", "develop"}, most=5, length=50)
    assert [shown(part) for part in parts] == [["python"], ["python", "developer"], ["developer"]]
    ends = [part.start + len(part.text) for part in parts]
    assert all(end <= part.start for end, part in zip(ends, parts[1:], strict=False))


def test_parts_are_cut_between_words() -> None:
    [part] = fragments(FILLER * 4 + "python " + FILLER * 4, {"python"}, most=1, length=50)
    assert set(part.text.split()) <= {*FILLER.split(), "python"}


def test_a_word_longer_than_a_part_is_shown_whole() -> None:
    long = "x" * 55
    [part] = fragments(f"{FILLER}{long} {FILLER}", {long}, most=1, length=40)
    assert part.text == long


def test_offsets_count_an_emoji_as_two() -> None:
    [part] = fragments("🚀🚀 Python 👩‍💻 developer", {"python", "develop"}, most=1, length=100)
    assert part.matches == (Span(5, 11), Span(18, 27))
    assert shown(part) == ["Python", "developer"]


def test_the_start_of_a_part_counts_an_emoji_as_two() -> None:
    text = "🚀 " * 100 + "python"
    [part] = fragments(text, {"python"}, most=1, length=40)
    assert text.encode("utf-16-le")[2 * part.start :].decode("utf-16-le") == part.text
    assert not part.is_cut


def test_a_match_has_the_marks_that_stand_on_it() -> None:
    decomposed = "cafe\u0301 owner"
    [part] = fragments(decomposed, {"cafe"}, most=1, length=100)
    assert shown(part) == ["cafe\u0301"]


WORDS = st.lists(st.sampled_from(["python", "developer", "🚀", "e\u0301te", "Café,", "and", "C++", "\n", "日本"]))


@given(WORDS, st.integers(1, 5), st.integers(10, 80))
def test_every_part_is_of_the_text_and_every_match_is_a_wanted_word(words: list[str], most: int, length: int) -> None:
    text, wanted = " ".join(words), {"python", "cafe", "cplusplus"}
    parts = fragments(text, wanted, most=most, length=length)
    assert bool(parts) == any(word.stem in wanted for word in words_of(text))
    assert len(parts) <= most
    whole = text.encode("utf-16-le")
    for part in parts:
        cut = part.text.encode("utf-16-le")
        assert whole[2 * part.start : 2 * part.start + len(cut)] == cut
        assert part.is_cut == (2 * part.start + len(cut) < len(whole))
        assert part.matches
        assert {word.stem for match in shown(part) for word in words_of(match)} <= wanted
