"""Answers in the tiers, each with the epochs of its kinds, which tell whether it still holds.

A kind's epoch is a random value in the shared cache that is removed when a document changes. A result is stored with
the epochs from before the engine was asked, and is good as long as they are the ones that are there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

import msgspec

from resolvers.sources.cached.answers import Answers, Stored
from resolvers.sources.cached.entries import Entry, new_mark, opened
from resolvers.sources.cached.remote import Write
from resolvers.sources.cached.tiers import Fresh, Tiers
from resolvers.sources.counting import Event

Q = TypeVar("Q")
S = TypeVar("S", bound=Stored)


@dataclass(frozen=True)
class Asked(Generic[Q]):
    """A request, and the keys of the epochs that its answer is of."""

    request: Q
    epochs: tuple[bytes, ...]


Wanted = Mapping[bytes, Asked[Q]]
Epochs = Mapping[bytes, bytes]
Results = Mapping[bytes, Entry[S]]


@dataclass(frozen=True)
class Cached(Generic[S]):
    """What is cached of some answers, and the epochs of their kinds where the shared cache has told them."""

    entries: Results[S]
    epochs: Epochs


class ResultTiers(Generic[S]):
    """Looks answers of one sort up and holds them. What it gives belongs to the index, but may be past its time."""

    def __init__(self, tiers: Tiers, answers: Answers[Any, Any, S]) -> None:
        self._tiers, self._answers = tiers, answers

    def at_hand(self, wanted: Iterable[bytes]) -> Results[S]:
        """What this process has."""
        found = {key: self._tiers.local.current(key) for key in wanted}
        return {key: entry for key, entry in found.items() if entry is not None}

    async def look_up(self, wanted: Wanted[Any], began: int) -> Cached[S]:
        """What the shared cache has; what this process has where that is fresh."""
        now, remote = self._tiers.now(), self._tiers.remote
        entries = {key: entry for key, entry in self.at_hand(wanted).items() if now < entry.fresh_until}
        keys = list(wanted)
        epoch_keys = list(dict.fromkeys(key for asked in wanted.values() for key in asked.epochs))
        raws = None if remote is None or len(entries) == len(keys) else await remote.read(keys + epoch_keys)
        if raws is None:
            return Cached(entries, {})
        epochs = await self._agreed(dict(zip(epoch_keys, islice(raws, len(keys), None), strict=True)))
        for key, raw in zip(keys, raws, strict=False):
            entry = self._opened(raw)
            if entry is not None and entry.value.epochs == epochs_of(wanted[key], epochs):
                entries[key] = entry
                self._tiers.local.put(key, entry, began, wanted[key].epochs)
        return Cached(entries, epochs)

    async def _agreed(self, found: Mapping[bytes, bytes | None]) -> Epochs:
        """The epochs, those that are not there begun. None is left out that was there: it would seem unchanged."""
        epochs = {key: epoch for key, epoch in found.items() if epoch is not None}
        begun = {key: new_mark() for key in found if key not in epochs}
        if begun and self._tiers.remote is not None:
            values = await self._tiers.remote.agree(begun) or ()
            epochs |= {key: epoch for key, epoch in zip(begun, values, strict=False) if epoch is not None}
        return epochs

    def hold(self, key: bytes, asked: Asked[Any], answer: Any, began: int, asked_at: float, epochs: Epochs) -> Fresh:
        """Hold an answer."""
        found = self._answers.stored(answer, epochs_of(asked, epochs) or ())
        payload = self._answers.payload(found)
        entry = self._tiers.entry(found, payload, asked_at, self._tiers.lifetimes.search)
        self._tiers.local.put(key, entry, began, asked.epochs)
        return Fresh(key, entry, payload)

    def writes(self, held: Iterable[Fresh]) -> list[Write]:
        """What is to be written to the shared cache: nothing of a result whose epochs are not known."""
        return [
            self._tiers.write(fresh, self._tiers.lifetimes.result_kept) for fresh in held if fresh.entry.value.epochs
        ]

    async def kept(self, keys: Sequence[bytes]) -> Results[S]:
        """What may be given while the engine is down: of whatever epoch, and not too old for that."""
        entries = {key: self._tiers.local.kept(key) for key in keys}
        missing = [key for key, entry in entries.items() if entry is None]
        if missing and self._tiers.remote is not None:
            raws = await self._tiers.remote.read(missing) or [None] * len(missing)
            entries |= {key: self._opened(raw) for key, raw in zip(missing, raws, strict=True)}
        oldest = self._tiers.now() - self._tiers.lifetimes.stale
        return {key: entry for key, entry in entries.items() if entry is not None and entry.fresh_until > oldest}

    def _opened(self, raw: bytes | None) -> Entry[S] | None:
        """A stored result; None for nothing, and for what cannot be read."""
        found = opened(raw, self._tiers.clock)
        if found is None:
            return None
        times, payload = found
        try:
            return times.of(self._answers.read(payload))
        except msgspec.DecodeError:
            self._tiers.counting.count(Event.REMOTE_ERROR, "unreadable")
            return None


def epochs_of(asked: Asked[Any], epochs: Epochs) -> tuple[bytes, ...] | None:
    """The epochs that a search's result is of; None when one of them is not known."""
    known = tuple(epochs[key] for key in asked.epochs if key in epochs)
    return known if len(known) == len(asked.epochs) else None
