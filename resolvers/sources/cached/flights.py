"""Look-ups that several operations wait for: what is asked for twice at the same time is looked up once."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Generic, TypeVar

from resolvers.deadline import Deadline
from resolvers.errors import DeadlineExceeded, SourceError, SourceUnavailable
from resolvers.sources.cached.flight import Flight, late
from resolvers.sources.cached.validity import Validity

W = TypeVar("W")
V = TypeVar("V")
ANSWER_SECONDS, SHARE_TO_WAIT = 0.05, 0.9
LEAST_SECONDS = 0.01
"""With less time than that nothing is asked for any more."""
SHARE_TO_JOIN = 0.5
"""How much of its own time a look-up has to have for somebody to join it."""
STOPPING = "the gateway is stopping; ask another one"
log = logging.getLogger(__name__)


Load = Callable[[Flight[W, V]], Awaitable[None]]
Aboard = Mapping[Flight[W, V], list[bytes]]


class Flights(Generic[W, V]):
    """The look-ups under way, by key. None takes longer than `seconds`.

    The engine is asked by the deadline of the operation that asks first. Who has far more time asks for itself, and so
    does whoever has time left when that deadline is over: nobody fails by another's deadline.

    A look-up that nobody waits for any more is cancelled, and whoever stops waiting leaves it to the others. It goes on
    after it has landed, to store what it has found, and is joined for that meanwhile. `watches` are the keys that an
    answer depends on.
    """

    def __init__(
        self,
        validity: Validity,
        seconds: float,
        watches: Callable[[bytes, W], tuple[bytes, ...]],
        now: Callable[[], float],
    ) -> None:
        self._validity, self._seconds, self._watches, self._now = validity, seconds, watches, now
        self._flying: dict[bytes, Flight[W, V]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def join(
        self, wanted: Mapping[bytes, W], load: Load[W, V], deadline: Deadline
    ) -> dict[bytes, V | SourceError]:
        """The answers by key. What is late is DeadlineExceeded, so early that the rest can still be used."""
        answers: dict[bytes, V | SourceError] = {}
        missing = wanted
        while missing:
            aboard, own = self._board(missing, load, min(deadline.remaining(), self._seconds))
            answers |= await self._arrived(aboard, _patience(deadline))
            others = (key for flight, keys in aboard.items() if flight is not own for key in keys)
            over = [key for key in others if isinstance(answers[key], DeadlineExceeded)]
            missing = {key: wanted[key] for key in over} if deadline.remaining() > LEAST_SECONDS else {}
        return answers

    async def _arrived(self, aboard: Aboard[W, V], patience: float | None) -> dict[bytes, V | SourceError]:
        arrivals = [flight.arrival(keys) for flight, keys in aboard.items() if not flight.landed.keys() >= set(keys)]
        try:
            if arrivals:
                await asyncio.wait(arrivals, timeout=patience)
            for arrival in arrivals:
                if arrival.done():
                    arrival.result()
            return {key: flight.answer(key) for flight, keys in aboard.items() for key in keys}
        finally:
            for flight in aboard:
                self._leave(flight)

    def refresh(self, wanted: Mapping[bytes, W], load: Load[W, V]) -> int:
        """Look up in the background what is not looked up already; how many keys those are."""
        missing = {key: what for key, what in wanted.items() if self._joinable(key, what, 0) is None}
        if missing and not self._closed:
            # A passenger who never leaves keeps it from being cancelled.
            self._start(missing, load, self._seconds).passengers += 1
        return len(missing)

    async def close(self) -> None:
        """Cancel every look-up; whoever waits for one is told that there is no answer."""
        self._closed = True
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _board(
        self, wanted: Mapping[bytes, W], load: Load[W, V], seconds: float
    ) -> tuple[Aboard[W, V], Flight[W, V] | None]:
        """The flights that the keys are on, and the one that was started for those that were on none."""
        own: Flight[W, V] | None = None
        aboard: dict[Flight[W, V], list[bytes]] = {}
        missing: dict[bytes, W] = {}
        for key, what in wanted.items():
            flight = self._joinable(key, what, seconds)
            if flight is None:
                missing[key] = what
            else:
                aboard.setdefault(flight, []).append(key)
        if missing:
            own = self._start(missing, load, seconds)
            aboard[own] = list(missing)
        for flight in aboard:
            flight.passengers += 1
        return aboard, own

    def _joinable(self, key: bytes, what: W, seconds: float) -> Flight[W, V] | None:
        """The flight of the key, unless what it reads has changed since it began, or it ends far too soon."""
        flight = self._flying.get(key)
        if flight is None or not self._validity.seems_to_hold(flight.began, self._watches(key, what)):
            return None
        if key in flight.landed:
            return flight if self._now() < flight.given_until.get(key, 0) else None
        return flight if flight.ends_at - self._now() >= SHARE_TO_JOIN * seconds else None

    def _start(self, wanted: Mapping[bytes, W], load: Load[W, V], seconds: float) -> Flight[W, V]:
        flight: Flight[W, V] = Flight(wanted, self._validity.now(), self._now() + seconds)
        if self._closed:
            flight.fail(SourceUnavailable(STOPPING))
            return flight
        self._flying |= dict.fromkeys(wanted, flight)
        flight.task = asyncio.create_task(self._fly(flight, load), name="shared look-up")
        self._tasks.add(flight.task)
        flight.task.add_done_callback(partial(self._ended, flight))
        return flight

    async def _fly(self, flight: Flight[W, V], load: Load[W, V]) -> None:
        try:
            async with asyncio.timeout(self._seconds) as limit:
                await load(flight)
        except TimeoutError:
            if not limit.expired():
                raise
            flight.fail(late())

    def _ended(self, flight: Flight[W, V], task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._forget(flight)
        error = SourceUnavailable(STOPPING) if task.cancelled() else task.exception()
        if error is not None and not task.cancelled() and not flight.is_awaited:
            log.error("a look-up failed that nobody waits for", exc_info=error)
        if not flight.is_down:
            flight.fail(error or RuntimeError("a look-up ended without an answer"))

    def _leave(self, flight: Flight[W, V]) -> None:
        flight.passengers -= 1
        if not flight.passengers and not flight.is_down and flight.task is not None:
            flight.task.cancel()
            self._forget(flight)

    def _forget(self, flight: Flight[W, V]) -> None:
        for key in flight.wanted:
            if self._flying.get(key) is flight:
                del self._flying[key]


def _patience(deadline: Deadline) -> float | None:
    """For how many seconds to wait, so that what is there already is answered in time; None without a deadline."""
    remaining = deadline.remaining()
    return None if remaining == math.inf else max(SHARE_TO_WAIT * remaining, remaining - ANSWER_SECONDS)
