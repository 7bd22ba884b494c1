"""Look-ups that several operations wait for: what is asked for twice at the same time is looked up once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Generic, TypeVar

from resolvers.errors import DeadlineExceeded, SourceError, SourceUnavailable
from resolvers.sources.cached.validity import Validity

W = TypeVar("W")
V = TypeVar("V")
STOPPING = "the gateway is stopping; ask another one"
log = logging.getLogger(__name__)


class Flight(Generic[W, V]):
    """One look-up of several keys. `began` is the moment before anything of it was read.

    Keys land one by one, or all at once; passengers wait for theirs.
    """

    def __init__(self, wanted: Mapping[bytes, W], began: int) -> None:
        self.wanted, self.began = wanted, began
        self.landed: dict[bytes, V | SourceError] = {}
        self.given_until: dict[bytes, float] = {}
        self.passengers = 0
        self.task: asyncio.Task[None] | None = None
        self._waiting: list[tuple[frozenset[bytes], asyncio.Future[None]]] = []

    @property
    def is_down(self) -> bool:
        """Whether every key has landed."""
        return len(self.landed) == len(self.wanted)

    def land(self, answers: Mapping[bytes, V | SourceError], until: Mapping[bytes, float]) -> None:
        """Give the answers to whoever waits for them. What has landed stays as it is.

        Whoever joins later is given one only `until` then, and one without such a time not at all.
        """
        self.given_until |= {key: time for key, time in until.items() if key not in self.landed}
        self.landed = {**answers, **self.landed}
        for keys, arrival in self._waiting:
            if not arrival.done() and keys <= self.landed.keys():
                arrival.set_result(None)

    def fail(self, error: BaseException) -> None:
        """Answer what has not landed with the error: an engine's in its place, any other by raising it."""
        if isinstance(error, SourceError):
            self.land({key: error for key in self.wanted if key not in self.landed}, {})
        for _, arrival in self._waiting:
            if not arrival.done():
                arrival.set_exception(error)
                # Whoever waits raises it; without anybody it would be reported when the flight is thrown away.
                arrival.exception()

    def answer(self, key: bytes) -> V | SourceError:
        """What has landed, or that it is late."""
        return self.landed[key] if key in self.landed else _late()

    def arrival(self, keys: Iterable[bytes]) -> asyncio.Future[None]:
        """Done when all of the keys have landed."""
        arrival: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((frozenset(keys), arrival))
        return arrival


Load = Callable[[Flight[W, V]], Awaitable[None]]
Aboard = Mapping[Flight[W, V], list[bytes]]


class Flights(Generic[W, V]):
    """The look-ups under way, by key. None takes longer than `seconds`.

    One that nobody waits for any more is cancelled, and whoever stops waiting leaves it to the others. It goes on after
    it has landed, to store what it has found, and is joined for that meanwhile. `watches` are the keys that an answer
    depends on.
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
        self, wanted: Mapping[bytes, W], load: Load[W, V], patience: float | None
    ) -> dict[bytes, V | SourceError]:
        """The answers by key. What is not there after `patience` seconds is DeadlineExceeded."""
        aboard = self._board(wanted, load)
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

    def _board(self, wanted: Mapping[bytes, W], load: Load[W, V]) -> Aboard[W, V]:
        """The flights that the keys are on, after having started one for those that are on none."""
        aboard: dict[Flight[W, V], list[bytes]] = {}
        missing: dict[bytes, W] = {}
        for key, what in wanted.items():
            flight = self._joinable(key, what)
            if flight is None:
                missing[key] = what
            else:
                aboard.setdefault(flight, []).append(key)
        if missing:
            aboard[self._start(missing, load)] = list(missing)
        for flight in aboard:
            flight.passengers += 1
        return aboard

    def _joinable(self, key: bytes, what: W) -> Flight[W, V] | None:
        """The flight of the key, unless what it reads has changed since it began."""
        flight = self._flying.get(key)
        if flight is None or not self._validity.seems_to_hold(flight.began, self._watches(key, what)):
            return None
        is_over = key in flight.landed and self._now() >= flight.given_until.get(key, 0)
        return None if is_over else flight

    def _start(self, wanted: Mapping[bytes, W], load: Load[W, V]) -> Flight[W, V]:
        flight: Flight[W, V] = Flight(wanted, self._validity.now())
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
            flight.fail(_late())

    def _ended(self, flight: Flight[W, V], task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._forget(flight)
        error = SourceUnavailable(STOPPING) if task.cancelled() else task.exception()
        if error is not None and not task.cancelled() and (flight.is_down or not flight.passengers):
            log.error("a look-up failed that nobody waits for", exc_info=error)
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


def _late() -> DeadlineExceeded:
    return DeadlineExceeded("the answer took longer than this operation may; ask for less, or later")
