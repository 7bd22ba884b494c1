"""What preferences add to scores, what diversity leaves out, and which page of that is shown: pure functions."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.catalog.kind import Kind
from resolvers.ranking.diversity import spread
from resolvers.ranking.fusion import Fused
from resolvers.ranking.reranking import Bonuses, matching_bonus, recency_bonus, reranked
from resolvers.sources.base import Position, SearchRequest
from resolvers.sources.spreading import page_of_shown

RANKED = [(key, Fused(total, total, None)) for key, total in [("a", 1.0), ("b", 0.75), ("c", 0.5), ("d", 0.5)]]


def test_the_weights_of_all_that_matches_are_added() -> None:
    flags = [(0.5, [True, False, True]), (0.25, [True, False, False]), (2.0, [False, False, False])]
    assert matching_bonus(3, [(weight, np.array(some)) for weight, some in flags]).tolist() == [0.75, 0.0, 0.5]
    assert matching_bonus(2, []).tolist() == [0.0, 0.0]


def test_recency_is_halved_with_every_half_life_and_is_whole_in_the_future() -> None:
    ages = np.array([0.0, 7.0, 14.0, 70.0, -3.0, np.nan])
    assert recency_bonus(ages, 0.5, 7.0).tolist() == [0.5, 0.25, 0.125, 0.5 / 1024, 0.5, 0.0]


def test_the_head_is_put_in_order_again_and_the_rest_stays_behind_it() -> None:
    bonuses = Bonuses(np.array([0.0, 0.125, 1.0]), np.array([0.25, 0.25, 0.0]))
    assert reranked(RANKED, bonuses) == [
        ("c", Fused(1.5, 0.5, None, rerank=1.0, recency=0.0)),
        ("a", Fused(1.25, 1.0, None, rerank=0.0, recency=0.25)),
        ("b", Fused(1.125, 0.75, None, rerank=0.125, recency=0.25)),
        ("d", Fused(0.5, 0.5, None)),
    ]


def test_what_comes_to_the_same_stays_in_its_order_and_recency_counts_only_where_it_is_preferred() -> None:
    found = reranked(RANKED, Bonuses(np.array([0.0, 0.25, 0.5, 0.5])))
    assert [key for key, _ in found] == ["a", "b", "c", "d"]
    assert {(fused.total, fused.recency) for _, fused in found} == {(1.0, None)}


@given(st.lists(st.sampled_from(["x", "y", "z", None])), st.integers(1, 3))
def test_of_a_group_the_first_are_kept_and_what_has_none_is_never_left_out(groups: list[str | None], most: int) -> None:
    kept = spread(range(len(groups)), groups, most)
    assert kept == sorted(set(kept))
    counts = Counter(groups[at] for at in kept)
    for group, count in Counter(groups).items():
        assert counts[group] == (count if group is None else min(count, most))
        assert [at for at in kept if groups[at] == group] == [at for at, one in enumerate(groups) if one == group][
            : counts[group]
        ]


def place(at: int) -> Position:
    return Position(f"{at:03}")


@given(
    st.sets(st.integers(0, 30)).map(sorted),
    st.integers(0, 30),
    st.none() | st.integers(0, 30),
    st.none() | st.integers(0, 30),
    st.booleans(),
    st.integers(1, 5),
)
def test_a_page_of_the_head_is_that_of_the_whole_or_none(
    whole: list[int], head: int, after: int | None, before: int | None, backward: bool, limit: int
) -> None:
    request = SearchRequest((Kind.JOB,), limit=limit, backward=backward)
    request = replace(
        request, after=None if after is None else place(after), before=None if before is None else place(before)
    )
    between = [one for one in whole if (after is None or one > after) and (before is None or one < before)]
    expected = between[-limit:] if backward else between[:limit]
    all_keys = [place(one).key for one in whole]
    for known, is_all in ((all_keys, True), (all_keys[:head], head >= len(whole))):
        page = page_of_shown(request, known, lambda key: key, is_all=is_all)
        if page is None:
            assert not is_all
        else:
            assert known[page.places] == [place(one).key for one in expected]
            if expected:
                assert page.has_previous is (expected[0] != whole[0])
                assert page.has_next is (expected[-1] != whole[-1])


def test_nothing_more_is_asked_for_once_the_page_and_what_is_behind_it_are_known() -> None:
    request, keys = SearchRequest((Kind.JOB,), limit=2, after=place(1)), [place(at).key for at in range(5)]
    assert page_of_shown(request, keys[:4], str, is_all=False) is None
    assert page_of_shown(request, keys, str, is_all=False) == (slice(2, 4), True, True)
    assert page_of_shown(request, keys[:4], str, is_all=True) == (slice(2, 4), True, False)
    with pytest.raises(ValueError, match="shorter"):
        spread([1, 2], ["x"], 1)
