"""How long an operation may still take."""

import math
import time
from collections.abc import Callable


class Deadline:
    """The moment by which an operation has to be answered. `clock` counts seconds, from anywhere."""

    def __init__(self, seconds: float = math.inf, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._ends = clock, clock() + seconds

    def remaining(self) -> float:
        """Seconds that are left, 0 when there are none; infinite without a deadline."""
        return max(0.0, self._ends - self._clock())
