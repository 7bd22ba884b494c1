"""The rows of the filters that were used last are remembered, up to a size."""

import numpy as np

from resolvers.sources.base import Filter, Terms
from resolvers.sources.embedded.ordinals import Rows
from resolvers.sources.embedded.passing import PassingRows

BYTES_OF_TEN = 80


class Finding:
    """Finds ten rows of any filter, and notes which filters it was asked for."""

    def __init__(self, remembered: PassingRows) -> None:
        self._remembered, self.asked = remembered, list[str]()

    def of(self, value: str) -> list[int]:
        wanted: Filter = Terms("status", (value,))

        def find() -> Rows:
            self.asked.append(value)
            return np.arange(10) + len(value)

        return self._remembered.of(wanted, find).tolist()


def test_the_rows_of_a_filter_are_found_once() -> None:
    finding = Finding(PassingRows())
    assert finding.of("OPEN") == finding.of("OPEN") == list(range(4, 14))
    assert finding.of("CLOSED") == list(range(6, 16))
    assert finding.asked == ["OPEN", "CLOSED"]


def test_the_filter_that_was_longest_not_used_is_forgotten_when_there_is_no_room() -> None:
    finding = Finding(PassingRows(most_bytes=2 * BYTES_OF_TEN))
    for value in ["a", "b", "a", "c", "a", "b"]:
        finding.of(value)
    assert finding.asked == ["a", "b", "c", "b"]


def test_what_has_no_room_at_all_is_found_each_time() -> None:
    finding = Finding(PassingRows(most_bytes=BYTES_OF_TEN - 1))
    assert finding.of("a") == finding.of("a")
    assert finding.asked == ["a", "a"]
