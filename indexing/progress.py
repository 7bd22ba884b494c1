"""How indexing tells somebody how far it is."""

from typing import Protocol


class Progress(Protocol):
    """Somebody who watches a run. Phases come one after the other, each between `start` and `finish`."""

    def start(self, phase: str, total: int | None, unit: str) -> None:
        """A phase begins. `total` is how many of `unit` (a plural noun) it has, or None when nobody knows."""

    def advance(self, amount: int) -> None:
        """The phase is `amount` units further than at the last call."""

    def finish(self) -> None:
        """The phase is over, and complete."""


class SilentProgress:
    """A watcher who says nothing, for tests and for callers without a terminal."""

    def start(self, phase: str, total: int | None, unit: str) -> None:
        """Nothing is shown."""

    def advance(self, amount: int) -> None:
        """Nothing is shown."""

    def finish(self) -> None:
        """Nothing is shown."""
