"""How long what is cached may be given, and the clocks that tell."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

JITTER = 0.1
AHEAD = 0.2


@dataclass(frozen=True)
class Clock:
    """Two clocks, in seconds: one that other machines agree with, and one that nobody sets."""

    wall: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic


@dataclass(frozen=True)
class Lifetimes:
    """All in seconds, counted from when the engine was asked. Nothing unmarked is given after these.

    `document` and `missing`: a document, and that there is none of an id.
    `search`: the result of a search; after that and for `revalidate` more it is given while it is asked for again.
    `stale`: how much longer results and their documents are kept, to be given with STALE while the engine is down.
    `call`: what a look-up may take, however many operations wait for it.
    """

    document: float = 60
    missing: float = 5
    search: float = 5
    revalidate: float = 5
    stale: float = 300
    call: float = 10

    @property
    def tombstone(self) -> float:
        """How long a changed document is marked as such: longer than anybody may be reading its former facts."""
        return 2 * self.call + 1

    @property
    def result_kept(self) -> float:
        """How long after its `search` seconds a result is of any use."""
        return max(self.revalidate, self.stale)


@dataclass(frozen=True)
class Jitter:
    """Shortens a time by up to a tenth, so that what was filled together does not run out together."""

    draw: Callable[[], float] = random.random

    def __call__(self, seconds: float) -> float:
        return seconds * (1 - JITTER * self.draw())
