"""Pages of a search by relevance, while documents change, compared with what the guide says of them."""

import asyncio
import string
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolvers.catalog.kind import Kind
from resolvers.context import Context, PageSizes
from resolvers.errors import CursorExpired, InvalidCursor, InvalidRequest
from resolvers.search.cursors import Cursors, RankedPlace
from resolvers.search.page import Page, PageArguments
from resolvers.search.ranked import MOST_SHOWN
from resolvers.search.search import Search, search
from resolvers.sources.base import Degradation, SearchRequest
from resolvers.sources.cached.rankings import RankingStore
from resolvers.sources.rankings import Forgetful, KeptRanking, Rankings, Shown
from tests.support.caching import Time, skill_ref
from tests.support.made_up_rankings import MadeUpRanking

ABOUT = SearchRequest((Kind.SKILL,), "x")
SIZES = PageSizes(default=3, maximum=100)
NAMES = string.ascii_lowercase[:12]


def store(time: Time | None = None, most_bytes: int = 10_000_000) -> RankingStore:
    return RankingStore(seconds=900, most_bytes=most_bytes, clock=(time or Time()).clock)


async def asked(engine: MadeUpRanking, kept: Rankings, about: SearchRequest = ABOUT, **page: Any) -> Search:
    return await search(Context(engine, SIZES, rankings=kept), about, PageArguments(**page))


def names(page: Page) -> str:
    return "".join(hit.document.ref.id.removeprefix("skill_") for hit in page.result.hits)


async def turned(engine: MadeUpRanking, kept: Rankings, **page: Any) -> tuple[str, list[str], bool, bool]:
    """A page as its names, its cursors, and whether there is more in front and behind."""
    asking = await asked(engine, kept, **page)
    found = await asking.page()
    cursors = [asking.cursor(found, at) for at in range(len(found.result.hits))]
    return names(found), cursors, found.result.has_previous, found.result.has_next


def made_up(ranked: str = NAMES) -> MadeUpRanking:
    return MadeUpRanking({name: float(len(ranked) - at) for at, name in enumerate(ranked)})


@dataclass(frozen=True)
class Known:
    """A cursor, with what its ranking has from its end: what a client has been told, in the simplest form."""

    cursor: str
    shown: str
    from_end: bool
    rank: int


class Between:
    """All that lies between two cursors, in the order in which a page is filled; None in `line` where nothing can."""

    def __init__(self, engine: MadeUpRanking, start: Known | None, stop: Known | None, *, backward: bool) -> None:
        self.backward = backward
        self.fits = True
        ends = {False: "", True: ""}
        for one in (start, stop):
            if one is not None:
                shorter, longer = sorted((ends[one.from_end], one.shown), key=len)
                self.fits = self.fits and longer.startswith(shorter)
                ends[one.from_end] = longer
        self.near, self.far = ends[backward], ends[not backward]
        ranked = engine.ranked[::-1] if backward else engine.ranked
        line = [(name, "near", at) for at, name in enumerate(self.near)]
        line += [(name, "rest", 0) for name in ranked if name not in self.near + self.far]
        line += [(name, "far", at) for at, name in reversed(list(enumerate(self.far)))]
        places = [(end, at) for _, end, at in line]

        def place(one: Known) -> int:
            return places.index(("near" if one.from_end is backward else "far", one.rank))

        if self.fits:
            line = line[0 if start is None else place(start) + 1 : None if stop is None else place(stop)]
        self.line = [
            (name, end, at)
            for name, end, at in line
            if name in engine.scores and not (end == "far" and name in self.near)
        ]

    def known(self, size: int, cursors: Sequence[str]) -> list[Known]:
        """The cursors of the page that was filled from it."""
        filled = self.line[:size]
        if all(end == "far" for _, end, _ in filled):
            made = [(self.far, not self.backward, at) for _, _, at in filled]
        else:
            shown = self.near + "".join(name for name, end, _ in filled if end != "near")
            made = [(shown, self.backward, shown.index(name)) for name, _, _ in filled]
        ordered = made[::-1] if self.backward else made
        return [Known(cursor, *one) for cursor, one in zip(cursors, ordered, strict=True)]


STEP = st.tuples(
    st.sampled_from(["upsert", "delete", "first", "last", "first", "last"]),
    st.sampled_from(NAMES),
    st.integers(1, 6),
    st.integers(0, 99),
    st.integers(0, 99),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(STEP, min_size=4, max_size=40))
