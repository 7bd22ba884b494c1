"""A circuit breaker: after some failures in a row it is not even tried, until a probe has found it well again.

Nygard, Release It!, "Circuit Breaker".
"""

import time
from collections.abc import Callable


class Breaker:
    """Opens after so many failures in a row, and lets one probe through whenever it has rested for so long."""

    def __init__(
        self, failures: int = 5, rest_seconds: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._rest_seconds, self._clock = failures, rest_seconds, clock
        self._failures = 0
        self._rests_until: float | None = None

    @property
    def is_closed(self) -> bool:
        """Whether calls are to be made."""
        return self._rests_until is None

    def claim_probe(self) -> bool:
        """Whether the caller is the one to probe now. Nobody else is before another rest."""
        if self._rests_until is None or self._clock() < self._rests_until:
            return False
        self._rests_until = self._clock() + self._rest_seconds
        return True

    def failed(self) -> bool:
        """Take note of a failure; True when it has opened the breaker."""
        self._failures += 1
        opens = self.is_closed and self._failures >= self._most
        if opens or not self.is_closed:
            self._rests_until = self._clock() + self._rest_seconds
        return opens

    def succeeded(self) -> None:
        """Take note of a success, which closes the breaker."""
        self._failures, self._rests_until = 0, None
