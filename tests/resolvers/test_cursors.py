"""Cursors name a place in one search, and nothing else is taken for one."""

import base64
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.catalog.kind import Kind
from resolvers.context import PageSizes
from resolvers.errors import InvalidCursor, InvalidRequest, PageTooLarge
from resolvers.search.cursors import Cursors, Place, RankedPlace
from resolvers.search.page import PageArguments, PageWanted, page_wanted
from resolvers.sources.base import Concept, Exists, Position, RetrievalMode, SearchRequest, Seen
from resolvers.sources.preferences import Diversity, Preferences, Recency

ABOUT = SearchRequest((Kind.JOB,), text="python")
LISTING = SearchRequest((Kind.JOB,), text="python", sort="BUDGET")
PLACE = RankedPlace(bytes(range(16)), from_end=False, length=20, rank=7)
CURSORS = Cursors(ABOUT)
CURSOR = CURSORS.encode(PLACE)
RECENT = Preferences((), Recency("published_at", 0.2, 14.0, datetime(2026, 5, 1, 12, tzinfo=UTC)))
SIZES = PageSizes(default=20, maximum=100)


def comes_back(about: SearchRequest, place: Place) -> bool:
    cursor = Cursors(about).encode(place)
    return cursor.isascii() and "=" not in cursor and Cursors(about).decode(cursor, "after") == place


@given(st.text(st.characters(codec="utf-8")))
def test_a_cursor_of_a_listing_comes_back_as_the_place_it_was_made_of(key: str) -> None:
    assert comes_back(LISTING, Position(key))


@given(st.binary(max_size=32), st.booleans(), st.integers(0, 2**40), st.integers(0, 2**40))
def test_a_cursor_of_a_ranking_comes_back_as_the_place_it_was_made_of(
    name: bytes, from_end: bool, length: int, rank: int
) -> None:
    assert comes_back(ABOUT, RankedPlace(name, from_end, length, rank))


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
        Cursors(other).decode(CURSOR, "before")


def test_a_cursor_goes_with_every_page_of_its_search_whatever_the_names_in_it_mean_meanwhile() -> None:
    page = replace(ABOUT, limit=3, after=Position("a"), before=Position("b"), backward=True, count=True)
    page = replace(page, seen=Seen(b"a"), concepts=(Concept("skill_python"),), written_out="Python")
    assert Cursors(page).decode(CURSOR, "after") == PLACE


def test_all_that_is_asked_beside_the_page_makes_another_search() -> None:
    """A field that is new in a request is in the digest without anybody thinking of it."""
    # The share of meaning depends on who asks: see Cursors.
    of_page = {"limit", "after", "before", "backward", "count", "seen", "concepts", "meaning", "written_out"}
    others: dict[str, Any] = {
        "kinds": (Kind.TALENT,),
        "text": "Python",
        "filter": Exists("budget"),
        "mode": RetrievalMode.LEXICAL,
        "sort": "BUDGET",
        "preferences": RECENT,
        "diversity": Diversity("client_id", 2),
    }
    digests = {Cursors(replace(ABOUT, **{name: value})).search for name, value in others.items()}
    assert len(digests | {CURSORS.search}) == len(others) + 1
    assert {field.name for field in fields(SearchRequest)} == of_page | others.keys()


def test_a_cursor_that_does_not_fit_the_sort_of_search_is_of_another_one() -> None:
    for about, place in ((ABOUT, Position("a")), (LISTING, PLACE)):
        with pytest.raises(InvalidCursor, match="belongs to another search"):
            Cursors(about).decode(Cursors(about).encode(place), "after")


def test_a_cursor_goes_with_its_search_at_any_time_and_tells_its_own() -> None:
    recently, later = (
        replace(ABOUT, preferences=RECENT.as_of(datetime(2026, 5, day, 9, tzinfo=UTC))) for day in (1, 2)
    )
    place = PLACE._replace(as_of=1_777_629_600)
    found = Cursors(later).decode(Cursors(recently).encode(place), "after")
    assert found == place
    assert isinstance(found, RankedPlace)
    assert found.time == datetime(2026, 5, 1, 10, tzinfo=UTC)


def test_a_cursor_with_a_time_that_there_is_not_is_refused() -> None:
    for as_of in (10**12, -(10**18)):
        with pytest.raises(InvalidCursor, match="is not a cursor of this API"):
            CURSORS.decode(CURSORS.encode(PLACE._replace(as_of=as_of)), "after")


def test_a_cursor_with_any_bit_changed_is_refused() -> None:
    cursor = CURSOR
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for at in range(len(raw)):
        for bit in range(8):
            changed = raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]
            with pytest.raises(InvalidCursor):
                CURSORS.decode(base64.urlsafe_b64encode(changed).decode(), "after")


@pytest.mark.parametrize(
    "garbage", ["", "x", "é", "日本語", "\ud800", "null", "YXJyYXljb25uZWN0aW9uOjA=", "=" * 9, "a" * 9999]
)
def test_garbage_is_refused(garbage: str) -> None:
    with pytest.raises(InvalidCursor, match="`after` is not a cursor of this API"):
        CURSORS.decode(garbage, "after")


@given(st.text())
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.decode(text, "after")


@given(st.binary(max_size=60))
def test_any_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.decode(base64.urlsafe_b64encode(raw).decode(), "after")


def test_first_pages_forward_and_last_backward() -> None:
    assert page_wanted(CURSORS, PageArguments(), SIZES) == PageWanted(20)
    assert page_wanted(CURSORS, PageArguments(first=0), SIZES) == PageWanted(0)
    forward = page_wanted(CURSORS, PageArguments(first=100, after=CURSOR), SIZES)
    assert (forward, forward.start, forward.stop) == (PageWanted(100, after=PLACE), PLACE, None)
    backward = page_wanted(CURSORS, PageArguments(last=3, before=CURSOR), SIZES)
    assert (backward, backward.start, backward.stop) == (PageWanted(3, backward=True, before=PLACE), PLACE, None)


def test_first_and_last_exclude_each_other() -> None:
    with pytest.raises(InvalidRequest, match="exclude each other"):
        page_wanted(CURSORS, PageArguments(first=1, last=1), SIZES)


@pytest.mark.parametrize(("page", "name"), [(PageArguments(first=101), "first"), (PageArguments(last=102), "last")])
def test_a_page_has_a_size(page: PageArguments, name: str) -> None:
    with pytest.raises(PageTooLarge, match=f"`{name}` is .* a page has 100 items at most") as caught:
        page_wanted(CURSORS, page, SIZES)
    assert caught.value.extensions == {"limit": 100, "actual": page.first or page.last}


@pytest.mark.parametrize(("page", "name"), [(PageArguments(first=-1), "first"), (PageArguments(last=-1), "last")])
def test_a_page_has_no_negative_size(page: PageArguments, name: str) -> None:
    with pytest.raises(InvalidRequest, match=f"`{name}` is -1, and a page cannot have less than 0 items") as caught:
        page_wanted(CURSORS, page, SIZES)
    assert (type(caught.value), caught.value.extensions) == (InvalidRequest, {})