def test_every_page_is_what_was_shown_and_then_the_best_of_the_rest(steps: Sequence[Any]) -> None:
    """Whatever changes, whichever cursors are used, however many clients there are, and wherever they come from."""

    async def run() -> None:
        engine, kept = made_up(), store()
        known: list[Known] = []
        for step, name, size, one, other in steps:
            if step == "upsert":
                engine.scores[name] = float(one)
            elif step == "delete":
                engine.scores.pop(name, None)
            else:
                known += await compared(engine, kept, known, step, size, one, other)

    asyncio.run(run())


async def compared(
    engine: MadeUpRanking, kept: RankingStore, known: list[Known], step: str, size: int, one: int, other: int
) -> list[Known]:
    """Ask for a page behind and in front of some of the known cursors, and give the cursors on it."""
    # About a third of the pages begin at an end.
    after, before = (known[at % len(known)] if known and at % 3 else None for at in (one, other))
    backward = step == "last"
    start, stop = (before, after) if backward else (after, before)
    between = Between(engine, start, stop, backward=backward)
    cursors_given = {"after": after and after.cursor, "before": before and before.cursor}
    try:
        found, cursors, has_previous, has_next = await turned(engine, kept, **{step: size}, **cursors_given)
    except InvalidCursor:
        assert not between.fits
        return []
    filled = "".join(name for name, _, _ in between.line)[:size]
    assert between.fits
    assert found == (filled[::-1] if backward else filled)
    ahead, behind = len(between.line) > size or stop is not None, start is not None
    assert (has_previous, has_next) == ((ahead, behind) if backward else (behind, ahead))
    return between.known(size, cursors)


async def run_through(engine: MadeUpRanking, kept: Rankings, size: int, between: Any = None) -> tuple[str, list[str]]:
    """All pages from the first to the last, with something happening between them, and the last cursor of each."""
    met, ends, has_next = "", [], True
    while has_next:
        found, cursors, _, has_next = await turned(engine, kept, first=size, after=ends[-1] if ends else None)
        met, ends = met + found, [*ends, cursors[-1]]
        if between is not None:
            between(len(ends))
    return met, ends


async def test_at_the_last_page_everything_has_been_met_once_and_the_way_back_shows_the_same() -> None:
    engine, kept = made_up("abcdefgh"), store()

    def change(page: int) -> None:
        if page == 1:
            # A new best one, one that was shown falls, one that was not rises, one that was shown goes.
            engine.scores |= {"z": 99.0, "a": 0.5, "h": 98.0}
            del engine.scores["b"]

    met, ends = await run_through(engine, kept, 3, change)
    assert met == "abczhdefg"
    back, cursors, has_previous, has_next = await turned(engine, kept, last=3, before=ends[1])
    assert (back, has_previous, has_next) == ("czh"[:3], True, True)
    back, _, has_previous, _ = await turned(engine, kept, last=3, before=cursors[0])
    assert (back, has_previous) == ("a", False)


async def test_whoever_pages_from_the_end_meets_everything_once_too() -> None:
    engine, kept = made_up("abcdef"), store()
    last, cursors, has_previous, has_next = await turned(engine, kept, last=2)
    assert (last, has_previous, has_next) == ("ef", True, False)
    engine.scores |= {"e": 9.0, "z": 0.0}
    before, cursors, has_previous, _ = await turned(engine, kept, last=3, before=cursors[0])
    assert (before, has_previous) == ("cdz", True)
    assert (await turned(engine, kept, first=9, after=cursors[1]))[0] == "zef"
    first, _, has_previous, _ = await turned(engine, kept, last=3, before=cursors[0])
    assert (first, has_previous) == ("ab", False)


async def test_what_moved_from_one_end_to_the_other_is_met_once() -> None:
    engine, kept = made_up("abcdef"), store()
    _, start, *_ = await turned(engine, kept, first=1)
    _, end, *_ = await turned(engine, kept, last=2)
    engine.scores["e"] = 99.0
    _, further, *_ = await turned(engine, kept, first=1, after=start[0])
    assert (await turned(engine, kept, first=9, after=further[0], before=end[1]))[0] == "bcd"
    assert (await turned(engine, kept, last=9, after=further[0], before=end[1]))[0] == "bcde"


