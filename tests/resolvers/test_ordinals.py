"""Rows by the order of their ids, however they came into an index."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from resolvers.sources.embedded.ordinals import Ordinals, among, insertions, tail_ordinals

IDS = st.lists(st.text("abc", min_size=1, max_size=3), unique=True, max_size=12)


def test_without_a_tail_a_row_is_its_ordinal() -> None:
    ordinals = Ordinals(4)
    assert ordinals.of([3, 0, 1]).tolist() == ordinals.rows([3, 0, 1]).tolist() == [3, 0, 1]
    assert (ordinals.full, ordinals.of([]).tolist()) == (4, [])


def test_rows_are_looked_for_among_others_that_go_up() -> None:
    assert among(np.array([7, 0, 9, 3, 2]), np.array([2, 3, 7])).tolist() == [True, False, False, True, True]
    assert among(np.zeros(0, dtype=np.int64), np.array([2])).tolist() == []


@given(full=IDS, batches=st.lists(IDS, max_size=3))
def test_ordinals_are_the_order_of_ids_over_any_batches(full: list[str], batches: list[list[str]]) -> None:
    full = sorted(full)
    tail: list[str] = []
    ordinals = np.zeros(0, dtype=np.int64)
    for batch in batches:
        new = [id_ for id_ in batch if id_ not in tail]
        # A later batch knows the ordinals of the one before it, and where its own ids belong.
        ordinals = tail_ordinals([*insertions(ordinals), *(int(np.searchsorted(full, id_)) for id_ in new)], tail + new)
        tail += new
    rows = [(id_, 1) for id_ in full] + [(id_, 0) for id_ in tail]
    order = Ordinals(len(full), ordinals)
    # A row of the tail comes in front of the row of the full index that it replaces.
    assert order.rows(range(len(rows))).tolist() == sorted(range(len(rows)), key=lambda row: rows[row])
    assert order.of(order.rows(range(len(rows)))).tolist() == list(range(len(rows)))
