"""Answers by key, each asked for once an operation, and many at a time."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Batch(Generic[K]):
    """Keys that are asked for together. Once they have been, all of them have answers, or there is an error."""

    def __init__(self) -> None:
        self.keys: dict[K, None] = {}
        self.error: Exception | None = None
        self.is_done = asyncio.Event()
        self.task: asyncio.Task[None] | None = None


class Loader(ABC, Generic[K, V]):
    """Answers by key. What is asked for within two turns of the event loop is asked for in one batch.

    A level of a query asks for all of its keys in one call, which takes one future and not one a key. Made inside the
    running event loop, for one operation.
    """

    def __init__(self) -> None:
        self._known: dict[K, V | Exception] = {}
        self._asked: dict[K, Batch[K]] = {}
        self._open: Batch[K] | None = None

    @abstractmethod
    async def fetch(self, keys: Sequence[K]) -> Sequence[V | Exception]:
        """The answer of each key, or an exception in its place; raises where all of them fail."""

    async def load_all(self, keys: Sequence[K]) -> list[V | Exception]:
        """The answer of each key, or the exception in its place."""
        known = self._known
        missing = [key for key in keys if key not in known]
        if not missing:
            return [known[key] for key in keys]
        failed: Exception | None = None
        for batch in self._asking(missing):
            await batch.is_done.wait()
            failed = batch.error or failed
        if failed is None:
            return [known[key] for key in keys]
        return [known.get(key, failed) for key in keys]

    async def load_many(self, keys: Iterable[K]) -> list[V]:
        """The answers of all keys. Raises the first exception among them."""
        found: list[V] = []
        for one in await self.load_all(list(keys)):
            if isinstance(one, Exception):
                raise one
            found.append(one)
        return found

    async def load(self, key: K) -> V:
        """The answer of one key. Raises the exception that is in its place."""
        [found] = await self.load_many([key])
        return found

    def prime(self, answers: Mapping[K, V]) -> None:
        """Know answers that came in another way, unless there are others already."""
        for key, answer in answers.items():
            self._known.setdefault(key, answer)

    def _asking(self, keys: Sequence[K]) -> Iterable[Batch[K]]:
        """The batches that keys are asked for in: those that are under way, and the next."""
        asked = self._asked
        batches = {asked[key] for key in keys if key in asked} if asked else set[Batch[K]]()
        fresh = [key for key in keys if key not in asked] if asked else keys
        if fresh:
            batch = self._next()
            batches.add(batch)
            batch.keys |= dict.fromkeys(fresh)
            asked |= dict.fromkeys(fresh, batch)
        return batches

    def _next(self) -> Batch[K]:
        if self._open is None:
            self._open = Batch()
            # A field's resolver may be two turns behind its neighbour's.
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, self._send)
        return self._open

    def _send(self) -> None:
        batch, self._open = self._open, None
        if batch is not None:
            batch.task = asyncio.create_task(self._answer(batch))

    async def _answer(self, batch: Batch[K]) -> None:
        keys = list(batch.keys)
        # What is raised when the batch is cancelled, which is no error of its own.
        batch.error = RuntimeError("the batch was given up")
        try:
            self._known.update(zip(keys, await self.fetch(keys), strict=True))
            batch.error = None
        except Exception as error:  # noqa: BLE001  whoever asked for a key gets it
            batch.error = error
        finally:
            for key in keys:
                del self._asked[key]
            batch.is_done.set()