async def test_clients_that_have_seen_the_same_share_it_and_go_their_ways_when_they_do_not() -> None:
    engine, kept = made_up("abcdef"), store()
    one, other = [(await turned(engine, kept, first=2))[1] for _ in range(2)]
    assert one == other
    first = await turned(engine, kept, first=2, after=one[1])
    engine.scores["z"] = 99.0
    second = await turned(engine, kept, first=2, after=other[1])
    assert (first[0], second[0]) == ("cd", "zc")
    assert (await turned(engine, kept, first=9, after=first[1][1]))[0] == "zef"
    assert (await turned(engine, kept, first=9, after=second[1][1]))[0] == "def"
    with pytest.raises(InvalidCursor, match="handed out by different runs"):
        await turned(engine, kept, first=2, after=first[1][0], before=second[1][1])


@pytest.mark.parametrize("backward", [False, True])
async def test_what_is_not_kept_goes_on_where_nothing_in_front_has_changed_and_is_an_error_else(backward: bool) -> None:
    engine, kept = made_up("abcdef"), Forgetful()
    size, place = ("last", "before") if backward else ("first", "after")
    found, cursors, *_ = await turned(engine, kept, **{size: 2})
    engine.scores["x"] = 3.5
    onward = {place: cursors[0 if backward else 1], size: 2}
    assert (found, (await turned(engine, kept, **onward))[0]) == (("ef", "xd") if backward else ("ab", "cx"))
    engine.scores["z"] = 0.0 if backward else 99.0
    with pytest.raises(CursorExpired, match=f"up to `{place}` is not known any more, and the ranking has changed"):
        await turned(engine, kept, **onward)


async def test_what_is_kept_no_longer_than_the_settings_say_begins_anew_with_every_page() -> None:
    engine, time = made_up(), Time()
    kept = store(time)
    _, cursors, *_ = await turned(engine, kept, first=2)
    engine.scores["z"] = 99.0
    for _ in range(3):
        time.now += 899
        _, cursors, *_ = await turned(engine, kept, first=1, after=cursors[-1])
    time.now += 1.5 * 900
    with pytest.raises(CursorExpired):
        await turned(engine, kept, first=1, after=cursors[-1])


async def test_a_page_of_what_was_shown_is_one_fetch_and_no_search() -> None:
    engine, kept = made_up(), store()
    _, ends = await run_through(engine, kept, 3)
    engine.searched.clear()
    engine.fetched.clear()
    assert (await turned(engine, kept, last=3, before=ends[2]))[0] == "fgh"
    assert (engine.searched, len(engine.fetched)) == ([], 4)


async def test_the_next_page_is_one_search_with_its_count() -> None:
    engine, kept = made_up(), store()
    _, cursors, *_ = await turned(engine, kept, first=3)
    engine.searched.clear()
    second = await asked(engine, kept, first=3, after=cursors[-1])
    page, total = await asyncio.gather(second.page(), second.total())
    assert (names(page), total) == ("def", 12)
    assert [(request.limit, request.count) for request in engine.searched] == [(3, True)]
    assert engine.fetched == []


