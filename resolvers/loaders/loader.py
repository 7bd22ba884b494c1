"""Answers by key, each asked for once an operation, and many at a time."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Generic, NamedTuple, TypeVar
from weakref import ref

from aiodataloader import DataLoader

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Outcome(NamedTuple):
    """How a batch ended: the error that all of its keys share, or none."""

    error: Exception | None


class Loader(ABC, Generic[K, V]):
    """Answers by key. What is asked for within two turns of the event loop is asked for in one batch.

    To aiodataloader, which makes the batches, one key is all that a level of a query asks for: it makes a future for
    each of its keys, and a level has hundreds. Made inside the running event loop, for one operation.
    """

    def __init__(self) -> None:
        self._known: dict[K, V | Exception] = {}
        self._asked: dict[K, asyncio.Future[Outcome]] = {}

    @cached_property
    def _levels(self) -> DataLoader[tuple[K, ...], Outcome]:
        # Made when something is asked for: many a loader is only told what came in another way. It does not hold this
        # one, so that both are gone with their operation, and do not wait for the collector of garbage.
        return DataLoader(partial(_outcomes, ref(self)), cache=False)

    @abstractmethod
    async def fetch(self, keys: Sequence[K]) -> Sequence[V | Exception]:
        """The answer of each key, or an exception in its place; raises where all of them fail."""

    def at_hand(self, keys: Sequence[K]) -> Sequence[V] | None:  # noqa: ARG002
        """The answer of each key, where none has to be waited for; else None."""
        return None

    def known(self, keys: Sequence[K]) -> Sequence[V | Exception] | None:
        """The answer of each key, or the exception in its place, where nobody has to be waited for; else None."""
        known, missing = self._known, keys
        if not keys or not known.keys().isdisjoint(keys):
            there = self._all(keys)
            if there is not None:
                return there
            missing = [key for key in keys if key not in known]
        found = self.at_hand(missing)
        if found is None:
            return None
        known.update(zip(missing, found, strict=True))
        return found if len(missing) == len(keys) else self._all(keys)

    def _all(self, keys: Sequence[K]) -> list[V | Exception] | None:
        try:
            return list(map(self._known.__getitem__, keys))
        except KeyError:
            return None

    async def load_all(self, keys: Sequence[K]) -> Sequence[V | Exception]:
        """The answer of each key, or the exception in its place."""
        there = self.known(keys)
        if there is not None:
            return there
        known = self._known
        missing = [key for key in keys if key not in known]
        asked = self._asking(missing)
        # Unlike gather it takes no one else's answer away when this waiter gives up.
        await asyncio.wait(asked)
        failed = next((error for one in asked if (error := one.result().error) is not None), None)
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
        there = self.known((key,))
        [found] = await self.load_all((key,)) if there is None else there
        if isinstance(found, Exception):
            raise found
        return found

    def prime(self, answers: Mapping[K, V]) -> None:
        """Know answers that came in another way, unless there are others already."""
        if not self._known:
            self._known.update(answers)
            return
        for key, answer in answers.items():
            self._known.setdefault(key, answer)

    def _asking(self, keys: Sequence[K]) -> set[asyncio.Future[Outcome]]:
        """What keys are asked for in: levels that are under way, and a new one for the others."""
        asked = self._asked
        levels = {asked[key] for key in keys if key in asked} if asked else set[asyncio.Future[Outcome]]()
        fresh = tuple(dict.fromkeys(key for key in keys if key not in asked) if asked else dict.fromkeys(keys))
        if fresh:
            level = self._levels.load(fresh)
            levels.add(level)
            asked |= dict.fromkeys(fresh, level)
        return levels

    async def outcomes(self, levels: list[tuple[K, ...]]) -> list[Outcome]:
        """How the batch of these keys ended, whose answers are known from then on."""
        keys = [key for level in levels for key in level]
        error: Exception | None = None
        try:
            self._known.update(zip(keys, await self.fetch(keys), strict=True))
        except asyncio.CancelledError:
            # aiodataloader would leave whoever waits for the batch waiting for ever.
            error = RuntimeError("the batch was given up")
        except Exception as raised:  # noqa: BLE001  whoever asked for a key gets it
            error = raised
        for key in keys:
            del self._asked[key]
        return [Outcome(error)] * len(levels)


async def _outcomes(of: "ref[Loader[K, V]]", levels: list[tuple[K, ...]]) -> list[Outcome]:
    loader = of()
    if loader is None:
        return [Outcome(RuntimeError("nobody waits for the batch any more"))] * len(levels)
    return await loader.outcomes(levels)
