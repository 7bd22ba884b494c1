"""A search's name in the cache: the same for the same question, another for any other."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.catalog.kind import Kind
from resolvers.sources.base import (
    AllOf,
    AnyOf,
    Concept,
    Exists,
    Filter,
    Not,
    Position,
    Range,
    RetrievalMode,
    SearchRequest,
    Seen,
    Terms,
)
from resolvers.sources.cached.canonical import canonical, digest_of
from resolvers.sources.preferences import Diversity, Preference, Preferences, Recency

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
REQUEST = SearchRequest((Kind.JOB,))
RECENT: list[tuple[str, float, float, datetime]] = [
    ("a", 0.5, 7.0, NOON),
    ("b", 0.5, 7.0, NOON),
    ("a", 0.25, 7.0, NOON),
    ("a", 0.5, 8.0, NOON),
    ("a", 0.5, 7.0, NOON + timedelta(hours=1)),
]
OTHERS: dict[str, list[Any]] = {
    "kinds": [(), (Kind.TALENT,), (Kind.JOB, Kind.TALENT), (Kind.TALENT, Kind.JOB)],
    "text": ["", " ", "a", "A", "\ud800"],
    "filter": [
        AnyOf(),
        Not(AllOf()),
        Exists("a"),
        Exists("b"),
        Terms("a", ()),
        Terms("a", ("1",)),
        Terms("a", (1.0,)),
        Terms("a", (1.5,)),
        Terms("a", (True,)),
        Terms("a", (NOON,)),
        Terms("a", (NOON.isoformat(),)),
        Terms("a", ("1", "2")),
        Terms("a", ("1", "2"), every=True),
        Terms("a", ("\udfff",)),
        Range("a", gt=1),
        Range("a", gte=1),
        Range("a", lt=1),
        Range("a", lte=1),
        Range("a", gte=float("inf")),
        Range("a", gte=10**30),
        AllOf((Exists("a"), Exists("b"))),
        AnyOf((Exists("a"), Exists("b"))),
        AllOf((Exists("a"), AnyOf((Exists("b"),)))),
    ],
    "mode": [RetrievalMode.LEXICAL, RetrievalMode.SEMANTIC],
    "sort": ["NEWEST", ""],
    "limit": [0, 21],
    "after": [Position("a"), Position("b")],
    "concepts": [(Concept("skill_a"),), (Concept("skill_a", 0.5),), (Concept("skill_a"), Concept("skill_b"))],
    "written_out": ["", "kubernetes"],
    "preferences": [
        Preferences(),
        *(Preferences((Preference(one, 0.5),)) for one in (Exists("a"), Exists("b"))),
        Preferences((Preference(Exists("a"), 0.25),)),
        *(Preferences((), Recency(*about)) for about in RECENT),
    ],
    "diversity": [Diversity("a", 1), Diversity("a", 2), Diversity("b", 1)],
    "meaning": [0.0, 0.5],
    "before": [Position("a")],
    "seen": [Seen(b"a"), Seen(b"b")],
    "backward": [True],
    "count": [True],
}


def test_whatever_is_asked_otherwise_has_another_name() -> None:
    assert set(OTHERS) == {field.name for field in fields(SearchRequest)}
    requests = [REQUEST, *(replace(REQUEST, **{name: value}) for name, values in OTHERS.items() for value in values)]
    assert len({canonical(request) for request in requests}) == len(requests)
    assert len({digest_of(canonical(request), None) for request in requests}) == len(requests)


def test_every_viewer_has_another_name() -> None:
    assert len({digest_of(canonical(REQUEST), viewer) for viewer in (None, "", "ann", "bob", "None")}) == 5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Terms("a", ("1", "2")), Terms("a", ("2", "1", "2"))),
        (Terms("a", (5,)), Terms("a", (5.0,))),
        (Range("a", gte=5), Range("a", gte=5.0)),
        (Range("a", lt=NOON), Range("a", lt=NOON.astimezone(timezone(timedelta(hours=2))))),
        (AllOf((Exists("a"), Exists("b"))), AllOf((Exists("b"), Exists("a"), Exists("b")))),
        (AnyOf((Not(Exists("a")), Exists("b"))), AnyOf((Exists("b"), Not(Exists("a"))))),
    ],
)
def test_what_means_the_same_has_the_same_name(one: Filter, other: Filter) -> None:
    assert canonical(replace(REQUEST, filter=one)) == canonical(replace(REQUEST, filter=other))


LEAVES = st.one_of(
    st.builds(Exists, st.sampled_from("ab")),
    st.builds(Terms, st.sampled_from("ab"), st.lists(st.sampled_from("xyz"), max_size=2).map(tuple), st.booleans()),
)
FILTERS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(AllOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


def normal(wanted: Filter) -> Any:
    """The filter as nested sets, which know no order."""
    match wanted:
        case Terms(field, values, every):
            return "terms", field, frozenset(values), every
        case AllOf(parts) | AnyOf(parts):
            return type(wanted).__name__, frozenset(map(normal, parts))
        case Not(part):
            return "not", normal(part)
        case _:
            return wanted


@given(FILTERS, FILTERS)
def test_two_filters_have_one_name_exactly_when_only_their_order_differs(one: Filter, other: Filter) -> None:
    same = canonical(replace(REQUEST, filter=one)) == canonical(replace(REQUEST, filter=other))
    assert same is (normal(one) == normal(other))
