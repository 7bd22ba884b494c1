"""Look-ups that several operations wait for: what is asked for twice at the same time is looked up once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Generic, TypeVar

from resolvers.errors import DeadlineExceeded, SourceError, SourceUnavailable
from resolvers.sources.cached.validity import Validity

W = TypeVar("W")
V = TypeVar("V")
STOPPING = "the gateway is stopping; ask another one"
log = logging.getLogger(__name__)


class Flight(Generic[W, V]):
    """One look-up of several keys. `began` is the moment before anything of it was read."""

    def __init__(self, wanted: Mapping[bytes, W], began: int) -> None:
        loop = asyncio.get_running_loop()
        self.wanted, self.began = dict(wanted), began
        self.slots: dict[bytes, asyncio.Future[V | SourceError]] = {key: loop.create_future() for key in wanted}
        self.passengers = 0
        self.task: asyncio.Task[None] | None = None

    @property
    def has_landed(self) -> bool:
        return all(slot.done() for slot in self.slots.values())

    def land(self, answers: Mapping[bytes, V | SourceError]) -> None:
        """Give the answers to whoever waits for them. What has landed stays as it is."""
        for key, answer in answers.items():
            if not self.slots[key].done():
                self.slots[key].set_result(answer)

    def fail(self, error: BaseException) -> None:
        """Answer what has not landed with the error: an engine's in its place, any other by raising it."""
        for slot in self.slots.values():
            if slot.done():
                continue
            if isinstance(error, SourceError):
                slot.set_result(error)
            else:
                slot.set_exception(error)
                # Whoever waits raises it; without anybody it would be reported when the slot is thrown away.
                slot.exception()


Load = Callable[[Flight[W, V]], Awaitable[None]]


class Flights(Generic[W, V]):
    """The look-ups under way, by key. None takes longer than `seconds`.

    One that nobody waits for any more is cancelled, and whoever stops waiting leaves it to the others. It goes on after
    it has landed, to store what it has found.
    """

    def __init__(self, validity: Validity, seconds: float, watches: Callable[[bytes, W], tuple[bytes, ...]]) -> None:
        self._validity, self._seconds, self._watches = validity, seconds, watches
        self._flying: dict[bytes, Flight[W, V]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def join(
        self, wanted: Mapping[bytes, W], load: Load[W, V], patience: float | None
    ) -> dict[bytes, V | SourceError]:
        """The answers by key. What is not there after `patience` seconds is DeadlineExceeded."""
        flights = self._board(wanted, load)
        slots = {key: flight.slots[key] for key, flight in flights.items()}
        aboard = set(flights.values())
        for flight in aboard:
            flight.passengers += 1
        try:
            await asyncio.wait(slots.values(), timeout=patience)
            return {key: slot.result() if slot.done() else _late() for key, slot in slots.items()}
        finally:
            for flight in aboard:
                self._leave(flight)

    def refresh(self, wanted: Mapping[bytes, W], load: Load[W, V]) -> int:
        """Look up in the background what is not looked up already; how many keys those are."""
        missing = {key: what for key, what in wanted.items() if self._joinable(key, what) is None}
        if missing and not self._closed:
            # A passenger who never leaves keeps it from being cancelled.
            self._start(missing, load).passengers += 1
        return len(missing)

    async def close(self) -> None:
        """Cancel every look-up; whoever waits for one is told that there is no answer."""
        self._closed = True
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _board(self, wanted: Mapping[bytes, W], load: Load[W, V]) -> dict[bytes, Flight[W, V]]:
        flights: dict[bytes, Flight[W, V]] = {}
        missing: dict[bytes, W] = {}
        for key, what in wanted.items():
            flight = self._joinable(key, what)
            if flight is None:
                missing[key] = what
            else:
                flights[key] = flight
        if missing:
            flights |= dict.fromkeys(missing, self._start(missing, load))
        return flights

    def _joinable(self, key: bytes, what: W) -> Flight[W, V] | None:
        """The flight of the key, unless what it reads has changed since it began."""
        flight = self._flying.get(key)
        if flight is None or self._validity.is_touched(flight.began, self._watches(key, what)):
            return None
        return flight

    def _start(self, wanted: Mapping[bytes, W], load: Load[W, V]) -> Flight[W, V]:
        if self._closed:
            raise SourceUnavailable(STOPPING)
        flight: Flight[W, V] = Flight(wanted, self._validity.now())
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
            flight.fail(_late())

    def _ended(self, flight: Flight[W, V], task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._forget(flight)
        error = SourceUnavailable(STOPPING) if task.cancelled() else task.exception()
        if error is not None and not task.cancelled() and (flight.has_landed or not flight.passengers):
            log.error("a look-up failed that nobody waits for", exc_info=error)
        flight.fail(error or RuntimeError("a look-up ended without an answer"))

    def _leave(self, flight: Flight[W, V]) -> None:
        flight.passengers -= 1
        if not flight.passengers and not flight.has_landed and flight.task is not None:
            flight.task.cancel()
            self._forget(flight)

    def _forget(self, flight: Flight[W, V]) -> None:
        for key in flight.wanted:
            if self._flying.get(key) is flight:
                del self._flying[key]


def _late() -> DeadlineExceeded:
    return DeadlineExceeded("the answer took longer than this operation may; ask for less, or later")
