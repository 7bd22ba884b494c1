"""Batches on an engine that others write too: whatever comes in between, the documents agree with each other."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexing.changes.apply import apply_batch
from indexing.changes.given import GivenChange
from indexing.ready import made_ready
from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from tests.support.changes import CHANGED, change, outcome
from tests.support.shared_index import SharedIndex

Market = dict[Kind, list[Any]]


class Died(Exception):
    """The process was killed here."""


@pytest.fixture(scope="session")
def shared(prepared: Any, market: Market) -> Callable[[], SharedIndex]:
    """Gives an index with the small marketplace in it."""

    def fresh() -> SharedIndex:
        documents = [one for some in prepared(market, None).values() for one in some]
        return SharedIndex({one.document.ref: (0, one) for one in documents})

    return fresh


def apply(index: SharedIndex, changes: Sequence[GivenChange], model: Any) -> list[str]:
    return [one.fate.value for one in apply_batch(index, changes, model, exclusive=False).outcomes]


def check(index: SharedIndex, expected: Market) -> None:
    """The index has the expected records, each made ready with the expected records of others."""
    records = {record.id: record for some in expected.values() for record in some}
    there = {ref: one for ref, (_, one) in index.documents.items() if one is not None}
    assert {ref.id: one.document.record for ref, one in there.items()} == records
    for ref, one in there.items():
        ready = made_ready(KINDS[ref.kind], one.document.record, records)
        assert (one.texts, one.fields, one.sorts) == (ready.texts, ready.fields, ready.sorts), ref


CHANGES = st.lists(st.tuples(st.sampled_from(CHANGED), st.integers(1, 6)), min_size=1, max_size=6)


@settings(max_examples=300, deadline=None)
@given(first=CHANGES, second=CHANGES, step=st.integers(1, 40))
def test_a_batch_in_the_middle_of_another_leaves_documents_that_agree(
    shared: Callable[[], SharedIndex],
    market: Market,
    topics: Any,
    first: list[tuple[str, int]],
    second: list[tuple[str, int]],
    step: int,
) -> None:
    index = shared()
    ours, theirs = ([change(market, *one) for one in some] for some in (first, second))

    def interrupt() -> None:
        if index.steps == step:
            apply(index, theirs, topics)

    index.between = interrupt
    apply(index, ours, topics)
    if index.steps < step:
        apply(index, theirs, topics)
    check(index, outcome(market, [*ours, *theirs]))


@settings(max_examples=300, deadline=None)
@given(first=CHANGES, second=CHANGES, step=st.integers(1, 40), death=st.integers(1, 40))
def test_a_batch_that_dies_anywhere_and_comes_again_leaves_documents_that_agree(
    shared: Callable[[], SharedIndex],
    market: Market,
    topics: Any,
    first: list[tuple[str, int]],
    second: list[tuple[str, int]],
    step: int,
    death: int,
) -> None:
    index = shared()
    ours, theirs = ([change(market, *one) for one in some] for some in (first, second))
    steps = {"ours": 0}
    others = False

    def interrupt() -> None:
        nonlocal others
        if others:
            return
        steps["ours"] += 1
        if steps["ours"] == step:
            others = True
            apply(index, theirs, topics)
            others = False
        if steps["ours"] == death:
            raise Died

    index.between = interrupt
    try:
        apply(index, ours, topics)
    except Died:
        index.between = lambda: None
        apply(index, ours, topics)
    index.between = lambda: None
    apply(index, theirs, topics)
    check(index, outcome(market, [*ours, *theirs]))


def test_what_the_engine_refuses_leaves_the_next_newest_change(
    shared: Callable[[], SharedIndex], market: Market, topics: Any
) -> None:
    index = shared()
    changes = [change(market, "client_b", version) for version in (2, 3, 4)]
    assert all(one.record is not None for one in changes)
    index.refused = {("client_b", 4), ("client_b", 3)}
    assert apply(index, changes, topics) == ["applied", "refused", "refused"]
    check(index, outcome(market, changes[:1]))


def test_facts_of_what_the_engine_refuses_are_in_no_other_document(
    shared: Callable[[], SharedIndex], market: Market, topics: Any
) -> None:
    index = shared()
    changes = [change(market, id_, version) for id_, version in (("client_b", 2), ("skill_python", 1), ("job_065", 2))]
    assert changes[2].record is not None
    index.refused = {("client_b", 2), ("skill_python", 1)}
    assert apply(index, changes, topics) == ["refused", "refused", "applied"]
    check(index, outcome(market, changes[2:]))


def test_a_document_that_cannot_be_written_again_is_told_of(
    shared: Callable[[], SharedIndex], market: Market, topics: Any, caplog: pytest.LogCaptureFixture
) -> None:
    index = shared()
    index.refused = {("job_02", 0)}
    assert apply(index, [change(market, "client_b", 2)], topics) == ["applied"]
    assert caplog.messages == ["job_02 could not be written again and is outdated: not to the engine's taste"]
