"""One look-up that several operations wait for."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from resolvers.errors import DeadlineExceeded, SourceError

W = TypeVar("W")
V = TypeVar("V")


class Flight(Generic[W, V]):
    """One look-up of several keys. `began` is the moment before anything of it was read.

    Keys land one by one, or all at once; passengers wait for theirs. The engine may end it when `ends_at` has come.
    """

    def __init__(self, wanted: Mapping[bytes, W], began: int, ends_at: float) -> None:
        self.wanted, self.began, self.ends_at = wanted, began, ends_at
        self.landed: dict[bytes, V | SourceError] = {}
        self.given_until: dict[bytes, float] = {}
        self.passengers = 0
        self.task: asyncio.Task[None] | None = None
        self._waiting: list[tuple[frozenset[bytes], asyncio.Future[None]]] = []

    @property
    def is_down(self) -> bool:
        """Whether every key has landed."""
        return len(self.landed) == len(self.wanted)

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for what has not landed."""
        return any(not arrival.done() for _, arrival in self._waiting)

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
        return self.landed[key] if key in self.landed else late()

    def arrival(self, keys: Iterable[bytes]) -> asyncio.Future[None]:
        """Done when all of the keys have landed."""
        arrival: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((frozenset(keys), arrival))
        return arrival


def late() -> DeadlineExceeded:
    return DeadlineExceeded("the answer took longer than this operation may; ask for less, or later")
