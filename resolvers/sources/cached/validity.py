"""Whether what this process remembers may still be given, as far as it has been told of changes."""

import math
from collections.abc import Iterable

MOST_KEYS = 100_000


class Validity:
    """What has changed, in the order in which this process was told.

    Whoever is about to read something notes `now()` first. What was read is out of date when one of its keys was
    touched after that; and all that was read before a gap, in which changes may have gone by unheard, is doubtful.
    """

    def __init__(self, *, listens: bool) -> None:
        """`listens` says that somebody tells of changes, whose word is waited for before anything counts."""
        self._now, self._since, self._known_since = 1, 1, 1
        self._hears = not listens
        self._touched: dict[bytes, int] = {}

    @property
    def hears(self) -> bool:
        """Whether every change is heard of at present."""
        return self._hears

    def now(self) -> int:
        """The moment, as a number that only this object understands."""
        return self._now

    def unchanged_since(self) -> float:
        """The moment from which on nothing has changed: what began to be read then, or later, holds."""
        return self._now if self._hears else math.inf

    def touch(self, keys: Iterable[bytes]) -> None:
        """These have changed."""
        self._now += 1
        self._touched |= dict.fromkeys(keys, self._now)
        if len(self._touched) > MOST_KEYS:
            self._touched.clear()
            self._known_since = self._now

    def doubt(self) -> None:
        """Anything may have changed."""
        self._now += 1
        self._since = self._now

    def lose_touch(self) -> None:
        """From here on changes may go by unheard."""
        self._hears = False

    def hear_again(self) -> None:
        """From here on every change is heard of."""
        self.doubt()
        self._hears = True

    def holds(self, began: int, keys: Iterable[bytes]) -> bool:
        """Whether what began to be read then is what would be read now."""
        return self._hears and self.seems_to_hold(began, keys)

    def seems_to_hold(self, began: int, keys: Iterable[bytes]) -> bool:
        """The same as far as is known, for what is only just being read: what changes unheard is no older than that."""
        return began >= self._since and not self.is_touched(began, keys)

    def is_touched(self, began: int, keys: Iterable[bytes]) -> bool:
        """Whether one of the keys is known to have changed since then, or may have and is forgotten."""
        if began < self._known_since:
            return True
        return bool(self._touched) and any(self._touched.get(key, 0) > began for key in keys)
