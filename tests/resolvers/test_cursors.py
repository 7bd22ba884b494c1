"""Cursors name a place in one search, and nothing else is taken for one."""

import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.catalog.kind import Kind
from resolvers.context import PageSizes
from resolvers.errors import InvalidCursor, InvalidRequest, PageTooLarge
from resolvers.search.cursors import decode_cursor, encode_cursor
from resolvers.search.page import PageArguments, paged
from resolvers.sources.base import Exists, Position, RetrievalMode, SearchRequest
from resolvers.sources.preferences import Diversity, Preferences, Recency

ABOUT = SearchRequest((Kind.JOB,), text="python")
PLACE = Position("0.25 job_7", 7, "20260101T000000.000000Z-0a0b0c0d")
RECENT = Preferences((), Recency("published_at", 0.2, 14.0, datetime(2026, 5, 1, 12, tzinfo=UTC)))
SIZES = PageSizes(default=20, maximum=100)


@given(st.text(st.characters(codec="utf-8")), st.integers(0, 2**40), st.text(st.characters(codec="ascii")))
def test_a_cursor_comes_back_as_the_place_it_was_made_of(key: str, rank: int, generation: str) -> None:
    place = Position(key, rank, generation)
    cursor = encode_cursor(ABOUT, place)
    assert cursor.isascii()
    assert "=" not in cursor
    assert decode_cursor(ABOUT, cursor, "after") == place


@pytest.mark.parametrize(
    "other",
    [
        replace(ABOUT, text="Python"),
        replace(ABOUT, text=None),
        replace(ABOUT, kinds=(Kind.TALENT,)),
        replace(ABOUT, mode=RetrievalMode.LEXICAL),
        replace(ABOUT, sort="BUDGET"),
        replace(ABOUT, filter=Exists("budget")),
        replace(ABOUT, preferences=RECENT),
        replace(ABOUT, diversity=Diversity("client_id", 2)),
    ],
)
def test_a_cursor_of_another_search_is_refused(other: SearchRequest) -> None:
    with pytest.raises(InvalidCursor, match="`before` belongs to another search"):
        decode_cursor(other, encode_cursor(ABOUT, PLACE), "before")


def test_a_cursor_goes_with_every_page_of_its_search() -> None:
    page = replace(ABOUT, limit=3, after=PLACE, backward=True, count=True)
    assert decode_cursor(page, encode_cursor(ABOUT, PLACE), "after") == PLACE


def test_a_cursor_takes_the_time_along_that_recency_is_reckoned_by() -> None:
    cursor = encode_cursor(replace(ABOUT, preferences=RECENT), PLACE)
    hours_later = replace(RECENT, recency=replace(RECENT.recency, at=datetime(2026, 5, 2, 9, tzinfo=UTC)))
    page = paged(replace(ABOUT, preferences=hours_later), PageArguments(first=3, after=cursor), SIZES)
    assert page.preferences == RECENT
    assert page.after == replace(PLACE, as_of=datetime(2026, 5, 1, 12, tzinfo=UTC))
    longer = replace(RECENT, recency=replace(RECENT.recency, half_life_days=15.0))
    with pytest.raises(InvalidCursor, match="belongs to another search"):
        paged(replace(ABOUT, preferences=longer), PageArguments(first=3, after=cursor), SIZES)


def test_a_cursor_with_any_bit_changed_is_refused() -> None:
    cursor = encode_cursor(ABOUT, PLACE)
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for at in range(len(raw)):
        for bit in range(8):
            changed = raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]
            with pytest.raises(InvalidCursor):
                decode_cursor(ABOUT, base64.urlsafe_b64encode(changed).decode(), "after")


@pytest.mark.parametrize(
    "garbage", ["", "x", "é", "日本語", "\ud800", "null", "YXJyYXljb25uZWN0aW9uOjA=", "=" * 9, "a" * 9999]
)
def test_garbage_is_refused(garbage: str) -> None:
    with pytest.raises(InvalidCursor, match="`after` is not a cursor of this API"):
        decode_cursor(ABOUT, garbage, "after")


@given(st.text())
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(ABOUT, text, "after")


@given(st.binary(max_size=60))
def test_any_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(ABOUT, base64.urlsafe_b64encode(raw).decode(), "after")


def test_first_pages_forward_and_last_backward() -> None:
    cursor = encode_cursor(ABOUT, PLACE)
    assert paged(ABOUT, PageArguments(), SIZES) == replace(ABOUT, limit=20)
    assert paged(ABOUT, PageArguments(first=0), SIZES) == replace(ABOUT, limit=0)
    assert paged(ABOUT, PageArguments(first=100, after=cursor), SIZES) == replace(ABOUT, limit=100, after=PLACE)
    assert paged(ABOUT, PageArguments(last=3, before=cursor), SIZES) == replace(
        ABOUT, limit=3, backward=True, before=PLACE
    )


def test_first_and_last_exclude_each_other() -> None:
    with pytest.raises(InvalidRequest, match="exclude each other"):
        paged(ABOUT, PageArguments(first=1, last=1), SIZES)


@pytest.mark.parametrize(("page", "name"), [(PageArguments(first=101), "first"), (PageArguments(last=102), "last")])
def test_a_page_has_a_size(page: PageArguments, name: str) -> None:
    with pytest.raises(PageTooLarge, match=f"`{name}` is .* a page has 100 items at most") as caught:
        paged(ABOUT, page, SIZES)
    assert caught.value.extensions == {"limit": 100, "actual": page.first or page.last}


@pytest.mark.parametrize(("page", "name"), [(PageArguments(first=-1), "first"), (PageArguments(last=-1), "last")])
def test_a_page_has_no_negative_size(page: PageArguments, name: str) -> None:
    with pytest.raises(InvalidRequest, match=f"`{name}` is -1, and a page cannot have less than 0 items") as caught:
        paged(ABOUT, page, SIZES)
    assert (type(caught.value), caught.value.extensions) == (InvalidRequest, {})