class Noting(Forgetful):
    """Notes what it is to keep."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def keep(self, ranking: KeptRanking) -> None:
        self.names.append("".join(hit.ref.id.removeprefix("skill_") for hit in ranking.hits))


async def test_nothing_is_kept_before_somebody_asks_for_a_cursor() -> None:
    engine, noting = made_up(), Noting()
    first = await asked(engine, noting, first=3)
    page = await first.page()
    assert noting.names == []
    first.cursor(page, 2)
    assert noting.names == ["abc"]


async def test_where_a_whole_page_has_gone_what_comes_behind_it_is_shown() -> None:
    engine, kept = made_up("abcdefgh"), store()
    _, cursors, *_ = await turned(engine, kept, first=2)
    await turned(engine, kept, first=4, after=cursors[1])
    _, further, *_ = await turned(engine, kept, first=4, after=cursors[1])
    for name in "cde":
        del engine.scores[name]
    assert (await turned(engine, kept, last=2, before=further[3]))[0] == "ab"
    from_the_first = await asked(engine, kept, first=2, after=further[0])
    assert names(await from_the_first.page()) == "fg"


async def test_a_page_of_no_items_needs_nothing_kept() -> None:
    engine = made_up()
    _, cursors, *_ = await turned(engine, Noting(), first=3)
    engine.scores["z"] = 99.0
    assert await turned(engine, Forgetful(), first=0, after=cursors[0]) == ("", [], False, False)


async def test_the_text_that_was_searched_instead_stays_the_text_of_its_pages() -> None:
    engine, kept = made_up("abcdef"), store()
    about = replace(ABOUT, text="x nonsense")
    engine.texts = frozenset({"x"})
    first = await asked(engine, kept, about, first=2)
    page = await first.page()
    assert (names(page), page.text, await first.instead()) == ("ab", "x", "x")
    engine.texts = frozenset({"x", "x nonsense"})
    second = await asked(engine, kept, about, first=2, after=first.cursor(page, 1))
    page = await second.page()
    assert (names(page), page.text, await second.instead(), await second.total()) == ("cd", "x", "x", 6)
    assert engine.searched[-1].text == "x"
    anew = await asked(engine, kept, about, first=2)
    assert ((await anew.page()).text, await anew.instead()) == ("x nonsense", None)


async def test_a_page_that_is_degraded_says_so_and_the_next_one_goes_on_as_ever() -> None:
    engine, kept = made_up("abcdef"), store()
    _, cursors, *_ = await turned(engine, kept, first=2)
    engine.degraded, engine.scores = frozenset({Degradation.MEANING_UNAVAILABLE}), made_up("fedcba").scores
    second = await asked(engine, kept, first=2, after=cursors[1])
    page = await second.page()
    assert (names(page), (await second.answered()).degraded) == ("fe", engine.degraded)
    engine.degraded, engine.scores = frozenset(), made_up("abcdef").scores
    third = await asked(engine, kept, first=2, after=second.cursor(page, 1))
    assert (names(await third.page()), (await third.answered()).degraded) == ("cd", frozenset())


async def test_a_ranking_is_not_handed_out_deeper_than_is_kept() -> None:
    engine, kept = made_up(), store()
    name = Cursors(ABOUT).search
    deep = KeptRanking(name, "x", hits=tuple(Shown(skill_ref(f"{at}"), None) for at in range(MOST_SHOWN)))
    kept.keep(deep)
    cursor = Cursors(ABOUT).encode(RankedPlace(deep.name, False, MOST_SHOWN, MOST_SHOWN - 1))
    with pytest.raises(InvalidRequest, match="goes down to 10000 items; narrow the search, or take another sort"):
        await turned(engine, kept, first=1, after=cursor)
    lost = Cursors(ABOUT).encode(RankedPlace(b"?" * 16, False, MOST_SHOWN, 0))
    with pytest.raises(CursorExpired):
        await turned(engine, kept, first=1, after=lost)
    assert engine.searched == []


@pytest.mark.parametrize(
    "forged", [{"rank": 2}, {"rank": -1}, {"length": 3}, {"from_end": True}, {"ranking": "another search's"}]
)
async def test_a_cursor_that_was_never_handed_out_is_refused(forged: dict[str, Any]) -> None:
    engine, kept = made_up("abcdef"), store()
    hits = (Shown(skill_ref("a"), None), Shown(skill_ref("b"), None))
    ours, others = KeptRanking(Cursors(ABOUT).search, "x", hits=hits), KeptRanking(b"other", "x", hits=hits)
    kept.keep(ours)
    kept.keep(others)
    if "ranking" in forged:
        forged = {"ranking": others.name}
    place = RankedPlace(ours.name, from_end=False, length=2, rank=1)._replace(**forged)
    with pytest.raises(InvalidCursor, match="`after` is not a cursor of this API"):
        await turned(engine, kept, first=1, after=Cursors(ABOUT).encode(place))


def test_a_ranking_is_named_by_what_it_says() -> None:
    hits = tuple(Shown(skill_ref(name), None) for name in "abc")
    ranking = KeptRanking(b"search", "text", hits=hits)
    others = [
        replace(ranking, search=b"another"),
        replace(ranking, text="another"),
        replace(ranking, from_end=True),
        *(replace(ranking, hits=some) for some in (hits[:2], hits[::-1], ())),
    ]
    assert len({one.name for one in (ranking, *others)}) == 7
    assert replace(ranking, hits=hits[:2]).going_on(hits[2:]).name == ranking.name
    assert ranking.names_at([0, 2, 3]) == [others[5].name, others[3].name, ranking.name]
    assert ranking.going_on(()) is ranking
