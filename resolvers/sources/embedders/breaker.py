"""Leaves alone what has failed several times in a row, so that not every search waits for it."""

import logging
import time
from collections.abc import Callable

from resolvers.errors import SourceError, SourceUnavailable

FAILURES, REST_SECONDS = 3, 5.0
log = logging.getLogger(__name__)


class Breaker:
    """After FAILURES in a row nothing is asked for REST_SECONDS; then one failure more is enough for another rest.

    `clock` counts seconds, from anywhere.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._until = clock()

    def check(self) -> None:
        """Raises SourceUnavailable during a rest."""
        if self._failures >= FAILURES and self._clock() < self._until:
            raise SourceUnavailable(f"the model of embeddings has failed {self._failures} times, and is left alone")

    def failed(self, error: SourceError) -> None:
        """Count a failure; the first of a row is logged."""
        if not self._failures:
            log.warning("texts are matched by words alone: %s", error.message)
        self._failures += 1
        self._until = self._clock() + REST_SECONDS

    def succeeded(self) -> None:
        """Forget the failures."""
        if self._failures:
            log.info("texts are matched by meaning again, after %d failures", self._failures)
        self._failures = 0
