"""What this process remembers itself: decoded values, the ones that were used last, up to a number of bytes."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from resolvers.sources.cached.entries import Entry
from resolvers.sources.cached.validity import Validity
from resolvers.sources.counting import Counting, Event

ABOUT = "local"


@dataclass(frozen=True, slots=True)
class Held:
    """An entry, the moment before it was read, and the keys that it depends on."""

    entry: Entry[Any]
    began: int
    watches: tuple[bytes, ...]


class Local:
    """Entries by key.

    An entry counts as many bytes as its value has when it is encoded. As Python's objects it takes three times that.
    """

    def __init__(self, most_bytes: int, validity: Validity, counting: Counting) -> None:
        self._most_bytes, self._validity, self._counting = most_bytes, validity, counting
        self._held: OrderedDict[bytes, Held] = OrderedDict()
        self._bytes = 0

    @property
    def size_bytes(self) -> int:
        """How much is held."""
        return self._bytes

    def current(self, key: bytes) -> Entry[Any] | None:
        """An entry that may be given as far as this process knows of changes; its own times are left to the caller."""
        [found] = self.current_each((key,))
        return found

    def current_each(self, keys: Sequence[bytes]) -> list[Entry[Any] | None]:
        """The same of many keys."""
        used, unchanged_since, holds = self._held.move_to_end, self._validity.unchanged_since(), self._validity.holds
        found: list[Entry[Any] | None] = []
        for key, held in zip(keys, map(self._held.get, keys), strict=True):
            if held is None or (held.began < unchanged_since and not holds(held.began, held.watches)):
                found.append(None)
            else:
                used(key)
                found.append(held.entry)
        return found

    def kept(self, key: bytes) -> Entry[Any] | None:
        """An entry whether or not it may be given as it is; None for one that is known to have changed itself."""
        held = self._held.get(key)
        return None if held is None or self._validity.is_touched(held.began, (key,)) else held.entry

    def put(self, key: bytes, entry: Entry[Any], began: int, watches: tuple[bytes, ...]) -> None:
        """Hold what began to be read at that moment, in place of what was held under the key."""
        self._remove(key)
        if entry.cost > self._most_bytes:
            return
        self._held[key] = Held(entry, began, watches)
        grown = entry.cost
        self._bytes += entry.cost
        while self._bytes > self._most_bytes:
            _, oldest = self._held.popitem(last=False)
            self._bytes -= oldest.entry.cost
            grown -= oldest.entry.cost
        self._counting.count(Event.LOCAL_BYTES, ABOUT, grown)

    def _remove(self, key: bytes) -> None:
        held = self._held.pop(key, None)
        if held is not None:
            self._bytes -= held.entry.cost
            self._counting.count(Event.LOCAL_BYTES, ABOUT, -held.entry.cost)
